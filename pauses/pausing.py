"""The operator's stop: everything, a flow or a connection, with a reason and who. Runs that wait go on when it is lifted.

Dataverse's own pauses (429) stand in the same list, and can be lifted too: Dataverse will say again if it was too early.
"""

import logging
import re
from datetime import timedelta
from http import HTTPStatus

import azure.functions as func

from pauses.contract import PauseBody, PauseList, PauseView
from shared.catalogue import of_its_own
from shared.http.answers import answer
from shared.http.call import Call
from shared.http.flows import known_flow
from shared.http.problems import Code, ProblemError
from shared.log.line import Line
from shared.log.names import Name
from shared.pace.gate import Pause, PausedBy, Scope
from shared.run.ids import parse_guid
from shared.run.model import Connection, ConnectionKind
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.pauses")

_ID = re.compile(r"all|flow-[0-9a-f-]{36}|connection-[0-9a-f]{32}")


def list_pauses(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    app.throttling.heed(app.gate.read())
    pauses = sorted(app.gate.pauses(), key=lambda pause: pause.since)
    return answer(HTTPStatus.OK, PauseList(value=[_shown(pause) for pause in pauses]))


def pause_starts(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    asked = call.body(PauseBody)
    now = app.clock.now()
    pause = Pause(
        scope=asked.scope,
        target=_target(app, asked),
        named=asked.connection_name or asked.connection_reference,
        reason=asked.reason,
        source=PausedBy.OPERATOR,
        by=call.caller_name or asked.by,
        since=now,
        until=None if asked.seconds is None else now + timedelta(seconds=asked.seconds),
    )
    held = app.gate.pause(pause)
    if held != pause and not _asks_the_same(held, pause):
        raise ProblemError(
            Code.PAUSE_EXISTS,
            f"It is paused already, by {held.by or 'somebody'}: {held.reason}. Lift that pause first: DELETE /pauses/{held.id}.",
            "scope",
        )
    log.warning(
        Line(
            Name.PAUSED,
            "Starts are paused",
            scope=pause.scope,
            target=pause.target,
            by=pause.by,
            until=pause.until,
        )
    )
    headers = {"Location": f"{call.base}/api/pauses/{pause.id}"}
    return answer(HTTPStatus.CREATED, _shown(held), headers)


def resume_starts(app: Deskhand, call: Call) -> func.HttpResponse:
    pause_id = call.request.route_params.get("pauseId", "").lower()
    call.no_parameters()
    call.no_body()
    if not _ID.fullmatch(pause_id) or not app.throttling.resume(pause_id):
        raise ProblemError(Code.PAUSE_NOT_FOUND, "There is no such pause.", "pauseId")
    return answer(HTTPStatus.NO_CONTENT)


def _asks_the_same(held: Pause, asked: Pause) -> bool:
    """Sent again, because its answer was lost."""
    return (held.reason, held.by, held.named) == (asked.reason, asked.by, asked.named) and (
        held.until is None
    ) == (asked.until is None)


def _connection(name: str | None, reference: str | None) -> Connection | None:
    if name is not None:
        return Connection(kind=ConnectionKind.NAME, value=name)
    return None if reference is None else Connection(kind=ConnectionKind.REFERENCE, value=reference)


def _target(app: Deskhand, asked: PauseBody) -> str | None:
    """What the scope names, and nothing else. A connection is paused whatever name a start gives it, or not at all."""
    flow_id = None if asked.flow_id is None else parse_guid(asked.flow_id)
    connection = _connection(asked.connection_name, asked.connection_reference)
    match asked.scope:
        case Scope.ALL if asked.flow_id is None and connection is None:
            return None
        case Scope.FLOW if flow_id is not None:
            return known_flow(app, flow_id)
        case Scope.CONNECTION if connection is not None:
            return _known_connection(app, connection)
        case _:
            raise ProblemError(
                Code.INVALID_REQUEST,
                "With scope flow give flowId, with scope connection connectionName or connectionReference, with scope all neither.",
                "scope",
            )


def _known_connection(app: Deskhand, connection: Connection) -> str:
    """Connections cannot be listed, so a name is taken as it is. Raises DataverseError where a reference cannot be looked up."""
    connection_id = app.catalogue.connection_behind(connection, app.read_deadline(), surely=True)
    if connection.kind is ConnectionKind.REFERENCE and connection_id == of_its_own(connection.value):
        raise ProblemError(
            Code.CONNECTION_NOT_FOUND,
            "There is no such connection reference, or no connection behind it. GET /connection-references lists them.",
            "connectionReference",
        )
    return connection_id


def _shown(pause: Pause) -> PauseView:
    return PauseView(
        pause_id=pause.id,
        scope=pause.scope,
        target=pause.target,
        named=pause.named,
        reason=pause.reason,
        source=pause.source,
        by=pause.by,
        since=pause.since,
        until=pause.until,
    )
