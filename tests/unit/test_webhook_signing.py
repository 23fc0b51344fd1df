"""Signatures are those of Standard Webhooks: its own library accepts them, and nothing that was changed."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from shared.webhooks.signing import as_secret, is_secret, new_secret, signed

BODY = json.dumps({"type": "run.succeeded", "data": {"name": "S\u00f6hne"}}).encode()


def now() -> datetime:
    """Not of when this file was read: a message is good for five minutes."""
    return datetime.now(UTC)


def test_the_library_of_the_standard_accepts_them() -> None:
    """With the secret as it is shown."""
    secret = new_secret()

    told = Webhook(secret).verify(BODY, signed([secret], "msg_1", now(), BODY))

    assert json.loads(BODY) == told


def test_while_a_secret_is_replaced_both_are_good() -> None:
    """One signature for each."""
    old, new = new_secret(), new_secret()
    headers = signed([new, old], "msg_1", now(), BODY)

    assert Webhook(old).verify(BODY, headers) == Webhook(new).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)


def test_what_was_changed_is_not_accepted() -> None:
    """Body, id or time."""
    secret = new_secret()
    at = now()
    headers = signed([secret], "msg_1", at, BODY)

    for changed in ({"webhook-id": "msg_2"}, {"webhook-timestamp": str(int(at.timestamp()) - 1)}):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(BODY, headers | changed)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, signed([secret], "msg_1", now() - timedelta(minutes=6), BODY))


@pytest.mark.parametrize("length", [24, 32, 64])
def test_a_secret_has_24_to_64_bytes(length: int) -> None:
    """As the standard asks."""
    assert is_secret(as_secret(bytes(length)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "x" * 40,
        as_secret(bytes(23)),
        as_secret(bytes(65)),
        "whsec_" + "!" * 40,
        base64.b64encode(bytes(32)).decode(),
        as_secret(bytes(32)) + "\n",
    ],
)
def test_anything_else_is_no_secret(text: str) -> None:
    """Too short, too long, no base64, or without its prefix."""
    assert not is_secret(text)
