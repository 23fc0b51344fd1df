"""A webhook of Dataverse: its RemoteExecutionContext as an event.

`dataverse.{MessageName}` of `{OrganizationName}/{PrimaryEntityName}`. The data is the context with three members more, which can be
named in an expression as the context's own lists cannot: `Target`, `PreImages` and `PostImages` hold attributes by their names, with
plain values (a choice's and an amount's number, a look-up's id, times by RFC 3339).
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.run.ids import parse_guid

_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VALUE_OF = {"OptionSetValue": "Value", "Money": "Value", "EntityReference": "Id"}


def is_context(value: Any) -> bool:
    return isinstance(value, dict) and "MessageName" in value and "PrimaryEntityName" in value


def event_of(context: dict[str, Any]) -> dict[str, Any]:
    record = context.get("PrimaryEntityId")
    return {
        "specversion": "1.0",
        "type": f"dataverse.{context['MessageName']}",
        "source": f"{context.get('OrganizationName')}/{context['PrimaryEntityName']}",
        "id": _id(context),
        **({"subject": record} if isinstance(record, str) else {}),
        "data": context
        | {
            "Target": _record(_pairs(context.get("InputParameters")).get("Target")),
            "PreImages": _records(context.get("PreEntityImages")),
            "PostImages": _records(context.get("PostEntityImages")),
        },
    }


def _id(context: dict[str, Any]) -> str:
    """A system job's own id, which a repetition has too. A synchronous step has none: then what tells one operation from others."""
    operation = context.get("OperationId")
    if isinstance(operation, str) and parse_guid(operation) and operation.strip("0-"):
        return operation.lower()
    parts = (context.get(name) for name in ("CorrelationId", "RequestId", "PrimaryEntityId", "Depth"))
    return "/".join(str(part) for part in parts if part is not None)


def _pairs(value: Any) -> dict[str, Any]:
    """A list of {"key", "value"}, which is how .NET writes a dictionary."""
    if not isinstance(value, list):
        return {}
    return {
        pair["key"]: pair.get("value")
        for pair in value
        if isinstance(pair, dict) and isinstance(pair.get("key"), str)
    }


def _records(value: Any) -> dict[str, Any]:
    return {name: _record(image) for name, image in _pairs(value).items()}


def _record(value: Any) -> dict[str, Any]:
    """A record's attributes; of a reference, as a Delete has it, its id and table."""
    if not isinstance(value, dict):
        return {}
    if "Attributes" in value:
        return {name: _plain(each) for name, each in _pairs(value["Attributes"]).items()}
    return {name: value[name] for name in ("Id", "LogicalName") if name in value}


def _plain(value: Any) -> Any:
    match value:
        case {"__type": str(kind)} if (name := _VALUE_OF.get(kind.partition(":")[0])) and name in value:
            return value[name]
        case str() if found := _DATE.fullmatch(value):
            return _time(int(found[1])) or value
        case _:
            return value


def _time(milliseconds: int) -> str | None:
    try:
        return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return None
