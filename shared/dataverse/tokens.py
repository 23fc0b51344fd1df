"""Access tokens for Dataverse."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.clock import Clock, Deadline
from shared.dataverse.errors import TokenError

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

_RENEW_AHEAD_SECONDS = 300
_SHARED_FAILURE_SECONDS = 2.0


class TokenSource:
    """One token for all threads, renewed five minutes before it expires.

    A fresh one needs a new credential object: a credential gives the same cached token again, also after a 401. One thread
    fetches; the others wait no longer than their own deadline, and share what it found for a moment, a failure too.
    """

    def __init__(self, origin: str, new_credential: Callable[[], "TokenCredential"], clock: Clock) -> None:
        self._scope = f"{origin}/.default"
        self._new_credential = new_credential
        self._clock = clock
        self._credential: TokenCredential | None = None
        self._token: AccessToken | None = None
        self._failed_at = float("-inf")
        self._lock = threading.Lock()

    def get(self, deadline: Deadline) -> str:
        """Raises TokenError."""
        token = self._token
        if token is not None and self._lasts(token):
            return token.token
        with self._turn(deadline):
            if self._token is None or not self._lasts(self._token):
                self._token = self._fetched(self._token)
            return self._token.token

    def renew(self, refused: str, deadline: Deadline) -> str:
        """A token other than the refused one, unless another thread has fetched it already. Raises TokenError."""
        with self._turn(deadline):
            if self._token is None or self._token.token == refused:
                self._credential = None
                self._token = self._fetched(None)
            return self._token.token

    @contextmanager
    def _turn(self, deadline: Deadline) -> Iterator[None]:
        if not self._lock.acquire(timeout=max(0.0, deadline.remaining)):
            raise TokenError("No token for Dataverse could be had in time.")
        try:
            yield
        finally:
            self._lock.release()

    def _fetched(self, held: "AccessToken | None") -> "AccessToken":
        if self._clock.monotonic() - self._failed_at < _SHARED_FAILURE_SECONDS:
            return self._still_good(held, "it failed a moment ago")
        try:
            self._credential = self._credential or self._new_credential()
            return _sound(self._credential.get_token(self._scope))
        except Exception as problem:  # noqa: BLE001 - on an odd answer the identity library fails in whatever way it happens to
            self._failed_at = self._clock.monotonic()
            return self._still_good(held, type(problem).__name__)

    def _lasts(self, token: "AccessToken") -> bool:
        return self._seconds_left(token) > _RENEW_AHEAD_SECONDS

    def _still_good(self, held: "AccessToken | None", why: str) -> "AccessToken":
        """The token that was to be renewed, as long as it has not expired."""
        if held is not None and self._seconds_left(held) > 0:
            return held
        raise TokenError(f"No token for Dataverse could be had: {why}.")

    def _seconds_left(self, token: "AccessToken") -> float:
        return token.expires_on - self._clock.now().timestamp()


def _sound(token: "AccessToken") -> "AccessToken":
    """The library passes on whatever the endpoint wrote in the place of a token. Raises TypeError or OverflowError."""
    if not isinstance(token.token, str):
        raise TypeError("a token that is no text")
    float(token.expires_on)
    return token
