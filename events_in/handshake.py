"""What senders ask before they send: whether they may (CloudEvents' webhooks), and whether we are who we are taken for (Event Grid).

Both are answered at once and to anybody; they start nothing and give no right. A callback address that a sender offers
(WebHook-Request-Callback) is never called: it would make us ask addresses that a stranger names.
"""

from http import HTTPStatus

import azure.functions as func

from events_in.contract import LARGEST_REQUEST, EventAnswers
from shared.http.answers import answer
from shared.http.call import Call
from shared.http.json_body import parse_json
from shared.http.operation import Header
from shared.http.problems import Code, ProblemError
from shared.wiring import Deskhand

_LONGEST_CODE = 512


def greet_sender(app: Deskhand, call: Call) -> func.HttpResponse:
    """CloudEvents, "HTTP 1.1 Web Hooks", section 4. Any rate will do: what exceeds the pace waits for its turn."""
    call.no_parameters()
    allow: dict[str, str] = {Header.ALLOW: "POST"}
    asking = call.header("webhook-request-origin")
    if asking is None:
        return answer(HTTPStatus.OK, headers=allow)
    allowed = app.settings.event_origins
    if allowed is not None and asking.strip().lower() not in allowed:
        raise ProblemError(
            Code.EVENT_ORIGIN_NOT_ALLOWED,
            "This sender is not among those that EVENT_ORIGINS names.",
            "WebHook-Request-Origin",
        )
    granted: dict[str, str] = {
        Header.ALLOWED_ORIGIN: "*" if allowed is None else asking.strip(),
        Header.ALLOWED_RATE: "*",
    }
    return answer(HTTPStatus.OK, headers=allow | granted)


def validated(call: Call) -> func.HttpResponse | None:
    """Event Grid's code, given back. None where the request is no validation."""
    if (call.header("aeg-event-type") or "").lower() != "subscriptionvalidation":
        return None
    match parse_json(call.request.get_body(), LARGEST_REQUEST):
        case [{"data": {"validationCode": str(code)}}] if 0 < len(code) <= _LONGEST_CODE:
            return answer(HTTPStatus.OK, EventAnswers(validation_response=code))
        case _:
            raise ProblemError(
                Code.INVALID_REQUEST,
                "A subscription's validation is a list of one event with data.validationCode.",
            )
