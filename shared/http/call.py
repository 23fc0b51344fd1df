"""One request as a use case sees it: checked ids, parameters and body, and the base of the URLs that the answer gives."""

import random
import re
from typing import Any
from urllib.parse import urlsplit

import azure.functions as func
import msgspec

from shared.http.caller import Caller
from shared.http.json_body import LARGEST_BODY, parse_object
from shared.http.members import (
    Body,
    NoParameters,
    Query,
    fields_of,
    invalid_parameter,
    read_members,
    read_parameters,
)
from shared.http.problems import Code, ProblemError
from shared.log.work import Work
from shared.run.ids import is_run_id, parse_guid

API_VERSION = "2026-12-01"
_ALWAYS_ALLOWED = frozenset({"code", "sig", "api-version"})
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""All zeros are no id, by W3C Trace Context."""

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
    function: str = ""
    """Which was called, and by which invocation of the host: for the log."""
    invocation_id: str | None = None
    caller: Caller | None = None
    """Who calls, where callers are told apart (AUTH_MODE=entra) and the route is not open to all."""

    @property
    def work(self) -> Work:
        return Work(
            function=self.function,
            invocation_id=self.invocation_id,
            request_id=self.id,
            traceparent=self.traceparent,
        )

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

    @property
    def idempotency_key(self) -> str | None:
        """As it was given: whether it is one is for the start to say."""
        return self.header("idempotency-key")

    def header(self, name: str) -> str | None:
        headers = self.request.headers
        return headers[name] if name in headers else None  # noqa: SIM401 - its `get` raises and catches an exception

    def run_id(self) -> str:
        """Raises ProblemError 404 for anything that cannot be a run id, before any I/O."""
        return parse_run_id(self.request.route_params.get("runId", ""))

    def flow_id(self) -> str:
        """Raises ProblemError 404 for anything that is no GUID, before any I/O."""
        guid = parse_guid(self.request.route_params.get("flowId", ""))
        if guid is None:
            raise flow_not_found()
        return guid

    def query[Q: Query](self, shape: type[Q]) -> Q:
        """The query's parameters. Unknown ones are refused: a misspelt filter must not look like one that matches all."""
        given = dict(self.request.params)
        version = given.get("api-version", API_VERSION)
        if version != API_VERSION:
            raise ProblemError(
                Code.UNSUPPORTED_API_VERSION,
                f"The only api-version is {API_VERSION}.",
                "api-version",
            )
        declared = fields_of(shape)
        for name in given:
            if name not in _ALWAYS_ALLOWED and name not in declared:
                raise invalid_parameter(name, f"There is no parameter {name[:64]!r} here.")
        return read_parameters(given, shape)

    def no_parameters(self) -> None:
        self.query(NoParameters)

    def body[B: Body](self, shape: type[B]) -> B:
        """Raises ProblemError: 413 BodyTooLarge, 400 InvalidJson, 400 InvalidRequest with all that is wrong."""
        return read_members(self.json(), shape)

    def json(self, largest: int = LARGEST_BODY) -> dict[str, Any]:
        return parse_object(self.request.get_body(), largest)

    def has_body(self) -> bool:
        return bool(self.request.get_body().strip())

    def no_body(self) -> None:
        """An absent body or an empty object."""
        body = self.request.get_body()
        if body.strip() and parse_object(body):
            raise ProblemError(Code.INVALID_REQUEST, "No body members are expected here.")


def parse_run_id(text: str) -> str:
    """Raises ProblemError 404 for anything that cannot be a run id."""
    guid = parse_guid(text)
    if guid is None or not is_run_id(guid):
        raise run_not_found()
    return guid


def run_not_found() -> ProblemError:
    return ProblemError(Code.RUN_NOT_FOUND, "There is no such run.", "runId")


def flow_not_found() -> ProblemError:
    return ProblemError(Code.FLOW_NOT_FOUND, "There is no such desktop flow.", "flowId")
