"""Old runs go, whole, and nothing else goes."""

import uuid
from copy import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.clock import SYSTEM_CLOCK
from shared.run import life
from shared.run.ids import newest_first
from shared.run.model import CallbackClaim, IdempotencyClaim, SessionView, Source, Told
from shared.storage.dead_events import DeadEvent, DeadEvents
from shared.storage.listing import Listing
from shared.storage.removal import Removal
from shared.storage.rows import AFTER, key_key
from shared.storage.runs import RunStore, Stored
from shared.storage.table import Operation, Row, Table, Verb
from tests.contract.conftest import MakeInstances
from tests.support.counting import CountingTransport
from tests.support.metered import Metered
from tests.support.runs import FLOW, a_run

SOON = datetime.now(UTC) + timedelta(hours=1)
TOLD = Told(Source.POLLER, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


@pytest.fixture
def removal(table: Table) -> Removal:
    return Removal(table)


def closed(store: RunStore, **of: Any) -> Stored:
    stored = store.create(a_run(**of))
    session = SessionView(id=str(uuid.uuid4()), status_code=4)
    return store.save(stored, life.observed(stored.run, session, TOLD))


def rows_left(table: Table, shard: str) -> list[str]:
    return [row.key for row in table.range(shard, "", AFTER)]


def test_a_run_goes_with_all_its_rows(store: RunStore, table: Table, removal: Removal) -> None:
    """The run, what it is listed by, for everybody and for its caller."""
    closed(store, shard=3, caller="t:alice", client_reference="order 1")

    assert [1] == list(removal.old_runs("03", SOON))
    assert [] == rows_left(table, "03")


def test_many_go_with_few_requests(store: RunStore, transport: CountingTransport, removal: Removal) -> None:
    """At most one request for ten runs, the reading included."""
    for _ in range(60):
        closed(store, shard=4, callback=CallbackClaim(base="https://a.example", key_version="1"))
    transport.requests.clear()

    assert 60 == sum(removal.old_runs("04", SOON))
    assert 6 >= len(transport.requests)
    assert ([], False) == store.page(Listing(), None, 10)


def test_what_is_young_or_open_or_outstanding_stays(store: RunStore, removal: Removal) -> None:
    """However old an open run is, and whatever ended run is still watched for a late start."""
    young, still_open = closed(store, shard=5), store.create(a_run(shard=5))
    watched = store.create(a_run(shard=5))
    watched = store.save(watched, life.unconfirmed(watched.run, timedelta(hours=1), TOLD))

    assert [] == list(removal.old_runs("05", young.run.created_at))
    assert [1] == list(removal.old_runs("05", SOON))
    assert store.get(young.run.id) is None
    assert still_open == store.get(still_open.run.id)
    assert watched == store.get(watched.run.id)


def test_a_key_goes_by_its_own_time(store: RunStore, table: Table, removal: Removal) -> None:
    """A removed run leaves its key alone, which may be another run's by now; one that has expired goes."""
    now = SYSTEM_CLOCK.now()
    for name, days in (("old", -1), ("new", 1)):
        claim = IdempotencyClaim(key_hash=name, fingerprint="f", expires_at=now + timedelta(days=days))
        closed(store, shard=6, idempotency=claim)
    list(removal.old_runs("06", SOON))
    assert {key_key("old"), key_key("new")} <= set(rows_left(table, "06"))

    assert [1] == list(removal.expired_keys("06", now))
    assert [key_key("new")] == rows_left(table, "06")


def test_a_claim_goes_with_its_run(store: RunStore, table: Table, removal: Removal) -> None:
    """Where no callback URL is given, a session is claimed in a partition of its own."""
    session = str(uuid.uuid4())
    stored = store.create(a_run(shard=7, callback=None))
    store.claim_session(session, stored.run.id)
    store.save(stored, life.observed(stored.run, SessionView(id=session, status_code=4), TOLD))

    assert [1] == list(removal.old_runs("07", SOON))
    assert store.claimant(session) is None


def test_one_run_that_differs_holds_up_no_other(store: RunStore, table: Table, removal: Removal) -> None:
    """A row that somebody has removed, a run that has changed since it was read: the others of the transaction go."""
    first, second, third = (closed(store, shard=8) for _ in range(3))
    table.commit("08", [Operation(Verb.DELETE, Row(f"flow|{FLOW}|{newest_first(second.run.id)}", {}))])

    assert 3 == sum(removal.old_runs("08", SOON))
    assert [None] * 3 == [store.get(each.run.id) for each in (first, second, third)]


def test_a_row_that_cannot_be_read_stays(store: RunStore, table: Table, removal: Removal) -> None:
    """It may be a newer version's."""
    stored = closed(store, shard=9)
    table.commit("09", [Operation(Verb.PUT, Row(f"run|{'f' * 12}|x", {"layout": 99}))])

    assert [1] == list(removal.old_runs("09", SOON))
    assert store.get(stored.run.id) is None
    assert [f"run|{'f' * 12}|x"] == rows_left(table, "09")


@pytest.mark.parametrize(("days", "left"), [("90", 1), ("0", 2)])
def test_the_poller_removes_what_is_old(instances: MakeInstances, days: str, left: int) -> None:
    """Half an hour after a process began. What is younger stays; with 0 days, everything does."""
    (app,) = instances(1, RETENTION_DAYS=days)
    _ended_run(app)
    app.watch.advance(days=91)
    _ended_run(app)
    app.passes(0)

    assert left == len(app.listed())


def test_a_removal_that_is_cut_short_goes_on_with_the_next_pass(
    instances: MakeInstances, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not wait for another half hour."""
    monkeypatch.setattr("status_poller.retention._SECONDS_A_PASS", 0)
    (app,) = instances(1)
    for _ in range(4):  # in as many partitions, as good as surely in two
        _ended_run(app)
    app.watch.advance(days=91)
    app.passes(0)
    assert 0 < len(app.listed()) < 4

    app.passes(1, 1, 1)
    assert [] == app.listed()


def _ended_run(app: Metered) -> None:
    run = app.started(app.define())
    app.end(run["sessionId"])
    app.notified(run["sessionId"])


def test_dead_letters_go_after_their_time(table: Table) -> None:
    """More than one transaction of them; the younger ones stay."""
    letters = DeadEvents(table)
    young, old = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    dead = [
        DeadEvent(at=old, type="t", source="s", id=str(number), code="c", message="m", digest="d")
        for number in range(130)
    ]
    letters.add(dead[:100])
    letters.add([*dead[100:], replace(dead[0], at=young)])

    assert [100, 30] == list(letters.forget(old + timedelta(hours=1)))
    assert [young] == [each.at for each in letters.page(None, 10)]
