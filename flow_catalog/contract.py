"""What can be asked about what can be run, and what is answered."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from shared.dataverse.flows import FlowState
from shared.http import examples
from shared.http.members import Query
from shared.http.operation import OF_DATAVERSE, Answer, Link, Operation
from shared.http.problems import Code
from shared.http.views import Time, View


class FlowsQuery(Query, frozen=True, kw_only=True):
    include_drafts: Annotated[
        bool, Meta(description="Whether flows that were never published are listed too.")
    ] = False


class FlowView(View, frozen=True, kw_only=True):
    """A desktop flow."""

    flow_id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    name: str
    state: FlowState
    modified_at: Time | None


class FlowList(View, frozen=True, kw_only=True):
    """Desktop flows, by name."""

    value: list[FlowView]
    next_link: str | UnsetType = UNSET


class ConnectionReferenceView(View, frozen=True, kw_only=True):
    """A connection reference for desktop flows."""

    connection_reference: Annotated[str, Meta(description="Its logical name: what a start takes.")]
    display_name: str | None
    connection_id: str | None


class ConnectionReferenceList(View, frozen=True, kw_only=True):
    """Connection references."""

    value: list[ConnectionReferenceView]
    next_link: str | UnsetType = UNSET


class SchemaView(View, frozen=True, kw_only=True):
    """A JSON Schema."""

    type: Literal["object"] = "object"
    properties: Annotated[
        dict[str, dict[str, Any]],
        Meta(description="By name, in the author's order. Without any where the flow has none."),
    ]


_SCHEMA = {
    "type": "object",
    "properties": {
        "InvoiceNumber": {"type": "string", "title": "InvoiceNumber", "description": "The invoice's number"},
        "Amount": {"type": "number", "default": 0},
    },
}
_FLOW_CODES = OF_DATAVERSE | {Code.FLOW_NOT_FOUND}
_FIRST = {"flowId": "$response.body#/value/0/flowId"}

OPERATIONS = {
    "list_flows": Operation(
        summary="List desktop flows",
        told="Those that this deployment allows, by name. Drafts only where they are asked for.",
        query=FlowsQuery,
        answers={HTTPStatus.OK: Answer("The flows.", FlowList, example={"value": [examples.FLOW]})},
        codes=OF_DATAVERSE,
        links={
            "GetFirst": Link("get_flow", _FIRST),
            "GetInputsOfFirst": Link("get_flow_inputs", _FIRST),
            "GetOutputsOfFirst": Link("get_flow_outputs", _FIRST),
        },
    ),
    "get_flow": Operation(
        summary="Get a desktop flow",
        told="One of the flows that this deployment allows.",
        answers={HTTPStatus.OK: Answer("The flow.", FlowView, example=examples.FLOW)},
        codes=_FLOW_CODES,
    ),
    "get_flow_inputs": Operation(
        summary="Get the inputs of a desktop flow",
        told="What a start of this flow takes.",
        answers={HTTPStatus.OK: Answer("A JSON Schema of the inputs.", SchemaView, example=_SCHEMA)},
        codes=_FLOW_CODES,
    ),
    "get_flow_outputs": Operation(
        summary="Get the outputs of a desktop flow",
        told="What a run of this flow gives.",
        answers={HTTPStatus.OK: Answer("A JSON Schema of the outputs.", SchemaView, example=_SCHEMA)},
        codes=_FLOW_CODES,
    ),
    "list_connection_references": Operation(
        summary="List connection references",
        told="Those for desktop flows that this deployment allows.",
        answers={
            HTTPStatus.OK: Answer(
                "The connection references.",
                ConnectionReferenceList,
                example={
                    "value": [
                        {
                            "connectionReference": "contoso_FinanceDesk",
                            "displayName": "Finance desk",
                            "connectionId": "3f6c1b2e7a9d4c5fb8e0d1a2c3b4f5e6",
                        }
                    ]
                },
            )
        },
        codes=OF_DATAVERSE,
    ),
}
