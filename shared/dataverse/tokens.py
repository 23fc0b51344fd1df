"""Access tokens for Dataverse, by managed identity in Azure and by the developer's own sign-in on a desk."""

import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shared.dataverse.errors import TokenError

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

_RENEW_AHEAD_SECONDS = 300
_LIMITS: dict[str, Any] = {
    "connection_timeout": 3,
    "read_timeout": 5,
    "retry_total": 2,
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

    A fresh one needs a new credential object: a credential gives the same cached token again, also after a 401.
    """

    def __init__(self, origin: str, new_credential: Callable[[], "TokenCredential"]) -> None:
        self._scope = f"{origin}/.default"
        self._new_credential = new_credential
        self._credential: TokenCredential | None = None
        self._token: AccessToken | None = None
        self._lock = threading.Lock()

    def get(self) -> str:
        """Raises TokenError."""
        token = self._token
        if token is not None and token.expires_on - time.time() > _RENEW_AHEAD_SECONDS:
            return token.token
        with self._lock:
            if self._token is token:
                self._token = self._fetch(token)
            assert self._token is not None
            return self._token.token

    def renew(self, refused: str) -> str:
        """A token other than the refused one, unless another thread has fetched it already. Raises TokenError."""
        with self._lock:
            if self._token is None or self._token.token == refused:
                self._credential = None
                self._token = self._fetch(None)
            return self._token.token

    def _fetch(self, held: "AccessToken | None") -> "AccessToken":
        from azure.core.exceptions import AzureError  # noqa: PLC0415 - see make_credential

        try:
            self._credential = self._credential or self._new_credential()
            return self._credential.get_token(self._scope)
        except (AzureError, ValueError) as problem:
            if held is not None and held.expires_on > time.time():
                return held
            raise TokenError(f"No token for Dataverse could be had: {type(problem).__name__}.") from problem
