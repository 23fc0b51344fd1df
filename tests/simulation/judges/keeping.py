"""Nothing is lost, nothing is left over, and nobody hears what the contract does not have."""

from collections.abc import Iterator

from shared.run.status import Status
from shared.storage.outbox import WENT
from shared.storage.rows import rows_of
from shared.storage.table import Row
from shared.storage.wakes import WAKE
from tests.simulation.evidence import Evidence, Violation

_OTHERS = ("report", "gate", "pace-", "subscriptions", "to-")
"""Partitions that are not the runs'."""
_ANSWERS = {200, 202, 400, 401, 403, 404, 412, 413, 422, 429, 502, 503, 504}
"""The statuses of the HTTP contract that a start, a cancel or a read can have here."""


def answers_are_of_the_contract(evidence: Evidence) -> Iterator[Violation]:
    """Nothing fails in a way that nobody thought of, and callers hear nothing that the contract does not have."""
    for crash in evidence.crashes:
        yield evidence.violation(answers_are_of_the_contract, crash.task, f"{crash.error!r}")
    record = evidence.record
    for _, answer in (*record.answers, *record.cancels, *record.reads):
        if answer.status not in _ANSWERS:
            yield evidence.violation(answers_are_of_the_contract, answer.task, f"answered {answer.status}")


def no_run_is_lost(evidence: Evidence) -> Iterator[Violation]:
    """Each run that a caller was told of exists, and each run has ended, or is open for a reason that stands."""
    for run_id in evidence.record.run_ids:
        if run_id not in evidence.runs:
            yield evidence.violation(no_run_is_lost, run_id, "was promised and does not exist")
    for run in evidence.runs.values():
        if run.ended or run.session_id in evidence.sessions:
            continue
        if not evidence.excuses(run):
            yield evidence.violation(no_run_is_lost, run.id, f"is {run.status} {run.status_reason} for ever")


def rows_agree(evidence: Evidence) -> Iterator[Violation]:
    """The rows in the table are exactly those that follow from the runs, and events that are still to be told."""
    expected: dict[tuple[str, str], tuple[str, Row]] = {}
    for run in evidence.runs.values():
        expected |= {(run.id[16:18], key): (run.id, row) for key, row in rows_of(run).items()}
    for place, (run_id, row) in expected.items():
        held = evidence.rows.get(place)
        if held is None or (held != row and not place[1].startswith("inputs|")):
            yield evidence.violation(rows_agree, run_id, f"its row {place} is missing or says something else")
    for partition, key in evidence.rows.keys() - expected.keys():
        if _is_untold(evidence, key):
            continue
        if not key.startswith("session|") and not partition.startswith(_OTHERS) and not key.startswith(WAKE):
            yield evidence.violation(
                rows_agree, key.rpartition("|")[2], f"the row {partition} {key} is nobody's"
            )


def _is_untold(evidence: Evidence, key: str) -> bool:
    """Whether it is an event of something that did happen."""
    if not key.startswith(WENT):
        return False
    run_id, _, ends = key.removeprefix(WENT).partition("|")
    run = evidence.runs.get(run_id)
    if run is None:
        return False
    return run.ended if ends == "1" else any(entry.status is Status.RUNNING for entry in run.history)
