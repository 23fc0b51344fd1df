"""What the poller reads of the table: what is due before what is quiet, and the quiet runs of all shards in one order."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import batched

import pytest

from shared.run import life
from shared.run.model import Run
from shared.storage.outstanding import Outstanding
from shared.storage.rows import WORK, rows_of
from shared.storage.shards import SHARDS
from shared.storage.table import MOST_OPERATIONS, Operation, Row, Table, Verb
from tests.support.counting import CountingTransport
from tests.support.runs import a_quiet_run

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def quiet(count: int, *, shard: int = 0, since: datetime = NOW, every: timedelta = SECOND) -> list[Run]:
    """Sent one after the other."""
    return [a_quiet_run(since + number * every, shard=shard) for number in range(count)]


def due(count: int, *, shard: int = 0) -> list[Run]:
    return [life.hinted(run) for run in quiet(count, shard=shard)]


def put(table: Table, shard: int, runs: Sequence[Run]) -> None:
    """Of each only the row that tells the poller of it."""
    work = [row for run in runs for row in rows_of(run).values() if row.key.startswith(WORK)]
    assert len(work) == len(runs)
    for part in batched(work, MOST_OPERATIONS, strict=False):
        table.commit(f"{shard:02x}", [Operation(Verb.PUT, row) for row in part])


def ids(runs: Sequence[Run]) -> list[str]:
    return [run.id for run in runs]


def test_what_is_due_stands_before_what_is_quiet(
    outstanding: Outstanding, table: Table, transport: CountingTransport
) -> None:
    """However early the quiet ones were sent; one request a shard shows both."""
    early, late = quiet(3, since=NOW - timedelta(days=300)), due(2)
    put(table, 0, [*early, *late])
    transport.requests.clear()
    heads = outstanding.heads()

    assert SHARDS == len(transport.requests)
    assert set(ids(late)) == {work.run_id for work in heads.due}
    assert (ids(early), False) == ([work.run_id for work in heads.quiet], heads.more)


def test_a_head_ends_at_a_hundred_rows(
    outstanding: Outstanding, table: Table, transport: CountingTransport
) -> None:
    """Of many quiet runs a pass reads the first of each shard, and that there are more: no further request."""
    runs = quiet(230)
    put(table, 0, runs)
    put(table, 1, quiet(5, shard=1))
    transport.requests.clear()
    heads = outstanding.heads()

    assert SHARDS == len(transport.requests)
    assert [*ids(runs[:100])] == [work.run_id for work in heads.quiet if work.run_id[16:18] == "00"]
    assert (105, True) == (len(heads.quiet), heads.more)


@pytest.mark.parametrize(("many", "requests"), [(99, 0), (130, 1), (250, 2)])
def test_all_that_is_due_comes(
    outstanding: Outstanding, table: Table, transport: CountingTransport, many: int, requests: int
) -> None:
    """More than a hundred of one shard are a further request for each hundred, and nothing of them is left out."""
    runs = due(many)
    put(table, 0, runs)
    put(table, 0, quiet(400))
    transport.requests.clear()
    heads = outstanding.heads()

    assert SHARDS + requests == len(transport.requests)
    assert sorted(ids(runs)) == sorted(work.run_id for work in heads.due)
    assert heads.more


def test_quiet_runs_come_in_the_order_of_sending(outstanding: Outstanding, table: Table) -> None:
    """Of all shards, as one stream, from the first moment on and up to, not with, the last."""
    runs = [
        run
        for shard in range(SHARDS)
        for run in quiet(4, shard=shard, since=NOW + shard * SECOND / 16, every=SECOND)
    ]
    for shard in range(SHARDS):
        put(table, shard, [run for run in runs if run.id[16:18] == f"{shard:02x}"])
    put(table, 3, due(2, shard=3))
    in_order = ids(sorted(runs, key=lambda run: run.start.first_sent_at))
    since, before = NOW + SECOND, NOW + 3 * SECOND

    def shown(since: datetime | None, before: datetime) -> list[str]:
        return [work.run_id for work in outstanding.quiet(since, before)]

    assert in_order == shown(None, NOW + timedelta(days=1))
    assert in_order[16:48] == shown(since, before)
    assert in_order[:16] == shown(None, since)
    assert in_order[48:] == shown(before, NOW + timedelta(days=1))


def test_quiet_runs_are_read_as_they_are_consumed(
    outstanding: Outstanding, table: Table, transport: CountingTransport
) -> None:
    """Of a shard with many runs no more is read than a page: memory does not grow with what is open."""
    put(table, 0, quiet(1300))
    transport.requests.clear()
    stream: Iterator[object] = outstanding.quiet(None, NOW + timedelta(days=1))
    next(stream)

    assert SHARDS == len(transport.requests)
    assert 1299 == sum(1 for _ in stream)
    assert SHARDS + 2 == len(transport.requests)


def test_an_unreadable_row_ends_no_stream(outstanding: Outstanding, table: Table) -> None:
    """It is skipped, and what is sent after it comes."""
    first, second = quiet(2)
    put(table, 0, [first, second])
    broken = f"work|open|{0:012x}|x"
    table.commit("00", [Operation(Verb.PUT, Row(broken, {"layout": 99, "work": "{}"}))])
    stream = [work.run_id for work in outstanding.quiet(None, NOW + timedelta(days=1))]

    assert [first.id, second.id] == stream
