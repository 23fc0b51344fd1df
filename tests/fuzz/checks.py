"""What schemathesis asks of answers beyond its own checks."""

import json
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response

_OF_FORM = frozenset(
    {
        "BodyTooLarge",
        "InvalidIdempotencyKey",
        "InvalidJson",
        "InvalidParameter",
        "InvalidRequest",
        "UnsupportedApiVersionValue",
    }
)
"""How a request is refused for its form, whatever there is in Dataverse and in the settings."""
_BEYOND_SCHEMAS = frozenset({"continuationToken", "inputsJson"})
"""A text that only we can have made, and one that is JSON itself."""


@schemathesis.check
def what_the_schema_allows_is_read(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """A request that fits the description is not refused for its form."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code < 400:
        return
    body: dict[str, Any] = json.loads(response.content or b"{}")
    error = body.get("error", {"code": ""})
    targets = {each["target"] for each in error.get("details", ())} or {error.get("target")}
    if error["code"] in _OF_FORM and not targets <= _BEYOND_SCHEMAS:
        raise AssertionError(f"Fits the description, and is refused for its form: {response.text}")
