"""What azure.json says of a resource type."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

type Json = dict[str, Any]


class ResourceType(msgspec.Struct, frozen=True):
    api: str
    """The one version that is known."""
    body: Json
    types: dict[str, Json]
    """By the names that its members are typed with."""


def resource_type(name: str) -> ResourceType | None:
    return _known().get(name)


@cache
def _known() -> dict[str, ResourceType]:
    found = json.loads(Path(__file__).with_name("azure.json").read_text(encoding="utf-8"))
    return {
        name: ResourceType(namespace.partition("@")[2], body, parts["types"])
        for namespace, parts in found.items()
        for name, body in parts["resources"].items()
    }
