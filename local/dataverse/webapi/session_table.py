"""The table flowsession, column by column. Source: Dataverse table reference, flowsession, newest reading."""

from collections.abc import Callable
from datetime import datetime

from local.dataverse.directory import BUSINESS_UNIT_ID
from local.dataverse.odata.columns import Column, Kind, Table, always_null, by_name
from local.dataverse.session import Session, StoredFile

_STARTED_BY_API = 3


def _between(since: datetime | None, until: datetime | None) -> int | None:
    """Milliseconds; the unit of the duration columns is not documented."""
    return None if since is None or until is None else int((until - since).total_seconds() * 1000)


def _file(
    name: str, stored: Callable[[Session], StoredFile | None]
) -> tuple[Column[Session], Column[Session]]:
    return (
        Column(name, Kind.FILE, lambda row: file.id if (file := stored(row)) else None),
        Column(f"{name}_name", Kind.STRING, lambda row: f"{name}.json" if stored(row) else None),
    )


FLOWSESSION: Table[Session] = Table(
    entity="flowsession",
    entity_set="flowsessions",
    key="flowsessionid",
    version=lambda row: row.version,
    columns=by_name(
        Column("flowsessionid", Kind.GUID, lambda row: row.id),
        Column("name", Kind.STRING, lambda row: f"Desktop flow run {row.id}"),
        Column("statecode", Kind.INTEGER, lambda row: row.statuscode.statecode),
        Column("statuscode", Kind.INTEGER, lambda row: int(row.statuscode)),
        Column("createdon", Kind.DATETIME, lambda row: row.createdon),
        Column("modifiedon", Kind.DATETIME, lambda row: row.modifiedon),
        Column("startedon", Kind.DATETIME, lambda row: row.startedon),
        Column("completedon", Kind.DATETIME, lambda row: row.completedon),
        Column("_createdby_value", Kind.GUID, lambda row: row.created_by),
        Column("_modifiedby_value", Kind.GUID, lambda row: row.created_by),
        Column("_ownerid_value", Kind.GUID, lambda row: row.created_by),
        Column("_owninguser_value", Kind.GUID, lambda row: row.created_by),
        Column("_owningbusinessunit_value", Kind.GUID, lambda _: BUSINESS_UNIT_ID),
        Column("_regardingobjectid_value", Kind.GUID, lambda row: row.order.flow_id),
        Column("callbackurl", Kind.STRING, lambda row: row.callbackurl),
        Column("connectionid", Kind.STRING, lambda row: row.order.connection.id),
        Column("errorcode", Kind.STRING, lambda row: row.failure.code),
        Column("errormessage", Kind.STRING, lambda row: row.failure.message),
        *_file("inputs", lambda row: row.inputs),
        *_file("outputs", lambda row: row.outputs),
        Column("runmode", Kind.INTEGER, lambda row: int(row.order.mode)),
        Column("runsessionmode", Kind.INTEGER, lambda _: 1),
        Column("runduration", Kind.INTEGER, lambda row: _between(row.createdon, row.completedon)),
        Column("runwaitduration", Kind.INTEGER, lambda row: _between(row.createdon, row.startedon)),
        Column("runexecutionduration", Kind.INTEGER, lambda row: _between(row.startedon, row.completedon)),
        Column("versionnumber", Kind.INTEGER, lambda row: row.version),
        Column("triggertype", Kind.INTEGER, lambda _: _STARTED_BY_API, optional=True),
        Column("subcategory", Kind.INTEGER, lambda _: 0, optional=True),
        Column("clienttrackingid", Kind.STRING, lambda row: row.clienttrackingid, optional=True),
        *always_null(Kind.GUID, "_parentdesktopflowrunid_value", optional=True),
        *always_null(Kind.STRING, "credentials", optional=True),
        *always_null(
            Kind.GUID,
            "_createdonbehalfby_value",
            "_modifiedonbehalfby_value",
            "_owningteam_value",
            "_machineid_value",
            "_machinegroupid_value",
        ),
        *always_null(
            Kind.STRING,
            "errordetails",
            "errorinnererror",
            "context",
            "rundetails",
            "correlationid",
            "gateway",
            "parentworkflowid",
            "parentcloudflowrunsequenceid",
            "processversion",
            "sessionusername",
            "sessionusersid",
            "additionalcontext_name",
        ),
        *always_null(Kind.FILE, "additionalcontext"),
        *always_null(Kind.DOUBLE, "machinepercentcpuusage", "machinepercentramusage"),
        *always_null(
            Kind.INTEGER,
            "machineramusage",
            "importsequencenumber",
            "timezoneruleversionnumber",
            "utcconversiontimezonecode",
        ),
        *always_null(Kind.DATETIME, "overriddencreatedon"),
    ),
)
