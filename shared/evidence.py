"""What this process has seen Dataverse do, where the documentation leaves it open."""

from dataclasses import dataclass

from shared.run.model import Run, SessionView


@dataclass(slots=True)
class Evidence:
    """Absence in a list counts for something only once the same kind of list has shown what is known to exist."""

    lists_show_sessions: bool = False
    """A list of sessions by their time of creation has shown one of ours."""
    callback_urls_kept: bool | None = None
    """Whether flowsession.callbackurl holds what RunDesktopFlow was given; None: not seen yet."""

    def note(self, run: Run, session: SessionView) -> None:
        """A session, known to be this run's, was shown in a list by time of creation."""
        self.lists_show_sessions = True
        if run.callback is not None:
            self.callback_urls_kept = session.callback_url is not None

    def absence_counts(self, run: Run) -> bool:
        return self.lists_show_sessions and (run.callback is None or self.callback_urls_kept is not None)
