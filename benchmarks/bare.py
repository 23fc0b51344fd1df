"""Table Storage by Microsoft's client as it comes, but for a pool of connections that is large enough for its threads."""

from collections.abc import Mapping, Sequence
from typing import Any

import requests
from azure.core import MatchConditions
from azure.core.pipeline.transport import RequestsTransport
from azure.data.tables import TableClient, UpdateMode
from requests.adapters import HTTPAdapter

from shared.storage.table import Operation, Verb

_CONNECTIONS = 64
_OPTIONS: Mapping[Verb, Mapping[str, Any]] = {
    Verb.INSERT: {},
    Verb.PUT: {"mode": UpdateMode.REPLACE},
    Verb.REPLACE: {"mode": UpdateMode.REPLACE, "match_condition": MatchConditions.IfNotModified},
    Verb.DELETE: {},
}


class BareTable:
    def __init__(self, client: TableClient) -> None:
        self._client = client

    def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        """The new ETags."""
        if [each.verb for each in operations] == [Verb.INSERT]:
            return [self._client.create_entity(_bare(partition, operations[0])[1])["etag"]]
        done = self._client.submit_transaction([_bare(partition, each) for each in operations])
        return [each.get("etag", "") for each in done]


def bare_table(settings: Mapping[str, str]) -> BareTable:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=_CONNECTIONS))
    transport: Any = RequestsTransport(session=session, session_owner=False)
    tables, name = settings["TABLES_CONNECTION_STRING"], settings["RUNS_TABLE"]
    return BareTable(TableClient.from_connection_string(tables, name, transport=transport))


def _bare(partition: str, operation: Operation) -> tuple[str, dict[str, Any], dict[str, Any]]:
    row = operation.row
    options = dict(_OPTIONS[operation.verb])
    if operation.verb is Verb.REPLACE:
        options["etag"] = row.etag
    entity = {"PartitionKey": partition, "RowKey": row.key, **row.properties}
    return operation.verb.value, entity, options
