"""Faults that a test asks for: rules tried in order, the first that matches wins."""

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from local.dataverse.operations import Operation
from local.dataverse.settings import Duration


class Effect(StrEnum):
    STATUS = "status"
    """Nothing is done; the answer is this status with Dataverse's error body."""
    LOSE_RESPONSE = "lose-response"
    """The work is done, the connection closes without an answer."""
    DROP_CONNECTION = "drop-connection"
    """Nothing is done, the connection closes without an answer."""
    DELAY = "delay"
    """The work begins some real seconds later."""
    SKIP = "skip"
    """No callback is sent."""
    DUPLICATE = "duplicate"
    """The callback is sent twice."""
    FORGE = "forge"
    """A false callback is sent before the true one."""


_OF_CALLBACKS_ONLY = {Effect.SKIP, Effect.DUPLICATE, Effect.FORGE}
_ANY = "*"
_NOT_ANY = {Operation.TOKEN, Operation.CALLBACK}


class FaultRule(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    operation: str
    do: Effect
    times: Annotated[int, Meta(ge=1)] | None = None
    """Hits after which the rule is spent; None: never."""
    probability: Annotated[float, Meta(ge=0, le=1)] = 1
    status: Annotated[int, Meta(ge=400, le=599)] | None = None
    code: str | None = None
    retry_after: Annotated[int, Meta(ge=0)] | None = None
    seconds: Duration | None = None

    def __post_init__(self) -> None:
        if self.operation != _ANY and self.operation not in Operation:
            known = ", ".join([_ANY, *Operation])
            raise ValueError(f"There is no operation '{self.operation}'; it is one of: {known}")
        if self.do is Effect.STATUS and self.status is None:
            raise ValueError("'do': 'status' needs 'status', a number from 400 to 599.")
        if self.do is Effect.DELAY and self.seconds is None:
            raise ValueError("'do': 'delay' needs 'seconds'.")
        if self.do in _OF_CALLBACKS_ONLY and self.operation not in {_ANY, Operation.CALLBACK}:
            raise ValueError(f"'do': '{self.do}' is for the operation 'Callback' only.")
        if self.do is Effect.STATUS and self.operation == Operation.CALLBACK:
            raise ValueError("'do': 'status' means nothing for a callback: its status is its receiver's.")

    def concerns(self, operation: Operation) -> bool:
        """`*` is every operation of Dataverse: tokens and callbacks have to be named."""
        if self.do in _OF_CALLBACKS_ONLY:
            return operation is Operation.CALLBACK
        return self.operation == operation or (self.operation == _ANY and operation not in _NOT_ANY)


@dataclass(slots=True)
class _Standing:
    rule: FaultRule
    hits: int = 0

    @property
    def spent(self) -> bool:
        return self.rule.times is not None and self.hits >= self.rule.times


class Faults:
    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._standing: list[_Standing] = []

    def add(self, rule: FaultRule) -> None:
        self._standing.append(_Standing(rule))

    def clear(self) -> None:
        self._standing.clear()

    def strike(self, operation: Operation) -> FaultRule | None:
        """The fault of this request, if any. A rule whose dice miss is passed over; only hits are counted."""
        for standing in self._standing:
            rule = standing.rule
            if standing.spent or not rule.concerns(operation):
                continue
            if rule.probability < 1 and self._dice.random() >= rule.probability:
                continue
            standing.hits += 1
            return rule
        return None

    def shown(self) -> list[dict[str, Any]]:
        return [msgspec.to_builtins(each.rule) | {"hits": each.hits} for each in self._standing]
