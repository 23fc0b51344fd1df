"""Access tokens for Dataverse, by managed identity in Azure and by the developer's own sign-in on a desk."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shared.clock import Deadline
from shared.dataverse.errors import TokenError

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

_RENEW_AHEAD_SECONDS = 300
_SHARED_FAILURE_SECONDS = 2.0
_LIMITS: dict[str, Any] = {
    "connection_timeout": 3,
    "read_timeout": 5,
    "retry_total": 1,
    "retry_backoff_factor": 0.2,
}


def make_credential(client_id: str | None) -> "TokenCredential":
    """App Service sets IDENTITY_ENDPOINT; anywhere else the developer is signed in to some tool."""
    from azure.identity import DefaultAzureCredential, ManagedIdentityCredential  # noqa: PLC0415 - 120 ms, when first needed

    if "IDENTITY_ENDPOINT" in os.environ:
        return ManagedIdentityCredential(client_id=client_id, **_LIMITS)
    return DefaultAzureCredential(exclude_managed_identity_credential=True)


class TokenSource:
    """One token for all threads, renewed five minutes before it expires.

    A fresh one needs a new credential object: a credential gives the same cached token again, also after a 401. One thread
    fetches; the others wait no longer than their own deadline, and share what it found for a moment, a failure too.
    """

    def __init__(self, origin: str, new_credential: Callable[[], "TokenCredential"]) -> None:
        self._scope = f"{origin}/.default"
        self._new_credential = new_credential
        self._credential: TokenCredential | None = None
        self._token: AccessToken | None = None
        self._failed_at = float("-inf")
        self._lock = threading.Lock()

    def get(self, deadline: Deadline) -> str:
        """Raises TokenError."""
        token = self._token
        if token is not None and _lasts(token):
            return token.token
        with self._turn(deadline):
            if self._token is None or not _lasts(self._token):
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
        from azure.core.exceptions import AzureError  # noqa: PLC0415 - see make_credential

        if time.monotonic() - self._failed_at < _SHARED_FAILURE_SECONDS:
            return _still_good(held, "it failed a moment ago")
        try:
            self._credential = self._credential or self._new_credential()
            return self._credential.get_token(self._scope)
        except (AzureError, ValueError) as problem:
            self._failed_at = time.monotonic()
            return _still_good(held, type(problem).__name__)


def _lasts(token: "AccessToken") -> bool:
    return token.expires_on - time.time() > _RENEW_AHEAD_SECONDS


def _still_good(held: "AccessToken | None", why: str) -> "AccessToken":
    """The token that was to be renewed, as long as it has not expired."""
    if held is not None and held.expires_on > time.time():
        return held
    raise TokenError(f"No token for Dataverse could be had: {why}.")
