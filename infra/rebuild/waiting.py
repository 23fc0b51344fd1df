"""Runs that wait for their turn after a rebuild, and whether they may be started: in an older copy of the table one may wait that was started since."""

from collections.abc import Iterator, Sequence

import msgspec

from infra.rebuild.clients import Clients
from infra.rebuild.days import Found, Plan
from shared.storage.rows import RowUnreadableError, Turn


class Waiting(msgspec.Struct, frozen=True):
    runs: int
    """Those whose session was found are not among them: they wait no longer."""
    doubts: Sequence[str]
    """Why one that waits may have been started. Empty: starts may go on."""

    def __str__(self) -> str:
        """Lines; none where nothing waits and nothing is in doubt."""
        counted = f"{self.runs:>9,} runs wait for their turn"
        if self.doubts:
            reasons = "".join(f"  * {doubt}\n" for doubt in self.doubts)
            return f"{counted}.\nDo NOT let starts go on: a run that waits may have been started already.\n{reasons}"
        return f"{counted}, and are started once starts go on.\n" if self.runs else ""


def waiting_after(app: Clients, plan: Plan, found: Found, blind: str | None) -> Waiting:
    """`blind`: why sessions may have been hidden from us. Raises StorageError."""
    turns = app.outstanding.waiting()
    left = [turn for turn in turns if turn.run_id not in found.brought]
    doubts = list(_doubts(app, plan, found, left)) if left else []
    if left and blind is not None:
        doubts.insert(0, blind)
    if len(left) < len(turns):
        doubts.append(
            f"{len(turns) - len(left):,} more runs wait in the table, and were started: a dry run leaves it so."
        )
    return Waiting(len(left), doubts)


def _doubts(app: Clients, plan: Plan, found: Found, left: Sequence[Turn]) -> Iterator[str]:
    if not any(each.ours for each in found.counts):
        yield (
            f"Not one session of ours was seen since {plan.since:%Y-%m-%d %H:%M}. Where this deployment has started runs, they are hidden, "
            "or SIGNING_KEYS or DATAVERSE_URL are not the ones that it had."
        )
    if named := [turn.run_id for turn in left if turn.run_id in found.named]:
        yield (
            f"{len(named):,} of them are named by sessions that are not believed to be theirs: a key is missing (python3 -m infra.signing all) or "
            f"was made anew, the address was another one (--base), or somebody has made them up: {', '.join(named)}"
        )
    if early := [turn.since for turn in left if turn.since < plan.since]:
        yield f"{len(early):,} of them are older than what was looked at: begin again with --since {min(early).isoformat()}"
    if unknowable := [turn.run_id for turn in left if _has_no_url(app, turn.run_id)]:
        yield f"{len(unknowable):,} of them have no callback URL, so nothing tells whether they were started since: {', '.join(unknowable)}"


def _has_no_url(app: Clients, run_id: str) -> bool:
    try:
        stored = app.store.get(run_id)
    except RowUnreadableError:
        return True
    return stored is not None and stored.run.callback is None
