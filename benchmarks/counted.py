"""Deskhand in this process, and every request that it sends to anybody."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter

from shared.settings import Settings
from shared.storage.azure_table import AzureTable, open_table
from shared.storage.clock import StorageClock
from shared.wiring import Deskhand, wire


class CountingAdapter(HTTPAdapter):
    def __init__(self, sent: list[str]) -> None:
        super().__init__(max_retries=0)
        self._sent = sent

    def send(self, request: requests.PreparedRequest, *rest: Any, **options: Any) -> requests.Response:
        self._sent.append(f"{request.method} {request.url}")
        return super().send(request, *rest, **options)


@contextmanager
def counted(settings: Mapping[str, str]) -> Iterator[tuple[Deskhand, list[str]]]:
    """The app, and the list that grows with each request to Table Storage or Dataverse."""
    sent: list[str] = []

    def table(settings: Settings, clock: StorageClock) -> AzureTable:
        session = requests.Session()
        session.mount("http://", CountingAdapter(sent))
        return open_table(settings, clock, RequestsTransport(session=session, session_owner=False))

    app = wire(settings, table=table, new_adapter=lambda: CountingAdapter(sent))
    try:
        yield app, sent
    finally:
        app.close()
