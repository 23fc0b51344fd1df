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


class BareTable:
    def __init__(self, client: TableClient) -> None:
        self._client = client

    def commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        """The new ETags."""
        if [each.verb for each in operations] == [Verb.INSERT]:
            return [self._client.create_entity(sdk_operation(partition, operations[0])[1])["etag"]]
        done = self._client.submit_transaction([sdk_operation(partition, each) for each in operations])
        return [each.get("etag", "") for each in done]


def bare_table(settings: Mapping[str, str]) -> BareTable:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=_CONNECTIONS))
    transport: Any = RequestsTransport(session=session, session_owner=False)
    tables, name = settings["TABLES_CONNECTION_STRING"], settings["RUNS_TABLE"]
    return BareTable(TableClient.from_connection_string(tables, name, transport=transport))


def sdk_operation(partition: str, operation: Operation) -> Any:
    """As `submit_transaction` takes it."""
    row = operation.row
    entity = {"PartitionKey": partition, "RowKey": row.key, **row.properties}
    match operation.verb:
        case Verb.INSERT:
            return ("create", entity)
        case Verb.REPLACE:
            unchanged = {"etag": row.etag, "match_condition": MatchConditions.IfNotModified}
            return ("update", entity, {"mode": UpdateMode.REPLACE, **unchanged})
        case Verb.PUT:
            return ("upsert", entity, {"mode": UpdateMode.REPLACE})
        case Verb.DELETE:
            return ("delete", entity)
