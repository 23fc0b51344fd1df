"""Flows, schemas and connection references, kept for a while: a start must not pay a request for what rarely changes."""

import logging
from collections.abc import Callable

import msgspec

from shared.clock import Clock, Deadline
from shared.dataverse.errors import AllowanceSpentError, DataverseError
from shared.dataverse.flows import ConnectionReference, Direction, Flow, Flows, Identity, Schema
from shared.expiring import Expiring
from shared.log.line import Line
from shared.log.names import Name
from shared.run.model import Connection, ConnectionKind

log = logging.getLogger("deskhand.catalogue")


class CachedSchema(msgspec.Struct, frozen=True):
    properties: Schema | None
    """None where the flow has none."""


def of_its_own(reference: str) -> str:
    """The connection that a reference is taken for as long as nobody knows which is behind it."""
    return f"reference:{reference.lower()}"


class Catalogue:
    """`flows`, cached. Raises what Dataverse's client raises."""

    def __init__(self, flows: Flows, clock: Clock, seconds: float, may_ask: Callable[[], bool]) -> None:
        """While it may not ask, what it once knew has to do, however old; else AllowanceSpentError."""
        self._flows = flows
        self._may_ask = may_ask
        self._lists: Expiring[bool, list[Flow]] = Expiring(clock, seconds)
        self._each: Expiring[str, Flow | None] = Expiring(clock, seconds)
        self._schemas: Expiring[tuple[str, Direction], CachedSchema] = Expiring(clock, seconds)
        self._references: Expiring[None, list[ConnectionReference]] = Expiring(clock, seconds)
        self._behind: dict[str, str] = {}
        """The connection of each reference when it was last known."""
        self._identity: Expiring[None, Identity] = Expiring(clock, 86400)

    def flows(self, deadline: Deadline, *, include_drafts: bool) -> list[Flow]:
        return self._get(
            self._lists,
            include_drafts,
            lambda: self._flows.all(include_drafts=include_drafts, deadline=deadline),
        )

    def flow(self, flow_id: str, deadline: Deadline) -> Flow | None:
        return self._get(self._each, flow_id, lambda: self._flows.get(flow_id, deadline))

    def schema(
        self, flow_id: str, direction: Direction, deadline: Deadline, *, fresh: bool = False
    ) -> CachedSchema:
        return self._get(
            self._schemas,
            (flow_id, direction),
            lambda: CachedSchema(self._flows.schema(flow_id, direction, deadline)),
            fresh=fresh,
        )

    def cached_schema(self, flow_id: str, direction: Direction) -> Schema | None:
        """None also where none is cached."""
        held = self._schemas.held((flow_id, direction))
        return None if held is None else held[0].properties

    def connection_references(self, deadline: Deadline) -> list[ConnectionReference]:
        return self._get(self._references, None, lambda: self._flows.connection_references(deadline))

    def connection_behind(self, connection: Connection, deadline: Deadline, *, surely: bool = False) -> str:
        """The id of the connection that a start uses, however it names it: starts of one connection share its limits.

        A reference that cannot be looked up is taken for the connection it last was, or else for one of its own; or, where
        that will not do (`surely`), DataverseError is raised.
        """
        if connection.kind is ConnectionKind.NAME:
            return connection.value.lower()
        reference = connection.value.lower()
        try:
            self._behind |= {
                each.logical_name.lower(): each.connection_id.lower()
                for each in self.connection_references(deadline)
                if each.connection_id
            }
        except DataverseError as problem:
            if surely and reference not in self._behind:
                raise
            log.warning(
                Line(
                    Name.CONNECTIONS_UNKNOWN,
                    f"Connection references cannot be looked up: {type(problem).__name__}",
                )
            )
        return self._behind.get(reference, of_its_own(reference))

    def identity(self, deadline: Deadline, *, fresh: bool = False) -> Identity:
        return self._identity.get(None, lambda: self._flows.who_am_i(deadline), fresh=fresh)

    def _get[K, V](self, cache: Expiring[K, V], key: K, fetch: Callable[[], V], *, fresh: bool = False) -> V:
        if self._may_ask():
            return cache.get(key, fetch, fresh=fresh)
        known = cache.latest(key)
        if known is None:
            raise AllowanceSpentError("The day's allowance of Dataverse requests is nearly spent.")
        return known[0]
