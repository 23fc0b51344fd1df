"""Deliveries and wakes in the table: what is placed stays as it is, what is recorded is recorded once, what is held is one's own."""

import secrets
from copy import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.run.events import Event, EventType
from shared.run.ids import new_run_id
from shared.run.status import Status
from shared.storage.outbox import Delivery, Outbox, State
from shared.storage.table import Operation, Row, Table, Verb, WriteUnsureError
from shared.storage.wakes import Wakes
from tests.support.counting import CountingTransport

NOW = datetime(2026, 11, 23, 21, 30, tzinfo=UTC)
THERE = "somebody"
SOON = timedelta(seconds=60)


@pytest.fixture
def outbox(table: Table) -> Outbox:
    return Outbox(table)


@pytest.fixture
def wakes(table: Table) -> Wakes:
    return Wakes(table)


def a_delivery(**changes: Any) -> Delivery:
    event = Event(
        type=EventType.SUCCEEDED,
        at=NOW,
        run_id=new_run_id(NOW, 3, secrets.randbits(62)),
        flow_id="8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318",
        status=Status.SUCCEEDED,
        created_at=NOW,
    )
    return replace(Delivery(event=event, next_at=NOW), **changes)


def test_what_is_there_stays_and_the_others_come(outbox: Outbox) -> None:
    """Insert or ignore, many at a time."""
    known = [a_delivery() for _ in range(3)]
    outbox.place(THERE, known)
    (stored, *_) = outbox.due(THERE, NOW, 10)
    outbox.record(THERE, stored, replace(stored.record, state=State.DELIVERED, next_at=None))

    outbox.place(THERE, [*known, *(a_delivery() for _ in range(60))])

    assert 62 == len(outbox.due(THERE, NOW, 100))
    assert 63 == len(list(outbox.page(THERE, None, 100)))
    told = [each.state for each in outbox.page(THERE, None, 100) if each.key == stored.record.key]
    assert [State.DELIVERED] == told


def test_a_try_is_recorded_once(outbox: Outbox) -> None:
    """Who comes later is told so, and changes nothing."""
    outbox.place(THERE, [a_delivery()])
    (stored,) = outbox.due(THERE, NOW, 10)
    failed = replace(stored.record, attempts=1, next_at=NOW + SOON)

    assert outbox.record(THERE, stored, failed)
    assert not outbox.record(THERE, stored, replace(stored.record, state=State.DELIVERED, next_at=None))
    assert [] == outbox.due(THERE, NOW, 10)
    (again,) = outbox.due(THERE, NOW + SOON, 10)
    assert failed == again.record == outbox.get(THERE, failed.key)


def test_a_try_within_the_same_millisecond_is_recorded(outbox: Outbox) -> None:
    """Its row has the same key, and is replaced."""
    outbox.place(THERE, [a_delivery()])
    (stored,) = outbox.due(THERE, NOW, 10)

    assert outbox.record(THERE, stored, replace(stored.record, attempts=1))

    (again,) = outbox.due(THERE, NOW, 10)
    assert 1 == again.record.attempts


def test_a_record_whose_answer_was_lost_is_recognised(outbox: Outbox, transport: CountingTransport) -> None:
    """It is tried again, refused by what it did itself, and counts."""
    outbox.place(THERE, [a_delivery()])
    (stored,) = outbox.due(THERE, NOW, 10)
    transport.lose_next_answer = True

    assert outbox.record(THERE, stored, replace(stored.record, state=State.DELIVERED, next_at=None))
    assert [] == outbox.due(THERE, NOW, 10)


def test_the_oldest_is_due_first(outbox: Outbox) -> None:
    """And what is not due yet is not there."""
    late, early, future = (a_delivery(next_at=NOW + timedelta(milliseconds=number)) for number in (0, -1, 1))
    outbox.place(THERE, [late, early, future])

    assert [early, late] == [each.record for each in outbox.due(THERE, NOW, 10)]
    assert [early] == [each.record for each in outbox.due(THERE, NOW, 1)]


@pytest.mark.parametrize("tried", [State.PENDING, State.DELIVERED])
def test_what_is_tried_at_that_moment_is_tried_anew(
    outbox: Outbox, transport: CountingTransport, tried: State
) -> None:
    """A pass records its try just before: whatever came of that, the delivery is due."""
    outbox.place(THERE, [a_delivery()])
    (stored,) = outbox.due(THERE, NOW, 10)
    later = NOW + SOON if tried is State.PENDING else None

    def meanwhile() -> None:
        if transport.requests[-1].endswith("$batch"):
            transport.before_send = lambda: None
            outbox.record(THERE, stored, replace(stored.record, state=tried, attempts=1, next_at=later))

    transport.before_send = meanwhile
    anew = outbox.again(THERE, stored.record.key, NOW)

    assert anew is not None
    assert (State.PENDING, 0) == (anew.state, anew.attempts)
    assert [anew] == [each.record for each in outbox.due(THERE, NOW, 10)]


def test_what_stays_keeps_nothing_else(outbox: Outbox, table: Table) -> None:
    """One that is still to be tried, or that cannot be read, is passed over, and what is behind it goes."""
    outbox.place(THERE, [a_delivery() for _ in range(6)])
    unreadable, pending, *_ = [each.key for each in outbox.page(THERE, None, 10)]
    for stored in outbox.due(THERE, NOW, 10):
        if stored.record.key != pending:
            outbox.record(THERE, stored, replace(stored.record, state=State.DELIVERED, next_at=None))
    table.commit(f"to-{THERE}", [Operation(Verb.PUT, Row(f"sent|{unreadable}", {"layout": 99}))])

    looks = 1
    while outbox.forget(THERE, NOW + SOON, 2, pending=False):
        looks += 1

    assert [pending] == [each.key for each in outbox.page(THERE, None, 10)]
    assert 3 == looks


def test_what_stands_at_a_destination(outbox: Outbox) -> None:
    """Nothing; something due; something that is only kept."""
    assert not outbox.standing(THERE).kept
    outbox.place(THERE, [a_delivery()])
    assert NOW == outbox.standing(THERE).next_due
    (stored,) = outbox.due(THERE, NOW, 10)
    assert stored == outbox.pending(THERE, stored.record.key)
    outbox.record(THERE, stored, replace(stored.record, state=State.DEAD, next_at=None))

    assert outbox.standing(THERE).kept
    assert outbox.standing(THERE).next_due is None
    assert outbox.pending(THERE, stored.record.key) is None


def test_who_looks_holds_and_nobody_else(wakes: Wakes) -> None:
    """A second one comes too late; who calls meanwhile does not end it, and is seen when it is let go."""
    called = wakes.call(THERE, NOW)
    held = wakes.hold(called, NOW + SOON)
    assert held is not None
    assert wakes.hold(called, NOW + SOON) is None
    assert not held.wake.is_due(NOW)
    assert held.wake.is_due(NOW + SOON)

    again = wakes.call(THERE, NOW + SOON, called)

    assert NOW + SOON == again.wake.held_until
    assert wakes.put(held, replace(held.wake, held_until=None, not_before=NOW + timedelta(days=1))) is None
    assert not wakes.remove(held)
    assert again == wakes.get(THERE)
    assert wakes.remove(again)
    assert wakes.get(THERE) is None


def test_a_call_is_never_for_later(wakes: Wakes) -> None:
    """What is due sooner stays so; where nobody answered it stays quiet, unless it is called at once."""
    wakes.call(THERE, NOW)
    later = wakes.call(THERE, NOW + SOON)
    assert NOW == later.wake.not_before
    quiet = wakes.put(later, replace(later.wake, quiet_until=NOW + SOON, failures=2))
    assert quiet is not None

    assert not wakes.call(THERE, NOW, quiet).wake.is_due(NOW)
    assert wakes.call(THERE, NOW, at_once=True).wake.is_due(NOW)


def test_a_call_whose_answer_is_lost_is_no_call(wakes: Wakes, transport: CountingTransport) -> None:
    """Whoever calls does so again: until it is sure, what it is for has to be found otherwise."""
    transport.lose_next_answer = True
    with pytest.raises(WriteUnsureError):
        wakes.call(THERE, NOW)

    assert wakes.call(THERE, NOW).wake.is_due(NOW)
