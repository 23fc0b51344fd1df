"""What only a connector says of an operation: its place in the designers, words for makers, and where a form is filled from."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import msgspec

from connector_helpers import pickers
from connector_helpers.start_fields import FIELDS
from run_status.contract import OutputsText
from shared.events.payload import EventMessage
from shared.run.events import EventType


class Visibility(StrEnum):
    """Where a designer shows it."""

    IMPORTANT = "important"
    """First."""
    ADVANCED = "advanced"
    """In a menu of its own."""
    INTERNAL = "internal"
    """Nowhere."""


class Dynamic(msgspec.Struct, frozen=True):
    """A whole body that depends on the flow: the operation that tells its schema, by id."""

    schema_from: str


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """In place of, or beside, what is declared of it."""

    title: str | None = None
    told: str | None = None
    visibility: Visibility | None = None
    required: bool = False
    default: Any = None
    picked: Mapping[str, Any] = {}


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An operation of the connector, by the function that answers it."""

    function: str
    id: str
    summary: str | None = None
    told: str | None = None
    visibility: Visibility | None = None
    parameters: Mapping[str, Parameter] = {}
    left_out: frozenset[str] = frozenset({"api-version"})
    """Parameters that a maker has no use for."""
    takes: Dynamic | None = None
    """Its body, where that depends on the flow."""
    gives: Mapping[HTTPStatus, Any] = {}
    """Its answers, where they depend on the flow, or on a parameter that is fixed here."""
    ends_as: str | None = None
    """The function that answers in the end, where a platform goes on waiting."""
    notifies: Any = None
    """What is posted to whoever subscribes by it: it is a trigger."""


_FLOW = Parameter(title="Desktop Flow", told="The desktop flow, by its name.", picked=pickers.FLOW)
_RUN = Parameter(told="The run, as an action that starts one tells it.")
_KEY = Parameter(
    told=(
        "A name for this start, so that a repetition starts nothing twice. In a flow use an expression: "
        "concat(workflow()['run']['name'], '-Name_of_this_action'). Within a loop, add what tells its items apart. No blanks."
    ),
    visibility=Visibility.IMPORTANT,
    required=True,
)
_START = {"flowId": _FLOW, "Idempotency-Key": _KEY}
_START_FIELDS, _RESULT_FIELDS, _OUTPUTS_FIELDS = (
    Dynamic(each) for each in ("GetStartSchema", "GetResultSchema", "GetOutputsSchema")
)

SHOWN = (
    Shown(
        function="trigger_run",
        id="RunDesktopFlowAndWait",
        told="Starts a desktop flow, waits until its run has ended, and gives its outputs.",
        visibility=Visibility.IMPORTANT,
        parameters={
            **_START,
            "failOnError": Parameter(
                told="Whether this action fails where the run does not succeed.", required=True, default=True
            ),
        },
        takes=_START_FIELDS,
        gives={HTTPStatus.OK: _RESULT_FIELDS},
        ends_as="get_signed_result",
    ),
    Shown(
        function="start_run",
        id="StartDesktopFlow",
        told="Starts a desktop flow and goes on at once, without waiting for its run to end.",
        visibility=Visibility.IMPORTANT,
        parameters=_START,
        takes=_START_FIELDS,
    ),
    Shown(
        function="start_runs",
        id="StartDesktopFlows",
        summary="Start desktop flows with inputs as text",
        told="For apps, which know no inputs that depend on the flow. Each start is answered by itself, also one that is refused.",
        parameters={"Idempotency-Key": _KEY},
    ),
    Shown(
        function="get_run",
        id="GetRun",
        told="Tells how a run stands: its status, its times, and its error where it failed.",
        parameters={"runId": _RUN},
    ),
    Shown(
        function="get_flow_run_outputs",
        id="GetOutputs",
        summary="Get outputs",
        told="Gives the outputs of a run that has ended, as the flow names them.",
        parameters={"flowId": _FLOW, "runId": _RUN},
        gives={HTTPStatus.OK: _OUTPUTS_FIELDS},
    ),
    Shown(
        function="get_run_outputs",
        id="GetOutputsAsText",
        summary="Get outputs as text",
        told="Gives the outputs of a run that has ended as one JSON text, for apps.",
        parameters={
            "runId": _RUN,
            "format": Parameter(visibility=Visibility.INTERNAL, required=True, default="text"),
        },
        gives={HTTPStatus.OK: OutputsText},
    ),
    Shown(
        function="list_runs",
        id="ListRuns",
        told="Lists runs, newest first. With filters, only those that fit all of them.",
        parameters={
            "flowId": Parameter(title="Desktop Flow", picked=pickers.FLOW),
            "createdAfter": Parameter(visibility=Visibility.ADVANCED),
            "createdBefore": Parameter(visibility=Visibility.ADVANCED),
            "maxPageSize": Parameter(visibility=Visibility.ADVANCED),
        },
        left_out=frozenset({"api-version", "continuationToken"}),
    ),
    Shown(
        function="cancel_run",
        id="CancelRun",
        told="Asks for the end of a run. One that waits for its turn never starts; one that has ended stays as it is.",
        parameters={"runId": _RUN},
    ),
    Shown(
        function="list_flows",
        id="ListDesktopFlows",
        told="Lists the desktop flows that can be run, by name.",
        parameters={"includeDrafts": Parameter(visibility=Visibility.ADVANCED)},
    ),
    Shown(
        function="subscribe",
        id="WhenARunFinishes",
        summary="When a run finishes",
        told="Begins when a run has succeeded, failed or been canceled, whoever started it.",
        notifies=EventMessage,
    ),
    Shown(
        function="unsubscribe_signed",
        id="EndSubscription",
        visibility=Visibility.INTERNAL,
    ),
    *(
        Shown(function=function, id=id_, visibility=Visibility.INTERNAL)
        for function, id_ in (
            ("list_flow_choices", "ListFlowChoices"),
            ("list_connection_choices", "ListConnectionChoices"),
            ("get_start_schema", _START_FIELDS.schema_from),
            ("get_result_schema", _RESULT_FIELDS.schema_from),
            ("get_outputs_schema", _OUTPUTS_FIELDS.schema_from),
        )
    ),
)

MEMBERS: Mapping[str, Mapping[str, Mapping[str, Any] | None]] = {
    "StartItem": {
        "flowId": {"x-ms-summary": "Desktop Flow", **pickers.FLOW},
        **FIELDS,
        "inputs": None,  # apps know no open objects
        "inputsJson": {"description": "The flow's inputs by their names, as the text of one JSON object."},
    },
    "SubscribeBody": {
        "url": {"x-ms-notification-url": True, "x-ms-visibility": Visibility.INTERNAL},
        "events": {
            "x-ms-visibility": Visibility.INTERNAL,
            "default": [str(each) for each in EventType if each.ends],
        },
        "flowId": {
            "x-ms-summary": "Desktop Flow",
            "description": "Only runs of this flow; without any, all.",
            **pickers.FLOW,
        },
        "secret": None,  # the platform checks no signature
    },
    "SubscriptionView": {"secret": None},
}
"""What forms need beside the declared members of a definition, in the order of the form; None leaves a member out."""
