"""Flows, schemas and connection references, kept for a while: a start must not pay a request for what rarely changes."""

from dataclasses import dataclass

from shared.clock import Clock, Deadline
from shared.dataverse.flows import ConnectionReference, Direction, Flow, Flows, Identity, Schema
from shared.expiring import Expiring


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
