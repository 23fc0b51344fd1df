"""Who we are: the managed identity in Azure, the developer's own sign-in on a desk; or, to Dataverse, an app registration that trusts it."""

import os
from typing import TYPE_CHECKING, Any

from shared.cold_start import once

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.identity import ClientAssertionCredential, DefaultAzureCredential, ManagedIdentityCredential

_LIMITS: dict[str, Any] = {
    "connection_timeout": 3,
    "read_timeout": 5,
    "retry_total": 1,
    "retry_backoff_factor": 0.2,
}


_EXCHANGE = "api://AzureADTokenExchange/.default"


def make_credential(client_id: str | None) -> "TokenCredential":
    """App Service sets IDENTITY_ENDPOINT; anywhere else the developer is signed in to some tool."""
    managed, default = _credentials()
    if "IDENTITY_ENDPOINT" in os.environ:
        return managed(client_id=client_id, **_LIMITS)
    return default(exclude_managed_identity_credential=True)


def as_registration(own: "TokenCredential", tenant_id: str, client_id: str) -> "TokenCredential":
    """An app registration that trusts our own identity by a federated credential: a token of ours stands in a secret's place.

    Source: Microsoft Entra ID, "Configure an application to trust a managed identity". The authority is ours to choose
    (AZURE_AUTHORITY_HOST, for other clouds), so nobody needs to be asked whether it is one.
    """
    return _assertion()(
        tenant_id,
        client_id,
        lambda: own.get_token(_EXCHANGE).token,
        disable_instance_discovery=True,
        **_LIMITS,
    )


@once
def _assertion() -> "type[ClientAssertionCredential]":
    from azure.identity import ClientAssertionCredential  # noqa: PLC0415 - with the rest of the library, when first needed

    return ClientAssertionCredential


@once
def _credentials() -> "tuple[type[ManagedIdentityCredential], type[DefaultAzureCredential]]":
    from azure.identity import DefaultAzureCredential, ManagedIdentityCredential  # noqa: PLC0415 - 120 ms, when first needed

    return ManagedIdentityCredential, DefaultAzureCredential
