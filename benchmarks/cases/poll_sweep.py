"""A sweep: a look at every open run. One in a hundred has ended without that a list of changes tells of it."""

from benchmarks.case import Bench, Bound, Case, Check, Figure, Regime, Result
from benchmarks.rounds import alternated
from benchmarks.scale import following, plain
from benchmarks.scale.following import Cost, follower
from benchmarks.scale.stage import figures, stage

_TITLE = "A sweep over all open runs"
_UNLISTED = "Deskhand, sessions created by others"
_SWEEPS = {"SWEEP_MINUTES": "2"}
"""By so much the clock is moved on for each: little enough that nothing else falls due."""
_OTHERS = {**_SWEEPS, "SESSIONS_CREATED_BY_US": "0"}
_INTERVAL = 60
"""Seconds between passes, as deployed."""


def run(bench: Bench) -> Result:
    size, rounds = (5_000, 2) if bench.quick else (100_000, 5)
    ended, passes = size // 100, list[int]()
    with stage(bench, size, _SWEEPS) as scene:
        scene.ground.control("PATCH", "settings", {"modifiedonMoves": False})

        def sweep() -> Cost:
            scene.ours.sweep_is_due()
            cost, number = scene.ours.swept()
            passes.append(number)
            return cost

        costs = alternated(
            bench,
            rounds,
            {
                following.SUBJECT: scene.after_ends(ended, sweep),
                plain.SUBJECT: scene.after_ends(ended, scene.plain_pass),
            },
        )
        bench.say(_UNLISTED)
        ahead = scene.ours.watch.ahead + scene.ours.app.settings.sweep_every
        with follower(scene.ground, _OTHERS, ahead) as other:
            scene.end(ended, rounds)
            unlisted = other.swept()[0]
            if unlisted.operations == 0:
                raise RuntimeError("No sweep was due.")
    ours, theirs = (figures(subject, costs[subject]) for subject in (following.SUBJECT, plain.SUBJECT))
    time, operations, *_ = ours
    return Result(
        case="poll_sweep",
        title=_TITLE,
        regime=Regime.LOOPBACK,
        rounds=rounds,
        method=(
            f"{size:,} runs are open. In each round {ended:,} of them end, and the modifiedon of their sessions does not move, so that "
            "only a look at every run can find them. A sweep of Deskhand's poller and a pass of the baseline, each over its own "
            "table, find and close the same runs. Both have eight threads."
        ),
        figures=(
            *ours,
            Figure(subject=following.SUBJECT, quantity="passes", samples=tuple(passes)),
            *theirs,
            *figures(_UNLISTED, [unlisted]),
        ),
        checks=(
            Check(
                claim="Dataverse operations, where open / 4,000 + ended / 400 + 2 are allowed",
                value=operations.median,
                bound=Bound.AT_MOST,
                limit=size / 4000 + ended / 400 + 2,
            ),
            Check(
                claim="Dataverse operations where sessions are created by others and open / 500 + 2 are allowed",
                value=unlisted.operations,
                bound=Bound.AT_MOST,
                limit=size / 500 + 2,
            ),
            Check(
                claim="a sweep within the interval of its timer",
                value=time.median,
                bound=Bound.AT_MOST,
                limit=_INTERVAL,
                unit="s",
            ),
        ),
        notes=("Of runs that do not end only the rows that the poller reads are in the table.",),
    )


CASE = Case("poll_sweep", _TITLE, run)
