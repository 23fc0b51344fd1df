"""The identity's endpoint answers what it should not: one typed error, soon, and nothing of it is told."""

import json
import logging
import secrets
import time
from typing import Any

import pytest

from shared.clock import SYSTEM_CLOCK
from shared.dataverse.errors import TokenError
from shared.dataverse.tokens import TokenSource
from shared.identity import make_credential
from tests.support.liar import Liar, said
from tests.support.silence import Lines

WORD = secrets.token_hex(8)


def a_token(**changes: Any) -> str:
    fields = {
        "access_token": WORD,
        "expires_on": str(int(time.time()) + 3600),
        "resource": "x",
        "token_type": "Bearer",
    }
    return json.dumps({name: value for name, value in (fields | changes).items() if value is not None})


ANSWERS = {
    "nothing": said("200 OK"),
    "a page": said("200 OK", f"<p>{WORD}</p>", "Content-Type: text/html"),
    "half of it": said("200 OK", a_token()[:-20]),
    "a text": said("200 OK", json.dumps(WORD)),
    "a list": said("200 OK", json.dumps([WORD])),
    "null": said("200 OK", "null"),
    "no token": said("200 OK", a_token(access_token=None)),
    "a token that is a number": said("200 OK", a_token(access_token=7)),
    "a token that is a list": said("200 OK", a_token(access_token=[WORD])),
    "no expiry": said("200 OK", a_token(expires_on=None)),
    "an expiry that is a word": said("200 OK", a_token(expires_on=WORD)),
    "an expiry that is a list": said("200 OK", a_token(expires_on=[WORD])),
    "an expiry beyond all time": said("200 OK", a_token(expires_on="9" * 400)),
    "an expiry of 5,000 digits": said("200 OK", a_token(expires_on="9" * 5000)),
    "bytes of no charset": said("200 OK", b"\xff\xfe" + WORD.encode()),
    "an error": said("400 Bad Request", json.dumps({"error": WORD, "error_description": WORD})),
    "a message": said("500 x", json.dumps({"statusCode": 500, "message": WORD})),
    "a refusal": said("403 x", WORD),
    "a redirect": said("302 x", "", f"Location: http://127.0.0.1:9/{WORD}"),
    "throttling": said("429 x", WORD, "Retry-After: 1"),
    "no answer": b"",
    "no HTTP": WORD.encode(),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_token_is_had_or_there_is_one_error(liar: Liar, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whatever the endpoint answers; within seconds, and without a word of it in the error."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{liar.base}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "x")
    liar.answer = ANSWERS[name]
    heard = Lines()
    logging.getLogger().addHandler(heard)
    tokens = TokenSource("https://contoso.crm4.dynamics.com", lambda: make_credential(None), SYSTEM_CLOCK)
    began = time.monotonic()
    try:
        with pytest.raises(TokenError) as failed:
            tokens.get(SYSTEM_CLOCK.deadline(5))
    finally:
        logging.getLogger().removeHandler(heard)

    assert time.monotonic() - began < 10
    assert WORD not in str(failed.value)
    assert not [line for line in heard.lines if WORD in line]


@pytest.mark.parametrize("expiry", ["1", str(int(time.time()) + 3600), "9" * 40])
def test_a_sound_answer_is_a_token(liar: Liar, monkeypatch: pytest.MonkeyPatch, expiry: str) -> None:
    """So the answers above fail for what is wrong with them. Whether it is still good is Dataverse's to say."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{liar.base}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "x")
    liar.answer = said("200 OK", a_token(expires_on=expiry), "Content-Type: application/json")
    tokens = TokenSource("https://contoso.crm4.dynamics.com", lambda: make_credential(None), SYSTEM_CLOCK)

    assert WORD == tokens.get(SYSTEM_CLOCK.deadline(5))
