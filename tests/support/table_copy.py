"""What can befall a table: it is lost, or put back as it was some time ago."""

from collections.abc import Sequence
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableClient, UpdateMode

type Copy = Sequence[Any]


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
        """What was written since then is gone."""
        self.lose()
        for row in copy:
            self._client.upsert_entity(row, mode=UpdateMode.REPLACE)

    def close(self) -> None:
        self._client.close()
