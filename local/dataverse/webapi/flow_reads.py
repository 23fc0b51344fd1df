"""Reading flows: the list, one row, the schema of its inputs and outputs."""

from local.dataverse.access import demand, depth_of
from local.dataverse.catalogue import FlowRow
from local.dataverse.errors import NO_RECORD, DataverseError, does_not_exist, missing_privilege, no_access
from local.dataverse.flows import EMPTY_SCHEMA
from local.dataverse.odata.matching import predicate
from local.dataverse.odata.options import list_options
from local.dataverse.privileges import Depth
from local.dataverse.webapi.exchange import NO_CONTENT, Answer, Call
from local.dataverse.webapi.flow_table import WORKFLOW
from local.dataverse.webapi.listing import page_answer, row_answer
from local.dataverse.world import World

_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


def list_flows(world: World, call: Call) -> Answer:
    """Published rows only, unless the caller asks for the others too."""
    _check_privilege(world, call)
    options = list_options(call.query, call.headers.get("Prefer", ""), WORKFLOW)
    unpublished = call.headers.get("MSCRM.IncludeUnpublished", "").lower() == "true"
    rows = world.catalogue.rows(unpublished=unpublished) if _reached(world, call) else iter(())
    if options.filter is not None:
        rows = filter(predicate(options.filter, wildcards_in_eq=world.settings.wildcards_in_eq), rows)
    return page_answer(call, rows, WORKFLOW, options, world.settings)


def retrieve_flow(world: World, call: Call) -> Answer:
    return row_answer(call, _readable(world, call), WORKFLOW, world.settings)


def retrieve_schema(world: World, call: Call) -> Answer:
    """The content of a text column: what a flow without variables answers is a setting."""
    schema = WORKFLOW.columns[call.column].read(_readable(world, call))
    if schema is not None:
        return Answer(200, _TEXT, schema.encode())
    match world.settings.memo_missing:
        case "204":
            return NO_CONTENT
        case "200-empty":
            return Answer(200, _TEXT)
        case "empty-schema":
            return Answer(200, _TEXT, EMPTY_SCHEMA.encode())
        case "404":
            raise DataverseError(404, NO_RECORD, f"The property '{call.column}' has no value.")


def _readable(world: World, call: Call) -> FlowRow:
    _check_privilege(world, call)
    row = world.catalogue.newest(call.key)
    if row is None:
        raise does_not_exist("workflow", call.key)
    if not _reached(world, call):
        raise no_access("workflow", call.key)
    return row


def _reached(world: World, call: Call) -> bool:
    own_only = depth_of(world, call.caller, "prvReadworkflow") is Depth.BASIC
    return world.settings.flows_shared or not own_only


def _check_privilege(world: World, call: Call) -> None:
    if not world.settings.read_workflow:
        raise missing_privilege("prvReadworkflow", call.caller)
    demand(world, call, "prvReadworkflow")
