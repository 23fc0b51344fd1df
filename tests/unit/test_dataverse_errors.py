"""What an answer of Dataverse proves, and how it is told."""

import pytest

from shared.dataverse.errors import (
    DataverseError,
    NeverSentError,
    NoAnswerError,
    TokenError,
    Told,
    UnreadableError,
    error_of,
)
from shared.dataverse.json_text import json_object
from shared.dataverse.refusals import proves_not_started
from shared.dataverse.web_api import told_by
from shared.http.problems import problem_of


def refused(
    status: int, code: str = "", message: str = "no", retry_after: float | None = None
) -> DataverseError:
    return error_of(Told(status, code, message, retry_after))


@pytest.mark.parametrize(
    ("error", "proof"),
    [
        (NeverSentError(), True),
        (TokenError(), True),
        (refused(401), True),
        (refused(403), True),
        (refused(404), True),
        (refused(413), True),
        (refused(400, "0x80048D19"), True),
        (refused(400, "NoCandidateMachine"), True),
        (refused(429, "0x80072322"), True),
        (refused(429, "DesktopFlowsActionThrottled"), True),
        (refused(400, "0x80040ABC"), False),
        (refused(400), False),
        (refused(402), False),
        (refused(405), False),
        (refused(408), False),
        (refused(409), False),
        (refused(412), False),
        (refused(429), False),
        (refused(302), False),
        (refused(500), False),
        (refused(503), False),
        (NoAnswerError(), False),
        (UnreadableError(), False),
    ],
)
def test_only_these_answers_prove_that_nothing_started(error: DataverseError, proof: bool) -> None:
    """Everything that is not known to be a refusal is unsure, and is looked up."""
    assert proof == proves_not_started(error)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (refused(400, "0x0"), 400, "DataverseRefused"),
        (refused(401), 502, "DataverseAuthenticationFailed"),
        (TokenError("no"), 502, "DataverseAuthenticationFailed"),
        (refused(403, "0x80040220", "is missing prvReadworkflow privilege"), 403, "PrivilegeMissing"),
        (refused(403, "0x80072560"), 403, "ApplicationUserMissing"),
        (refused(404), 404, "DataverseNotFound"),
        (refused(412), 412, "DataversePreconditionFailed"),
        (refused(413), 413, "InputsTooLarge"),
        (refused(429, "0x80072322", retry_after=7), 429, "DataverseThrottled"),
        (refused(500), 502, "DataverseUnavailable"),
        (UnreadableError("x"), 502, "DataverseUnavailable"),
        (NoAnswerError("x"), 504, "DataverseTimeout"),
        (NeverSentError("x"), 503, "DataverseUnreachable"),
    ],
)
def test_each_failure_has_its_answer(error: DataverseError, status: int, code: str) -> None:
    """Status and code of our answer, for every kind of failure."""
    problem = problem_of(error)

    assert (status, code) == (problem.code.status, problem.code)
    assert problem.details


def test_a_missing_privilege_is_named() -> None:
    """Dataverse's privilege stands in our sentence, its own words in the details."""
    problem = problem_of(refused(403, "0x80040220", "Principal user is missing prvReadworkflow privilege"))

    assert "prvReadworkflow" in problem.message
    assert "0x80040220" == problem.details[0].code


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b'{"error":{"code":"0x1","message":" m "}}', "0x1", "m"),
        (b'{"error":{}}', "", ""),
        (b"", "", ""),
        (b"<html>Bad gateway</html>", "", "an answer that is not Dataverse's error object"),
        (b'{"error":"text"}', "", "an answer that is not Dataverse's error object"),
        (b"\xff\xfe", "", "an answer that is not Dataverse's error object"),
    ],
)
def test_error_bodies_are_read_leniently(content: bytes, code: str, message: str) -> None:
    """Dataverse's object where there is one; no page of a proxy is passed on."""
    told = told_by(500, {"Retry-After": "3"}, content)

    assert (code, message, 3.0) == (told.code, told.message, told.retry_after)


def test_text_that_was_cut_in_an_emoji_is_read() -> None:
    """Half a surrogate pair becomes a question mark; the rest is kept."""
    assert {"B": "?x"} == json_object(b'{"B": "\\ud800x"}')


@pytest.mark.parametrize("body", [b"[1]", b"<html>", b'{"a":' + b"[" * 100_000, b"\xff"])
def test_what_is_no_json_object_is_unreadable(body: bytes) -> None:
    """Whatever Dataverse, or something before it, answers: one typed error."""
    with pytest.raises(UnreadableError):
        json_object(body)


@pytest.mark.parametrize(
    ("text", "seconds"), [("7", 7.0), ("9" * 400, 3600.0), ("soon", None), ("-1", None), ("", None)]
)
def test_retry_after_is_bounded(text: str, seconds: float | None) -> None:
    """An hour at most, whatever is written there."""
    assert seconds == told_by(429, {"Retry-After": text}, b"").retry_after
