"""The poller's timer moves between instances; health may be asked of any of them."""

import json
from collections.abc import Iterator
from copy import replace

import pytest

from health.report import report
from shared.storage.runs import RunStore
from shared.storage.shards import SHARDS
from shared.wiring import thread_pool
from status_poller.poll import poll
from tests.support.metered import Metered
from tests.support.scene import Scene


@pytest.fixture
def other(metered: Metered) -> Iterator[Metered]:
    """A second instance over the same table."""
    store = RunStore(metered.app.store._table, metered.app.clock, thread_pool(SHARDS, "shard"))
    yield replace(metered, app=replace(metered.app, store=store))
    store.close()


def _permissions(metered: Metered) -> str:
    told = json.loads(metered.call(report).get_body())
    status: str = told["dependencies"]["permissions"]["status"]
    return status


def _hidden(metered: Metered, *, hidden: bool) -> None:
    """Passes of this instance's poller, by which it has met what Dataverse shows now and has reported it."""
    metered.switch(accessLevel="User" if hidden else "Owner")
    for _ in range(2):
        poll(metered.app)


def test_health_says_what_the_last_pass_of_any_instance_found(scene: Scene, other: Metered) -> None:
    """Within seconds, whichever instance had the timer and whichever is asked."""
    first, watch = scene.metered, scene.metered.watch

    _hidden(first, hidden=True)
    assert ["unhealthy"] * 2 == [_permissions(first), _permissions(other)]
    _hidden(other, hidden=False)
    watch.advance(seconds=5)
    assert ["healthy"] * 2 == [_permissions(first), _permissions(other)]


def test_a_timer_that_comes_back_does_not_trust_what_it_reported_long_ago(
    scene: Scene, other: Metered
) -> None:
    """The same number as at its last report says nothing: another instance may have reported since. Five minutes, then it looks."""
    first, watch = scene.metered, scene.metered.watch
    _hidden(first, hidden=True)
    _hidden(other, hidden=False)

    _hidden(first, hidden=True)
    watch.advance(seconds=300)
    poll(first.app)

    assert ["unhealthy"] * 2 == [_permissions(first), _permissions(other)]
