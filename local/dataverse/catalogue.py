"""The flows and connection references of the environment, and the small set that it begins with."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from local.dataverse.clock import Clock
from local.dataverse.flows import FlowDefinition, FlowError, VariableType

DESKTOP_FLOWS = "/providers/Microsoft.PowerApps/apis/shared_uiflow"
MAIL = "/providers/Microsoft.PowerApps/apis/shared_office365"

READ_INVOICE = "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318"
TIDY_DESKTOP = "e27d9b14-6a85-4c3f-90e2-b81f4d6c7a05"
WATCH_INBOX = "41b8e0c9-d7f2-4e16-8a5b-3c96f207de84"
POST_TO_LEDGER = "b95a3e7f-1c48-4d02-bf69-08e7d4a215c6"
CLOSE_MONTH = "d03c72e8-59b1-4fa7-8e4d-f6a1b3059c27"
NOTIFY_TEAM = "6f1d85b3-a2e4-4097-b6c8-9e40d7135af2"


class Category(IntEnum):
    MODERN_FLOW = 5
    DESKTOP_FLOW = 6


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One row of the table workflow. A draft and a published copy of one flow share their id."""

    id: str
    definition: FlowDefinition
    modifiedon: datetime
    version: int
    category: Category = Category.DESKTOP_FLOW

    @property
    def is_desktop_flow(self) -> bool:
        return self.category is Category.DESKTOP_FLOW


@dataclass(frozen=True, slots=True)
class ConnectionReference:
    id: str
    logical_name: str
    display_name: str
    connection_id: str | None
    connector_id: str
    modifiedon: datetime
    version: int


class Catalogue:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._published: dict[str, FlowRow] = {}
        self._drafts: dict[str, FlowRow] = {}
        self._version = 1000
        self.references = [
            self._reference("contoso_FinanceDesk", "Finance desk", DESKTOP_FLOWS),
            self._reference("contoso_WarehouseDesk", "Warehouse desk", DESKTOP_FLOWS),
            self._reference("contoso_Mail", "Mail", MAIL),
        ]
        for flow_id, definition in _BEGINNING.items():
            self.define(flow_id, definition)
        self.define(NOTIFY_TEAM, FlowDefinition(name="Notify the team"), Category.MODERN_FLOW)

    def define(
        self, flow_id: str, definition: FlowDefinition, category: Category = Category.DESKTOP_FLOW
    ) -> None:
        """Visible at once. A draft leaves what is published as it was; publishing replaces the draft."""
        row = FlowRow(flow_id, definition, self._clock.now(), self._next_version(), category)
        if definition.draft:
            self._drafts[flow_id] = row
        else:
            self._published[flow_id] = row
            self._drafts.pop(flow_id, None)

    def published(self, flow_id: str) -> FlowRow | None:
        return self._published.get(flow_id)

    def newest(self, flow_id: str) -> FlowRow | None:
        """The published row, else the draft."""
        return self._published.get(flow_id) or self._drafts.get(flow_id)

    def rows(self, *, unpublished: bool) -> Iterator[FlowRow]:
        yield from self._published.values()
        if unpublished:
            yield from self._drafts.values()

    def reference(self, logical_name: str) -> ConnectionReference | None:
        wanted = logical_name.casefold()
        return next((row for row in self.references if row.logical_name.casefold() == wanted), None)

    def has_connection(self, connection_id: str) -> bool:
        return any(row.connection_id == connection_id for row in self.references)

    def _reference(self, logical_name: str, display_name: str, connector: str) -> ConnectionReference:
        def fixed(what: str) -> str:
            return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{logical_name}.{what}.deskhand"))

        return ConnectionReference(
            id=fixed("reference"),
            logical_name=logical_name,
            display_name=display_name,
            connection_id=fixed("connection"),
            connector_id=connector,
            modifiedon=self._clock.now(),
            version=self._next_version(),
        )

    def _next_version(self) -> int:
        self._version += 1
        return self._version


_TEXT, _NUMBER, _BOOLEAN = VariableType.STRING, VariableType.NUMBER, VariableType.BOOLEAN

_BEGINNING = {
    READ_INVOICE: FlowDefinition(
        name="Read invoice",
        inputs={"InvoiceNumber": _TEXT, "Amount": _NUMBER, "Urgent": _BOOLEAN},
        outputs={"Supplier": _TEXT, "Total": _NUMBER, "Approved": _BOOLEAN},
        output_values={"Supplier": "Northwind Traders", "Total": 1280.5, "Approved": True},
    ),
    TIDY_DESKTOP: FlowDefinition(name="Tidy desktop"),
    WATCH_INBOX: FlowDefinition(
        name="Watch inbox", inputs={"Folder": _TEXT}, outputs={"Messages": _NUMBER}, run_seconds=None
    ),
    POST_TO_LEDGER: FlowDefinition(
        name="Post to ledger",
        inputs={"Entry": _TEXT},
        ends="Failed",
        error=FlowError(
            "SessionExistsForTheUserWhenUnattended",
            "The connection's user has a session on the machine already.",
        ),
    ),
    CLOSE_MONTH: FlowDefinition(name="Close the month", draft=True),
}
