"""Rows as they travel to the table and back."""

import json
from typing import Any

import pytest

from shared.storage.entities import decoded, encoded
from shared.storage.table import Row


@pytest.mark.parametrize(
    ("value", "travels"),
    [
        ("é 🙂", {"p": "é 🙂"}),
        (7, {"p": 7}),
        (True, {"p": True}),
        (1.5, {"p": 1.5}),
        (2**31, {"p": "2147483648", "p@odata.type": "Edm.Int64"}),
        (-(2**31) - 1, {"p": "-2147483649", "p@odata.type": "Edm.Int64"}),
        (b"\x00\xff", {"p": "AP8=", "p@odata.type": "Edm.Binary"}),
    ],
    ids=repr,
)
def test_a_value_keeps_its_type(value: Any, travels: dict[str, Any]) -> None:
    """JSON tells text, truth and small numbers; the rest has its type beside it. Either way it comes back as it was."""
    entity = json.loads(encoded("shard", Row("key", {"p": value})))

    assert entity == {"PartitionKey": "shard", "RowKey": "key", **travels}
    assert decoded({**entity, "odata.etag": "e"}) == Row("key", {"p": value})


def test_what_the_service_adds_is_no_property() -> None:
    """Its time, its metadata; the ETag stands beside."""
    told = {
        "PartitionKey": "s",
        "RowKey": "k",
        "Timestamp": "2026-01-01T00:00:00Z",
        "odata.etag": "e",
        "n": 1,
    }

    row = decoded({**told, "odata.metadata": "m", "Timestamp@odata.type": "Edm.DateTime"})

    assert (row, row.etag) == (Row("k", {"n": 1}), "e")
