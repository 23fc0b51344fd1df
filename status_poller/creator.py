"""By whom our sessions are created: lists of them are bounded by it."""

from shared.clock import Deadline
from shared.wiring import Deskhand


def creator_of_ours(app: Deskhand, deadline: Deadline) -> str | None:
    """Our own user's id; None where the sessions that we start are created by others. Raises DataverseError."""
    return app.catalogue.identity(deadline).user_id if app.settings.sessions_created_by_us else None
