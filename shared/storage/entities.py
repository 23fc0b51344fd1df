"""Rows as they travel: JSON, with the types that JSON cannot tell beside the values."""

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

from shared.storage.table import Row

_TYPE = "@odata.type"
_BINARY, _INT64 = "Edm.Binary", "Edm.Int64"
_NOT_OURS = {"PartitionKey", "RowKey", "Timestamp"}
_INT32 = range(-(2**31), 2**31)


def encoded(partition: str, row: Row) -> str:
    entity: dict[str, Any] = {"PartitionKey": partition, "RowKey": row.key}
    for name, value in row.properties.items():
        match value:
            case bytes():
                entity |= {name: base64.b64encode(value).decode(), name + _TYPE: _BINARY}
            case int() if value not in _INT32:
                entity |= {name: str(value), name + _TYPE: _INT64}
            case _:
                entity[name] = value
    return msgspec.json.encode(entity).decode()


def decoded(entity: Mapping[str, Any]) -> Row:
    properties = {
        name: _value(value, entity.get(name + _TYPE))
        for name, value in entity.items()
        if name not in _NOT_OURS and not name.startswith("odata.") and not name.endswith(_TYPE)
    }
    return Row(entity["RowKey"], properties, entity["odata.etag"])


def _value(value: Any, kind: str | None) -> Any:
    match kind:
        case "Edm.Binary":
            return base64.b64decode(value)
        case "Edm.Int64":
            return int(value)
    return value
