"""What was told of one run to its own webhookUrl and to Event Grid: there is no subscription that shows it."""

from collections.abc import Iterator
from http import HTTPStatus

import azure.functions as func
from msgspec.structs import asdict

from shared.events.destinations import GRID, own_destination
from shared.http.answers import answer
from shared.http.call import Call
from shared.http.problems import Code, ProblemError
from shared.http.visible import visible_run
from shared.run.model import Run
from shared.storage.outbox import Delivery, State
from shared.wiring import Deskhand
from subscriptions.contract import RunDeliveries, RunDeliveryView, RunDestination
from subscriptions.deliveries import delivery_view


def list_run_deliveries(app: Deskhand, call: Call) -> func.HttpResponse:
    run_id = call.run_id()
    call.no_parameters()
    run = visible_run(app, call, run_id).run
    shown = [
        _view(kind, delivery)
        for kind, destination in _destinations(app, run)
        for delivery in app.outbox.of_run(destination, run.id)
    ]
    return answer(HTTPStatus.OK, RunDeliveries(value=shown))


def redeliver_run_events(app: Deskhand, call: Call) -> func.HttpResponse:
    run_id = call.run_id()
    call.no_parameters()
    call.no_body()
    run = visible_run(app, call, run_id).run
    shown = [
        _view(kind, delivery)
        for kind, destination in _destinations(app, run)
        for delivery in _revived(app, destination, run)
    ]
    if not shown:
        raise ProblemError(
            Code.DELIVERY_NOT_FOUND,
            "Nothing of this run was told to a webhookUrl of its own or to Event Grid, or it is kept no longer.",
        )
    return answer(HTTPStatus.ACCEPTED, RunDeliveries(value=shown))


def _destinations(app: Deskhand, run: Run) -> Iterator[tuple[RunDestination, str]]:
    if run.webhook_url is not None:
        yield RunDestination.WEBHOOK_URL, own_destination(run.webhook_url)
    if app.settings.event_grid_endpoint is not None:
        yield RunDestination.EVENT_GRID, GRID


def _revived(app: Deskhand, destination: str, run: Run) -> list[Delivery]:
    """Its deliveries there, the dead ones to be tried anew."""
    now = app.clock.now()
    found = [
        app.outbox.again(destination, each.key, now) if each.state is State.DEAD else each
        for each in app.outbox.of_run(destination, run.id)
    ]
    there = [each for each in found if each is not None]
    if any(each.state is State.PENDING for each in there):  # also where an earlier call got no further
        app.wakes.call(destination, now, at_once=True)
    return there


def _view(kind: RunDestination, delivery: Delivery) -> RunDeliveryView:
    return RunDeliveryView(destination=kind, **asdict(delivery_view(delivery)))
