"""The rows of flowsession, read leniently: a column that Dataverse leaves out is unknown."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from shared.dataverse.errors import UnreadableError
from shared.dataverse.json_text import decoded, utc
from shared.log.line import Line
from shared.log.names import Name
from shared.run.ids import parse_guid
from shared.run.model import SessionView

log = logging.getLogger("deskhand.dataverse")

ALL_COLUMNS = (
    "flowsessionid,statuscode,startedon,completedon,createdon,modifiedon,errorcode,errormessage,"
    "callbackurl,connectionid,runmode,_regardingobjectid_value,outputs"
)
"""Of those that are read."""
FEW_COLUMNS = "flowsessionid,statuscode,startedon,createdon,callbackurl"
"""What tells how a session stands that has not ended, and whose it is."""
_LONGEST_CODE = 200


class SessionRow(msgspec.Struct):
    flowsessionid: str
    statuscode: int
    startedon: datetime | None = None
    completedon: datetime | None = None
    createdon: datetime | None = None
    modifiedon: datetime | None = None
    errorcode: str | None = None
    errormessage: str | None = None
    callbackurl: str | None = None
    connectionid: str | None = None
    runmode: int | None = None
    flow: str | None = msgspec.field(name="_regardingobjectid_value", default=None)
    outputs: str | msgspec.UnsetType | None = msgspec.UNSET


class SessionPage(msgspec.Struct):
    value: list[msgspec.Raw]
    """Rows, each decoded by itself: one that cannot be read must not hide the others."""
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)


def readable(rows: Iterable[msgspec.Raw]) -> Iterator[SessionView]:
    for row in rows:
        try:
            yield view(decoded(bytes(row), SessionRow))
        except UnreadableError as problem:
            log.error(Line(Name.SESSION_UNREADABLE, f"A session in a list is left out: {problem}"))


def view(row: SessionRow) -> SessionView:
    """Raises UnreadableError for a session without a proper id."""
    session_id = parse_guid(row.flowsessionid)
    if session_id is None:
        raise UnreadableError("Dataverse's answer holds a session id that is no GUID.")
    return SessionView(
        id=session_id,
        status_code=row.statuscode,
        created_at=utc(row.createdon),
        started_at=utc(row.startedon),
        completed_at=utc(row.completedon),
        modified_at=utc(row.modifiedon),
        error_code=(row.errorcode or "")[:_LONGEST_CODE] or None,
        error_message=row.errormessage or None,
        has_outputs=None if row.outputs is msgspec.UNSET else row.outputs is not None,
        callback_url=row.callbackurl or None,
        flow_id=row.flow and row.flow.lower(),
        connection_id=row.connectionid,
        run_mode=row.runmode,
    )
