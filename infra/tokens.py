"""Tokens of whoever runs a command: given in the environment, or of the sign-in that there is."""

import logging
import os
from typing import Any

from azure.core.credentials import AccessToken, TokenCredential
from azure.identity import (
    AzureCliCredential,
    AzureDeveloperCliCredential,
    ChainedTokenCredential,
    DefaultAzureCredential,
)

from shared.clock import SYSTEM_CLOCK

_AN_HOUR = 3600

# It tells at length of every way in which it might have got a token. The commands say in a sentence what to do.
logging.getLogger("azure.identity").setLevel(logging.CRITICAL)


class GivenToken:
    """A token that somebody else has fetched. How long it lasts is not looked at: whoever is shown it says so."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(self._token, int(SYSTEM_CLOCK.now().timestamp()) + _AN_HOUR)


def signed_in(variable: str, client_id: str | None = None) -> TokenCredential:
    """What stands in this variable; else who is signed in to az or azd; else what the machine itself has to offer.

    `client_id`: of the user-assigned managed identity, on a machine that has several.
    """
    if variable in os.environ:
        return GivenToken(os.environ[variable])
    return ChainedTokenCredential(
        AzureCliCredential(),
        AzureDeveloperCliCredential(),
        DefaultAzureCredential(
            managed_identity_client_id=client_id,
            exclude_cli_credential=True,
            exclude_developer_cli_credential=True,
        ),
    )
