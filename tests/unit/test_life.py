"""The life of a run, without any I/O."""

from copy import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.run import life
from shared.run.model import (
    Connection,
    ConnectionKind,
    HistoryEntry,
    IdempotencyClaim,
    Run,
    RunError,
    RunMode,
    SessionView,
    Source,
    Start,
    StartPhase,
    Told,
)
from shared.run.status import DATAVERSE_STATUS, Status, StatusReason

T0 = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SESSION = "5e551011-0000-4000-8000-000000000001"
MINUTE = timedelta(minutes=1)


def a_run(phase: StartPhase = StartPhase.SENDING) -> Run:
    return Run(
        id="01941234-5678-8003-8000-000000000001",
        flow_id="f1040000-0000-4000-8000-000000000001",
        connection=Connection(kind=ConnectionKind.NAME, value="machine"),
        mode=RunMode.UNATTENDED,
        timeout_seconds=60,
        created_at=T0,
        start=Start(phase=phase, attempt="a", send_until=T0 + timedelta(seconds=5), first_sent_at=T0),
        history=(HistoryEntry(at=T0, status=Status.NOT_STARTED, source=Source.TRIGGER),),
        overdue_at=T0 + timedelta(hours=13),
    )


def told(after: timedelta = MINUTE, source: Source = Source.POLLER) -> Told:
    return Told(source, T0 + after)


def seen(code: int, *, completed: bool = False) -> SessionView:
    return SessionView(id=SESSION, status_code=code, completed_at=T0 + MINUTE if completed else None)


def accepted() -> Run:
    return life.accepted(a_run(), SESSION, told(timedelta(seconds=1)))


EXPECTED = {
    0: (Status.NOT_STARTED, None),
    1: (Status.RUNNING, None),
    2: (Status.RUNNING, None),
    3: (Status.NOT_STARTED, None),
    4: (Status.SUCCEEDED, None),
    5: (Status.FAILED, "Skipped"),
    6: (Status.RUNNING, None),
    7: (Status.CANCELED, None),
    8: (Status.FAILED, "DesktopFlowFailed"),
    9: (Status.FAILED, "DesktopFlowFailed"),
    10: (Status.FAILED, "TimedOut"),
    11: (Status.FAILED, "Aborted"),
    12: (Status.FAILED, "Ignored"),
    13: (Status.FAILED, "SessionDeleted"),
    14: (Status.FAILED, "Terminated"),
    99: (Status.NOT_STARTED, None),
}


@pytest.mark.parametrize("code", sorted(EXPECTED))
def test_every_status_code_has_its_meaning(code: int) -> None:
    """Each statuscode, with completedon set, leads to the documented status and error."""
    run = life.observed(accepted(), seen(code, completed=True), told())

    assert EXPECTED[code] == (run.status, run.error and run.error.code)
    assert code == run.dataverse_code


def test_all_documented_codes_are_covered() -> None:
    """The table of this test and the table of the code name the same codes."""
    assert set(DATAVERSE_STATUS) == set(EXPECTED) - {99}


@pytest.mark.parametrize("code", [5, 11, 12, 13, 14])
def test_inferred_ends_need_two_reads_a_minute_apart(code: int) -> None:
    """Without completedon, one read of an inferred end, or two close together, do not end a run; two a minute apart do."""
    once = life.observed(accepted(), seen(code), told())
    soon = life.observed(once, seen(code), told(MINUTE * 1.5))
    later = life.observed(soon, seen(code), told(MINUTE * 2))

    assert (False, False, True) == (once.ended, soon.ended, later.ended)


def test_a_doubt_is_forgotten_when_another_code_is_read() -> None:
    """Two reads agree only if nothing else was read between them."""
    once = life.observed(accepted(), seen(11), told())
    between = life.observed(once, seen(2), told(MINUTE * 2))
    again = life.observed(between, seen(11), told(MINUTE * 3))

    assert not again.ended


@pytest.mark.parametrize("code", [11, 14])
def test_aborted_and_terminated_are_cancels_where_one_was_asked_for(code: int) -> None:
    """11 and 14 end a run as Canceled only if a cancel was asked for here."""
    asked = life.cancel_asked(accepted(), MINUTE * 10, told(source=Source.CANCEL))
    run = life.observed(asked, seen(code, completed=True), told(MINUTE * 2))

    assert (Status.CANCELED, None) == (run.status, run.error)


@pytest.mark.parametrize("code", [4, 7, 8, 9, 10])
@pytest.mark.parametrize("other", [0, 2, 4, 7, 8, 10, 13, 99])
def test_ended_is_absorbing(code: int, other: int) -> None:
    """Nothing that is learnt after the end changes a run."""
    ended = life.observed(accepted(), seen(code), told())
    late = told(MINUTE * 5)

    assert ended is life.observed(ended, seen(other, completed=True), late)
    assert ended is life.cancel_asked(ended, MINUTE, late)
    assert ended is life.missing(ended, MINUTE, late)
    assert ended is life.not_permitted(ended)
    assert ended is life.hinted(ended)
    assert ended is life.overdue(ended, T0 + timedelta(days=9))
    assert ended is life.refused(ended, RunError(code="X", message="x"), late)


def test_a_session_that_shows_late_is_told_and_stays_failed() -> None:
    """StartUnconfirmed becomes StartedLate when its session shows up; the status stays Failed and it is looked for no more."""
    unconfirmed = life.unconfirmed(a_run(), timedelta(hours=24), told())
    late = life.observed(unconfirmed, seen(2), told(MINUTE * 10))

    assert (Status.FAILED, "StartUnconfirmed") == (
        unconfirmed.status,
        unconfirmed.error and unconfirmed.error.code,
    )
    assert unconfirmed.watch_until is not None
    assert (Status.FAILED, "StartedLate") == (late.status, late.error and late.error.code)
    assert (SESSION, None) == (late.session_id, late.watch_until)


def test_a_missing_session_is_believed_the_second_time_after_the_grace_period() -> None:
    """One 404 proves nothing, nor do two within the grace period or within a minute."""
    grace = MINUTE * 3
    young = life.missing(accepted(), grace, told(MINUTE * 2))
    once = life.missing(young, grace, told(MINUTE * 4))
    soon = life.missing(once, grace, told(MINUTE * 4.5))
    twice = life.missing(soon, grace, told(MINUTE * 5))

    assert young.doubt is None
    assert not soon.ended
    assert (Status.FAILED, "SessionDeleted") == (twice.status, twice.error and twice.error.code)


def test_a_refused_start_frees_its_key_and_an_unconfirmed_one_keeps_it() -> None:
    """What provably did not start may be tried again; what may have started must not."""
    claim = IdempotencyClaim(key_hash="h", fingerprint="f", expires_at=T0 + MINUTE * 2)
    keyed = replace(a_run(), idempotency=claim)

    assert life.refused(keyed, RunError(code="X", message="x"), told()).idempotency is None
    assert life.unconfirmed(keyed, MINUTE, told()).idempotency == claim
    # An expired key may be another run's by now.
    assert life.refused(keyed, RunError(code="X", message="x"), told(MINUTE * 2)).idempotency == claim


def test_a_cancel_shows_until_it_settles_and_gives_way_when_refused() -> None:
    """Canceling replaces what Dataverse says of an open run; a refusal brings that back, with CancelRefused."""
    running = life.observed(accepted(), seen(2), told())
    asked = life.cancel_asked(running, MINUTE * 10, told(source=Source.CANCEL))
    still = life.observed(asked, seen(2), told(MINUTE * 2))
    refused = life.cancel_refused(still, (), told(MINUTE * 3))

    assert [Status.RUNNING, Status.CANCELING, Status.CANCELING, Status.RUNNING] == [
        each.status for each in (running, asked, still, refused)
    ]
    assert refused.error is not None
    assert refused.error.code == "CancelRefused"


def test_a_cancel_that_does_not_settle_in_time_is_given_up() -> None:
    """After its deadline the run shows what Dataverse says, with CancelTimedOut, and stays open."""
    asked = life.cancel_asked(life.observed(accepted(), seen(2), told()), MINUTE, told(source=Source.CANCEL))

    assert asked is life.cancel_expired(asked, told(MINUTE * 1.5))
    expired = life.cancel_expired(asked, told(MINUTE * 2))
    assert (Status.RUNNING, "CancelTimedOut") == (expired.status, expired.error and expired.error.code)


def test_a_waiting_run_is_canceled_at_once() -> None:
    """Nobody may have sent it, so nothing needs to be asked."""
    run = life.cancel_asked(a_run(StartPhase.WAITING), MINUTE, told(source=Source.CANCEL))

    assert (Status.CANCELED, StartPhase.REFUSED) == (run.status, run.start.phase)


def test_a_cancel_of_a_start_that_was_refused_ends_as_canceled() -> None:
    """The wish is fulfilled: it never ran."""
    wished = life.cancel_asked(a_run(), MINUTE, told(source=Source.CANCEL))

    assert Status.CANCELED is life.refused(wished, RunError(code="X", message="x"), told()).status


def test_a_hidden_session_keeps_the_run_open() -> None:
    """403 says nothing about the run: it is shown as StatusNotPermitted until Dataverse shows it again."""
    hidden = life.not_permitted(accepted())
    shown = life.observed(hidden, seen(2), told())

    assert (StatusReason.STATUS_NOT_PERMITTED, False) == (hidden.status_reason, hidden.ended)
    assert shown.status_reason is None


def test_only_a_recorded_session_can_be_hidden() -> None:
    """A callback may name any session: nobody would look again at one that the run does not have."""
    run = a_run()

    assert run is life.not_permitted(run)


def test_overdue_is_shown_and_never_ends_a_run() -> None:
    """Only Dataverse closes a run."""
    late = life.overdue(life.observed(accepted(), seen(2), told()), T0 + timedelta(hours=14))

    assert (StatusReason.OVERDUE, Status.RUNNING) == (late.status_reason, late.status)


def test_an_accepted_start_is_not_sent_again() -> None:
    """Once a session is known there is no further attempt, and no way back to the queue."""
    run = accepted()

    assert run is life.claimed(run, "b", T0, T0)
    assert run is life.put_back(run, "a", 0, told())


def waiting(**changes: Any) -> Run:
    return replace(a_run(StartPhase.WAITING), **changes)


def test_a_turn_begins_the_start_anew() -> None:
    """Its time in the queue counts neither for the search nor for being overdue."""
    run = life.claimed(waiting(), "b", T0 + 2 * MINUTE, T0 + MINUTE)

    assert (StartPhase.SENDING, "b", T0 + 2 * MINUTE) == (
        run.start.phase,
        run.start.attempt,
        run.start.send_until,
    )
    assert (T0 + MINUTE, waiting().overdue_at + MINUTE) == (run.start.first_sent_at, run.overdue_at)


def test_only_the_holder_of_the_attempt_puts_a_run_back() -> None:
    """Whoever else believes that nothing was sent does not know."""
    run = a_run()

    assert run is life.put_back(run, "another", 0, told())
    assert life.put_back(run, "a", 2, told()).waiting
    assert 2 == life.put_back(run, "a", 2, told()).kept_inputs


def test_a_session_of_a_run_that_waits_is_adopted() -> None:
    """Dataverse refused the start and has it all the same: it is not started a second time."""
    run = life.observed(waiting(), seen(2), told())

    assert (SESSION, StartPhase.ACCEPTED, Status.RUNNING) == (run.session_id, run.start.phase, run.status)
    assert run is life.claimed(run, "b", T0, T0)


def test_a_run_that_was_to_be_canceled_is_not_put_back() -> None:
    """It provably did not start: it is Canceled, by whoever asked."""
    wished = life.cancel_asked(a_run(), MINUTE, Told(Source.CANCEL, T0, by="kim"))
    run = life.put_back(wished, "a", 1, told())

    assert (Status.CANCELED, "kim") == (run.status, run.history[-1].by)
    assert run.error is not None
    assert life.CANCELED_BEFORE_START == run.error.code


def test_a_run_that_waited_too_long_fails() -> None:
    """Only after its time, only while it waits, and its key stays."""
    claim = IdempotencyClaim(key_hash="k", fingerprint="1-f", expires_at=T0 + timedelta(days=7))
    run = waiting(start_by=T0 + MINUTE, idempotency=claim)
    late = life.not_started_in_time(run, told(MINUTE + timedelta(seconds=1)))

    assert run is life.not_started_in_time(run, told(MINUTE))
    assert (Status.FAILED, StartPhase.REFUSED, claim) == (late.status, late.start.phase, late.idempotency)
    assert late.error is not None
    assert life.NOT_STARTED_IN_TIME == late.error.code
    sending = a_run()
    assert sending is life.not_started_in_time(sending, told())


def test_a_session_is_never_exchanged() -> None:
    """Another session's news, or another answer, changes nothing once one is recorded."""
    run = accepted()
    other = "5e551011-0000-4000-8000-000000000002"

    assert run is life.accepted(run, other, told())
    assert run is life.observed(run, SessionView(id=other, status_code=4), told())


@pytest.mark.parametrize("phase", [StartPhase.ACCEPTED, StartPhase.REFUSED])
def test_what_became_of_a_start_is_final(phase: StartPhase) -> None:
    """The table of a start's phases has no way on from here: a defect is told, not followed."""
    with pytest.raises(life.IllegalTransitionError):
        life._moved(a_run(phase).start, StartPhase.SENDING)


def test_history_is_bounded_and_keeps_its_beginning() -> None:
    """However often a cancel is asked for and refused, a row stays small."""
    run = life.observed(accepted(), seen(2), told())
    for _ in range(100):
        run = life.cancel_refused(life.cancel_asked(run, MINUTE, told(source=Source.CANCEL)), (), told())

    assert len(run.history) <= 40
    assert run.history[0].source is Source.TRIGGER
