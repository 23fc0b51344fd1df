"""The day's allowance of Dataverse requests, over several instances."""

from typing import Any

from cancel_run.cancel import cancel
from flow_catalog.reading import get_flow
from shared.pace.allowance import Errand
from tests.contract.conftest import MakeInstances
from tests.support.metered import Metered

LINE = "the-line"


def order(app: Metered, flow: str, **more: Any) -> dict[str, Any]:
    return app.started(flow, **({"connection": LINE} | more))


def test_as_the_days_allowance_ends_sweeps_thin_out_then_the_catalogue_then_callbacks(
    instances: MakeInstances,
) -> None:
    """At 80, 90 and 95 per cent, counted over all instances; starts and cancels go on to the end."""
    one, two = instances(2, DATAVERSE_REQUESTS_A_DAY="1000", CATALOGUE_CACHE_SECONDS="0")
    flow = one.define()
    runs = [order(one, flow), order(one, flow), order(one, flow)]
    poll_cost = one.cost(lambda: one.passes(1))[0]

    spend(two, one, 820)
    assert (1, 1) == (poll_cost, one.cost(lambda: one.passes(1))[0])  # the first rare sweep
    assert 0 == one.cost(lambda: one.passes(60))[0]
    assert 200 == one.call(get_flow, flowId=flow).status_code
    spend(two, one, 920)
    other = one.define()
    assert 503 == one.call(get_flow, flowId=other).status_code
    assert 200 == one.call(get_flow, flowId=flow).status_code
    one.end(runs[0]["sessionId"])
    assert 204 == one.notified(runs[0]["sessionId"])
    spend(two, one, 970)
    one.end(runs[1]["sessionId"])
    assert 503 == one.notified(runs[1]["sessionId"])
    assert order(one, flow)["sessionId"]
    assert 202 == one.call(cancel, runId=runs[2]["runId"]).status_code
    one.passes(600)
    assert "Succeeded" == one.read(runs[1]["runId"])["status"]


def spend(app: Metered, other: Metered, total: int) -> None:
    """One instance asks so much in all; the other hears of it."""
    app.app.allowance.spend(total - app.app.allowance._own)
    for each in (app, other):
        each.watch.advance(seconds=31)
        each.app.allowance.exchange()


def test_a_new_day_has_its_own_allowance(instances: MakeInstances) -> None:
    """What was spent yesterday does not count, and its rows are cleared away."""
    one, two = instances(2, DATAVERSE_REQUESTS_A_DAY="100")
    spend(one, two, 97)
    assert not two.app.allowance.allows(Errand.SWEEP)
    one.watch.advance(days=1)
    two.app.allowance.exchange()

    assert two.app.allowance.allows(Errand.SWEEP)
    assert 1 == len(two.app.gate.read().spendings)
