"""Machines behind connections: without a limit every run begins when its wait is over; with one, runs queue for a machine."""

from collections import defaultdict
from collections.abc import Callable

from local.dataverse.session import Session

type Begin = Callable[[Session], None]


class Machines:
    def __init__(self, capacity: Callable[[], int | None]) -> None:
        """`capacity`: how many runs a connection's machines carry at once; None: any number."""
        self._capacity = capacity
        self._busy: defaultdict[str, set[str]] = defaultdict(set)
        self._queues: defaultdict[str, list[tuple[Session, Begin]]] = defaultdict(list)

    def ask(self, session: Session, begin: Begin) -> None:
        """Begins at once, or when a machine is free: high priority first, then first come."""
        queue = self._queues[session.order.connection.key]
        place = len(queue)
        if session.order.high_priority:
            place = next((at for at, (other, _) in enumerate(queue) if not other.order.high_priority), place)
        queue.insert(place, (session, begin))
        self._serve(session.order.connection.key)

    def give_back(self, session: Session) -> None:
        """The session ended, on a machine or in the queue."""
        key = session.order.connection.key
        self._busy[key].discard(session.id)
        self._queues[key] = [waiting for waiting in self._queues[key] if waiting[0] is not session]
        self._serve(key)

    def serve_all(self) -> None:
        """After the capacity changed."""
        for key in list(self._queues):
            self._serve(key)

    def _serve(self, key: str) -> None:
        capacity = self._capacity()
        while self._queues[key] and (capacity is None or len(self._busy[key]) < capacity):
            session, begin = self._queues[key].pop(0)
            self._busy[key].add(session.id)
            begin(session)
