"""What this process has seen Dataverse do, where the documentation leaves it open."""

from datetime import datetime

import msgspec

from shared.run.model import Run, SessionView


class Evidence(msgspec.Struct):
    """Absence in a list counts for something only once the same kind of list has shown what is known to exist."""

    shown_at: datetime | None = None
    """When a list of sessions by their time of creation last showed one of ours. Access can be withdrawn at any time."""
    callback_urls_kept: bool | None = None
    """Whether flowsession.callbackurl holds what RunDesktopFlow was given; None: not seen yet."""

    def note(self, run: Run, session: SessionView, at: datetime) -> None:
        """A session, known to be this run's, was shown in a list by time of creation."""
        self.shown_at = at
        if run.callback is not None:
            self.callback_urls_kept = session.callback_url is not None

    def absence_counts(self, run: Run, since: datetime) -> bool:
        """Whether a look-up that began then would have shown a session of the run."""
        lists_show_ours = self.shown_at is not None and self.shown_at >= since
        return lists_show_ours and (run.callback is None or self.callback_urls_kept is not None)
