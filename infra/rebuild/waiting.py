"""Runs that wait for their turn after a rebuild. In an older copy of the table such a run may have been started since."""

from infra.rebuild.clients import Clients
from shared.storage.rows import RowUnreadableError


def told_of_waiting(app: Clients) -> str:
    """Those whose session was found wait no longer; nothing for none. Raises StorageError."""
    waiting = [turn.run_id for turn in app.outstanding.waiting()]
    if not waiting:
        return ""
    unknowable = [run_id for run_id in waiting if _has_no_url(app, run_id)]
    told = f"{len(waiting):>9,} runs wait for their turn, and are started once starts go on.\n"
    if unknowable:
        told += f"{len(unknowable):>9,} of them have no callback URL, so nothing tells whether they were started since: {', '.join(unknowable)}\n"
    return told


def _has_no_url(app: Clients, run_id: str) -> bool:
    try:
        stored = app.store.get(run_id)
    except RowUnreadableError:
        return True
    return stored is not None and stored.run.callback is None
