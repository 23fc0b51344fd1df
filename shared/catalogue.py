"""Flows, schemas and connection references, kept for a while: a start must not pay a request for what rarely changes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from shared.clock import Clock, Deadline
from shared.dataverse.flows import ConnectionReference, Direction, Flow, Flows, Identity, Schema

_LARGEST_CACHE = 1000


class Expiring[K, V]:
    """The last value of each key, for so many seconds. The oldest goes when there are too many."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._lock = threading.Lock()
        self._held: dict[K, tuple[float, V]] = {}

    def get(self, key: K, fetch: Callable[[], V], *, fresh: bool = False) -> V:
        """What `fetch` raises is raised, and nothing is kept of it."""
        held = self._held.get(key)
        if held is not None and not fresh and held[0] > self._clock.monotonic():
            return held[1]
        value = fetch()
        with self._lock:
            self._held.pop(key, None)
            self._held[key] = (self._clock.monotonic() + self._seconds, value)
            if len(self._held) > _LARGEST_CACHE:
                del self._held[next(iter(self._held))]
        return value


@dataclass(frozen=True, slots=True)
class CachedSchema:
    properties: Schema | None
    """None where the flow has none."""


class Catalogue:
    """`flows`, cached. Raises what Dataverse's client raises."""

    def __init__(self, flows: Flows, clock: Clock, seconds: float) -> None:
        self._flows = flows
        self._lists: Expiring[bool, list[Flow]] = Expiring(clock, seconds)
        self._each: Expiring[str, Flow | None] = Expiring(clock, seconds)
        self._schemas: Expiring[tuple[str, Direction], CachedSchema] = Expiring(clock, seconds)
        self._references: Expiring[None, list[ConnectionReference]] = Expiring(clock, seconds)
        self._identity: Expiring[None, Identity] = Expiring(clock, 86400)

    def flows(self, deadline: Deadline, *, include_drafts: bool) -> list[Flow]:
        return self._lists.get(
            include_drafts, lambda: self._flows.all(include_drafts=include_drafts, deadline=deadline)
        )

    def flow(self, flow_id: str, deadline: Deadline) -> Flow | None:
        return self._each.get(flow_id, lambda: self._flows.get(flow_id, deadline))

    def schema(
        self, flow_id: str, direction: Direction, deadline: Deadline, *, fresh: bool = False
    ) -> CachedSchema:
        return self._schemas.get(
            (flow_id, direction),
            lambda: CachedSchema(self._flows.schema(flow_id, direction, deadline)),
            fresh=fresh,
        )

    def connection_references(self, deadline: Deadline) -> list[ConnectionReference]:
        return self._references.get(None, lambda: self._flows.connection_references(deadline))

    def identity(self, deadline: Deadline, *, fresh: bool = False) -> Identity:
        return self._identity.get(None, lambda: self._flows.who_am_i(deadline), fresh=fresh)
