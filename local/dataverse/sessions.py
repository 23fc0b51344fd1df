"""All sessions, indexed by what their lists are filtered with and ordered by, so that no request looks at every session."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from local.dataverse.ordered import Ordered
from local.dataverse.session import Session


class SessionTable:
    """Sessions by id, flow, callback URL, status, time of creation and time of change."""

    def __init__(self) -> None:
        self._by_id: dict[str, Session] = {}
        self._by_flow: defaultdict[str, Ordered] = defaultdict(_by_creation)
        self._by_callback: defaultdict[str, dict[str, Session]] = defaultdict(dict)
        self._by_status: defaultdict[int, dict[str, Session]] = defaultdict(dict)
        self._status_of: dict[str, int] = {}
        self._version = 1_000_000
        self.by_key = Ordered(lambda session: session.id)
        self.by_creation = _by_creation()
        self.by_change = Ordered(lambda session: session.modifiedon)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Session]:
        return iter(self._by_id.values())

    def find(self, session_id: str) -> Session | None:
        return self._by_id.get(session_id)

    def add(self, session: Session) -> None:
        self._by_id[session.id] = session
        if session.callbackurl:
            self._by_callback[session.callbackurl.casefold()][session.id] = session
        for order in self._orders(session):
            order.add(session)
        self._index(session)

    def changed(self, session: Session, at: datetime | None) -> None:
        """To be called after every change of a session. `at` None: its modifiedon does not tell of this one."""
        if at is not None:
            self.by_change.remove(session)
            session.modifiedon = at
            self.by_change.add(session)
        self._index(session)

    def remove(self, session: Session) -> None:
        del self._by_id[session.id]
        if session.callbackurl:
            self._by_callback[session.callbackurl.casefold()].pop(session.id)
        for order in self._orders(session):
            order.remove(session)
        del self._by_status[self._status_of.pop(session.id)][session.id]

    def of_flow(self, flow_id: str) -> Ordered:
        """In the order of their creation."""
        return self._by_flow.get(flow_id) or _by_creation()

    def with_callback(self, url: str) -> dict[str, Session]:
        return self._by_callback.get(url.casefold(), {})

    def by_status(self) -> Mapping[int, dict[str, Session]]:
        return self._by_status

    def newest(self) -> Iterator[Session]:
        """The one that was added last first."""
        return reversed(self._by_id.values())

    def _orders(self, session: Session) -> tuple[Ordered, ...]:
        return self.by_key, self.by_creation, self.by_change, self._by_flow[session.order.flow_id]

    def _index(self, session: Session) -> None:
        self._version += 1
        session.version = self._version
        indexed = self._status_of.get(session.id)
        if indexed != session.statuscode:
            if indexed is not None:
                del self._by_status[indexed][session.id]
            self._by_status[session.statuscode][session.id] = session
            self._status_of[session.id] = session.statuscode


def _by_creation() -> Ordered:
    return Ordered(lambda session: session.createdon)
