"""Sessions of ours in a list of Dataverse's that no run here has been found for: is there none?"""

from collections.abc import Sequence

from shared.run.model import SessionView
from shared.storage.rows import RowUnreadableError
from shared.wiring import Deskhand

_LOOKS = 100
"""Rows that are read at once, at the most; the next sweep comes anyway."""


def look_for_orphans(app: Deskhand, sessions: Sequence[SessionView]) -> None:
    """A table request for each that is ours and not known to have no run; none of Dataverse. Raises StorageError."""
    suspected = [
        (session, run_id)
        for session in sessions
        if (run_id := app.orphans.run_of(session.callback_url)) is not None
    ]
    for session, run_id in suspected[:_LOOKS]:
        if not _is_there(app, run_id):
            app.orphans.report(session.id, run_id)


def _is_there(app: Deskhand, run_id: str) -> bool:
    try:
        return app.store.get(run_id) is not None
    except RowUnreadableError:
        return True
