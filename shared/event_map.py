"""Which events start which flow: the rules of the setting EVENT_MAP.

A rule is the order of a start, with the events that it is for (`type`, `source`) and with JMESPath in place of what comes from the
event (`inputs`, `clientReference`). The first rule that fits is followed.
"""

from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from shared.decoding import decode
from shared.expressions import ExpressionError, check, evaluate
from shared.run.ids import parse_guid
from shared.run.model import RunMode, RunPriority

_APP = Path(__file__).parents[1]

Pattern = Annotated[str, Meta(min_length=1, max_length=1024, pattern=r"^[^*]*\*?$")]
"""A text, or the beginning of one and an asterisk."""
_Text = Annotated[str, Meta(min_length=1, max_length=2048)]
_Seconds = Annotated[int, Meta(ge=1, le=86400)]


class EventRule(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True
):
    """What a start takes besides is for the start to check."""

    type: Pattern
    source: Pattern = "*"
    flow_id: str
    run_mode: RunMode
    connection_name: _Text | None = None
    connection_reference: _Text | None = None
    run_priority: RunPriority | None = None
    timeout_seconds: _Seconds | None = None
    start_within_seconds: _Seconds | None = None
    webhook_url: _Text | None = None
    client_reference: str | None = None
    """An expression, as each of the inputs."""
    inputs: dict[str, str] = {}

    def fits(self, event_type: str, source: str) -> bool:
        return _fits(self.type, event_type) and _fits(self.source, source)

    def order(self, event: dict[str, Any]) -> dict[str, Any]:
        """The body of a start, with flowId, from an event as a JSON object. Raises ExpressionError, naming the expression."""
        order: dict[str, Any] = msgspec.to_builtins(self)
        del order["type"]
        order.pop("source", None)
        if self.client_reference is not None:
            order["clientReference"] = _text(_evaluated("clientReference", self.client_reference, event))
        if self.inputs:
            order["inputs"] = {
                name: _evaluated(f"inputs.{name}", expression, event)
                for name, expression in self.inputs.items()
            }
        return order

    def check(self) -> None:
        """Raises ExpressionError, ValueError."""
        if parse_guid(self.flow_id) is None:
            raise ValueError("flowId must be a GUID")
        if self.connection_name is not None and self.connection_reference is not None:
            raise ValueError("connectionName and connectionReference exclude each other")
        expressions = {f"inputs.{name}": text for name, text in self.inputs.items()}
        if self.client_reference is not None:
            expressions["clientReference"] = self.client_reference
        for name, text in expressions.items():
            try:
                check(text)
            except ExpressionError as problem:
                raise ExpressionError(f"{name} {problem}") from None


class EventMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: tuple[EventRule, ...] = ()

    def rule_for(self, event_type: str, source: str) -> EventRule | None:
        return next((rule for rule in self.rules if rule.fits(event_type, source)), None)


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    """The map as it stands in its file: its rules are read one by one, so that a bad one can be named."""

    rules: list[msgspec.Raw]


def event_map(text: str) -> EventMap:
    """What the setting stands for. Raises ValueError, naming the rule."""
    if not text:
        return EventMap()
    document = text if text.startswith("{") else _file(text)
    try:
        written = decode(document, _Written)
    except msgspec.DecodeError as problem:
        raise ValueError(f"must be a JSON object with a list of rules: {problem}") from None
    return EventMap(tuple(_rule(number, raw) for number, raw in enumerate(written.rules, 1)))


def _file(path: str) -> str:
    """From the app's own folder on."""
    try:
        return (_APP / path).read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise ValueError(f"names a file that cannot be read: {path[:200]!r}") from None


def _rule(number: int, raw: msgspec.Raw) -> EventRule:
    try:
        rule = decode(bytes(raw), EventRule)
        rule.check()
    except ValueError as problem:  # a DecodeError is one
        raise ValueError(f"has a fault in rule {number}: {problem}") from None
    return rule


def _fits(pattern: str, text: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def _evaluated(name: str, expression: str, event: dict[str, Any]) -> Any:
    try:
        return evaluate(expression, event)
    except ExpressionError as problem:
        raise ExpressionError(f"{name} {problem}") from None


def _text(value: Any) -> Any:
    """A number is a reference as well."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
