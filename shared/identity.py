"""Who we are: the managed identity in Azure, the developer's own sign-in on a desk."""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

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
