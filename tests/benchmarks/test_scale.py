"""The scene of the cases about many runs is what the product would have made, and the baseline does its work."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from azure.data.tables import TableClient

from benchmarks.console import Console
from benchmarks.scale.counting import CountedTransport, ScanError
from benchmarks.scale.following import Follower, cost, follower
from benchmarks.scale.ground import PLAIN_TABLE, RUNS_TABLE, Ground, ground
from benchmarks.scale.history import reference, write_history
from benchmarks.scale.plain import plain_poller
from benchmarks.scale.population import Population, populate
from benchmarks.scale.removing import is_anything_left, take_turn
from shared.run.status import Status
from shared.storage.listing import Listing

CONSOLE = Console("scale", quick=True)


@dataclass(frozen=True, slots=True)
class Scene:
    ground: Ground
    population: Population
    ours: Follower

    def open_runs(self, table: str) -> set[str]:
        """Of the runs that have all their rows."""
        with follower(self.ground, {"RUNS_TABLE": table}) as one:
            stored = [one.app.store.get(run.id) for run in self.population.runs]
        return {each.run.id for each in stored if each is not None and not each.run.ended}


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """Sixty open runs, six of them whole."""
    with ground(CONSOLE.log) as found:
        population = populate(CONSOLE, found, 60, RUNS_TABLE, PLAIN_TABLE)
        with follower(found) as ours:
            yield Scene(found, population, ours)


def test_a_run_is_read_as_it_was_made(scene: Scene) -> None:
    """Where all its rows were written; the poller finds an open row of each."""
    whole = scene.population.runs[10]
    stored = scene.ours.app.store.get(whole.id)
    heads = scene.ours.app.outstanding.heads()

    assert stored is not None
    assert stored.run == whole
    assert {run.id for run in scene.population.runs} >= {work.run_id for work in heads.quiet}
    assert len(heads.quiet) >= 59  # the first run's session has ended


def test_both_pollers_close_the_same_runs(scene: Scene) -> None:
    """Those whose sessions have ended, and no other."""
    ended = scene.population.batch(0, 2)
    mine = {run.id for run in scene.population.runs if run.session_id in ended}
    scene.ground.end(ended)
    before = scene.open_runs(PLAIN_TABLE)
    with CountedTransport() as storage, plain_poller(scene.ground, storage) as plain:
        theirs = cost(scene.ground, storage, plain.poll)
    ours = scene.ours.measured()

    assert mine <= before
    assert not mine & scene.open_runs(PLAIN_TABLE)
    assert scene.open_runs(PLAIN_TABLE) == scene.open_runs(RUNS_TABLE)
    assert (theirs.operations, ours.operations) == (1, 1)
    assert theirs.storage_requests >= 16 + 2 * len(mine)


def test_a_query_without_a_partition_is_refused(scene: Scene) -> None:
    """Here it would be quick."""
    with CountedTransport() as storage:
        table = TableClient.from_connection_string(scene.ground.tables, RUNS_TABLE, transport=storage)
        with pytest.raises(ScanError):
            list(table.query_entities("RowKey gt 'a'"))
        assert list(table.query_entities("PartitionKey eq 'a'")) == []


def test_history_is_listed_and_removed(scene: Scene) -> None:
    """By its references, its ends and its age, like any run's."""
    runs = write_history(
        CONSOLE, scene.ground, 100, ["old"], age=timedelta(days=200), spread=timedelta(days=9)
    )
    with follower(scene.ground, {"RUNS_TABLE": "old"}) as one:
        listed, more = one.app.store.page(Listing(client_reference=reference(11)), None, 50)
        failed, _ = one.app.store.page(Listing(status=Status.FAILED), None, 50)
        take_turn(one)

        assert ([run.id for run in listed], more) == ([run.id for run in reversed(runs[10:20])], False)
        assert {run.status for run in failed} == {Status.FAILED}
        assert not is_anything_left(one)
