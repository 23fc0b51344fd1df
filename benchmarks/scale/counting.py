"""What is asked of Table Storage, counted where it leaves the client. A query that names no partition is refused."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter

_CONNECTIONS = 64
_PATIENCE = 60
"""Seconds: the store shares its two cores with whoever asks it."""


class ScanError(Exception):
    """A query without a partition: on this machine it is quick, in Azure it reads the whole table."""


class CountedTransport(RequestsTransport):  # type: ignore[misc]  # azure.core loads it lazily, as Any
    def __init__(self) -> None:
        session = requests.Session()
        session.mount("http://", HTTPAdapter(pool_maxsize=_CONNECTIONS, max_retries=0))
        super().__init__(session=session, connection_timeout=_PATIENCE, read_timeout=_PATIENCE)
        self.requests: list[str] = []
        """The method of each; a query is one more QUERY for each of its pages."""

    def send(self, request: Any, **kwargs: Any) -> Any:
        parts = urlsplit(request.url)
        is_query = request.method == "GET" and parts.path.endswith("()")
        if is_query and "PartitionKey eq" not in parse_qs(parts.query).get("$filter", [""])[0]:
            raise ScanError(request.url)
        self.requests.append("QUERY" if is_query else request.method)
        return super().send(request, **kwargs)
