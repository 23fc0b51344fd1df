"""Desktop flows, their schemas and their connection references. Read with $select: unselected listings break on size."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from shared.clock import Deadline
from shared.dataverse.errors import NotFoundError, UnreadableError
from shared.dataverse.json_text import decoded, utc
from shared.dataverse.odata import query
from shared.dataverse.paging import pages
from shared.dataverse.purpose import Purpose
from shared.dataverse.web_api import WebApi
from shared.run.ids import parse_guid

DESKTOP_FLOW = 6
FLOW_COLUMNS = "workflowid,name,statecode,modifiedon,category"
CONNECTOR = "/providers/Microsoft.PowerApps/apis/shared_uiflow"


class FlowState(StrEnum):
    PUBLISHED = "published"
    DRAFT = "draft"
    SUSPENDED = "suspended"


STATES = {0: FlowState.DRAFT, 1: FlowState.PUBLISHED, 2: FlowState.SUSPENDED}


class Direction(StrEnum):
    """Which of a flow's two schemas."""

    INPUTS = "inputs"
    OUTPUTS = "outputs"


class Flow(msgspec.Struct, frozen=True):
    id: str
    name: str
    state: FlowState
    modified_at: datetime | None


class ConnectionReference(msgspec.Struct, frozen=True):
    logical_name: str
    display_name: str | None
    connection_id: str | None


class Identity(msgspec.Struct, frozen=True):
    """Who we are to Dataverse (WhoAmI)."""

    user_id: str
    organization_id: str


type Schema = dict[str, dict[str, Any]]
"""The properties of a flow's inputs or outputs, by name, as Dataverse describes them."""


class _FlowRow(msgspec.Struct):
    workflowid: str
    name: str | None = None
    statecode: int = 1
    modifiedon: datetime | None = None
    category: int | None = None


class _FlowPage(msgspec.Struct):
    value: list[_FlowRow]
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)


class _ReferenceRow(msgspec.Struct):
    connectionreferencelogicalname: str
    connectionreferencedisplayname: str | None = None
    connectionid: str | None = None


class _ReferencePage(msgspec.Struct):
    value: list[_ReferenceRow]
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)


class _SchemaObject(msgspec.Struct):
    properties: Schema | None = None


class _SchemaBody(msgspec.Struct):
    schema: _SchemaObject


class _WhoAmI(msgspec.Struct):
    user_id: str = msgspec.field(name="UserId")
    organization_id: str = msgspec.field(name="OrganizationId")


class Flows(msgspec.Struct, frozen=True):
    api: WebApi

    def all(self, *, include_drafts: bool, deadline: Deadline) -> list[Flow]:
        """By name. A flow that is published and has a draft is listed once, as published."""
        path = "workflows?" + query(
            select=FLOW_COLUMNS, filter=f"category eq {DESKTOP_FLOW}", orderby="name,workflowid"
        )
        headers = {"MSCRM.IncludeUnpublished": "true"} if include_drafts else {}
        found: dict[str, Flow] = {}
        for page in pages(self.api, path, _FlowPage, deadline, headers, purpose=Purpose.CATALOGUE):
            for flow in map(_flow, page.value):
                if flow.id not in found or flow.state is FlowState.PUBLISHED:
                    found[flow.id] = flow
        listed = (each for each in found.values() if include_drafts or each.state is not FlowState.DRAFT)
        return sorted(listed, key=lambda flow: (flow.name.casefold(), flow.id))

    def get(self, flow_id: str, deadline: Deadline) -> Flow | None:
        """None for an unknown workflow, and for one that is not a desktop flow."""
        try:
            answer = self.api.get(
                f"workflows({flow_id})?{query(select=FLOW_COLUMNS)}", deadline, purpose=Purpose.CATALOGUE
            )
        except NotFoundError as missing:
            if missing.record_missing:
                return None
            raise
        row = answer.decode(_FlowRow)
        return _flow(row) if row.category == DESKTOP_FLOW else None

    def schema(self, flow_id: str, direction: Direction, deadline: Deadline) -> Schema | None:
        """None where the flow has none. Raises NotFoundError for an unknown flow, UnreadableError for another shape."""
        try:
            answer = self.api.get(
                f"workflows({flow_id})/{direction}/$value", deadline, purpose=Purpose.CATALOGUE
            )
        except NotFoundError as missing:
            if missing.record_missing and self.get(flow_id, deadline) is not None:
                return None
            raise
        return _schema(answer.body)

    def connection_references(self, deadline: Deadline) -> list[ConnectionReference]:
        """Those of the desktop flows connector, by logical name."""
        path = "connectionreferences?" + query(
            select="connectionreferencelogicalname,connectionreferencedisplayname,connectionid",
            filter=f"connectorid eq '{CONNECTOR}'",
            orderby="connectionreferencelogicalname",
        )
        return [
            ConnectionReference(
                row.connectionreferencelogicalname, row.connectionreferencedisplayname, row.connectionid
            )
            for page in pages(self.api, path, _ReferencePage, deadline, purpose=Purpose.CATALOGUE)
            for row in page.value
        ]

    def who_am_i(self, deadline: Deadline) -> Identity:
        told = self.api.get("WhoAmI", deadline, purpose=Purpose.CATALOGUE).decode(_WhoAmI)
        user, organization = parse_guid(told.user_id), parse_guid(told.organization_id)
        if user is None or organization is None:
            raise UnreadableError("Dataverse's answer to WhoAmI names no user.")
        return Identity(user, organization)


def _flow(row: _FlowRow) -> Flow:
    flow_id = parse_guid(row.workflowid)
    if flow_id is None:
        raise UnreadableError("Dataverse's answer holds a workflow id that is no GUID.")
    return Flow(flow_id, row.name or "", STATES.get(row.statecode, FlowState.SUSPENDED), utc(row.modifiedon))


def _schema(body: bytes) -> Schema | None:
    """Documented as {"schema": {"properties": {...}}}; unknown members are kept, other shapes are unreadable."""
    if not body.strip():
        return None
    properties = decoded(body, _SchemaBody).schema.properties
    return {} if properties is None else properties
