"""What a start asks for, read from the request without any I/O."""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import msgspec

from shared.http.call import Call
from shared.http.members import Members
from shared.http.problems import Code, ProblemError
from shared.run.model import Connection, ConnectionKind, RunMode, RunPriority
from shared.settings import Settings
from shared.signatures import Purpose, Signatures, canonical

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_DEFAULT_TIMEOUT = 10800
_LONGEST_TIMEOUT = 86400
_LONGEST_NAME = 200
_LONGEST_REFERENCE = 128


class StartRequest(msgspec.Struct, frozen=True, kw_only=True):
    flow_id: str
    connection: Connection
    mode: RunMode
    priority: RunPriority
    timeout_seconds: int
    inputs: dict[str, Any] | None
    client_reference: str | None
    start_within: timedelta | None
    idempotency_key: str | None

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
        ]
        return signatures.sign(Purpose.REQUEST, canonical(asked), version)


def read_request(call: Call, settings: Settings) -> StartRequest:
    """Raises ProblemError."""
    flow_id = call.flow_id()
    call.parameters()
    if not settings.allows_flow(flow_id):
        raise _not_allowed(Code.FLOW_NOT_ALLOWED, "this flow", "flowId")
    key = _idempotency_key(call)
    members = Members(call.json())
    mode = members.word("runMode", RunMode)
    members.require("runMode")
    priority = members.word("runPriority", RunPriority)
    timeout = members.whole_number("timeoutSeconds", 1, _LONGEST_TIMEOUT)
    inputs = members.object("inputs")
    name = members.text("connectionName", _LONGEST_NAME)
    reference = members.text("connectionReference", _LONGEST_NAME)
    members.at_most_one("connectionName", "connectionReference")
    client_reference = members.text("clientReference", _LONGEST_REFERENCE)
    within = members.whole_number("startWithinSeconds", 1, _LONGEST_TIMEOUT)
    members.close()
    assert mode is not None
    return StartRequest(
        flow_id=flow_id,
        connection=_connection(name, reference, settings),
        mode=mode,
        priority=priority or RunPriority.NORMAL,
        timeout_seconds=timeout or _DEFAULT_TIMEOUT,
        inputs=inputs,
        client_reference=client_reference,
        start_within=None if within is None else timedelta(seconds=within),
        idempotency_key=key,
    )


def _connection(name: str | None, reference: str | None, settings: Settings) -> Connection:
    connection = _named(name, reference or settings.default_connection_reference)
    if not settings.allows_connection(connection.value):
        raise _not_allowed(Code.CONNECTION_NOT_ALLOWED, "this connection", connection.kind)
    return connection


def _named(name: str | None, reference: str | None) -> Connection:
    if name is not None:
        return Connection(kind=ConnectionKind.NAME, value=name)
    if reference is None:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST,
            Code.CONNECTION_REQUIRED,
            "Name a connectionName or a connectionReference; this deployment has no default (DEFAULT_CONNECTION_REFERENCE).",
        )
    return Connection(kind=ConnectionKind.REFERENCE, value=reference)


def _not_allowed(code: Code, what: str, target: str) -> ProblemError:
    return ProblemError(HTTPStatus.FORBIDDEN, code, f"This deployment does not allow {what}.", target)


def _idempotency_key(call: Call) -> str | None:
    key = call.header("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise ProblemError(
            HTTPStatus.BAD_REQUEST,
            Code.INVALID_IDEMPOTENCY_KEY,
            "Idempotency-Key must be 1 to 255 visible ASCII characters.",
            "Idempotency-Key",
        )
    return key
