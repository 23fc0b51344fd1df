"""What the command works with: Dataverse and the table with the operator's own rights, and the app's settings.

Not `shared.wiring`: an operator whom Dataverse asks to wait must not make the app wait as well.
"""

import time
from collections.abc import Mapping
from concurrent.futures import Executor

import msgspec
from azure.core.credentials import AccessToken, TokenCredential

from shared.clock import SYSTEM_CLOCK, Clock
from shared.dataverse.session_lists import SessionLists
from shared.dataverse.tokens import TokenSource
from shared.dataverse.web_api import WebApi
from shared.identity import make_credential
from shared.settings import Settings, load
from shared.signatures import Signatures
from shared.storage.azure_table import open_table
from shared.storage.clock import StorageClock
from shared.storage.outstanding import Outstanding
from shared.storage.runs import RunStore
from shared.storage.table import Table
from shared.tls import TrustingAdapter

TOKEN = "DATAVERSE_TOKEN"  # noqa: S105 - the name of a variable
_SECONDS_A_TOKEN = 3600


class Clients(msgspec.Struct, frozen=True):
    settings: Settings
    clock: Clock
    signatures: Signatures
    lists: SessionLists
    table: Table
    store: RunStore
    outstanding: Outstanding
    workers: Executor


class _Given:
    """A token that somebody else has fetched. It is taken to last an hour; Dataverse says when it does not."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken(self._token, int(time.time()) + _SECONDS_A_TOKEN)


def connect(environ: Mapping[str, str], workers: Executor) -> Clients:
    """No I/O. Raises SettingError."""
    settings, clock = load(environ), SYSTEM_CLOCK

    def credential() -> TokenCredential:
        given = environ.get(TOKEN)
        return _Given(given) if given else make_credential(settings.azure_client_id)

    tokens = TokenSource(settings.dataverse_url, credential, clock)
    table = open_table(settings, StorageClock(clock))
    return Clients(
        settings=settings,
        clock=clock,
        signatures=Signatures(settings.signing_keys, settings.dataverse_url.partition("://")[2]),
        lists=SessionLists(WebApi(settings.dataverse_url, tokens, clock, TrustingAdapter)),
        table=table,
        store=RunStore(table, clock, workers, tells=settings.events),
        outstanding=Outstanding(table, workers),
        workers=workers,
    )
