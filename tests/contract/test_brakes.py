"""What the operator does not allow is neither started nor shown, and nobody is asked about it."""

import json
from copy import replace
from typing import Any

import pytest

from connector_helpers.choosing import list_connection_choices, list_flow_choices
from connector_helpers.describing import get_start_schema
from flow_catalog.reading import get_flow, get_inputs, get_outputs, list_connection_references, list_flows
from shared.http.use_case import UseCase
from tests.support.metered import Metered
from trigger_run.start import run_and_wait


def allow(metered: Metered, **lists: Any) -> None:
    metered.app = replace(metered.app, settings=replace(metered.app.settings, **lists))


def body_of(metered: Metered, use_case: UseCase) -> list[dict[str, Any]]:
    value: list[dict[str, Any]] = json.loads(metered.call(use_case).get_body())["value"]
    return value


def test_a_flow_that_is_not_allowed_is_not_started(metered: Metered, flow: str) -> None:
    """403 FlowNotAllowed before any I/O; one that is allowed is started."""
    other = metered.define()
    allow(metered, allowed_flows=frozenset({flow}))

    assert (0, 0) == metered.cost(lambda: metered.order(other, key="k"))
    refused = metered.order(other, key="k")
    assert (403, "FlowNotAllowed") == (refused.status_code, refused.headers["x-ms-error-code"])
    assert flow == metered.started(flow)["flowId"]


@pytest.mark.parametrize("given", [{"connectionName": "Desk"}, {"connectionReference": "contoso_Other"}, {}])
def test_a_connection_that_is_not_allowed_is_not_used(
    metered: Metered, flow: str, given: dict[str, str]
) -> None:
    """403 ConnectionNotAllowed before any I/O: by name, by reference, and where the default reference stands in."""
    allow(metered, allowed_connections=frozenset({"desk", "contoso_Desk"}))
    metered.app = replace(
        metered.app, settings=replace(metered.app.settings, default_connection_reference="contoso_Default")
    )

    assert (0, 0) == metered.cost(lambda: metered.call(run_and_wait, order(given), flowId=flow))
    refused = metered.call(run_and_wait, order(given), flowId=flow)
    assert (403, "ConnectionNotAllowed") == (refused.status_code, refused.headers["x-ms-error-code"])


@pytest.mark.parametrize("given", [{"connectionName": "desk"}, {"connectionReference": "contoso_Desk"}])
def test_a_connection_is_compared_as_it_is_given(metered: Metered, flow: str, given: dict[str, str]) -> None:
    """A name and a reference are allowed each for itself."""
    allow(metered, allowed_connections=frozenset({"desk", "contoso_Desk"}))

    assert 202 == metered.call(run_and_wait, order(given), flowId=flow).status_code


def order(given: dict[str, str]) -> dict[str, Any]:
    return {"runMode": "attended", **given}


def test_the_catalogue_shows_what_is_allowed(metered: Metered, flow: str) -> None:
    """Flows and references that are allowed, and no others."""
    metered.define()
    references = {each["connectionReference"] for each in body_of(metered, list_connection_references)}
    chosen = min(references)
    allow(metered, allowed_flows=frozenset({flow}), allowed_connections=frozenset({chosen}))

    assert [flow] == [each["flowId"] for each in body_of(metered, list_flows)]
    assert [chosen] == [each["connectionReference"] for each in body_of(metered, list_connection_references)]
    assert [flow] == [each["flowId"] for each in body_of(metered, list_flow_choices)]
    assert [chosen] == [each["connectionReference"] for each in body_of(metered, list_connection_choices)]
    assert len(references) > 1


@pytest.mark.parametrize("use_case", [get_flow, get_inputs, get_outputs, get_start_schema])
def test_a_flow_that_is_not_allowed_is_not_in_the_catalogue(
    metered: Metered, flow: str, use_case: UseCase
) -> None:
    """404 FlowNotFound without asking Dataverse; an allowed one is read."""
    other = metered.define()
    allow(metered, allowed_flows=frozenset({flow}))

    assert (0, 0) == metered.cost(lambda: metered.call(use_case, flowId=other))
    assert 404 == metered.call(use_case, flowId=other).status_code
    assert 200 == metered.call(use_case, flowId=flow).status_code
