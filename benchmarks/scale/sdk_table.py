"""A table as whoever uses its SDK has it: `query_entities`, `get_entity`, `submit_transaction`, and nothing of our own."""

from collections.abc import Iterator, Sequence
from typing import Any

from azure.data.tables import TableClient

from benchmarks.bare import sdk_operation
from benchmarks.scale.counting import CountedTransport
from benchmarks.scale.ground import PLAIN_TABLE, Ground
from shared.storage.table import Operation, Row


class SdkTable:
    """A Table. Faults are the SDK's: nobody here recovers from one."""

    def __init__(self, ground: Ground, storage: CountedTransport) -> None:
        self._client = TableClient.from_connection_string(ground.tables, PLAIN_TABLE, transport=storage)

    def get(self, partition: str, key: str) -> Row:
        return _row(self._client.get_entity(partition, key))

    def commit(self, partition: str, operations: Sequence[Operation]) -> tuple[str, ...]:
        done = self._client.submit_transaction([sdk_operation(partition, each) for each in operations])
        return tuple(each.get("etag") or "" for each in done)

    def range(self, partition: str, low: str, high: str, *, page_size: int = 1000) -> Iterator[Row]:
        condition = "PartitionKey eq @partition and RowKey gt @low and RowKey lt @high"
        parameters = {"partition": partition, "low": low, "high": high}
        found = self._client.query_entities(condition, parameters=parameters, results_per_page=page_size)
        yield from map(_row, found)


def _row(entity: Any) -> Row:
    properties = {name: value for name, value in entity.items() if name not in {"PartitionKey", "RowKey"}}
    return Row(entity["RowKey"], properties, entity.metadata["etag"])
