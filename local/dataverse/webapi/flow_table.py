"""The table workflow, column by column. Source: Dataverse table reference, workflow, and the desktop flow schema samples."""

from local.dataverse.catalogue import FlowRow
from local.dataverse.flows import input_schema, output_schema
from local.dataverse.odata.columns import Column, Kind, Table, always_null, by_name
from local.dataverse.settings import APPLICATION_USER_ID

_DEFINITION = 1
_POWER_AUTOMATE_DESKTOP = 2


def _statecode(row: FlowRow) -> int:
    """0 draft, 1 activated, 2 suspended."""
    if row.definition.draft:
        return 0
    return 2 if row.definition.suspended else 1


def _uiflowtype(row: FlowRow) -> int | None:
    return _POWER_AUTOMATE_DESKTOP if row.is_desktop_flow else None


WORKFLOW: Table[FlowRow] = Table(
    entity="workflow",
    entity_set="workflows",
    key="workflowid",
    version=lambda row: row.version,
    columns=by_name(
        Column("workflowid", Kind.GUID, lambda row: row.id),
        Column("workflowidunique", Kind.GUID, lambda row: row.id),
        Column("name", Kind.STRING, lambda row: row.definition.name),
        Column("category", Kind.INTEGER, lambda row: int(row.category)),
        Column("uiflowtype", Kind.INTEGER, _uiflowtype),
        Column("type", Kind.INTEGER, lambda _: _DEFINITION),
        Column("statecode", Kind.INTEGER, _statecode),
        Column("statuscode", Kind.INTEGER, lambda row: _statecode(row) + 1),
        Column("componentstate", Kind.INTEGER, lambda row: int(row.definition.draft)),
        Column("inputs", Kind.STRING, lambda row: input_schema(row.definition.inputs)),
        Column("outputs", Kind.STRING, lambda row: output_schema(row.definition.outputs)),
        Column("schemaversion", Kind.STRING, lambda _: "ROBIN_20240716"),
        Column("ismanaged", Kind.BOOLEAN, lambda _: False),
        Column("createdon", Kind.DATETIME, lambda row: row.modifiedon),
        Column("modifiedon", Kind.DATETIME, lambda row: row.modifiedon),
        Column("_ownerid_value", Kind.GUID, lambda _: APPLICATION_USER_ID),
        Column("versionnumber", Kind.INTEGER, lambda row: row.version),
        *always_null(
            Kind.STRING,
            "clientdata",
            "definition",
            "desktopflowmodules",
            "connectionreferences",
            "credentials",
            "metadata",
            "dependencies",
            "claims",
            "description",
        ),
        *always_null(Kind.GUID, "solutionid"),
    ),
)
