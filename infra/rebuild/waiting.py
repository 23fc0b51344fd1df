"""Runs that wait for their turn after a rebuild. In an older copy of the table such a run may have been started since."""

from collections.abc import Iterator, Sequence

import msgspec

from infra.rebuild.clients import Clients
from infra.rebuild.days import Found, Plan
from infra.rebuild.outcomes import Outcome
from shared.storage.rows import RowUnreadableError, Turn


class Waiting(msgspec.Struct, frozen=True):
    runs: int
    """Those whose session was found are not among them: they wait no longer."""
    doubts: Sequence[str]
    """Why a run may have been started that waits, each with what helps. Empty: starts may go on."""

    def __str__(self) -> str:
        """Lines; none where nothing waits and nothing is in doubt."""
        counted = f"{self.runs:>9,} runs wait for their turn"
        if self.doubts:
            reasons = "".join(f"  * {doubt}\n" for doubt in self.doubts)
            return f"{counted}.\nDo NOT let starts go on: a run that waits may have been started already.\n{reasons}"
        return f"{counted}, and are started once starts go on.\n" if self.runs else ""


def look_at_waiting(app: Clients, plan: Plan, found: Found) -> Waiting:
    """Raises StorageError."""
    turns = app.outstanding.waiting()
    left = [turn for turn in turns if turn.run_id not in found.brought]
    doubts = list(_doubts(app, plan, found, left)) if left else []
    if len(left) < len(turns):
        doubts.append(
            f"{len(turns) - len(left):,} more runs wait in the table, and were started: a dry run leaves it so."
        )
    return Waiting(len(left), doubts)


def _doubts(app: Clients, plan: Plan, found: Found, left: Sequence[Turn]) -> Iterator[str]:
    counts = found.counts
    if not any(each.ours for each in counts):
        yield (
            f"Not one session of ours was seen since {plan.since:%Y-%m-%d %H:%M}. Where this deployment has started runs, "
            "DATAVERSE_URL, SIGNING_KEYS or --created-by are not what they were."
        )
    if unknown := counts[Outcome.KEY_UNKNOWN]:
        yield (
            f"{unknown:,} sessions are signed with keys that SIGNING_KEYS does not hold, and may be of runs that wait. "
            "Repeat this with all keys that there were: python3 -m infra.signing all"
        )
    if claimed := [turn.run_id for turn in left if turn.run_id in found.claimed]:
        yield (
            f"{len(claimed):,} of them are named by sessions that are not believed to be theirs: a key was replaced under its name, the "
            f"address is an earlier one (--base), or somebody has made them up. Look at the flows' run history: {', '.join(claimed)}"
        )
    if early := [turn.since for turn in left if turn.since < plan.since]:
        yield f"{len(early):,} of them are older than what was looked at: repeat this with --since {min(early).isoformat()}"
    if unknowable := [turn.run_id for turn in left if _has_no_url(app, turn.run_id)]:
        yield f"{len(unknowable):,} of them have no callback URL, so nothing tells whether they were started since: {', '.join(unknowable)}"


def _has_no_url(app: Clients, run_id: str) -> bool:
    try:
        stored = app.store.get(run_id)
    except RowUnreadableError:
        return True
    return stored is not None and stored.run.callback is None
