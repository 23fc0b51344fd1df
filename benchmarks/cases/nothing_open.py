"""What the timers ask while there is nothing to do, which is most of the time."""

from datetime import timedelta

from benchmarks.case import Bench, Bound, Case, Check, Regime, Result
from benchmarks.rounds import alternated
from benchmarks.scale.following import Cost, Follower, cost, follower
from benchmarks.scale.ground import RUNS_TABLE, ground
from benchmarks.scale.history import write_history
from benchmarks.scale.stage import figures
from shared.storage.shards import SHARDS
from start_waiting.tick import tick

_TITLE = "The timers while nothing is open"
_POLLER, _QUEUE = "Deskhand, the poller's pass", "Deskhand, the queue's pass"
_AGE = timedelta(days=1)


def run(bench: Bench) -> Result:
    history, rounds = (500, 3) if bench.quick else (5_000, 9)
    with ground(bench.log) as found:
        write_history(bench, found, history, [RUNS_TABLE], age=_AGE, spread=_AGE / 2)
        with follower(found) as ours:
            costs = alternated(bench, rounds, {_POLLER: ours.measured, _QUEUE: lambda: _queue_pass(ours)})
    polled, queued = figures(_POLLER, costs[_POLLER]), figures(_QUEUE, costs[_QUEUE])
    return Result(
        case="nothing_open",
        title=_TITLE,
        regime=Regime.LOOPBACK,
        rounds=rounds,
        method=f"{history:,} runs have ended, none is open or waits. The passes of one instance, its first among them.",
        figures=(*polled, *queued),
        checks=(
            Check(
                claim="Dataverse operations, all passes together",
                value=sum(each.operations for each in costs[_POLLER] + costs[_QUEUE]),
                bound=Bound.AT_MOST,
                limit=0,
            ),
            *(
                Check(
                    claim=f"storage requests of a pass for each shard: {subject.partition(', ')[2]}",
                    value=storage.median / SHARDS,
                    bound=Bound.AT_MOST,
                    limit=1,
                )
                for subject, (_, _, _, storage) in ((_POLLER, polled), (_QUEUE, queued))
            ),
        ),
    )


def _queue_pass(ours: Follower) -> Cost:
    return cost(ours.ground, ours.storage, lambda: tick(ours.app))


CASE = Case("nothing_open", _TITLE, run)
