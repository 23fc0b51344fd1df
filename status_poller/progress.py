"""How far the poller has come, as this pass knows it: read when it is first needed, written at each step."""

from copy import replace
from typing import Any

from shared.storage.poll_state import PollState
from shared.wiring import Deskhand


class Progress:
    def __init__(self, app: Deskhand) -> None:
        """One request. Raises StorageError."""
        self._memory = app.poll_memory
        self._kept = self._memory.read()

    @property
    def state(self) -> PollState:
        return self._kept.state

    def note(self, **changes: Any) -> None:
        """One request. Raises StorageError, also where an overlapping pass has noted something."""
        self._kept = self._memory.write(self._kept, replace(self._kept.state, **changes))
