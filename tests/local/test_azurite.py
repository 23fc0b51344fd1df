"""Azurite as a part of the stack that can be stopped and started again."""

from pathlib import Path

from azure.data.tables import TableClient

from local import azurite


def test_tables_that_are_kept_outlive_a_stop(tmp_path: Path) -> None:
    """Stopped in good order and started again, Azurite is at its old address with its rows."""
    with (
        azurite.running(lambda _: None, keep=tmp_path) as store,
        TableClient.from_connection_string(store.connection_string, "kept") as table,
    ):
        table.create_table()
        table.create_entity({"PartitionKey": "a", "RowKey": "b"})

        store.child.stop()
        store.child.start()
        store.wait_until_ready()

        assert ["b"] == [row["RowKey"] for row in table.list_entities()]
