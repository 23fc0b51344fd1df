"""The tables systemuser, businessunit, role and privilege, as far as setting up an application user needs them.

Source: Dataverse table references of the same names.
"""

from local.dataverse.directory import BUSINESS_UNIT_ID, BUSINESS_UNIT_NAME, Role, User
from local.dataverse.odata.columns import Column, Kind, Table, always_null, by_name
from local.dataverse.privileges import Depth, Privilege

_NON_INTERACTIVE = 4

SYSTEMUSER: Table[User] = Table(
    entity="systemuser",
    entity_set="systemusers",
    key="systemuserid",
    version=lambda row: row.version,
    columns=by_name(
        Column("systemuserid", Kind.GUID, lambda row: row.id),
        Column("fullname", Kind.STRING, lambda row: row.name),
        Column("applicationid", Kind.GUID, lambda row: row.application_id),
        Column("azureactivedirectoryobjectid", Kind.GUID, lambda row: row.object_id),
        Column("isdisabled", Kind.BOOLEAN, lambda row: row.disabled),
        Column("accessmode", Kind.INTEGER, lambda _: _NON_INTERACTIVE),
        Column("_businessunitid_value", Kind.GUID, lambda _: BUSINESS_UNIT_ID),
        Column("modifiedon", Kind.DATETIME, lambda row: row.modifiedon),
    ),
)

ROLE: Table[Role] = Table(
    entity="role",
    entity_set="roles",
    key="roleid",
    version=lambda row: row.version,
    columns=by_name(
        Column("roleid", Kind.GUID, lambda row: row.id),
        Column("name", Kind.STRING, lambda row: row.name),
        Column("ismanaged", Kind.BOOLEAN, lambda _: False),
        Column("_businessunitid_value", Kind.GUID, lambda _: BUSINESS_UNIT_ID),
        Column("modifiedon", Kind.DATETIME, lambda row: row.modifiedon),
    ),
)

PRIVILEGE: Table[Privilege] = Table(
    entity="privilege",
    entity_set="privileges",
    key="privilegeid",
    version=lambda _: 1,
    columns=by_name(
        Column("privilegeid", Kind.GUID, lambda row: row.id),
        Column("name", Kind.STRING, lambda row: row.name),
        Column("canbebasic", Kind.BOOLEAN, lambda row: Depth.BASIC in row.depths),
        Column("canbelocal", Kind.BOOLEAN, lambda row: Depth.LOCAL in row.depths),
        Column("canbedeep", Kind.BOOLEAN, lambda row: Depth.DEEP in row.depths),
        Column("canbeglobal", Kind.BOOLEAN, lambda row: Depth.GLOBAL in row.depths),
    ),
)

BUSINESSUNIT: Table[str] = Table(
    entity="businessunit",
    entity_set="businessunits",
    key="businessunitid",
    version=lambda _: 1,
    columns=by_name(
        Column("businessunitid", Kind.GUID, lambda row: row),
        Column("name", Kind.STRING, lambda _: BUSINESS_UNIT_NAME),
        *always_null(Kind.GUID, "_parentbusinessunitid_value"),
    ),
)
