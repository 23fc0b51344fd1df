"""When a delivery is tried again, and when it is given up."""

from copy import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.events.delivering import GAPS, after_try
from shared.run.events import Event, EventType
from shared.run.status import Status
from shared.storage.outbox import Delivery, State
from shared.webhooks.sender import Receipt

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DELIVERY = Delivery(
    event=Event(
        type=EventType.FAILED,
        at=NOW,
        run_id="01941234-5678-8003-8000-000000000001",
        flow_id="8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318",
        status=Status.FAILED,
        created_at=NOW,
    ),
    next_at=NOW,
)
FAILED = Receipt(500, "It answered 500.")


def tried(times: int, receipt: Receipt = FAILED, jitter: float = 0.0) -> Delivery:
    return after_try(replace(DELIVERY, attempts=times - 1), receipt, NOW, jitter)


@pytest.mark.parametrize("jitter", [-1.0, 0.0, 1.0])
def test_the_gaps_grow_over_days(jitter: float) -> None:
    """5 s at first, a day in the end, some three days in all, each a tenth more or less."""
    waits = [(tried(number, jitter=jitter).next_at or NOW) - NOW for number in range(1, 10)]

    assert [gap * (1 + jitter / 10) for gap in GAPS] == waits
    assert sorted(waits) == waits
    assert timedelta(seconds=5) == GAPS[0]
    assert timedelta(days=3) < sum(GAPS, timedelta()) < timedelta(days=4)


def test_the_tenth_failure_is_the_last() -> None:
    """Then it is dead, with what was told last."""
    assert {State.PENDING} == {tried(number).state for number in range(1, 10)}
    last = tried(10)
    assert (State.DEAD, None, 10, 500) == (last.state, last.next_at, last.attempts, last.last_status)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_success(status: int) -> None:
    """At any try."""
    assert State.DELIVERED is tried(10, Receipt(status, "")).state


@pytest.mark.parametrize("status", [None, 100, 301, 302, 308, 400, 401, 404, 408, 413, 429, 500, 503])
def test_anything_else_is_tried_again(status: int | None) -> None:
    """Redirects and refusals as well: receivers are mended within days."""
    assert State.PENDING is tried(1, Receipt(status, "")).state


def test_gone_is_the_end() -> None:
    """410 at the first try."""
    assert State.DEAD is tried(1, Receipt(410, "")).state


@pytest.mark.parametrize(
    ("asked", "waits"),
    [(1.0, timedelta(seconds=5)), (600.0, timedelta(seconds=600)), (9_999_999.0, timedelta(days=1))],
)
def test_a_receiver_may_ask_for_more_time_but_not_for_ever(asked: float, waits: timedelta) -> None:
    """Never sooner than our own gap, never later than a day."""
    assert NOW + waits == tried(1, Receipt(503, "", retry_after=asked)).next_at
