"""Runs that wait for their turn after a rebuild. In an older copy of the table such a run may have been started since."""

import msgspec

from infra.rebuild.clients import Clients
from infra.rebuild.outcomes import Counts, Outcome
from shared.storage.rows import RowUnreadableError


class Waiting(msgspec.Struct, frozen=True):
    told: str
    """Nothing for none."""
    may_go_on: bool


def look_at_waiting(app: Clients, counts: Counts, *, dry: bool) -> Waiting:
    """Those whose session was found wait no longer. Raises StorageError."""
    waiting = [turn.run_id for turn in app.outstanding.waiting()]
    if not waiting:
        return Waiting("", may_go_on=True)
    told = f"{len(waiting):>9,} runs wait for their turn{_then(counts, dry=dry)}\n"
    unknowable = [run_id for run_id in waiting if _has_no_url(app, run_id)]
    if unknowable:
        told += f"{len(unknowable):>9,} of them have no callback URL, so nothing tells whether they were started since: {', '.join(unknowable)}\n"
    if unknown := counts[Outcome.KEY_UNKNOWN]:
        told += (
            f"Do NOT let starts go on: {unknown:,} sessions are signed with keys that SIGNING_KEYS does not hold, and may be of runs that wait. "
            "They would be started a second time. Repeat this with all keys that there were: python3 -m infra.signing all\n"
        )
    return Waiting(told, may_go_on=not unknown)


def _then(counts: Counts, *, dry: bool) -> str:
    if dry:
        return "; those that did not know their session wait no longer once this is written."
    return "." if counts[Outcome.KEY_UNKNOWN] else ", and are started once starts go on."


def _has_no_url(app: Clients, run_id: str) -> bool:
    try:
        stored = app.store.get(run_id)
    except RowUnreadableError:
        return True
    return stored is not None and stored.run.callback is None
