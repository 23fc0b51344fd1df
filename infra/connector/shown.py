"""The operations of the connector, in the order of its file."""

from http import HTTPStatus

from connector_helpers import pickers
from infra.connector.overlay import Dynamic, Parameter, Shown, Visibility
from run_status.contract import OutputsText
from shared.events.payload import EventMessage

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
        left_out=frozenset({"api-version", "sig"}),
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
