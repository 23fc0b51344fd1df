"""What designers ask for, and what they are answered: choices in one page, and schemas of whole bodies."""

from http import HTTPStatus
from typing import Annotated, Any

from msgspec import Meta

from shared.http import examples
from shared.http.operation import OF_DATAVERSE, Answer, Operation
from shared.http.problems import Code
from shared.http.views import View


class FlowChoice(View, frozen=True, kw_only=True):
    """A desktop flow, to be picked."""

    flow_id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    title: Annotated[
        str, Meta(description="Its name, with the beginning of its id where another has the same.")
    ]


class FlowChoices(View, frozen=True, kw_only=True):
    """Desktop flows, by name."""

    value: list[FlowChoice]


class ConnectionChoice(View, frozen=True, kw_only=True):
    """A connection reference, to be picked."""

    connection_reference: str
    title: Annotated[str, Meta(description="Its display name and its logical name.")]


class ConnectionChoices(View, frozen=True, kw_only=True):
    """Connection references."""

    value: list[ConnectionChoice]


class SchemaAnswer(View, frozen=True, kw_only=True):
    """A schema, at the path that dynamic schemas name."""

    schema: Annotated[
        dict[str, Any], Meta(description="As OpenAPI 2.0 has it, with the designers' extensions.")
    ]


_CODES = OF_DATAVERSE | {Code.FLOW_NOT_FOUND}
_OUTPUTS = {
    "type": "object",
    "properties": {"BookingNumber": {"type": "string", "x-ms-summary": "Booking number"}},
}


def _schema(summary: str, told: str, example: dict[str, Any]) -> Operation:
    return Operation(
        summary=summary,
        told=told,
        answers={HTTPStatus.OK: Answer("The schema.", SchemaAnswer, example={"schema": example})},
        codes=_CODES,
    )


OPERATIONS = {
    "list_flow_choices": Operation(
        summary="List flows to pick from",
        told="Published desktop flows that this deployment allows, by name, in one page.",
        answers={
            HTTPStatus.OK: Answer(
                "The flows.",
                FlowChoices,
                example={
                    "value": [{"flowId": examples.FLOW["flowId"], "title": examples.FLOW["name"]}],
                },
            )
        },
        codes=OF_DATAVERSE,
    ),
    "list_connection_choices": Operation(
        summary="List connection references to pick from",
        told="Those for desktop flows that this deployment allows, in one page.",
        answers={
            HTTPStatus.OK: Answer(
                "The connection references.",
                ConnectionChoices,
                example={
                    "value": [
                        {
                            "connectionReference": "contoso_FinanceDesk",
                            "title": "Finance desk (contoso_FinanceDesk)",
                        }
                    ]
                },
            )
        },
        codes=OF_DATAVERSE,
    ),
    "get_start_schema": _schema(
        "Get the fields of a start",
        "The body of a start of this flow, its inputs as typed fields.",
        {
            "type": "object",
            "properties": {
                "runMode": {"type": "string", "enum": ["attended", "unattended"]},
                "inputs": {"type": "object", "properties": {"Invoice": {"type": "string"}}},
            },
            "required": ["runMode"],
        },
    ),
    "get_result_schema": _schema(
        "Get the fields of a result",
        "What a run of this flow ends with: the run, and the flow's outputs as typed fields.",
        {"type": "object", "properties": {"run": {"type": "object"}, "outputs": _OUTPUTS}},
    ),
    "get_outputs_schema": _schema(
        "Get the fields of the outputs",
        "What a run of this flow gives, as typed fields.",
        _OUTPUTS,
    ),
}
