"""The run store, against a real table."""

from copy import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.clock import SYSTEM_CLOCK
from shared.run import life
from shared.run.model import IdempotencyClaim, RunError, SessionView, Source, StartPhase, Told
from shared.run.status import Status
from shared.storage.listing import Listing, position_of
from shared.storage.outstanding import Heads, Outstanding
from shared.storage.rows import RowUnreadableError, run_key
from shared.storage.runs import KeyTakenError, RunChangedError, RunStore, Stored
from shared.storage.shards import SHARDS
from shared.storage.table import Operation, Row, Table, Verb
from shared.wiring import thread_pool
from tests.support.counting import CountingTransport
from tests.support.runs import FLOW, a_run

SESSION = "5e551011-0000-4000-8000-000000000001"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TOLD = Told(Source.POLLER, NOW)


def ended(stored: Stored, code: int = 4) -> Stored:
    return replace_run(stored, life.observed(stored.run, SessionView(id=SESSION, status_code=code), TOLD))


def replace_run(stored: Stored, run: object) -> Stored:
    return Stored(run, stored.etag)  # type: ignore[arg-type]


def everything(store: RunStore, wanted: Listing, size: int = 3) -> list[str]:
    """All pages, one after the other."""
    ids: list[str] = []
    after: str | None = None
    while True:
        runs, more = store.page(wanted, after, size)
        ids += [run.id for run in runs]
        if not more:
            return ids
        after = position_of(runs[-1])


def test_a_run_is_read_as_it_was_written(store: RunStore) -> None:
    """Every value of a run survives its row."""
    stored = store.create(a_run(client_reference="order 1 ü"))

    assert stored == store.get(stored.run.id)


def test_an_unknown_run_is_none(store: RunStore, outstanding: Outstanding) -> None:
    """Also when the table does not exist yet."""
    assert store.get(a_run().id) is None
    assert Heads([], [], more=False) == outstanding.heads()


def test_a_transition_is_one_request(
    store: RunStore, outstanding: Outstanding, transport: CountingTransport
) -> None:
    """Run, open row and indexes change in one transaction, and closing removes the run from what is outstanding."""
    stored = store.create(a_run())
    transport.requests.clear()
    closed = store.save(stored, ended(stored).run)

    assert 1 == len(transport.requests)
    assert Heads([], [], more=False) == outstanding.heads()
    assert closed == store.get(stored.run.id)


def test_saving_nothing_new_costs_nothing(store: RunStore, transport: CountingTransport) -> None:
    """A transition that changes nothing is not written."""
    stored = store.create(a_run())
    transport.requests.clear()

    assert stored is store.save(stored, stored.run)
    assert [] == transport.requests


def test_the_first_of_two_writers_wins(store: RunStore) -> None:
    """The second one is told how the run stands now, and changed nothing."""
    stored = store.create(a_run())
    won = store.save(stored, ended(stored).run)
    with pytest.raises(RunChangedError) as lost:
        store.save(stored, life.hinted(stored.run))

    assert won == lost.value.current


def test_advance_applies_to_what_is_there_now(store: RunStore) -> None:
    """A transition that lost a race is made of the winner's run: an end stays an end."""
    stored = store.create(a_run())
    won = store.save(stored, ended(stored).run)

    assert won == store.advance(stored, life.hinted)


@pytest.mark.parametrize("lost_at", ["create", "save"])
def test_a_lost_answer_is_recognised_as_our_own_write(
    store: RunStore, transport: CountingTransport, lost_at: str
) -> None:
    """The table did it, its answer never came: that is a success, told by content."""
    store.create(a_run())
    transport.lose_next_answer = lost_at == "create"
    stored = store.create(a_run(shard=1))
    transport.lose_next_answer = lost_at == "save"
    after = store.save(stored, ended(stored).run)

    assert after == store.get(stored.run.id)


def test_a_lost_answer_does_not_hide_another_writer(store: RunStore, transport: CountingTransport) -> None:
    """If the run stands otherwise than what we wrote, somebody else was there, and we are told."""
    stored = store.create(a_run())
    other = store.save(stored, life.hinted(stored.run))
    transport.lose_next_answer = True
    with pytest.raises(RunChangedError) as lost:
        store.save(stored, ended(stored).run)

    assert other == lost.value.current


def test_a_key_belongs_to_the_first_run(store: RunStore) -> None:
    """A second run with the same key is not written at all."""
    claim = IdempotencyClaim(key_hash="k1", fingerprint="1-aa", expires_at=NOW)
    first = store.create(a_run(shard=3, idempotency=claim))
    second = a_run(shard=3, idempotency=claim)
    with pytest.raises(KeyTakenError) as taken:
        store.create(second)

    assert first.run.id == taken.value.key.record.run_id
    assert store.get(second.id) is None
    again = store.create(second, expired_key=taken.value.key)
    key = store.find_key("03", "k1")
    assert key is not None
    assert again.run.id == key.record.run_id


def test_a_refused_start_frees_its_key_in_the_same_transaction(
    store: RunStore, transport: CountingTransport
) -> None:
    """The run stays, Failed; the key may be used again."""
    claim = IdempotencyClaim(key_hash="k2", fingerprint="1-aa", expires_at=NOW + timedelta(days=7))
    stored = store.create(a_run(shard=4, idempotency=claim))
    transport.requests.clear()
    store.save(stored, life.refused(stored.run, RunError(code="X", message="x"), TOLD))

    assert 1 == len(transport.requests)
    assert store.find_key("04", "k2") is None
    assert store.get(stored.run.id) is not None


def test_a_row_that_is_gone_already_does_not_stop_a_transition(store: RunStore, table: Table) -> None:
    """Closing a run whose open row somebody removed still closes it."""
    stored = store.create(a_run(shard=5))
    table.commit("05", [Operation(Verb.DELETE, Row(f"work|due|{stored.run.id}", {}))])
    closed = store.save(stored, ended(stored).run)

    assert Status.SUCCEEDED is closed.run.status
    assert closed == store.get(stored.run.id)


def test_outstanding_holds_open_and_watched_runs(store: RunStore, outstanding: Outstanding) -> None:
    """One row each, from all shards, and none of ended runs."""
    started = [store.create(a_run(shard=shard)) for shard in range(16)]
    unconfirmed = store.save(started[0], life.unconfirmed(started[0].run, timedelta(hours=1), TOLD))
    store.save(started[1], ended(started[1]).run)
    works = {work.run_id: work for work in outstanding.heads().due}

    assert {each.run.id for each in started} - {started[1].run.id} == set(works)
    assert unconfirmed.run.watch_until == works[unconfirmed.run.id].watch_until
    assert StartPhase.SENDING is works[started[2].run.id].phase


@pytest.mark.parametrize("caller", [None, "t:alice", "t:alic"])
def test_lists_are_newest_first_and_complete(store: RunStore, caller: str | None) -> None:
    """Every filter, over pages and shards, gives what it says in the right order, each run once; of one caller, or of all."""
    times = [NOW + timedelta(seconds=second // 2) for second in range(20)]
    runs = [
        store.create(
            a_run(
                at,
                flow_id=FLOW if number % 2 else "f" + FLOW[1:-1] + "2",
                client_reference=str(number % 5),
                caller=[None, "t:alice", "t:alic"][number % 3],
            )
        )
        for number, at in enumerate(times)
    ]
    runs = [
        store.save(each, ended(each).run) if number % 4 == 0 else each for number, each in enumerate(runs)
    ]

    def expect(*, which: object) -> list[str]:
        seen = [each.run for each in runs if caller in {None, each.run.caller}]
        chosen = [run for run in seen if which(run)]  # type: ignore[operator]
        return [run.id for run in sorted(chosen, key=lambda run: (-run.created_at.timestamp(), run.id))]

    assert expect(which=lambda _: True) == everything(store, Listing(caller=caller))
    assert expect(which=lambda run: run.ended) == everything(
        store, Listing(caller=caller, status=Status.SUCCEEDED)
    )
    assert expect(which=lambda run: run.flow_id == FLOW) == everything(
        store, Listing(caller=caller, flow_id=FLOW)
    )
    assert expect(which=lambda run: run.flow_id == FLOW and not run.ended) == everything(
        store, Listing(caller=caller, flow_id=FLOW, status=Status.NOT_STARTED)
    )
    assert expect(which=lambda run: run.client_reference == "2") == everything(
        store, Listing(caller=caller, client_reference="2")
    )
    between = Listing(caller=caller, created_after=times[4], created_before=times[12])
    assert expect(which=lambda run: times[4] <= run.created_at < times[12]) == everything(store, between)


def test_a_page_costs_one_request_a_shard(store: RunStore, transport: CountingTransport) -> None:
    """However many runs there are."""
    for _ in range(40):
        store.create(a_run())
    transport.requests.clear()
    runs, more = store.page(Listing(), None, 10)

    assert (10, True) == (len(runs), more)
    assert 16 == len(transport.requests)


@pytest.mark.parametrize("client_reference", [None, "1"])
@pytest.mark.parametrize("flow_id", [None, FLOW])
@pytest.mark.parametrize("status", [None, Status.NOT_STARTED])
def test_a_page_of_ones_own_runs_costs_no_more(
    store: RunStore,
    transport: CountingTransport,
    status: Status | None,
    flow_id: str | None,
    client_reference: str | None,
) -> None:
    """One request a shard for every filter, however many runs others have: theirs are not read."""
    mine = store.create(a_run(caller="t:mine", client_reference="1"))
    for _ in range(40):
        store.create(a_run(shard=0, caller="t:other", client_reference="1"))
    transport.requests.clear()
    wanted = Listing(caller="t:mine", status=status, flow_id=flow_id, client_reference=client_reference)
    page = store.page(wanted, None, 1)

    assert ([mine.run], False) == page
    assert 16 == len(transport.requests)


def test_a_newer_layout_is_refused_by_name(store: RunStore, table: Table) -> None:
    """A row that a newer version wrote is not guessed at."""
    run = a_run(shard=6)
    table.commit("06", [Operation(Verb.PUT, Row(run_key(run.id), {"layout": 2, "run": "{}"}))])
    with pytest.raises(RowUnreadableError, match="layout 2"):
        store.get(run.id)


def test_an_unreadable_row_hides_no_other(store: RunStore, outstanding: Outstanding, table: Table) -> None:
    """Lists and passes skip it, and go on."""
    readable = store.create(a_run(shard=7))
    table.commit("07", [Operation(Verb.PUT, Row("work|due|0", {"layout": 1, "work": "{"}))])

    assert [readable.run.id] == [work.run_id for work in outstanding.heads().due]


def test_a_session_has_one_claimant(store: RunStore, transport: CountingTransport) -> None:
    """The first claim holds, also when its answer was lost; a second claimant learns whose it is."""
    one, other = store.create(a_run()).run.id, store.create(a_run()).run.id
    transport.lose_next_answer = True

    assert one == store.claim_session(SESSION, one)
    assert one == store.claim_session(SESSION, one)
    assert one == store.claim_session(SESSION, other)


def test_a_claim_is_over_once_its_run_has_another_session(store: RunStore) -> None:
    """Two passes claimed a session each for one run: the one that it did not record is free for its twin."""
    one, other = store.create(a_run()), store.create(a_run()).run.id
    unused = "5e551011-0000-4000-8000-000000000002"
    store.claim_session(SESSION, one.run.id)
    store.claim_session(unused, one.run.id)
    store.save(one, life.accepted(one.run, SESSION, TOLD))

    assert other == store.claim_session(unused, other)
    assert other == store.claim_session(unused, one.run.id)
    assert one.run.id == store.claim_session(SESSION, other)


def test_an_unchanged_field_of_a_row_is_not_rewritten(store: RunStore, transport: CountingTransport) -> None:
    """What the indexes show changes with the run: a list shows a hint's run as the run itself is."""
    stored = store.create(a_run())
    after = store.save(stored, replace(stored.run, hinted=True))
    runs, _ = store.page(Listing(), None, 5)

    assert [after.run] == runs


def test_a_report_by_another_instance_is_put_right(store: RunStore, table: Table) -> None:
    """Whoever reports next, after the timer has moved between instances, writes what is true."""
    other = RunStore(table, SYSTEM_CLOCK, thread_pool(SHARDS, "shard"))
    store.report_hidden_sessions(0)
    other.report_hidden_sessions(2)
    later = RunStore(table, SYSTEM_CLOCK, thread_pool(SHARDS, "shard"))
    later.report_hidden_sessions(0)

    assert 0 == later.hidden_sessions()
    for each in (other, later):
        each.close()
