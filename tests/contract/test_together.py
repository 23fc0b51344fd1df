"""Many runs changed with few transactions, and no run's trouble is another's."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from copy import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.clock import SYSTEM_CLOCK
from shared.run import life
from shared.run.model import Run, SessionView, Source, Told
from shared.run.status import Status
from shared.storage.rows import RowUnreadableError, rows_of, run_key
from shared.storage.runs import RunStore, Stored
from shared.storage.table import Operation, Row, Table, Verb
from shared.storage.together import Change, Outcome, Together
from shared.wiring import thread_pool
from tests.support.counting import CountingTransport
from tests.support.runs import a_quiet_run
from tests.support.table_twin import TableTwin

TOLD = Told(Source.POLLER, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


@pytest.fixture
def workers() -> Iterator[Executor]:
    with thread_pool(8, "poll") as workers:
        yield workers


@pytest.fixture
def together(table: Table, store: RunStore) -> Together:
    return Together(table, store)


def stored(store: RunStore, many: int, *, shard: int | None = 0, **changes: Any) -> list[Stored]:
    return [store.create(a_quiet_run(shard=shard, **changes)) for _ in range(many)]


def ending(code: int = 4, message: str | None = None) -> Change:
    def change(run: Run) -> Run:
        session = SessionView(
            id=run.session_id or "", status_code=code, completed_at=TOLD.at, error_message=message
        )
        return life.observed(run, session, TOLD)

    return change


def all_ending(runs: Sequence[Stored], change: Change | None = None) -> dict[str, Change]:
    return {each.run.id: change or ending() for each in runs}


def statuses(outcomes: Mapping[str, Outcome]) -> list[Status]:
    return [outcome.run.status for outcome in outcomes.values() if isinstance(outcome, Stored)]


def written(transport: CountingTransport) -> int:
    return sum(not each.startswith("GET") for each in transport.requests)


def test_many_ends_of_a_shard_are_few_transactions(
    store: RunStore, together: Together, workers: Executor, transport: CountingTransport
) -> None:
    """An end is seven operations, so fourteen fit a transaction: thirty runs are three, and one read each."""
    runs = stored(store, 30)
    transport.requests.clear()
    outcomes = together.advance(all_ending(runs), workers)

    assert [Status.SUCCEEDED] * 30 == statuses(outcomes)
    assert (3, 33) == (written(transport), len(transport.requests))
    assert all(store.get(run_id) == outcome for run_id, outcome in outcomes.items())


def test_each_shard_has_a_transaction_of_its_own(
    store: RunStore, together: Together, workers: Executor, transport: CountingTransport
) -> None:
    """A transaction knows one partition only."""
    runs = [each for shard in (0, 7, 15) for each in stored(store, 2, shard=shard)]
    transport.requests.clear()
    outcomes = together.advance(all_ending(runs), workers)

    assert [Status.SUCCEEDED] * 6 == statuses(outcomes)
    assert 3 == written(transport)


def test_what_does_not_change_is_not_written(
    store: RunStore, together: Together, workers: Executor, transport: CountingTransport
) -> None:
    """A change that leaves its run as it is costs one read."""
    runs = stored(store, 3)
    transport.requests.clear()
    outcomes = together.advance(all_ending(runs, lambda run: run), workers)

    assert {each.run.id: each for each in runs} == outcomes
    assert 3 == len(transport.requests)


@pytest.mark.parametrize("faster", [1, 3])
def test_a_run_that_somebody_else_changed_spoils_only_itself(
    store: RunStore, together: Together, workers: Executor, transport: CountingTransport, faster: int
) -> None:
    """The others are written in one more transaction; the run itself is read again, and keeps what the other one wrote."""
    runs = stored(store, 9)
    meddled = {each.run.id for each in runs[2 : 2 + faster]}

    def meddling(run: Run) -> Run:
        if run.id in meddled:
            meddled.discard(run.id)
            current = store.get(run.id)
            assert current is not None
            store.save(current, replace(current.run, client_reference="another"))
        return ending()(run)

    transport.requests.clear()
    outcomes = together.advance(all_ending(runs, meddling), workers)
    after = [store.get(each.run.id) for each in runs]

    assert [Status.SUCCEEDED] * 9 == statuses(outcomes)
    assert [outcomes[each.run.id] for each in runs] == after
    assert faster == sum(each is not None and each.run.client_reference == "another" for each in after)
    # The meddler's own; one refused for each run that was changed, and one for the rest; two for each such run by itself.
    assert faster + (faster + 1) + 2 * faster == written(transport)


def test_an_unsure_answer_is_recognised(
    store: RunStore, together: Together, workers: Executor, transport: CountingTransport
) -> None:
    """The transaction was done and its answer lost: each run is read, and is as it was to be."""
    runs = stored(store, 5)
    transport.answers_to_lose = 1
    outcomes = together.advance(all_ending(runs), workers)
    histories = [len(outcome.run.history) for outcome in outcomes.values() if isinstance(outcome, Stored)]

    assert [Status.SUCCEEDED] * 5 == statuses(outcomes)
    assert [2] * 5 == histories
    assert all(store.get(run_id) == outcome for run_id, outcome in outcomes.items())


def test_a_row_that_is_gone_already_does_not_stop_the_others(
    store: RunStore, together: Together, workers: Executor, table: Table
) -> None:
    """An index row of one run is missing: that run is saved without it, and the others in a transaction of their own."""
    runs = stored(store, 4)
    gone = next(key for key in rows_of(runs[1].run) if key.startswith("status|"))
    table.commit("00", [Operation(Verb.DELETE, Row(gone, {}))])
    outcomes = together.advance(all_ending(runs), workers)

    assert [Status.SUCCEEDED] * 4 == statuses(outcomes)
    assert [outcomes[each.run.id] for each in runs] == [store.get(each.run.id) for each in runs]


def test_an_unreadable_run_is_told_and_the_others_are_changed(
    store: RunStore, together: Together, workers: Executor, table: Table
) -> None:
    """One that a newer version wrote, and one that does not exist: each is its own outcome."""
    runs = stored(store, 3)
    newer = Row(run_key(runs[0].run.id), {"layout": 99, "run": "{}"})
    table.commit("00", [Operation(Verb.PUT, newer)])
    missing = a_quiet_run(shard=0).id
    outcomes = together.advance(all_ending(runs) | {missing: ending()}, workers)

    assert isinstance(outcomes[runs[0].run.id], RowUnreadableError)
    assert outcomes[missing] is None
    assert [Status.SUCCEEDED] * 2 == statuses(outcomes)


class Measured(TableTwin):
    """Notes how large each transaction is, as Microsoft's client would send it."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def commit(self, partition: str, operations: Sequence[Operation]) -> tuple[str, ...]:
        self.sizes.append(sum(len(json.dumps(each.row.properties)) for each in operations))
        return super().commit(partition, operations)


@pytest.mark.parametrize(
    ("character", "transactions"),
    [("x", 1), ("\u4e2d", 2), ("\U0001f642", 2), ("\\", 1)],
    ids=["ASCII", "two bytes", "four bytes", "an escape"],
)
def test_long_messages_make_smaller_transactions(
    workers: Executor, character: str, transactions: int
) -> None:
    """Each run repeats its message in four rows, and Microsoft's client writes an emoji as twelve bytes: never 4 MiB at once."""
    table = Measured()
    with thread_pool(1, "shard") as readers:
        store = RunStore(table, SYSTEM_CLOCK, readers)
        runs = stored(store, 14)
        table.sizes.clear()
        failing = ending(8, character * 10_000)
        outcomes = Together(table, store).advance(all_ending(runs, failing), workers)

    assert [Status.FAILED] * 14 == statuses(outcomes)
    assert transactions == len(table.sizes)
    assert max(table.sizes) < 4 * 1024 * 1024


def test_large_transactions_are_taken(
    store: RunStore, together: Together, workers: Executor, transport: CountingTransport
) -> None:
    """By a real table, too."""
    runs = stored(store, 14)
    transport.requests.clear()
    outcomes = together.advance(all_ending(runs, ending(8, "\U0001f642" * 10_000)), workers)

    assert [Status.FAILED] * 14 == statuses(outcomes)
    assert 2 == written(transport)
