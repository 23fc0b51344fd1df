"""Whatever is asked, the answer is one of ours: no exception, a documented code, and nothing is started by what is no start."""

import azure.functions as func
import pytest
from hypothesis import HealthCheck, given, settings

from callback_handler.verification import verify
from cancel_run.cancel import cancel
from connector_helpers import choosing, describing
from flow_catalog import reading as catalog
from health.report import report
from run_status.listing import list_runs
from run_status.reading import get_flow_run_outputs, get_outputs, get_result, get_run, get_signed_result
from shared.http.call import Call
from shared.http.problems import Code
from shared.http.serve import answered
from shared.http.use_case import UseCase
from tests.support.any_request import FLOW, lists, requests
from tests.support.lies import told
from tests.support.metered import BASE, Metered
from tests.support.operations import held
from trigger_run.start import run_and_wait

OURS = {
    *(
        Code.INVALID_JSON,
        Code.BODY_TOO_LARGE,
        Code.INVALID_REQUEST,
        Code.INVALID_PARAMETER,
        Code.CONNECTION_REQUIRED,
    ),
    *(Code.INVALID_IDEMPOTENCY_KEY, Code.UNSUPPORTED_API_VERSION, Code.INVALID_INPUTS, Code.INPUTS_TOO_LARGE),
}
"""A start that is refused with one of these was never sent."""

with_any_request = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def asked(metered: Metered, use_case: UseCase, request: func.HttpRequest) -> func.HttpResponse:
    """Asserts what all answers have in common."""
    answer = held(use_case, answered(metered.app, Call(request, BASE), use_case))
    status, code = told(answer)
    assert answer.headers["x-ms-request-id"]
    assert answer.headers.get("x-ms-error-code") == code
    assert status != 500
    return answer


@pytest.mark.parametrize(
    "use_case",
    [
        *(cancel, verify, report, get_run, get_result, get_outputs, get_signed_result),
        *(catalog.list_flows, catalog.get_flow, catalog.get_inputs, catalog.get_outputs),
        catalog.list_connection_references,
        *(choosing.list_flow_choices, choosing.list_connection_choices, get_flow_run_outputs),
        *(describing.get_start_schema, describing.get_result_schema, describing.get_outputs_schema),
    ],
    ids=lambda each: each.__name__,
)
@with_any_request
@given(request=requests())
def test_any_request_is_answered(metered: Metered, use_case: UseCase, request: func.HttpRequest) -> None:
    """Ids, parameters, headers and bodies of any kind; and none of them starts anything."""
    metered.dataverse.clear()

    asked(metered, use_case, request)

    assert not [each for each in metered.dataverse if "RunDesktopFlow" in each]


@with_any_request
@given(request=lists())
def test_any_list_is_answered(metered: Metered, request: func.HttpRequest) -> None:
    """Filters, times and tokens of any kind."""
    status, code = told(asked(metered, list_runs, request))

    assert (status, code) == (200, None) or code in {Code.INVALID_PARAMETER, Code.UNSUPPORTED_API_VERSION}


@settings(with_any_request, max_examples=300)
@given(request=requests())
def test_any_start_is_sent_once_or_refused(metered: Metered, request: func.HttpRequest) -> None:
    """Sent exactly once where it is a start, unless it repeats one; where it is refused for what it is, never, and no run is left."""
    metered.switch(connectionRateLimit=None)
    metered.dataverse.clear()
    metered.tables.requests.clear()

    answer = asked(metered, run_and_wait, request)

    status, code = told(answer)
    sent = sum("RunDesktopFlow" in each for each in metered.dataverse)
    if code in OURS:
        assert (0, []) == (sent, metered.tables.requests)
    elif status == 202:
        assert sent == (0 if "Idempotency-Replayed" in answer.headers else 1)
        assert FLOW == request.route_params["flowId"].lower()
