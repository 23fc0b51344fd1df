"""Flow sessions: started, read, looked for and cancelled. A session is one run of a desktop flow in Dataverse."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import msgspec

from shared.clock import Deadline
from shared.dataverse.batch import get_each
from shared.dataverse.errors import DataverseError, NotFoundError, UnreadableError
from shared.dataverse.json_text import decoded, json_object, utc
from shared.dataverse.odata import any_of, instant, query
from shared.dataverse.paging import pages
from shared.dataverse.web_api import Answer, WebApi
from shared.run.ids import parse_guid
from shared.run.model import ConnectionKind, Run, SessionView

log = logging.getLogger("deskhand.dataverse")

_COLUMNS = (
    "flowsessionid,statuscode,startedon,completedon,createdon,errorcode,errormessage,"
    "callbackurl,connectionid,runmode,_regardingobjectid_value,outputs"
)
IDS_A_REQUEST = 400
"""Session ids in one In() filter: about 18 KB of the 32 KB that a Dataverse URL may have."""
_LONGEST_CODE = 200
_CONNECTION_TYPE = {ConnectionKind.NAME: 1, ConnectionKind.REFERENCE: 2}


class _Row(msgspec.Struct):
    flowsessionid: str
    statuscode: int
    startedon: datetime | None = None
    completedon: datetime | None = None
    createdon: datetime | None = None
    errorcode: str | None = None
    errormessage: str | None = None
    callbackurl: str | None = None
    connectionid: str | None = None
    runmode: int | None = None
    flow: str | None = msgspec.field(name="_regardingobjectid_value", default=None)
    outputs: str | msgspec.UnsetType | None = msgspec.UNSET


class _Page(msgspec.Struct):
    value: list[msgspec.Raw]
    """Rows, each decoded by itself: one that cannot be read must not hide the others."""
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)


class SessionGoneError(Exception):
    """The session, and with it its files, no longer exists."""


@dataclass(frozen=True, slots=True)
class StartOrder:
    """What a start takes along beside the run itself. Neither is stored or logged."""

    inputs_json: str | None
    callback_url: str | None


@dataclass(frozen=True, slots=True)
class Sessions:
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
        return _session_id(self.api.post(path, msgspec.json.encode(body), deadline, begin_by=begin_by))

    def read(self, session_id: str, deadline: Deadline) -> SessionView:
        return _view(self.api.get(_read_path(session_id), deadline).decode(_Row))

    def read_each(
        self, session_ids: Sequence[str], deadline: Deadline
    ) -> dict[str, SessionView | DataverseError]:
        """Read directly, in one request: a direct read says why a row is not shown, a list leaves it out."""
        outcomes = get_each(self.api, [_read_path(each) for each in session_ids], deadline)
        return {each: _read_outcome(outcome) for each, outcome in zip(session_ids, outcomes, strict=True)}

    def shown(self, session_ids: Sequence[str], deadline: Deadline) -> Iterator[SessionView]:
        """Those of the sessions that Dataverse shows us. Absence proves nothing: rows that we may not read are left out."""
        for begin in range(0, len(session_ids), IDS_A_REQUEST):
            ids = session_ids[begin : begin + IDS_A_REQUEST]
            yield from self._pages(any_of("flowsessionid", ids), deadline)

    def created_between(
        self, begin: datetime, end: datetime | None, creator: str | None, deadline: Deadline
    ) -> Iterator[SessionView]:
        """Sessions created in [begin, end], in whole seconds of Dataverse's clock, by one user where `creator` is given."""
        condition = f"createdon ge {instant(begin)}"
        if end is not None:
            condition += f" and createdon le {instant(end + timedelta(seconds=1))}"
        if creator is not None:
            condition += f" and _createdby_value eq {creator}"
        yield from self._pages(condition, deadline)

    def cancel(self, session_id: str, deadline: Deadline) -> None:
        """Raises UnreadableError for a success that is not Dataverse's: a proxy's page cancels nothing."""
        path = f"flowsessions({session_id})/Microsoft.Dynamics.CRM.CancelDesktopFlowRun"
        answer = self.api.post(path, b"", deadline)
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
            answer = self.api.get(f"flowsessions({session_id})/{column}/$value", deadline)
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

    def _pages(self, condition: str, deadline: Deadline) -> Iterator[SessionView]:
        path = "flowsessions?" + query(select=_COLUMNS, filter=condition, orderby="createdon,flowsessionid")
        for page in pages(self.api, path, _Page, deadline):
            yield from _readable(page.value)


def _read_path(session_id: str) -> str:
    return f"flowsessions({session_id})?{query(select=_COLUMNS)}"


def _read_outcome(outcome: Answer | DataverseError) -> SessionView | DataverseError:
    if isinstance(outcome, DataverseError):
        return outcome
    try:
        return _view(outcome.decode(_Row))
    except UnreadableError as problem:
        return problem


def _readable(rows: Sequence[msgspec.Raw]) -> Iterator[SessionView]:
    for row in rows:
        try:
            yield _view(decoded(bytes(row), _Row))
        except UnreadableError as problem:
            log.error("A session in a list is left out: %s", problem)


def _view(row: _Row) -> SessionView:
    session_id = parse_guid(row.flowsessionid)
    if session_id is None:
        raise UnreadableError("Dataverse's answer holds a session id that is no GUID.")
    return SessionView(
        id=session_id,
        status_code=row.statuscode,
        created_at=utc(row.createdon),
        started_at=utc(row.startedon),
        completed_at=utc(row.completedon),
        error_code=(row.errorcode or "")[:_LONGEST_CODE] or None,
        error_message=row.errormessage or None,
        has_outputs=None if row.outputs is msgspec.UNSET else row.outputs is not None,
        callback_url=row.callbackurl or None,
        flow_id=row.flow and row.flow.lower(),
        connection_id=row.connectionid,
        run_mode=row.runmode,
    )


def _session_id(answer: Answer) -> str:
    """The documentation spells it flowsessionId here and flowsessionid elsewhere."""
    members = answer.decode(dict[str, Any])
    named = [value for name, value in members.items() if name.lower() == "flowsessionid"]
    found = parse_guid(named[0]) if len(named) == 1 and isinstance(named[0], str) else None
    if found is None:
        raise UnreadableError("Dataverse's answer to RunDesktopFlow names no session.")
    return found
