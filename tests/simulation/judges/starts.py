"""What becomes of a start: sent once, in time, and told as what it was."""

from collections import defaultdict
from collections.abc import Iterator

from local.dataverse.session import Session
from shared.run.model import StartPhase
from tests.simulation.evidence import ENDED, Evidence, Violation, moment


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


def refused_means_not_started(evidence: Evidence) -> Iterator[Violation]:
    """A run that is told to be provably not started has no session."""
    for run in evidence.runs.values():
        accepted = evidence.accepted_for.get(run.id)
        if run.start.phase is StartPhase.REFUSED and accepted:
            yield evidence.violation(
                refused_means_not_started, run.id, f"has session {accepted[0].session.id}"
            )


def a_promised_start_is_sent(evidence: Evidence) -> Iterator[Violation]:
    """Whoever answers 202 has sent what it had begun to send, unless its run had ended by then."""
    sent = {evidence.run_of(each) for each in evidence.sent}
    for _, answer in evidence.record.answers:
        run = evidence.runs.get(answer.body["runId"]) if answer.accepted else None
        if run is None or evidence.requests[run.id] != answer.task:
            continue  # it told of a run that another request had written down
        if any(each.run is not None and each.run.waiting for each in evidence.versions[run.id]):
            continue  # it waited for its turn, and whether that came is no_run_is_lost's to say
        if run.id not in sent and answer.body["status"] not in ENDED:
            yield evidence.violation(a_promised_start_is_sent, run.id, f"{answer.task} has not sent it")


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
        elif run.start_by is not None and sent.clock > run.start_by:
            yield evidence.violation(sent_in_time, run_id, "sent although nobody wanted it any more")
        elif run.start.phase is not StartPhase.SENDING or run.ended:
            yield evidence.violation(
                sent_in_time, run_id, f"sent although it is {run.start.phase} {run.status}"
            )
