"""GET /runs, /runs/{runId}, its result and its outputs, /flows/{flowId}/runs/{runId}/outputs, and the signed /results/{runId}."""

import azure.functions as func

from shared.http.endpoint import endpoint
from shared.http.use_case import UseCase

bp = func.Blueprint()


@endpoint(bp, "GET", "runs")
def list_runs() -> UseCase:
    from run_status import listing

    return listing.list_runs


@endpoint(bp, "GET", "runs/{runId}")
def get_run() -> UseCase:
    from run_status import reading

    return reading.get_run


@endpoint(bp, "GET", "runs/{runId}/result")
def get_run_result() -> UseCase:
    from run_status import reading

    return reading.get_result


@endpoint(bp, "GET", "runs/{runId}/outputs")
def get_run_outputs() -> UseCase:
    from run_status import reading

    return reading.get_outputs


@endpoint(bp, "GET", "flows/{flowId}/runs/{runId}/outputs")
def get_flow_run_outputs() -> UseCase:
    from run_status import reading

    return reading.get_flow_run_outputs


@endpoint(bp, "GET", "results/{runId}")
def get_signed_result() -> UseCase:
    from run_status import reading

    return reading.get_signed_result
