"""Reading sessions: the list, one row, its files; and deleting a row."""

from collections.abc import Iterator
from datetime import timedelta

from local.dataverse.access import demand, depth_of
from local.dataverse.errors import bad_query, does_not_exist, missing_privilege, no_access, no_file
from local.dataverse.odata.columns import Table
from local.dataverse.odata.expressions import Expression, columns_named
from local.dataverse.odata.options import list_options
from local.dataverse.privileges import Depth
from local.dataverse.session import Session
from local.dataverse.webapi.exchange import NO_CONTENT, Answer, Call
from local.dataverse.webapi.listing import check_version, ordered_page_answer, page_answer, row_answer
from local.dataverse.webapi.session_search import in_order, search
from local.dataverse.webapi.session_table import FLOWSESSION
from local.dataverse.world import World

_WITHOUT_OPTIONAL = FLOWSESSION.without(lambda column: column.optional)


def list_sessions(world: World, call: Call) -> Answer:
    """Rows that the caller may not read are left out without a word."""
    settings = world.settings
    demand(world, call, "prvReadflowsession")
    options = list_options(call.query, call.headers.get("Prefer", ""), table_of_sessions(world))
    _check_filterable(world, options.filter)
    if settings.access_level == "User":
        return page_answer(call, [], FLOWSESSION, options, settings)
    found = in_order(world.sessions, options, settings)
    answer = page_answer if found is None else ordered_page_answer
    if found is None:
        found = search(world.sessions, options.filter, settings)
    return answer(
        call, _listed(world, _reached(world, call, found)), table_of_sessions(world), options, settings
    )


def retrieve_session(world: World, call: Call) -> Answer:
    return row_answer(call, readable(world, call), table_of_sessions(world), world.settings)


def retrieve_file(world: World, call: Call) -> Answer:
    """The content of a file column: what an empty one answers is a setting."""
    session = readable(world, call)
    file = session.inputs if call.column == "inputs" else session.outputs
    if file is None and world.settings.file_missing == "204":
        return NO_CONTENT
    if file is None:
        raise no_file(call.column, session.id)
    headers = {
        "Content-Type": "application/octet-stream",
        "x-ms-file-name": f"{call.column}.json",
        "x-ms-file-size": str(len(file.content)),
        "mimetype": "application/json",
    }
    return Answer(200, headers, file.content)


def delete_session(world: World, call: Call) -> Answer:
    session = readable(world, call, "prvDeleteflowsession")
    check_version(call, session, FLOWSESSION, world.settings)
    world.life.purge(session)
    return NO_CONTENT


def table_of_sessions(world: World) -> Table[Session]:
    return FLOWSESSION if world.settings.optional_columns else _WITHOUT_OPTIONAL


def readable(world: World, call: Call, privilege: str = "prvReadflowsession") -> Session:
    """The session, if it exists by now and its caller is as good as its owner; else 403 or 404."""
    if world.settings.access_level == "User":
        raise missing_privilege(privilege, call.caller)
    demand(world, call, "prvReadflowsession", privilege)
    session = world.sessions.find(call.key)
    if session is None or _too_new(world, session):
        raise does_not_exist("flowsession", call.key)
    if _own_only(world, call, privilege) and session.created_by != call.caller:
        raise no_access("flowsession", call.key)
    return session


def _reached(world: World, call: Call, found: Iterator[Session]) -> Iterator[Session]:
    """Whose rows they are does not matter but at the depth Basic: there is one business unit."""
    if not _own_only(world, call, "prvReadflowsession"):
        return found
    return (session for session in found if session.created_by == call.caller)


def _own_only(world: World, call: Call, privilege: str) -> bool:
    return depth_of(world, call.caller, privilege) is Depth.BASIC


def _listed(world: World, found: Iterator[Session]) -> Iterator[Session]:
    """Without those that lists do not show yet, or for a while."""
    now = world.clock.now()
    newest = now - timedelta(seconds=world.settings.hidden_from_lists_seconds)
    for session in found:
        if session.requested_at <= newest and (
            session.unlisted_until is None or session.unlisted_until <= now
        ):
            yield session


def _too_new(world: World, session: Session) -> bool:
    age = world.clock.now() - session.requested_at
    return age < timedelta(seconds=world.settings.unreadable_seconds)


def _check_filterable(world: World, expression: Expression[Session] | None) -> None:
    if not world.settings.callbackurl_filterable and "callbackurl" in columns_named(expression):
        raise bad_query("The column 'callbackurl' cannot be filtered by.")
