"""HTTP to Dataverse: one request, one answer or one typed error. Nothing is sent twice but after a 401.

A POST that starts something must not meet a connection that the other side has closed meanwhile, so each thread has its own
session and drops its connections when they have been idle for longer than any server's patience.
"""

import logging
import ssl
import threading
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from weakref import WeakSet

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ReadTimeoutError,
)
from urllib3.exceptions import SSLError as TlsError

from shared.clock import Clock, Deadline
from shared.dataverse.brake import Brake
from shared.dataverse.errors import (
    AllowanceSpentError,
    ConnectionLostError,
    DataverseError,
    ForbiddenError,
    NeverSentError,
    NoAnswerError,
    RefusedError,
    ThrottledError,
    Told,
    TooLateError,
    UnauthorizedError,
    UnreadableError,
    error_of,
)
from shared.dataverse.json_text import decoded
from shared.dataverse.purpose import Purpose
from shared.dataverse.tokens import TokenSource
from shared.decoding import decode
from shared.log.line import Line, safe_code
from shared.log.names import Name
from shared.log.work import trace_headers
from shared.plain_session import PlainSession
from shared.pulse import Pulse

log = logging.getLogger("deskhand.dataverse")

API = "/api/data/v9.2"
_IDLE_SECONDS = 20.0
_CONNECT_SECONDS = 5.0
_SHORTEST_WAIT = 0.001
"""The client takes no time-out of zero, which a deadline may reach between two looks at it."""
_LARGEST_ANSWER = 64 * 1024 * 1024
_CHUNK = 64 * 1024
_LONGEST_RETRY_AFTER = 3600.0
_LONGEST_CODE, _LONGEST_MESSAGE = 200, 4000


class Answer(msgspec.Struct, frozen=True):
    """A 2xx answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def decode[T](self, shape: type[T]) -> T:
        """Raises UnreadableError for a body that is not this shape."""
        return decoded(self.body, shape)


class _Request(msgspec.Struct, frozen=True):
    method: str
    path: str
    body: bytes | None
    headers: Mapping[str, str]
    purpose: Purpose
    begin_by: Deadline | None = None
    operations: int = 1


class WebApi:
    """`origin` is scheme and host of the environment; paths are relative to the API's root."""

    def __init__(
        self,
        origin: str,
        tokens: TokenSource,
        clock: Clock,
        new_adapter: Callable[[], HTTPAdapter] = lambda: HTTPAdapter(max_retries=0),
    ) -> None:
        self.origin = origin
        self.pulse = Pulse()
        self.brake = Brake(clock)
        self.spend: Callable[[Purpose, int], None] = lambda _purpose, _operations: None
        """Told of each request that is sent: what for, and how many operations it is."""
        self._tokens = tokens
        self._clock = clock
        self._new_adapter = new_adapter
        self._threads = threading.local()
        self._sessions: WeakSet[requests.Session] = WeakSet()

    def get(
        self, path: str, deadline: Deadline, headers: Mapping[str, str] | None = None, *, purpose: Purpose
    ) -> Answer:
        sent = {"If-None-Match": "null", **(headers or {})}
        return self._ask(_Request("GET", path, None, sent, purpose), deadline)

    def post(
        self,
        path: str,
        body: bytes,
        deadline: Deadline,
        headers: Mapping[str, str] | None = None,
        *,
        purpose: Purpose,
        begin_by: Deadline | None = None,
        operations: int = 1,
    ) -> Answer:
        """After `begin_by` nothing is sent any more, also when the token or the connection was slow to come."""
        content = {"Content-Type": "application/json; charset=utf-8"} if body else {}
        return self._ask(
            _Request("POST", path, body, {**content, **(headers or {})}, purpose, begin_by, operations),
            deadline,
        )

    def close(self) -> None:
        for session in self._sessions:
            session.close()

    def _ask(self, request: _Request, deadline: Deadline) -> Answer:
        self.brake.check()
        try:
            return self._authorized(request, deadline)
        except DataverseError as error:
            if isinstance(error, ThrottledError):
                self.brake.hit(error)
            if means_down(error):
                self.pulse.fail(str(error))
            raise

    def _authorized(self, request: _Request, deadline: Deadline) -> Answer:
        token = self._tokens.get(deadline)
        try:
            return self._send(request, deadline, token)
        except UnauthorizedError:
            return self._send(request, deadline, self._tokens.renew(token, deadline))

    def _send(self, request: _Request, deadline: Deadline, token: str) -> Answer:
        connect_seconds = min(_CONNECT_SECONDS, deadline.remaining, (request.begin_by or deadline).remaining)
        if connect_seconds <= 0:
            raise TooLateError("There was no time left to ask Dataverse.")
        self.spend(request.purpose, request.operations)
        request_id = str(uuid.uuid4())
        path = request.path if request.path.startswith("/") else f"{API}/{request.path}"
        try:
            with self._session().request(
                request.method,
                self.origin + path,
                data=request.body,
                headers=_common_headers(token, request_id) | dict(request.headers),
                timeout=(connect_seconds, max(deadline.remaining, _SHORTEST_WAIT)),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = _read(response, deadline)
        except (requests.RequestException, HTTPError) as problem:
            raise _lost(problem) from problem
        finally:
            self._threads.used_at = self._clock.monotonic()
        return self._judged(request.method, response, content, request_id)

    def _judged(self, method: str, response: requests.Response, content: bytes, request_id: str) -> Answer:
        if succeeded(response.status_code):
            if not content and not _said_empty(response):
                raise ConnectionLostError("Dataverse's answer broke off.")
            self.pulse.success(self._clock.now())
            return Answer(response.status_code, response.headers, content)
        told = told_by(response.status_code, response.headers, content)
        log.warning(
            Line(
                Name.DATAVERSE_REFUSED,
                f"Dataverse answered {told} to {method}",
                status=told.status,
                code=safe_code(told.code),
                dataverse_request_id=request_id,
            )
        )
        raise error_of(told)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = PlainSession(self._new_adapter())
            self._threads.session = session
            self._sessions.add(session)
        elif self._clock.monotonic() - self._threads.used_at > _IDLE_SECONDS:
            session.close()
        return session


def means_down(error: DataverseError) -> bool:
    """Whether an error says that Dataverse does not serve us at all, rather than that one request was wrong."""
    match error:
        case RefusedError():
            unknown_here = isinstance(error, ForbiddenError) and error.application_user_missing
            return isinstance(error, UnauthorizedError) or unknown_here
        case UnreadableError() | AllowanceSpentError() | TooLateError():
            return False
        case _:
            return True


def succeeded(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def told_by(status: int, headers: Mapping[str, str], content: bytes) -> Told:
    """Dataverse's error object, read leniently: its shape and code vary, and proxies answer in HTML."""
    code, message = "", ""
    try:
        error = decode(content, _ErrorBody).error
        code, message = error.code, error.message.strip()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = "" if not content else "an answer that is not Dataverse's error object"
    return Told(status, code[:_LONGEST_CODE], message[:_LONGEST_MESSAGE], _retry_after(headers))


class _ErrorObject(msgspec.Struct):
    code: str = ""
    message: str = ""


class _ErrorBody(msgspec.Struct):
    error: _ErrorObject


def _common_headers(token: str, request_id: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "OData-MaxVersion": "4.0",
        "OData-Version": "4.0",
        "x-ms-client-request-id": request_id,
        **trace_headers(),
    }


def _read(response: requests.Response, deadline: Deadline) -> bytes:
    """The whole body, within the deadline: the socket's own time-out starts anew with every byte that drips in."""
    chunks = bytearray()
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        chunks += chunk
        if len(chunks) > _LARGEST_ANSWER:
            raise UnreadableError("Dataverse's answer is too large.")
        if deadline.remaining <= 0:
            raise NoAnswerError("Dataverse's answer did not arrive in time.")
    return bytes(chunks)


def _said_empty(response: requests.Response) -> bool:
    """Whether an empty answer said that it would be: an empty file is a word about outputs, half of an answer is none."""
    return (
        response.status_code == HTTPStatus.NO_CONTENT
        or response.headers.get("Content-Length") == "0"
        or "Transfer-Encoding" in response.headers
    )


def _lost(problem: requests.RequestException | HTTPError) -> Exception:
    """Only what is known to have failed before anything was sent counts as never sent."""
    cause: Any = problem.args[0] if problem.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    untrusted = isinstance(reason, TlsError) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    if untrusted or isinstance(reason, (NewConnectionError, ConnectTimeoutError)):
        return NeverSentError("Dataverse cannot be reached.")
    if isinstance(problem, (requests.Timeout, ReadTimeoutError)):
        return NoAnswerError("Dataverse did not answer in time.")
    return ConnectionLostError("The connection to Dataverse broke before it had answered.")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After", "")
    return min(float(value[:12]), _LONGEST_RETRY_AFTER) if value.isascii() and value.isdigit() else None
