"""Tokens of whoever runs a command: given in the environment, or of the sign-in that there is."""

import logging
import os
from typing import Any

import msgspec
from azure.core.credentials import AccessToken, TokenCredential
from azure.identity import (
    AzureCliCredential,
    AzureDeveloperCliCredential,
    ChainedTokenCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
)

from shared.clock import SYSTEM_CLOCK
from shared.identity import as_registration

_AN_HOUR = 3600

# It tells at length of every way in which it might have got a token. The commands say in a sentence what to do.
logging.getLogger("azure.identity").setLevel(logging.CRITICAL)


class Registration(msgspec.Struct, frozen=True):
    """An app registration that trusts the managed identity of this machine."""

    client_id: str
    tenant_id: str


class GivenToken:
    """A token that somebody else has fetched. How long it lasts is not looked at: whoever is shown it says so."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(self._token, int(SYSTEM_CLOCK.now().timestamp()) + _AN_HOUR)


def signed_in(
    variable: str, client_id: str | None = None, registration: Registration | None = None
) -> TokenCredential:
    """What stands in this variable; else who is signed in to az or azd; else what the machine itself has to offer.

    `client_id`: of the user-assigned managed identity, on a machine that has several. `registration`: what that identity is to stand for.
    """
    if variable in os.environ:
        return GivenToken(os.environ[variable])
    return ChainedTokenCredential(
        AzureCliCredential(), AzureDeveloperCliCredential(), _of_the_machine(client_id, registration)
    )


def _of_the_machine(client_id: str | None, registration: Registration | None) -> TokenCredential:
    if registration is not None:
        own = ManagedIdentityCredential(client_id=client_id)
        return as_registration(own, registration.tenant_id, registration.client_id)
    return DefaultAzureCredential(
        managed_identity_client_id=client_id,
        exclude_cli_credential=True,
        exclude_developer_cli_credential=True,
    )
