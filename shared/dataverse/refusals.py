"""Which answers prove that RunDesktopFlow did not start anything. Everything else is unsure, and is looked up."""

from http import HTTPStatus

from shared.dataverse.errors import (
    BadRequestError,
    DataverseError,
    ForbiddenError,
    NeverSentError,
    NotFoundError,
    ThrottledError,
    TokenError,
    TooLargeError,
    UnauthorizedError,
)

# Web API codes of a 400 that is decided before the action runs (Dataverse: Web API client errors, client error codes).
_WEB_API_CODES = {
    "0x0",
    "0x80060888",
    "0x80048d19",
    "0x80044331",
    "0x80040265",
    "0x80040203",
    "0x80060467",
    "0x80040216",
}

# Codes that Microsoft lists for desktop flow runs that could not be started (troubleshooting desktop flow run errors).
_DESKTOP_FLOW_CODES = {
    "nocandidatemachine",
    "groupisempty",
    "toomanyactivesessions",
    "attendedusersessionnotactive",
    "attendedusernotloggedin",
    "sessionexistsfortheuserwhenunattended",
    "unsupportedrpascriptschemaversion",
    "unattendedunsupportedwitholdconnection",
    "unallowedtenantforconnectwithsignin",
}
_THROTTLED_START = {"desktopflowsactionthrottled"}


def proves_not_started(error: DataverseError) -> bool:
    """True only where Dataverse's answer, or its absence, leaves no doubt."""
    match error:
        case (
            NeverSentError()
            | TokenError()
            | UnauthorizedError()
            | ForbiddenError()
            | NotFoundError()
            | TooLargeError()
        ):
            return True
        case ThrottledError():
            return error.service_protection or error.told.code.lower() in _THROTTLED_START
        case BadRequestError():
            return (
                error.told.status == HTTPStatus.BAD_REQUEST
                and error.told.code.lower() in _WEB_API_CODES | _DESKTOP_FLOW_CODES
            )
        case _:
            return False
