"""What can go wrong with a connector, each with the rule that is there for it."""

from collections.abc import Callable
from typing import Any

from tests.connector.rules.walk import operation_of

type Json = dict[str, Any]
type Fault = Callable[[Json, Json], object]


def operation(definition: Json, operation_id: str) -> Json:
    found = operation_of(definition, operation_id)
    assert found is not None
    return found


def parameter(definition: Json, operation_id: str, name: str) -> Json:
    return next(each for each in operation(definition, operation_id)["parameters"] if each["name"] == name)


def body(definition: Json, operation_id: str) -> Json:
    schema: Json = parameter(definition, operation_id, "body")["schema"]
    return schema


def member(definition: Json, name: str, of: str = "RunView") -> Json:
    found: Json = definition["definitions"][of]["properties"][name]
    return found


ON_A_MEMBER: Json = {
    "type": "object",
    "x-ms-dynamic-schema": {"operationId": "ListFlowChoices", "parameters": {}},
    "x-ms-dynamic-properties": {"operationId": "ListFlowChoices", "parameters": {}},
}
FAULTS: list[tuple[str, str, Fault]] = [
    ("speaks_https", "http as well", lambda d, _: d["schemes"].append("http")),
    ("keeps_to_openapi_2", "nullable", lambda d, _: member(d, "sessionId").update(nullable=True)),
    ("keeps_to_openapi_2", "oneOf", lambda d, _: member(d, "sessionId").update(oneOf=[{"type": "string"}])),
    ("keeps_to_openapi_2", "anyOf", lambda d, _: member(d, "sessionId").update(anyOf=[{"type": "string"}])),
    (
        "keeps_to_openapi_2",
        "a list of types",
        lambda d, _: member(d, "sessionId").update(type=["string", "null"]),
    ),
    ("keeps_to_openapi_2", "servers", lambda d, _: d.update(servers=[{"url": "/api"}])),
    (
        "knows_its_extensions",
        "misspelt",
        lambda d, _: operation(d, "GetRun").update({"x-ms-visiblity": "advanced"}),
    ),
    (
        "says_whose_it_is",
        "no privacy policy",
        lambda d, _: d["x-ms-connector-metadata"].pop(1),
    ),
    ("has_a_plain_title", "Connector", lambda d, _: d["info"].update(title="Deskhand Connector")),
    ("has_a_plain_title", "API", lambda d, _: d["info"].update(title="Deskhand API")),
    ("describes_itself", "too short", lambda d, _: d["info"].update(description="Runs flows.")),
    ("names_each_operation", "twice", lambda d, _: operation(d, "GetRun").update(operationId="CancelRun")),
    ("names_each_operation", "not Pascal", lambda d, _: operation(d, "GetRun").update(operationId="get_run")),
    ("names_each_operation", "missing", lambda d, _: operation(d, "GetRun").pop("operationId")),
    (
        "summarises_in_a_few_words",
        "full stop",
        lambda d, _: operation(d, "GetRun").update(summary="Get a run."),
    ),
    ("summarises_in_a_few_words", "too long", lambda d, _: operation(d, "GetRun").update(summary="a" * 81)),
    ("describes_in_a_sentence", "no full stop", lambda d, _: operation(d, "GetRun").update(description="It")),
    (
        "describes_in_a_sentence",
        "the title again",
        lambda d, _: operation(d, "GetRun").update(description="Get a run."),
    ),
    (
        "answers_with_a_schema",
        "no schema",
        lambda d, _: operation(d, "CancelRun")["responses"]["200"].pop("schema"),
    ),
    ("answers_with_a_schema", "no success", lambda d, _: operation(d, "GetRun")["responses"].pop("200")),
    (
        "ends_what_it_accepts",
        "202 alone",
        lambda d, _: operation(d, "RunDesktopFlowAndWait")["responses"].pop("200"),
    ),
    ("pages_its_lists", "not pageable", lambda d, _: operation(d, "ListRuns").pop("x-ms-pageable")),
    (
        "pages_its_lists",
        "pageable without a link",
        lambda d, _: operation(d, "GetRun").update({"x-ms-pageable": {"nextLinkName": "nextLink"}}),
    ),
    (
        "pages_its_lists",
        "no policy",
        lambda _, p: p["properties"]["policyTemplateInstances"].clear(),
    ),
    (
        "names_operations_that_exist",
        "a policy of another",
        lambda _, p: p["properties"]["policyTemplateInstances"][0]["parameters"][
            "x-ms-apimTemplate-operationName"
        ].append("ListOthers"),
    ),
    (
        "names_operations_that_exist",
        "a connection tried by another",
        lambda d, _: d["x-ms-capabilities"]["testConnection"].update(operationId="Ping"),
    ),
    (
        "titles_and_encodes_parameters",
        "not encoded",
        lambda d, _: parameter(d, "GetRun", "runId").pop("x-ms-url-encoding"),
    ),
    (
        "titles_and_encodes_parameters",
        "no title",
        lambda d, _: parameter(d, "ListRuns", "status").pop("x-ms-summary"),
    ),
    (
        "titles_and_encodes_parameters",
        "no sentence",
        lambda d, _: parameter(d, "ListRuns", "status").update(description=""),
    ),
    (
        "shows_in_known_places",
        "of an operation",
        lambda d, _: operation(d, "GetRun").update({"x-ms-visibility": "hidden"}),
    ),
    (
        "shows_in_known_places",
        "of a member",
        lambda d, _: member(d, "runPriority", "StartItem").update({"x-ms-visibility": "Advanced"}),
    ),
    (
        "fills_in_what_it_hides",
        "no default",
        lambda d, _: parameter(d, "GetOutputsAsText", "format").pop("default"),
    ),
    (
        "fills_in_what_it_hides",
        "a member without a default",
        lambda d, _: member(d, "events", "SubscribeBody").pop("default"),
    ),
    (
        "asks_for_a_key",
        "not required",
        lambda d, _: parameter(d, "StartDesktopFlow", "Idempotency-Key").update(required=False),
    ),
    (
        "asks_for_a_key",
        "not shown",
        lambda d, _: parameter(d, "RunDesktopFlowAndWait", "Idempotency-Key").pop("x-ms-visibility"),
    ),
    (
        "depends_at_roots_only",
        "on a member",
        lambda d, _: d["definitions"]["RunPage"]["properties"].update(other=ON_A_MEMBER),
    ),
    (
        "says_it_to_old_and_new_designers",
        "old ones only",
        lambda d, _: body(d, "StartDesktopFlow").pop("x-ms-dynamic-properties"),
    ),
    (
        "says_it_to_old_and_new_designers",
        "another list",
        lambda d, _: parameter(d, "ListRuns", "flowId")["x-ms-dynamic-list"].update(itemTitlePath="name"),
    ),
    (
        "refers_to_operations_with_their_parameters",
        "no such operation",
        lambda d, _: both(body(d, "StartDesktopFlow"), operationId="GetOtherSchema"),
    ),
    (
        "refers_to_operations_with_their_parameters",
        "without its parameter",
        lambda d, _: both(body(d, "StartDesktopFlow"), parameters={}),
    ),
    (
        "refers_to_operations_with_their_parameters",
        "from a parameter that is not there",
        lambda d, _: operation(d, "GetOutputs")["parameters"].pop(0),
    ),
    (
        "finds_what_it_refers_to",
        "no such schema",
        lambda d, _: d["definitions"]["SchemaAnswer"]["properties"].pop("schema"),
    ),
    (
        "finds_what_it_refers_to",
        "no such title",
        lambda d, _: d["definitions"]["FlowChoice"]["properties"].pop("title"),
    ),
    (
        "is_a_whole_trigger",
        "no content",
        lambda d, _: d["paths"]["/subscriptions"].pop("x-ms-notification-content"),
    ),
    (
        "is_a_whole_trigger",
        "another kind",
        lambda d, _: operation(d, "WhenARunFinishes").update({"x-ms-trigger": "once"}),
    ),
    (
        "is_a_whole_trigger",
        "no address",
        lambda d, _: member(d, "url", "SubscribeBody").update({"x-ms-notification-url": False}),
    ),
    (
        "is_a_whole_trigger",
        "the address is shown",
        lambda d, _: member(d, "url", "SubscribeBody").pop("x-ms-visibility"),
    ),
    (
        "is_a_whole_trigger",
        "200 in place of 201",
        lambda d, _: moved(operation(d, "WhenARunFinishes")["responses"], "201", "200"),
    ),
    ("can_be_unsubscribed", "no DELETE", lambda d, _: d["paths"].pop("/hooks/{subscriptionId}")),
]


def both(schema: Json, **changes: Any) -> None:
    """The same change for old and for new designers."""
    schema["x-ms-dynamic-schema"] |= changes
    schema["x-ms-dynamic-properties"] |= changes


def moved(members: Json, source: str, target: str) -> None:
    members[target] = members.pop(source)
