"""How a field says which operation of the connector lists its choices: as old and as new designers read it."""

from typing import Any


def picked(operation_id: str, value: str, title: str = "title") -> dict[str, Any]:
    """The operation answers `{"value": [...]}`, all in one page: designers ask for no other."""
    return {
        "x-ms-dynamic-values": {
            "operationId": operation_id,
            "parameters": {},
            "value-collection": "value",
            "value-path": value,
            "value-title": title,
        },
        "x-ms-dynamic-list": {
            "operationId": operation_id,
            "parameters": {},
            "itemsPath": "value",
            "itemValuePath": value,
            "itemTitlePath": title,
        },
    }


FLOW = picked("ListFlowChoices", "flowId")
CONNECTION_REFERENCE = picked("ListConnectionChoices", "connectionReference")
