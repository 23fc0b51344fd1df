"""Flow sessions: started, read and cancelled. A session is one run of a desktop flow in Dataverse."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from shared.clock import Deadline
from shared.dataverse.batch import get_each
from shared.dataverse.errors import DataverseError, NotFoundError, UnreadableError
from shared.dataverse.json_text import json_object
from shared.dataverse.odata import query
from shared.dataverse.purpose import Purpose
from shared.dataverse.session_rows import ALL_COLUMNS, SessionRow, view
from shared.dataverse.web_api import Answer, WebApi
from shared.run.ids import parse_guid
from shared.run.model import ConnectionKind, Run, SessionView

log = logging.getLogger("deskhand.dataverse")

_CONNECTION_TYPE = {ConnectionKind.NAME: 1, ConnectionKind.REFERENCE: 2}


class SessionGoneError(Exception):
    """The session, and with it its files, no longer exists."""


class StartOrder(msgspec.Struct, frozen=True):
    """What a start takes along beside the run itself. Neither is stored or logged."""

    inputs_json: str | None
    callback_url: str | None


class Sessions(msgspec.Struct, frozen=True):
    api: WebApi

    def start(self, run: Run, order: StartOrder, deadline: Deadline, begin_by: Deadline) -> str:
        """Send RunDesktopFlow, once, and not after `begin_by`. The id of the session.

        Raises DataverseError; `refusals` tells which prove that nothing started.
        """
        body: dict[str, Any] = {
            "runMode": run.mode,
            "runPriority": run.priority,
            "connectionName": run.connection.value,
            "connectionType": _CONNECTION_TYPE[run.connection.kind],
            "timeout": run.timeout_seconds,
        }
        body |= {} if order.inputs_json is None else {"inputs": order.inputs_json}
        body |= {} if order.callback_url is None else {"callbackUrl": order.callback_url}
        path = f"workflows({run.flow_id})/Microsoft.Dynamics.CRM.RunDesktopFlow"
        return _session_id(
            self.api.post(path, msgspec.json.encode(body), deadline, begin_by=begin_by, purpose=Purpose.START)
        )

    def read(self, session_id: str, deadline: Deadline) -> SessionView:
        return view(self.api.get(_read_path(session_id), deadline, purpose=Purpose.VERIFY).decode(SessionRow))

    def read_each(
        self, session_ids: Sequence[str], deadline: Deadline
    ) -> dict[str, SessionView | DataverseError]:
        """Read directly, in one request: a direct read says why a row is not shown, a list leaves it out."""
        outcomes = get_each(self.api, [_read_path(each) for each in session_ids], deadline, Purpose.READ)
        return {each: _read_outcome(outcome) for each, outcome in zip(session_ids, outcomes, strict=True)}

    def cancel(self, session_id: str, deadline: Deadline) -> None:
        """Raises UnreadableError for a success that is not Dataverse's: a proxy's page cancels nothing."""
        path = f"flowsessions({session_id})/Microsoft.Dynamics.CRM.CancelDesktopFlowRun"
        answer = self.api.post(path, b"", deadline, purpose=Purpose.CANCEL)
        if answer.status != HTTPStatus.NO_CONTENT:
            raise UnreadableError(
                f"Dataverse answered {answer.status} to a cancel, which it answers with 204."
            )

    def outputs(self, session_id: str, deadline: Deadline) -> dict[str, Any]:
        """Output names and values; empty where the run has none. Raises SessionGoneError."""
        return self._file(session_id, "outputs", deadline)

    def inputs(self, session_id: str, deadline: Deadline) -> dict[str, Any]:
        """What the session was started with. Raises SessionGoneError."""
        return self._file(session_id, "inputs", deadline)

    def _file(self, session_id: str, column: str, deadline: Deadline) -> dict[str, Any]:
        try:
            answer = self.api.get(
                f"flowsessions({session_id})/{column}/$value", deadline, purpose=Purpose.FILES
            )
        except NotFoundError as missing:
            if not missing.record_missing:
                raise
            if "attachment" in missing.told.message.lower():
                return {}
            self._must_exist(session_id, deadline)
            return {}
        return json_object(answer.body)

    def _must_exist(self, session_id: str, deadline: Deadline) -> None:
        """The same 404 and code stand for an empty file column and for a session that is gone: the row tells."""
        try:
            self.read(session_id, deadline)
        except NotFoundError as missing:
            if missing.record_missing:
                raise SessionGoneError from missing
            raise


def _read_path(session_id: str) -> str:
    return f"flowsessions({session_id})?{query(select=ALL_COLUMNS)}"


def _read_outcome(outcome: Answer | DataverseError) -> SessionView | DataverseError:
    if isinstance(outcome, DataverseError):
        return outcome
    try:
        return view(outcome.decode(SessionRow))
    except UnreadableError as problem:
        return problem


def _session_id(answer: Answer) -> str:
    """The documentation spells it flowsessionId here and flowsessionid elsewhere."""
    members = answer.decode(dict[str, Any])
    named = [value for name, value in members.items() if name.lower() == "flowsessionid"]
    found = parse_guid(named[0]) if len(named) == 1 and isinstance(named[0], str) else None
    if found is None:
        raise UnreadableError("Dataverse's answer to RunDesktopFlow names no session.")
    return found
