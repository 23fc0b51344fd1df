"""What is told to a caller when something cannot be done: one error object everywhere, its codes part of the contract."""

import math
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Self

from shared.dataverse.errors import (
    AllowanceSpentError,
    DataverseError,
    ForbiddenError,
    NeverSentError,
    NoAnswerError,
    NotFoundError,
    PreconditionError,
    RefusedError,
    ThrottledError,
    TokenError,
    TooLargeError,
    UnauthorizedError,
    details_of,
)
from shared.run.model import ErrorDetail


class Code(StrEnum):
    """Every value of error.code, and the HTTP status that it comes with. docs/api.md lists the same."""

    status: HTTPStatus

    def __new__(cls, text: str, status: int) -> Self:
        code = str.__new__(cls, text)
        code._value_ = text
        code.status = HTTPStatus(status)
        return code

    UNAUTHENTICATED = "Unauthenticated", 401
    ROLE_MISSING = "RoleMissing", 403
    AUTHENTICATION_NOT_ENABLED = "AuthenticationNotEnabled", 503
    INVALID_JSON = "InvalidJson", 400
    BODY_TOO_LARGE = "BodyTooLarge", 413
    INVALID_REQUEST = "InvalidRequest", 400
    INVALID_PARAMETER = "InvalidParameter", 400
    INVALID_IDEMPOTENCY_KEY = "InvalidIdempotencyKey", 400
    UNSUPPORTED_API_VERSION = "UnsupportedApiVersionValue", 400
    CONNECTION_REQUIRED = "ConnectionRequired", 400
    INVALID_INPUTS = "InvalidInputs", 400
    INPUTS_TOO_LARGE = "InputsTooLarge", 413
    IDEMPOTENCY_KEY_REUSED = "IdempotencyKeyReused", 422
    QUEUE_FULL = "QueueFull", 429
    STARTS_PAUSED = "StartsPaused", 503
    PAUSE_EXISTS = "PauseExists", 409
    CONNECTION_NOT_FOUND = "ConnectionNotFound", 404
    PAUSE_NOT_FOUND = "PauseNotFound", 404
    FLOW_NOT_ALLOWED = "FlowNotAllowed", 403
    CONNECTION_NOT_ALLOWED = "ConnectionNotAllowed", 403
    FLOW_NOT_FOUND = "FlowNotFound", 404
    RUN_NOT_FOUND = "RunNotFound", 404
    RUN_NOT_FINISHED = "RunNotFinished", 409
    SUBSCRIPTION_NOT_FOUND = "SubscriptionNotFound", 404
    SUBSCRIPTION_CHANGED = "SubscriptionChanged", 409
    TOO_MANY_SUBSCRIPTIONS = "TooManySubscriptions", 409
    EVENTS_OFF = "EventsOff", 409
    DELIVERY_NOT_FOUND = "DeliveryNotFound", 404
    INVALID_WEBHOOK_URL = "InvalidWebhookUrl", 400
    NO_USABLE_EVENT = "NoUsableEvent", 400
    EVENT_NOT_MAPPED = "EventNotMapped", 422
    EVENTS_NOT_RECORDED = "EventsNotRecorded", 503
    EVENT_NOT_FOUND = "EventNotFound", 404
    EVENT_ORIGIN_NOT_ALLOWED = "EventOriginNotAllowed", 403
    RUN_SUCCEEDED = "RunSucceeded", 409
    INPUTS_UNAVAILABLE = "InputsUnavailable", 409
    NOT_TRIED = "NotTried", 503
    RUN_FAILED = "RunFailed", 424
    RUN_CANCELED = "RunCanceled", 424
    RUN_CHANGED = "RunChanged", 503
    OUTPUTS_GONE = "OutputsGone", 410
    OUTPUTS_UNAVAILABLE = "OutputsUnavailable", 503
    UNSUPPORTED_CONTENT_TYPE = "UnsupportedContentType", 415
    CALLBACK_NOT_FOUND = "CallbackNotFound", 404
    CALLBACK_MISMATCH = "CallbackMismatch", 400
    CALLBACK_NOT_VERIFIED = "CallbackNotVerified", 503
    PRIVILEGE_MISSING = "PrivilegeMissing", 403
    APPLICATION_USER_MISSING = "ApplicationUserMissing", 403
    DATAVERSE_AUTHENTICATION_FAILED = "DataverseAuthenticationFailed", 502
    DATAVERSE_REFUSED = "DataverseRefused", 400
    DATAVERSE_PRECONDITION_FAILED = "DataversePreconditionFailed", 412
    DATAVERSE_NOT_FOUND = "DataverseNotFound", 404
    DATAVERSE_THROTTLED = "DataverseThrottled", 429
    DATAVERSE_ALLOWANCE_SPENT = "DataverseAllowanceSpent", 503
    DATAVERSE_UNAVAILABLE = "DataverseUnavailable", 502
    DATAVERSE_TIMEOUT = "DataverseTimeout", 504
    DATAVERSE_UNREACHABLE = "DataverseUnreachable", 503
    STORAGE_UNAVAILABLE = "StorageUnavailable", 503
    ROW_UNREADABLE = "RowUnreadable", 500
    INVALID_SETTING = "InvalidSetting", 500


@dataclass
class ProblemError(Exception):
    """An answer other than a success."""

    code: Code
    message: str
    target: str | None = None
    details: tuple[ErrorDetail, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    run_id: str | None = None
    """The run that ended with it."""

    def __str__(self) -> str:
        return f"{self.code.status.value} {self.code}"


RETRY_AFTER_SECONDS = 10
_ALLOWANCE_SECONDS = 600
MOST_DETAILS = 50
"""Of one error: a body full of faults is not answered with a larger one."""


def retry_after(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


_TELLING: tuple[tuple[type[DataverseError], Code, str], ...] = (
    (
        UnauthorizedError,
        Code.DATAVERSE_AUTHENTICATION_FAILED,
        "Dataverse did not accept this app's identity. Check DATAVERSE_URL, AZURE_CLIENT_ID and the managed identity.",
    ),
    (
        TokenError,
        Code.DATAVERSE_AUTHENTICATION_FAILED,
        "This app's identity got no token for Dataverse. Check AZURE_CLIENT_ID and the managed identity.",
    ),
    (
        NotFoundError,
        Code.DATAVERSE_NOT_FOUND,
        "Dataverse does not have what was asked for.",
    ),
    (
        PreconditionError,
        Code.DATAVERSE_PRECONDITION_FAILED,
        "Dataverse refused the request as no longer fitting; its own words are in the details.",
    ),
    (
        TooLargeError,
        Code.INPUTS_TOO_LARGE,
        "Dataverse refused the request as too large.",
    ),
    (
        ThrottledError,
        Code.DATAVERSE_THROTTLED,
        "Dataverse is throttling requests. Try again after the time in Retry-After.",
    ),
    (
        RefusedError,
        Code.DATAVERSE_REFUSED,
        "Dataverse refused the request; its own words are in the details.",
    ),
    (
        NeverSentError,
        Code.DATAVERSE_UNREACHABLE,
        "Dataverse cannot be reached, and nothing was sent to it. Check DATAVERSE_URL and the network, then try again.",
    ),
    (
        AllowanceSpentError,
        Code.DATAVERSE_ALLOWANCE_SPENT,
        "The day's allowance of Dataverse requests is nearly spent, and what is left is kept for starts and cancels.",
    ),
    (
        NoAnswerError,
        Code.DATAVERSE_TIMEOUT,
        "Dataverse did not answer in time.",
    ),
    (
        DataverseError,
        Code.DATAVERSE_UNAVAILABLE,
        "Dataverse failed: it broke the connection, or answered with an error of its own or with something unreadable.",
    ),
)
"""The first row whose type fits is told."""


def problem_of(error: DataverseError) -> ProblemError:
    """How a failure between us and Dataverse is told. Dataverse's own code and message stand in the details."""
    if isinstance(error, ForbiddenError):
        return _forbidden(error)
    _, code, message = next(row for row in _TELLING if isinstance(error, row[0]))
    return ProblemError(code, message, details=details_of(error), headers=_waiting(error))


def _waiting(error: DataverseError) -> dict[str, str]:
    match error:
        case ThrottledError():
            return retry_after(error.told.retry_after or RETRY_AFTER_SECONDS)
        case NeverSentError():
            return retry_after(RETRY_AFTER_SECONDS)
        case AllowanceSpentError():
            return retry_after(_ALLOWANCE_SECONDS)
        case _:
            return {}


def _forbidden(error: ForbiddenError) -> ProblemError:
    if error.application_user_missing:
        code = Code.APPLICATION_USER_MISSING
        message = "The token is valid, but this app is no user of the environment. Add its managed identity as an application user."
    else:
        code = Code.PRIVILEGE_MISSING
        named = f"the privilege {error.privilege}" if error.privilege else "a right on this record"
        message = (
            f"The application user lacks {named} in Dataverse. "
            "Starting needs User access to the flow; reading status and outputs and cancelling need Owner access."
        )
    return ProblemError(code, message, details=details_of(error))
