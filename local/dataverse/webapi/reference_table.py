"""The table connectionreference, column by column. Source: Dataverse table reference, connectionreference."""

from local.dataverse.catalogue import ConnectionReference
from local.dataverse.odata.columns import Column, Kind, Table, always_null, by_name
from local.dataverse.settings import APPLICATION_USER_ID

CONNECTIONREFERENCE: Table[ConnectionReference] = Table(
    entity="connectionreference",
    entity_set="connectionreferences",
    key="connectionreferenceid",
    version=lambda row: row.version,
    columns=by_name(
        Column("connectionreferenceid", Kind.GUID, lambda row: row.id),
        Column("connectionreferencelogicalname", Kind.STRING, lambda row: row.logical_name),
        Column("connectionreferencedisplayname", Kind.STRING, lambda row: row.display_name),
        Column("connectionid", Kind.STRING, lambda row: row.connection_id),
        Column("connectorid", Kind.STRING, lambda row: row.connector_id),
        Column("statecode", Kind.INTEGER, lambda _: 0),
        Column("statuscode", Kind.INTEGER, lambda _: 1),
        Column("componentstate", Kind.INTEGER, lambda _: 0),
        Column("promptingbehavior", Kind.INTEGER, lambda _: 0),
        Column("ismanaged", Kind.BOOLEAN, lambda _: False),
        Column("createdon", Kind.DATETIME, lambda row: row.modifiedon),
        Column("modifiedon", Kind.DATETIME, lambda row: row.modifiedon),
        Column("_ownerid_value", Kind.GUID, lambda _: APPLICATION_USER_ID),
        Column("versionnumber", Kind.INTEGER, lambda row: row.version),
        *always_null(Kind.STRING, "description"),
        *always_null(Kind.GUID, "_customconnectorid_value"),
    ),
)
