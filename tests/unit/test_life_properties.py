"""Whatever is learnt in whatever order, a run keeps its promises."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.run import life
from shared.run.model import Run, RunError, SessionView, Source, StartPhase, Told
from shared.run.status import Ending, Status, meaning_of
from shared.storage.rows import read_run, rows_of, run_key
from tests.support.runs import a_run

T0 = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SESSION = "5e551011-0000-4000-8000-000000000001"
HOUR = timedelta(hours=1)

type Step = Callable[[Run, datetime], Run]

codes = st.integers(0, 16)
sources = st.sampled_from([Source.CALLBACK, Source.POLLER])


def _observing(code: int, source: Source, completed: bool) -> Step:
    def step(run: Run, at: datetime) -> Run:
        session = SessionView(
            id=SESSION, status_code=code, completed_at=at if completed else None, has_outputs=False
        )
        return life.observed(run, session, Told(source, at))

    return step


def _refused(run: Run, at: datetime) -> Run:
    may_be = run.start.phase is StartPhase.SENDING
    return life.refused(run, RunError(code="X", message="x"), Told(Source.TRIGGER, at)) if may_be else run


steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(_observing, codes, sources, st.booleans()),
    st.sampled_from(
        [
            lambda run, at: life.accepted(run, SESSION, Told(Source.TRIGGER, at)),
            lambda run, at: life.cancel_asked(run, timedelta(minutes=5), Told(Source.CANCEL, at)),
            life.cancel_sent,
            lambda run, at: life.cancel_refused(run, (), Told(Source.CANCEL, at)),
            lambda run, at: life.cancel_expired(run, Told(Source.POLLER, at)),
            lambda run, at: life.missing(run, timedelta(minutes=3), Told(Source.POLLER, at)),
            lambda run, at: life.unconfirmed(run, HOUR, Told(Source.POLLER, at)),
            lambda run, _: life.not_permitted(run),
            lambda run, _: life.hinted(run),
            life.overdue,
            lambda run, _: life.watch_over(run),
            lambda run, at: life.put_back(run, run.start.attempt, 1, Told(Source.TRIGGER, at)),
            lambda run, at: life.claimed(run, f"attempt {at}", at + timedelta(seconds=5), at),
            lambda run, at: life.not_started_in_time(run, Told(Source.TRIGGER, at)),
            _refused,
        ]
    ),
)
lives = st.lists(st.tuples(steps, st.integers(0, 120)), max_size=25)


@given(lives)
def test_every_life_keeps_the_promises(told: list[tuple[Step, int]]) -> None:
    """Ended is absorbing but for StartedLate; history tells each status; a session is never exchanged; rows say the same."""
    run, at = a_run(T0), T0
    for step, seconds in told:
        at += timedelta(seconds=seconds)
        after = step(run, at)
        if run.ended:
            late = after.error is not None and after.error.code in {life.STARTED_LATE, life.START_UNCONFIRMED}
            assert after == run or (late and after.status is Status.FAILED)
        assert after.history[-1].status is after.status
        assert run.session_id in {None, after.session_id}
        assert set(rows_of(run)) - set(rows_of(after)) <= _rows_that_may_go(run)
        run = after
    _check_rows(run)


@given(lives, st.sampled_from([4, 7, 8, 9, 10]))
def test_dataverses_last_word_counts(told: list[tuple[Step, int]], code: int) -> None:
    """A run that is still open, whatever happened, ends as Dataverse says it ended."""
    run, at = a_run(T0), T0
    for step, seconds in told:
        at += timedelta(seconds=seconds)
        run = step(run, at)
    after = life.observed(run, SessionView(id=SESSION, status_code=code), Told(Source.POLLER, at))

    assert Ending.AT_ONCE is meaning_of(code).ending
    assert after.ended
    if not run.ended:
        assert meaning_of(code).status is after.status


def _rows_that_may_go(run: Run) -> set[str]:
    """What moves with the status, what is no longer outstanding, and a key that was freed; never the run itself."""
    return {
        key
        for key in rows_of(run)
        if key.partition("|")[0] in {"status", "flowstatus", "work", "key", "inputs"}
    }


def _check_rows(run: Run) -> None:
    rows = rows_of(run)
    own = rows[run_key(run.id)]

    assert run == read_run(own)
    assert msgspec.json.decode(own.properties["run"], type=Run) == run
    assert 1 >= sum(key.startswith("work|") for key in rows)
    assert run.ended or any(key.startswith("work|") for key in rows)
    assert not (run.ended and any(key.startswith(("work|open|", "work|wait|")) for key in rows))
    assert run.waiting == any(key.startswith("work|wait|") for key in rows)
    assert 1 == sum(key.startswith("status|") for key in rows)
    assert len(own.properties["run"]) < 32_000
