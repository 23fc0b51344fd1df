"""What can become of a callback, and how each is answered. The order is that in which it is found out: cheapest first."""

from enum import StrEnum
from http import HTTPStatus

import azure.functions as func

from shared.http.answers import answer, problem_answers
from shared.http.problems import Code, ProblemError


class Outcome(StrEnum):
    """Each is counted by this name; docs/operations.md lists them for whoever reads the log."""

    MALFORMED = "malformed"
    """The address holds no run id of ours, or nothing that looks like a signature. No I/O."""
    EXPIRED_KEY = "expiredKey"
    """Signed, as it says, with a key that is not configured (any more). No I/O."""
    FORGED = "forged"
    """The signature is not this run's. No I/O."""
    REPLAYED = "replayed"
    """The run had ended before. No Dataverse request, and no I/O at all where that is remembered."""
    FLOODED = "flooded"
    """More than this run, or all together, may look at their rows. No I/O."""
    UNKNOWN_RUN = "unknownRun"
    """Well signed, but the run's row is gone."""
    WRONG_CONTENT_TYPE = "wrongContentType"
    OVERSIZED = "oversized"
    UNREADABLE = "unreadable"
    """The body is not one JSON object."""
    MISMATCHED = "mismatched"
    """It names another session or flow than the run's."""
    OVER_BUDGET = "overBudget"
    """More than this run, or all together, may ask of Dataverse."""
    UNNAMED = "unnamed"
    """Nothing names the session: the next pass finds it by its callback URL."""
    UNAVAILABLE = "unavailable"
    """Table Storage or Dataverse did not answer."""
    EARLY = "early"
    """Dataverse does not show an end yet."""
    ACCEPTED = "accepted"
    """The run has ended by it."""


class RefusedCallbackError(Exception):
    """The callback goes no further."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


_NOT_FOUND = (Code.CALLBACK_NOT_FOUND, "There is nothing here.")
_MISMATCH = (
    Code.CALLBACK_MISMATCH,
    "The callback does not agree with the run that it was made for.",
)
_NOT_NOW = (
    Code.CALLBACK_NOT_VERIFIED,
    "The callback cannot be verified now. Send it again.",
)
_REFUSALS: dict[Outcome, tuple[Code, str]] = {
    Outcome.MALFORMED: _NOT_FOUND,
    Outcome.EXPIRED_KEY: _NOT_FOUND,
    Outcome.FORGED: _NOT_FOUND,
    Outcome.FLOODED: _NOT_NOW,
    Outcome.UNKNOWN_RUN: _NOT_FOUND,
    Outcome.WRONG_CONTENT_TYPE: (
        Code.UNSUPPORTED_CONTENT_TYPE,
        "A callback is application/json.",
    ),
    Outcome.OVERSIZED: (Code.BODY_TOO_LARGE, "A callback is smaller."),
    Outcome.UNREADABLE: (Code.INVALID_JSON, "A callback is one JSON object."),
    Outcome.MISMATCHED: _MISMATCH,
    Outcome.OVER_BUDGET: _NOT_NOW,
    Outcome.UNNAMED: _NOT_NOW,
    Outcome.UNAVAILABLE: _NOT_NOW,
    Outcome.EARLY: _NOT_NOW,
}
"""The others are a success, and need no words."""
_ANSWERS = {outcome: problem_answers(ProblemError(*refusal)) for outcome, refusal in _REFUSALS.items()}


def answer_to(outcome: Outcome) -> func.HttpResponse:
    """Whatever may be genuine and cannot be processed now is 503: its sender tries again on 5xx only."""
    return _ANSWERS[outcome]() if outcome in _ANSWERS else answer(HTTPStatus.NO_CONTENT)
