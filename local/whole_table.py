"""What can befall a table: it is lost, or put back as it was some time ago."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableClient, UpdateMode

type Copy = Sequence[Any]


def host_of(connection_string: str, name: str) -> str | None:
    with TableClient.from_connection_string(connection_string, name) as client:
        return urlsplit(client.url).hostname


class WholeTable:
    """All rows of a table, whoever wrote them."""

    def __init__(self, connection_string: str, name: str) -> None:
        self._client = TableClient.from_connection_string(connection_string, name)

    def copied(self) -> Copy:
        """Empty where nothing was ever written."""
        try:
            return list(self._client.list_entities())
        except ResourceNotFoundError:
            return []

    def lose(self) -> None:
        for row in self.copied():
            self._client.delete_entity(row["PartitionKey"], row["RowKey"])

    def put_back(self, copy: Copy) -> None:
        """What was written since then is gone. What is in both is there all the time: a pause holds meanwhile."""
        for row in copy:
            self._client.upsert_entity(row, mode=UpdateMode.REPLACE)
        kept = {(row["PartitionKey"], row["RowKey"]) for row in copy}
        for row in self.copied():
            if (key := (row["PartitionKey"], row["RowKey"])) not in kept:
                self._client.delete_entity(*key)

    def make(self) -> None:
        """If it is not there."""
        with suppress(ResourceExistsError):
            self._client.create_table()

    def close(self) -> None:
        self._client.close()
