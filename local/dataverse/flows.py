"""Desktop flows: what an author wrote, and what the simulator is to make of a run."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from local.dataverse.settings import Duration
from local.dataverse.status import BY_LABEL, Statuscode

type Json = dict[str, Any]

Ending = Literal[
    "Succeeded",
    "Skipped",
    "Cancelled",
    "Failed",
    "Faulted",
    "TimedOut",
    "Aborted",
    "Ignored",
    "Deleted",
    "Terminated",
]


class VariableType(StrEnum):
    """The types of input and output variables, as JSON Schema names them."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OBJECT = "object"
    ARRAY = "array"

    def accepts(self, value: Any) -> bool:
        """Only the types that the documentation pins are checked."""
        match self:
            case VariableType.STRING:
                return isinstance(value, str)
            case VariableType.NUMBER:
                return isinstance(value, int | float) and not isinstance(value, bool)
            case VariableType.BOOLEAN:
                return isinstance(value, bool)
            case _:
                return True


class FlowError(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    message: str


class FlowDefinition(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A flow as a test defines it."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    inputs: dict[str, VariableType] = {}
    outputs: dict[str, VariableType] = {}
    wait_seconds: Duration = 0.2
    run_seconds: Duration | None = 0.5
    """None: until it is moved by hand, cancelled or out of time."""
    ends: Ending = "Succeeded"
    error: FlowError | None = None
    output_values: Json | None = None
    echo: bool = False
    """Its outputs repeat its inputs."""
    draft: bool = False
    suspended: bool = False

    @property
    def ending(self) -> Statuscode:
        return BY_LABEL[self.ends]


def input_schema(variables: dict[str, VariableType]) -> str | None:
    """The text of the column `inputs`. The author's value stands in `value`, as text even where the type is a number."""
    values = {VariableType.NUMBER: "0", VariableType.BOOLEAN: "False"}
    return _schema({name: _property(name, kind, values.get(kind, "")) for name, kind in variables.items()})


def output_schema(variables: dict[str, VariableType]) -> str | None:
    return _schema({name: _property(name, kind, None) for name, kind in variables.items()})


EMPTY_SCHEMA = '{"schema":{"properties":{},"type":"object"}}'


def _property(name: str, kind: VariableType, value: str | None) -> Json:
    return {
        "default": "",
        "description": "",
        "format": None,
        "title": name,
        "type": kind.value,
        "value": value,
    }


def _schema(properties: Json) -> str | None:
    if not properties:
        return None
    return msgspec.json.encode({"schema": {"properties": properties, "type": "object"}}).decode()
