"""What can go wrong between us and Dataverse.

DataverseError
├── RefusedError                Dataverse answered, and did not do it
│   ├── BadRequestError         400 and other 4xx
│   ├── UnauthorizedError       401: our token was not accepted
│   ├── ForbiddenError          403: a privilege or the application user is missing
│   ├── NotFoundError           404
│   ├── PreconditionError       412
│   ├── TooLargeError           413
│   └── ThrottledError          429
├── NeverSentError              no connection: nothing was asked of Dataverse
│   └── TooLateError            the time to ask was over before it could be asked
├── TokenError                  no token was to be had: nothing was asked of Dataverse
├── AllowanceSpentError         the day's allowance of requests is nearly spent: nothing was asked of Dataverse
└── UncertainError              it may have been done
    ├── NoAnswerError           time ran out
    ├── ConnectionLostError     the connection broke
    ├── FaultedError            5xx, 408, or a redirect
    └── UnreadableError         an answer that is not what the documentation says
"""

import re
from http import HTTPStatus

import msgspec

from shared.log.line import safe_code
from shared.run.model import ErrorDetail


class DataverseError(Exception):
    """Dataverse did not do what was asked, or we cannot tell. As text it is fit for a log: Dataverse's message is in `told`."""


class NeverSentError(DataverseError):
    """Dataverse could not be reached; the request was not sent."""


class TooLateError(NeverSentError):
    """The time within which it was to be sent was over: that says nothing about Dataverse."""


class TokenError(DataverseError):
    """The identity gave no token for Dataverse."""


class AllowanceSpentError(DataverseError):
    """The day's allowance of requests comes to its end, and this can be done without."""


class UncertainError(DataverseError):
    """The request may have been carried out."""


class NoAnswerError(UncertainError):
    """Dataverse did not answer in time."""


class ConnectionLostError(UncertainError):
    """The connection broke before Dataverse had answered."""


class UnreadableError(UncertainError):
    """Dataverse's answer cannot be read."""


class Told(msgspec.Struct, frozen=True):
    """Dataverse's own words: HTTP status, error code and message, and seconds of Retry-After if it gave any.

    They are for the caller and the run. A message can repeat inputs and name users and servers: no log line holds one.
    """

    status: int
    code: str
    message: str
    retry_after: float | None = None

    def __str__(self) -> str:
        """What may stand in a log: the status, and the code if it is one and not a text in its place."""
        code = safe_code(self.code)
        return str(self.status) if code is None else f"{self.status} {code}"


class FaultedError(UncertainError):
    """Dataverse answered with a server error."""

    def __init__(self, told: Told) -> None:
        super().__init__(f"Dataverse answered {told}.")
        self.told = told


class RefusedError(DataverseError):
    """Dataverse refused."""

    def __init__(self, told: Told) -> None:
        super().__init__(f"Dataverse answered {told}.")
        self.told = told


class BadRequestError(RefusedError):
    """The request itself was refused."""


class UnauthorizedError(RefusedError):
    """The token was not accepted."""


_PRIVILEGE = re.compile(r"\bprv[A-Za-z0-9_]+")
_NO_APPLICATION_USER = "0x80072560"


class ForbiddenError(RefusedError):
    """A right is missing."""

    @property
    def privilege(self) -> str | None:
        """The privilege that Dataverse names, such as prvReadworkflow."""
        found = _PRIVILEGE.search(self.told.message)
        return found[0] if found else None

    @property
    def application_user_missing(self) -> bool:
        return self.told.code.lower() == _NO_APPLICATION_USER


RECORD_MISSING = "0x80040217"


class NotFoundError(RefusedError):
    """The record, or the address, does not exist."""

    @property
    def record_missing(self) -> bool:
        """Whether it is the record that is not there, by Dataverse's own code."""
        return self.told.code.lower() == RECORD_MISSING


class PreconditionError(RefusedError):
    """A condition of the request did not hold."""


class TooLargeError(RefusedError):
    """The request is too large."""


_SERVICE_PROTECTION = frozenset({"0x80072321", "0x80072322", "0x80072326"})
_TOO_MANY_AT_ONCE = "0x80072326"


class ThrottledError(RefusedError):
    """Too many requests."""

    @property
    def service_protection(self) -> bool:
        """Whether the whole identity is throttled (one of the three documented codes), not one connection."""
        return self.told.code.lower() in _SERVICE_PROTECTION

    @property
    def too_many_at_once(self) -> bool:
        """Whether it is the number of requests at the same time, which waiting does not mend."""
        return self.told.code.lower() == _TOO_MANY_AT_ONCE


_BY_STATUS: dict[int, type[RefusedError]] = {
    HTTPStatus.UNAUTHORIZED: UnauthorizedError,
    HTTPStatus.FORBIDDEN: ForbiddenError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.PRECONDITION_FAILED: PreconditionError,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLargeError,
    HTTPStatus.TOO_MANY_REQUESTS: ThrottledError,
}


def error_of(told: Told) -> DataverseError:
    """The error that an answer which is no success stands for."""
    if 400 <= told.status < 500 and told.status != HTTPStatus.REQUEST_TIMEOUT:  # noqa: PLR2004
        return _BY_STATUS.get(told.status, BadRequestError)(told)
    return FaultedError(told)


def details_of(error: DataverseError) -> tuple[ErrorDetail, ...]:
    """Dataverse's own words, where it said any, else what happened."""
    if isinstance(error, (RefusedError, FaultedError)):
        told = error.told
        return (ErrorDetail(code=told.code or str(told.status), target="dataverse", message=told.message),)
    code = type(error).__name__.removesuffix("Error")
    return (ErrorDetail(code=code, target="dataverse", message=str(error)),)
