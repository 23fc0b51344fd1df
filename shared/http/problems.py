"""What is told to a caller when something cannot be done: one error object everywhere, its codes part of the contract."""

import math
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus

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
    """Every value of error.code. docs/api.md lists the same."""

    UNAUTHENTICATED = "Unauthenticated"
    ROLE_MISSING = "RoleMissing"
    AUTHENTICATION_NOT_ENABLED = "AuthenticationNotEnabled"
    INVALID_JSON = "InvalidJson"
    BODY_TOO_LARGE = "BodyTooLarge"
    INVALID_REQUEST = "InvalidRequest"
    INVALID_PARAMETER = "InvalidParameter"
    INVALID_IDEMPOTENCY_KEY = "InvalidIdempotencyKey"
    UNSUPPORTED_API_VERSION = "UnsupportedApiVersionValue"
    CONNECTION_REQUIRED = "ConnectionRequired"
    INVALID_INPUTS = "InvalidInputs"
    INPUTS_TOO_LARGE = "InputsTooLarge"
    IDEMPOTENCY_KEY_REUSED = "IdempotencyKeyReused"
    QUEUE_FULL = "QueueFull"
    STARTS_PAUSED = "StartsPaused"
    PAUSE_EXISTS = "PauseExists"
    CONNECTION_NOT_FOUND = "ConnectionNotFound"
    PAUSE_NOT_FOUND = "PauseNotFound"
    FLOW_NOT_ALLOWED = "FlowNotAllowed"
    CONNECTION_NOT_ALLOWED = "ConnectionNotAllowed"
    FLOW_NOT_FOUND = "FlowNotFound"
    RUN_NOT_FOUND = "RunNotFound"
    RUN_NOT_FINISHED = "RunNotFinished"
    RUN_CHANGED = "RunChanged"
    OUTPUTS_GONE = "OutputsGone"
    OUTPUTS_UNAVAILABLE = "OutputsUnavailable"
    UNSUPPORTED_CONTENT_TYPE = "UnsupportedContentType"
    CALLBACK_NOT_FOUND = "CallbackNotFound"
    CALLBACK_MISMATCH = "CallbackMismatch"
    CALLBACK_NOT_VERIFIED = "CallbackNotVerified"
    PRIVILEGE_MISSING = "PrivilegeMissing"
    APPLICATION_USER_MISSING = "ApplicationUserMissing"
    DATAVERSE_AUTHENTICATION_FAILED = "DataverseAuthenticationFailed"
    DATAVERSE_REFUSED = "DataverseRefused"
    DATAVERSE_NOT_FOUND = "DataverseNotFound"
    DATAVERSE_THROTTLED = "DataverseThrottled"
    DATAVERSE_ALLOWANCE_SPENT = "DataverseAllowanceSpent"
    DATAVERSE_UNAVAILABLE = "DataverseUnavailable"
    DATAVERSE_TIMEOUT = "DataverseTimeout"
    DATAVERSE_UNREACHABLE = "DataverseUnreachable"
    STORAGE_UNAVAILABLE = "StorageUnavailable"
    ROW_UNREADABLE = "RowUnreadable"
    INVALID_SETTING = "InvalidSetting"


@dataclass
class ProblemError(Exception):
    """An answer other than a success."""

    status: HTTPStatus
    code: str
    message: str
    target: str | None = None
    details: tuple[ErrorDetail, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status.value} {self.code}"


RETRY_AFTER_SECONDS = 10
_ALLOWANCE_SECONDS = 600
MOST_DETAILS = 50
"""Of one error: a body full of faults is not answered with a larger one."""


def retry_after(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


_TELLING: tuple[tuple[type[DataverseError], HTTPStatus, Code, str], ...] = (
    (
        UnauthorizedError,
        HTTPStatus.BAD_GATEWAY,
        Code.DATAVERSE_AUTHENTICATION_FAILED,
        "Dataverse did not accept this app's identity. Check DATAVERSE_URL, AZURE_CLIENT_ID and the managed identity.",
    ),
    (
        TokenError,
        HTTPStatus.BAD_GATEWAY,
        Code.DATAVERSE_AUTHENTICATION_FAILED,
        "This app's identity got no token for Dataverse. Check AZURE_CLIENT_ID and the managed identity.",
    ),
    (
        NotFoundError,
        HTTPStatus.NOT_FOUND,
        Code.DATAVERSE_NOT_FOUND,
        "Dataverse does not have what was asked for.",
    ),
    (
        PreconditionError,
        HTTPStatus.PRECONDITION_FAILED,
        Code.DATAVERSE_REFUSED,
        "Dataverse refused the request as no longer fitting; its own words are in the details.",
    ),
    (
        TooLargeError,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        Code.INPUTS_TOO_LARGE,
        "Dataverse refused the request as too large.",
    ),
    (
        ThrottledError,
        HTTPStatus.TOO_MANY_REQUESTS,
        Code.DATAVERSE_THROTTLED,
        "Dataverse is throttling requests. Try again after the time in Retry-After.",
    ),
    (
        RefusedError,
        HTTPStatus.BAD_REQUEST,
        Code.DATAVERSE_REFUSED,
        "Dataverse refused the request; its own words are in the details.",
    ),
    (
        NeverSentError,
        HTTPStatus.SERVICE_UNAVAILABLE,
        Code.DATAVERSE_UNREACHABLE,
        "Dataverse cannot be reached, and nothing was sent to it. Check DATAVERSE_URL and the network, then try again.",
    ),
    (
        AllowanceSpentError,
        HTTPStatus.SERVICE_UNAVAILABLE,
        Code.DATAVERSE_ALLOWANCE_SPENT,
        "The day's allowance of Dataverse requests is nearly spent, and what is left is kept for starts and cancels.",
    ),
    (
        NoAnswerError,
        HTTPStatus.GATEWAY_TIMEOUT,
        Code.DATAVERSE_TIMEOUT,
        "Dataverse did not answer in time.",
    ),
    (
        DataverseError,
        HTTPStatus.BAD_GATEWAY,
        Code.DATAVERSE_UNAVAILABLE,
        "Dataverse failed: it broke the connection, or answered with an error of its own or with something unreadable.",
    ),
)
"""The first row whose type fits is told."""


def problem_of(error: DataverseError) -> ProblemError:
    """How a failure between us and Dataverse is told. Dataverse's own code and message stand in the details."""
    if isinstance(error, ForbiddenError):
        return _forbidden(error)
    _, status, code, message = next(row for row in _TELLING if isinstance(error, row[0]))
    return ProblemError(status, code, message, details=details_of(error), headers=_waiting(error))


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
    return ProblemError(HTTPStatus.FORBIDDEN, code, message, details=details_of(error))
