"""What must hold once it is quiet. Each judge's docstring is its claim; it reads the logs of the twins, and nothing of the code's.

A new invariant is a function below and a line in `JUDGES`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise

from local.dataverse.session import Session
from shared.run.model import Run, StartPhase
from shared.run.status import Status, StatusReason
from shared.storage.rows import rows_of
from shared.storage.table import Row
from tests.simulation.dataverse import EPOCH, Accepted
from tests.simulation.evidence import Evidence, Violation, moment

type Judge = Callable[[Evidence], Iterator[Violation]]

_ENDS = {
    4: Status.SUCCEEDED,
    5: Status.FAILED,
    7: Status.CANCELED,
    8: Status.FAILED,
    9: Status.FAILED,
    10: Status.FAILED,
    11: Status.FAILED,
    12: Status.FAILED,
    13: Status.FAILED,
    14: Status.FAILED,
}
"""The statuscodes that are ends, and what they end a run as: written down anew, from the design."""
_CANCELED_IF_ASKED = {11, 14}
_RUNNING = {1, 2, 6}
_WAITING = 3
_UNCONFIRMED, _LATE, _DELETED = "StartUnconfirmed", "StartedLate", "SessionDeleted"
_CANCEL_ERRORS = {"CancelRefused", "CancelTimedOut"}
_LONGEST_LOOK_UP_SECONDS = 120.0
"""From the list to what is made of it, with the time that a new row may be missing from it."""
_ENDED = {"Succeeded", "Failed", "Canceled"}
_ANSWERS = {200, 202, 400, 401, 403, 404, 412, 413, 422, 429, 502, 503, 504}
"""The statuses of the HTTP contract that a start, a cancel or a read can have here."""


def one_request_one_session(evidence: Evidence) -> Iterator[Violation]:
    """A request makes at most one session, and so do all requests with one key."""
    made: dict[str, list[Session]] = defaultdict(list)
    for run_id, accepted in evidence.accepted_for.items():
        request = evidence.requests.get(run_id, "")
        order = evidence.orders.get(request)
        subject = f"key {order.key}" if order is not None and order.key else f"{request} {run_id}"
        made[subject] += [each.session for each in accepted]
    for subject, sessions in made.items():
        if len(sessions) > 1:
            shown = ", ".join(session.id for session in sessions)
            yield evidence.violation(one_request_one_session, sessions[-1].id, f"{subject} made {shown}")


def one_key_one_run(evidence: Evidence) -> Iterator[Violation]:
    """The same key, flow and body give the same run, unless it was refused; another flow or body gives none."""
    told: dict[str, set[str]] = defaultdict(set)
    for order, answer in evidence.record.answers:
        if order.key is None or not answer.accepted:
            continue
        run_id = answer.body["runId"]
        first = evidence.orders.get(evidence.requests.get(run_id, ""), order)
        if (first.flow_id, first.body) != (order.flow_id, order.body):
            yield evidence.violation(one_key_one_run, run_id, f"{answer.task} asked for something else")
        run = evidence.runs.get(run_id)
        if run is not None and run.start.phase is not StartPhase.REFUSED:
            told[order.key].add(run_id)
    for key, run_ids in told.items():
        if len(run_ids) > 1:
            yield evidence.violation(one_key_one_run, max(run_ids), f"key {key} stands for {sorted(run_ids)}")


def each_session_has_its_run(evidence: Evidence) -> Iterator[Violation]:
    """Each session of ours belongs to the run that asked for it, no run has two or a foreign one, and none is overlooked."""
    owners: dict[str, list[Run]] = defaultdict(list)
    for run in evidence.runs.values():
        if run.session_id is not None:
            owners[run.session_id].append(run)
    asked = {
        each.session.id: run_id for run_id, accepted in evidence.accepted_for.items() for each in accepted
    }
    for session_id, runs in owners.items():
        if len(runs) > 1:
            shown = ", ".join(run.id for run in runs)
            yield evidence.violation(
                each_session_has_its_run, session_id, f"the session is recorded by {shown}"
            )
        if session_id not in asked:
            yield evidence.violation(
                each_session_has_its_run, runs[0].id, f"has the foreign session {session_id}"
            )
    for session_id, run_id in asked.items():
        yield from _found_its_run(evidence, session_id, run_id, owners[session_id])


def _found_its_run(
    evidence: Evidence, session_id: str, run_id: str, owners: list[Run]
) -> Iterator[Violation]:
    judge = each_session_has_its_run
    run = evidence.runs.get(run_id)
    if run is None:
        yield evidence.violation(judge, session_id, "the session was started without an intent")
    elif not owners and session_id in evidence.sessions and not _waits_for_evidence(evidence, run):
        yield evidence.violation(judge, run_id, f"its session {session_id} is recorded by no run")
    for owner in owners:
        swapped = run is not None and _indistinguishable(owner, run) and not evidence.has_callbacks
        if owner.id != run_id and not swapped:
            yield evidence.violation(judge, owner.id, f"has the session {session_id} of run {run_id}")


def refused_means_not_started(evidence: Evidence) -> Iterator[Violation]:
    """A run that is told to be provably not started has no session."""
    for run in evidence.runs.values():
        accepted = evidence.accepted_for.get(run.id)
        if run.start.phase is StartPhase.REFUSED and accepted:
            yield evidence.violation(
                refused_means_not_started, run.id, f"has session {accepted[0].session.id}"
            )


def unconfirmed_means_nothing_to_see(evidence: Evidence) -> Iterator[Violation]:
    """A run that is StartUnconfirmed has no session that can be seen: else it is StartedLate."""
    recorded = {run.session_id for run in evidence.runs.values()}
    for run in evidence.runs.values():
        for each in evidence.accepted_for.get(run.id, ()) if _error(run) == _UNCONFIRMED else ():
            if each.session.id in evidence.sessions and each.session.id not in recorded:
                told = f"has session {each.session.id}"
                yield evidence.violation(unconfirmed_means_nothing_to_see, run.id, told)


def unconfirmed_is_not_hasty(evidence: Evidence) -> Iterator[Violation]:
    """StartUnconfirmed is declared only after Dataverse's limit for a message: by then a session exists, or none will."""
    for run_id, accepted in evidence.accepted_for.items():
        versions = evidence.versions.get(run_id, ())
        declared = [each.at for each in versions if each.run is not None and _error(each.run) == _UNCONFIRMED]
        for each in accepted:
            if declared and each.at > declared[0]:
                told = f"its session came {each.at - declared[0]:.0f} s later"
                yield evidence.violation(unconfirmed_is_not_hasty, run_id, told)


def what_can_be_seen_is_found(evidence: Evidence) -> Iterator[Violation]:
    """No start is given up while lists show its session, unless its twin has taken it."""
    taken = {run.session_id: run.id for run in evidence.runs.values()}
    for run_id, accepted in evidence.accepted_for.items():
        versions = evidence.versions.get(run_id, ())
        declared = [each.at for each in versions if each.run is not None and _error(each.run) == _UNCONFIRMED]
        for each in accepted:
            free = taken.get(each.session.id, run_id) == run_id
            if declared and free and _was_listed(evidence, each, declared[0]):
                told = f"session {each.session.id} was there for {declared[0] - each.at:.0f} s"
                yield evidence.violation(what_can_be_seen_is_found, run_id, told)


def _was_listed(evidence: Evidence, accepted: Accepted, at: float) -> bool:
    """For a while, so that a look-up that led to something at this moment must have shown it."""
    begun = at - _LONGEST_LOOK_UP_SECONDS
    hidden_until = accepted.session.unlisted_until
    return (
        accepted.session.id in evidence.sessions
        and accepted.at < begun
        and (hidden_until is None or hidden_until < EPOCH + timedelta(seconds=begun))
        and not any(since < at and until > begun for since, until in evidence.unreadable)
    )


def a_promised_start_is_sent(evidence: Evidence) -> Iterator[Violation]:
    """Whoever answers 202 has sent the start, unless its run had ended by then: none waits for what nobody did."""
    sent = {evidence.run_of(each) for each in evidence.sent}
    for _, answer in evidence.record.answers:
        run = evidence.runs.get(answer.body["runId"]) if answer.accepted else None
        if run is None or evidence.requests[run.id] != answer.task:
            continue  # it told of a run that another request had written down
        if run.id not in sent and answer.body["status"] not in _ENDED:
            yield evidence.violation(a_promised_start_is_sent, run.id, f"{answer.task} has not sent it")


def status_is_what_dataverse_says(evidence: Evidence) -> Iterator[Violation]:
    """Once it is quiet, a run's status is what Dataverse says of its session."""
    last = {each.session.id: each.session for each in evidence.accepted}
    for run in evidence.runs.values():
        session = last.get(run.session_id or "")
        if session is None or _error(run) == _LATE:
            continue
        code = int(session.statuscode)
        if run.status not in _expected(evidence, run, session):
            gone = "" if session.id in evidence.sessions else " (purged)"
            yield evidence.violation(
                status_is_what_dataverse_says,
                run.id,
                f"is {run.status}, but session {session.id} is {code}{gone}",
            )


def _expected(evidence: Evidence, run: Run, session: Session) -> set[Status]:
    code = int(session.statuscode)
    end = {_ENDS[code]} if code in _ENDS else set()
    if code in _CANCELED_IF_ASKED and _was_asked_to_cancel(evidence, run.id):
        end = {Status.CANCELED} | ({Status.FAILED} if _was_refused_a_cancel(evidence, run.id) else set())
    if session.id not in evidence.sessions:
        return {run.status for _ in "." if _error(run) == _DELETED} | end
    if end:
        return end
    if code in _RUNNING:
        return {Status.RUNNING}
    return {Status.NOT_STARTED} if code == _WAITING else {Status.NOT_STARTED, Status.RUNNING}


def ended_is_absorbing(evidence: Evidence) -> Iterator[Violation]:
    """An ended run never changes its status again, nor its error but from StartUnconfirmed to StartedLate; no run vanishes."""
    for run_id, versions in evidence.versions.items():
        for before, after in pairwise(versions):
            if after.run is None or before.run is None:
                yield evidence.violation(ended_is_absorbing, run_id, f"is removed by {after.by}")
            elif before.run.ended and not _may_follow(before.run, after.run):
                told = f"{_end_of(before.run)} becomes {_end_of(after.run)} by {after.by}"
                yield evidence.violation(ended_is_absorbing, run_id, told)


def _may_follow(before: Run, after: Run) -> bool:
    same = _end_of(before) == _end_of(after)
    late = (_error(before), _error(after)) == (_UNCONFIRMED, _LATE) and before.status is after.status
    return same or late


def cancels_settle(evidence: Evidence) -> Iterator[Violation]:
    """A wish to cancel ends as Canceled, as the run's natural end, or as CancelRefused or CancelTimedOut. None is forgotten."""
    for run in evidence.runs.values():
        if run.status is Status.CANCELING and run.session_id is not None:
            yield evidence.violation(cancels_settle, run.id, "is Canceling for ever")
        elif (
            _was_asked_to_cancel(evidence, run.id)
            and not run.ended
            and run.session_id is not None
            and _error(run) not in _CANCEL_ERRORS
        ):
            yield evidence.violation(cancels_settle, run.id, f"is {run.status}, and its cancel is forgotten")
    for run_id, answer in evidence.record.cancels:
        run_now = evidence.runs.get(run_id)
        written = run_now is None or run_now.ended or _was_asked_to_cancel(evidence, run_id)
        if answer.accepted and not written:
            yield evidence.violation(
                cancels_settle, run_id, f"{answer.task} was accepted and not written down"
            )


def no_run_is_lost(evidence: Evidence) -> Iterator[Violation]:
    """Each run that a caller was told of exists, and each run has ended, or is open for a reason that stands."""
    for run_id in evidence.record.run_ids:
        if run_id not in evidence.runs:
            yield evidence.violation(no_run_is_lost, run_id, "was promised and does not exist")
    for run in evidence.runs.values():
        if run.ended or run.session_id in evidence.sessions:
            continue
        if not _waits_for_evidence(evidence, run):
            yield evidence.violation(no_run_is_lost, run.id, f"is {run.status} {run.status_reason} for ever")


def rows_agree(evidence: Evidence) -> Iterator[Violation]:
    """The rows in the table are exactly those that follow from the runs."""
    expected: dict[tuple[str, str], tuple[str, Row]] = {}
    for run in evidence.runs.values():
        expected |= {(run.id[16:18], key): (run.id, row) for key, row in rows_of(run).items()}
    for place, (run_id, row) in expected.items():
        if evidence.rows.get(place) != row:
            yield evidence.violation(rows_agree, run_id, f"its row {place} is missing or says something else")
    for partition, key in evidence.rows.keys() - expected.keys():
        if not key.startswith("session|") and partition != "report":
            yield evidence.violation(
                rows_agree, key.rpartition("|")[2], f"the row {partition} {key} is nobody's"
            )


def sent_in_time(evidence: Evidence) -> Iterator[Violation]:
    """No RunDesktopFlow goes out without an intent, after its run's sendUntil, or once nobody may send it any more."""
    for sent in evidence.sent:
        run_id = evidence.run_of(sent)
        written = [each.run for each in evidence.versions.get(run_id, ()) if each.at <= sent.at]
        run = written[-1] if written else None
        if run is None:
            yield evidence.violation(sent_in_time, sent.by, "sent without an intent")
        elif sent.clock > run.start.send_until:
            late = f"sent at {moment(sent.clock)}, not to be sent after {moment(run.start.send_until)}"
            yield evidence.violation(sent_in_time, run_id, late)
        elif run.start.phase is not StartPhase.SENDING or run.ended:
            yield evidence.violation(
                sent_in_time, run_id, f"sent although it is {run.start.phase} {run.status}"
            )


def answers_are_of_the_contract(evidence: Evidence) -> Iterator[Violation]:
    """Nothing fails in a way that nobody thought of, and callers hear nothing that the contract does not have."""
    for crash in evidence.crashes:
        yield evidence.violation(answers_are_of_the_contract, crash.task, f"{crash.error!r}")
    record = evidence.record
    for _, answer in (*record.answers, *record.cancels, *record.reads):
        if answer.status not in _ANSWERS:
            yield evidence.violation(answers_are_of_the_contract, answer.task, f"answered {answer.status}")


def ends_are_told_once(evidence: Evidence) -> Iterator[Violation]:
    """A caller that has read an end never reads anything else of that run."""
    ends: dict[str, str] = {}
    for run_id, answer in evidence.record.reads:
        status = answer.body.get("status", "")
        if run_id in ends and answer.status == 200 and status != ends[run_id]:  # a run was told
            yield evidence.violation(ends_are_told_once, run_id, f"{ends[run_id]} was followed by {status}")
        if status in _ENDED:
            ends.setdefault(run_id, status)


JUDGES: tuple[Judge, ...] = (
    answers_are_of_the_contract,
    one_request_one_session,
    one_key_one_run,
    each_session_has_its_run,
    refused_means_not_started,
    unconfirmed_means_nothing_to_see,
    unconfirmed_is_not_hasty,
    what_can_be_seen_is_found,
    a_promised_start_is_sent,
    status_is_what_dataverse_says,
    ended_is_absorbing,
    ends_are_told_once,
    cancels_settle,
    no_run_is_lost,
    rows_agree,
    sent_in_time,
)


def _error(run: Run) -> str:
    return "" if run.error is None else run.error.code


def _end_of(run: Run) -> tuple[Status, str]:
    return run.status, _error(run)


def _was_asked_to_cancel(evidence: Evidence, run_id: str) -> bool:
    versions = evidence.versions.get(run_id, ())
    return any(each.run is not None and each.run.cancel is not None for each in versions)


def _was_refused_a_cancel(evidence: Evidence, run_id: str) -> bool:
    return any(
        each.run is not None and _error(each.run) == "CancelRefused" for each in evidence.versions[run_id]
    )


def _waits_for_evidence(evidence: Evidence, run: Run) -> bool:
    """Absence proves nothing as long as no list has shown a session that is known to exist."""
    waits = run.status_reason in (StatusReason.AWAITING_CONFIRMATION, StatusReason.OVERDUE, None)
    return waits and run.unsure and not evidence.presence_can_be_seen


def _indistinguishable(one: Run, other: Run) -> bool:
    """By all that is left of a start where no callback URL tells."""
    return (one.flow_id, one.connection, one.mode, one.inputs_digest) == (
        other.flow_id,
        other.connection,
        other.mode,
        other.inputs_digest,
    )
