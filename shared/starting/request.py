"""What a start asks for, and whether this deployment allows it. No I/O."""

import re
from collections.abc import Iterator, Mapping
from copy import replace
from datetime import timedelta
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from shared.http.caller import Caller
from shared.http.json_body import parse_object
from shared.http.members import Body, invalid_member, read_members
from shared.http.problems import Code, ProblemError
from shared.run.model import Connection, ConnectionKind, ErrorDetail, Run, RunMode, RunPriority
from shared.settings import Settings
from shared.signatures import Purpose, Signatures, canonical
from shared.webhooks.guard import checked_url

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


LONGEST_REFERENCE = 128
DEFAULT_TIMEOUT_SECONDS = 10800
_DAY = 86400

ConnectionText = Annotated[str, Meta(min_length=1, max_length=200)]
Seconds = Annotated[int, Meta(ge=1, le=_DAY)]


class StartBody(Body, frozen=True, kw_only=True):
    """How a desktop flow is to be run, and with what."""

    exclusive: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("connectionName", "connectionReference"),
        ("inputs", "inputsJson"),
    )

    run_mode: Annotated[RunMode, Meta(description="Whether the run needs a signed-in user.")]
    connection_name: Annotated[
        ConnectionText | None,
        Meta(description="The desktop-flow connection, by its name. This or connectionReference."),
    ] = None
    connection_reference: Annotated[
        ConnectionText | None,
        Meta(
            description="The connection reference, by its logical name. Neither: the deployment's default.",
            examples=["contoso_FinanceDesk"],
        ),
    ] = None
    run_priority: Annotated[RunPriority, Meta(description="High goes before normal.")] = RunPriority.NORMAL
    timeout_seconds: Annotated[
        Seconds, Meta(description="How long the run may take once it is on a machine.")
    ] = DEFAULT_TIMEOUT_SECONDS
    inputs: Annotated[
        dict[str, Any] | None, Meta(description="The flow's inputs, by name, up to 2 MiB of JSON.")
    ] = None
    inputs_json: Annotated[
        str | None,
        Meta(
            description="The same as text, for callers that cannot build an object. This or inputs.",
            extra={"expected": "a JSON object, as text"},
        ),
    ] = None
    webhook_url: Annotated[
        str | None,
        Meta(
            description="Where this run's events are told as well, signed with the deployment's own secret. Kept to ourselves.",
            extra={"expected": "a URL"},
        ),
    ] = None
    start_within_seconds: Annotated[
        Seconds | None, Meta(description="Not sent by then: the run fails, provably not started.")
    ] = None
    client_reference: Annotated[
        Annotated[str, Meta(min_length=1, max_length=LONGEST_REFERENCE)] | None,
        Meta(description="Your own number for this run; runs can be listed by it.", examples=["order 4711"]),
    ] = None


class StartRequest(msgspec.Struct, frozen=True, kw_only=True):
    flow_id: str
    connection: Connection
    mode: RunMode
    priority: RunPriority
    timeout_seconds: int
    inputs: dict[str, Any] | None
    client_reference: str | None
    start_within: timedelta | None
    webhook_url: str | None
    idempotency_key: str | None
    caller_id: str | None
    """Who asks, where callers are told apart; and the name, for people to read."""
    caller_name: str | None
    retry_of: str | None = None
    """The ended run that this one repeats."""

    def fingerprint(self, signatures: Signatures, version: str | None = None) -> str:
        """Equal for requests that ask for the same: members are compared as values, defaults as if they were given."""
        asked = [
            self.flow_id,
            self.connection.kind,
            self.connection.value,
            self.mode,
            self.priority,
            self.timeout_seconds,
            self.inputs or {},
            self.client_reference,
            None if self.start_within is None else self.start_within.total_seconds(),
            *(() if self.retry_of is None else (self.retry_of,)),
            *(() if self.webhook_url is None else ({"webhookUrl": self.webhook_url},)),
        ]
        return signatures.sign(Purpose.REQUEST, canonical(asked), version)


def read_start[B: StartBody](given: Mapping[str, Any], shape: type[B], settings: Settings) -> B:
    """Raises ProblemError 400 with all that is wrong: where other members are, a webhookUrl that may not be told is named beside them."""
    try:
        return read_members(given, shape)
    except ProblemError as problem:
        raise replace(problem, details=(*problem.details, *_fault_of_url(given, settings))) from None


def _fault_of_url(given: Mapping[str, Any], settings: Settings) -> Iterator[ErrorDetail]:
    url = given.get("webhookUrl")
    try:
        _ = checked_url(url, settings) if isinstance(url, str) else None
    except ProblemError as fault:
        yield ErrorDetail(code=fault.code, target="webhookUrl", message=fault.message)


def start_request(
    body: StartBody, flow_id: str, *, key: str | None, caller: Caller | None, settings: Settings
) -> StartRequest:
    """Raises ProblemError: what this deployment does not allow, or a key that is none."""
    if not settings.allows_flow(flow_id):
        raise _not_allowed(Code.FLOW_NOT_ALLOWED, "this flow", "flowId")
    within = body.start_within_seconds
    return StartRequest(
        flow_id=flow_id,
        connection=_connection(body.connection_name, body.connection_reference, settings),
        mode=body.run_mode,
        priority=body.run_priority,
        timeout_seconds=body.timeout_seconds,
        inputs=body.inputs if body.inputs_json is None else _parsed(body.inputs_json),
        client_reference=body.client_reference,
        start_within=None if within is None else timedelta(seconds=within),
        webhook_url=None if body.webhook_url is None else checked_url(body.webhook_url, settings),
        idempotency_key=checked_key(key),
        caller_id=None if caller is None else caller.id,
        caller_name=None if caller is None else caller.name,
    )


def request_again(run: Run, *, key: str | None, caller: Caller | None, settings: Settings) -> StartRequest:
    """The order of an ended run once more, as yet without its inputs. Raises ProblemError: what this deployment no longer allows, or a key that is none."""
    if not settings.allows_flow(run.flow_id):
        raise _not_allowed(Code.FLOW_NOT_ALLOWED, "this flow", "flowId")
    return StartRequest(
        flow_id=run.flow_id,
        connection=_allowed(run.connection, settings),
        mode=run.mode,
        priority=run.priority,
        timeout_seconds=run.timeout_seconds,
        inputs=None,
        client_reference=run.client_reference,
        start_within=None,
        webhook_url=run.webhook_url,
        idempotency_key=checked_key(key),
        caller_id=None if caller is None else caller.id,
        caller_name=None if caller is None else caller.name,
        retry_of=run.id,
    )


def _parsed(inputs: str) -> dict[str, Any]:
    try:
        return parse_object(inputs.encode())
    except ProblemError as problem:
        message = f"inputsJson cannot be used. {problem.message.replace('The body', 'It')}"
        raise invalid_member("inputsJson", message) from None


def _connection(name: str | None, reference: str | None, settings: Settings) -> Connection:
    return _allowed(_named(name, reference or settings.default_connection_reference), settings)


def _allowed(connection: Connection, settings: Settings) -> Connection:
    if not settings.allows_connection(connection.value):
        raise _not_allowed(Code.CONNECTION_NOT_ALLOWED, "this connection", connection.kind)
    return connection


def _named(name: str | None, reference: str | None) -> Connection:
    if name is not None:
        return Connection(kind=ConnectionKind.NAME, value=name)
    if reference is None:
        raise ProblemError(
            Code.CONNECTION_REQUIRED,
            "Name a connectionName or a connectionReference; this deployment has no default (DEFAULT_CONNECTION_REFERENCE).",
        )
    return Connection(kind=ConnectionKind.REFERENCE, value=reference)


def _not_allowed(code: Code, what: str, target: str) -> ProblemError:
    return ProblemError(code, f"This deployment does not allow {what}.", target)


def checked_key(key: str | None) -> str | None:
    if key is not None and not _KEY.fullmatch(key):
        raise ProblemError(
            Code.INVALID_IDEMPOTENCY_KEY,
            "Idempotency-Key must be 1 to 255 visible ASCII characters, without blanks.",
            "Idempotency-Key",
        )
    return key
