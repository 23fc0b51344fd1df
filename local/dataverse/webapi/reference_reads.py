"""Reading connection references."""

from dataclasses import replace

from local.dataverse.access import demand
from local.dataverse.catalogue import ConnectionReference
from local.dataverse.odata.matching import predicate
from local.dataverse.odata.options import list_options
from local.dataverse.webapi.exchange import Answer, Call
from local.dataverse.webapi.listing import page_answer
from local.dataverse.webapi.reference_table import CONNECTIONREFERENCE
from local.dataverse.world import World


def list_connection_references(world: World, call: Call) -> Answer:
    demand(world, call, "prvReadconnectionreference")
    options = list_options(call.query, call.headers.get("Prefer", ""), CONNECTIONREFERENCE)
    rows: list[ConnectionReference] = world.catalogue.references
    if options.filter is not None:
        matches = predicate(options.filter, wildcards_in_eq=world.settings.wildcards_in_eq)
        rows = [row for row in rows if matches(row)]
    unbound = world.settings.unbound_references
    rows = [replace(row, connection_id=None) if row.logical_name in unbound else row for row in rows]
    return page_answer(call, rows, CONNECTIONREFERENCE, options, world.settings)
