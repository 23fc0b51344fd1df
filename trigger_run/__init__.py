"""POST /flows/{flowId}/runs, /flows/{flowId}/start and /runs:start: start desktop flows, each at most once."""

import azure.functions as func

from shared.http.endpoint import endpoint
from shared.http.use_case import UseCase

bp = func.Blueprint()


@endpoint(bp, "POST", "flows/{flowId}/runs")
def trigger_run() -> UseCase:
    from trigger_run.start import run_and_wait

    return run_and_wait


@endpoint(bp, "POST", "flows/{flowId}/start")
def start_run() -> UseCase:
    from trigger_run.start import start_only

    return start_only


@endpoint(bp, "POST", "runs:start")
def start_runs() -> UseCase:
    from trigger_run.several import start_several

    return start_several
