"""One request as a use case sees it: checked ids, parameters and body, and the base of the URLs that the answer gives."""

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import azure.functions as func
import msgspec

from shared.http.caller import Caller
from shared.http.json_body import LARGEST_BODY, parse_object
from shared.http.problems import Code, ProblemError
from shared.run.ids import is_run_id, parse_guid

API_VERSION = "2026-12-01"
_ALWAYS_ALLOWED = frozenset({"code", "sig", "api-version"})
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,7})?([Zz]|[+-]\d\d:\d\d)")

# Not the system's source of randomness: asking it lets go of the interpreter, and a thread then waits to get it back.
_dice = random.Random()  # noqa: S311 - see Call.id


def _new_id() -> str:
    """Written like a GUID."""
    digits = f"{_dice.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Call(msgspec.Struct, frozen=True):
    request: func.HttpRequest
    public_base: str | None
    id: str = msgspec.field(default_factory=_new_id)
    """For the log and the caller. Nobody is kept from guessing it."""
    caller: Caller | None = None
    """Who calls, where callers are told apart (AUTH_MODE=entra) and the route is not open to all."""

    @property
    def limited_to(self) -> str | None:
        """The id of the caller whose runs alone may be seen; None: all may."""
        return None if self.caller is None else self.caller.limited_to

    @property
    def caller_id(self) -> str | None:
        return None if self.caller is None else self.caller.id

    @property
    def caller_name(self) -> str | None:
        return None if self.caller is None else self.caller.name

    @property
    def base(self) -> str:
        """Where we are reached: the setting, else the request's own host. Forwarded-host headers are not trusted."""
        if self.public_base is not None:
            return self.public_base
        parts = urlsplit(self.request.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def traceparent(self) -> str | None:
        given = self.header("traceparent")
        return given if given is not None and _TRACEPARENT.fullmatch(given) else None

    def header(self, name: str) -> str | None:
        headers = self.request.headers
        return headers[name] if name in headers else None  # noqa: SIM401 - its `get` raises and catches an exception

    def run_id(self) -> str:
        """Raises ProblemError 404 for anything that cannot be a run id, before any I/O."""
        guid = parse_guid(self.request.route_params.get("runId", ""))
        if guid is None or not is_run_id(guid):
            raise run_not_found()
        return guid

    def flow_id(self) -> str:
        """Raises ProblemError 404 for anything that is no GUID, before any I/O."""
        guid = parse_guid(self.request.route_params.get("flowId", ""))
        if guid is None:
            raise flow_not_found()
        return guid

    def parameters(self, *known: str) -> dict[str, str]:
        """The query parameters. Unknown ones are refused: a misspelt filter must not look like one that matches all."""
        given = dict(self.request.params)
        version = given.get("api-version", API_VERSION)
        if version != API_VERSION:
            raise ProblemError(
                HTTPStatus.BAD_REQUEST,
                Code.UNSUPPORTED_API_VERSION,
                f"The only api-version is {API_VERSION}.",
                "api-version",
            )
        for name in given:
            if name not in _ALWAYS_ALLOWED and name not in known:
                raise invalid_parameter(name, f"There is no parameter {name[:64]!r} here.")
        return given

    def json(self, largest: int = LARGEST_BODY) -> dict[str, Any]:
        return parse_object(self.request.get_body(), largest)

    def no_body(self) -> None:
        """An absent body or an empty object."""
        body = self.request.get_body()
        if body.strip() and parse_object(body):
            raise ProblemError(
                HTTPStatus.BAD_REQUEST, Code.INVALID_REQUEST, "No body members are expected here."
            )


def run_not_found() -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, Code.RUN_NOT_FOUND, "There is no such run.", "runId")


def flow_not_found() -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, Code.FLOW_NOT_FOUND, "There is no such desktop flow.", "flowId")


def invalid_parameter(name: str, message: str) -> ProblemError:
    return ProblemError(HTTPStatus.BAD_REQUEST, Code.INVALID_PARAMETER, message, name[:64])


def parse_parameter[T](
    given: dict[str, str], name: str, parse: Callable[[str], T], expected: str
) -> T | None:
    """None where it is absent. Raises ProblemError naming the parameter and what is expected."""
    if name not in given:
        return None
    try:
        return parse(given[name])
    except (ValueError, OverflowError):
        raise invalid_parameter(name, f"{name} must be {expected}, given once.") from None


def parse_flag(text: str) -> bool:
    return {"true": True, "false": False}[text] if text in {"true", "false"} else _no(text)


def parse_time(text: str) -> datetime:
    """RFC 3339, as UTC. A blank stands for the plus sign of an offset that a caller forgot to encode."""
    text = text.replace(" ", "+")
    if not _TIME.fullmatch(text):
        _no(text)
    return datetime.fromisoformat(text.upper()).astimezone(UTC)


def _no(text: str) -> bool:
    raise ValueError(text)
