"""Who we are: the managed identity in Azure, the developer's own sign-in on a desk."""

import os
from typing import TYPE_CHECKING, Any

from shared.cold_start import once

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

_LIMITS: dict[str, Any] = {
    "connection_timeout": 3,
    "read_timeout": 5,
    "retry_total": 1,
    "retry_backoff_factor": 0.2,
}


def make_credential(client_id: str | None) -> "TokenCredential":
    """App Service sets IDENTITY_ENDPOINT; anywhere else the developer is signed in to some tool."""
    managed, default = _credentials()
    if "IDENTITY_ENDPOINT" in os.environ:
        return managed(client_id=client_id, **_LIMITS)
    return default(exclude_managed_identity_credential=True)


@once
def _credentials() -> "tuple[type[ManagedIdentityCredential], type[DefaultAzureCredential]]":
    from azure.identity import DefaultAzureCredential, ManagedIdentityCredential  # noqa: PLC0415 - 120 ms, when first needed

    return ManagedIdentityCredential, DefaultAzureCredential
