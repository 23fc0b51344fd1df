"""Registers the blueprints, nothing else."""

import azure.functions as func

from api_description import bp as api_description
from callback_handler import bp as callback_handler
from cancel_run import bp as cancel_run
from connector_helpers import bp as connector_helpers
from events_in import bp as events_in
from flow_catalog import bp as flow_catalog
from health import bp as health
from pauses import bp as pauses
from preflight import bp as preflight
from resubmit_run import bp as resubmit_run
from run_status import bp as run_status
from start_waiting import bp as start_waiting
from status_poller import bp as status_poller
from subscriptions import bp as subscriptions
from trigger_run import bp as trigger_run

app = func.FunctionApp()

for blueprint in (
    trigger_run,
    cancel_run,
    resubmit_run,
    callback_handler,
    start_waiting,
    status_poller,
    run_status,
    flow_catalog,
    connector_helpers,
    pauses,
    subscriptions,
    events_in,
    health,
    preflight,
    api_description,
):
    app.register_functions(blueprint)
