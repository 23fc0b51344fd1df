"""Sessions kept in the order of one of their columns, so that a page of them costs what it holds."""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from sortedcontainers import SortedList

from local.dataverse.session import Session


class Ordered:
    """By a column, and those with the same value by id. A session is taken out before its value changes."""

    def __init__(self, column: Callable[[Session], Any]) -> None:
        self._column = column
        self._entries = SortedList()

    def add(self, session: Session) -> None:
        self._entries.add(self._entry(session))

    def remove(self, session: Session) -> None:
        self._entries.remove(self._entry(session))

    def since(self, value: Any) -> Iterator[Session]:
        """Those whose value is not less, in order; None: all of them."""
        entries = self._entries.irange(None if value is None else (value,))
        return (session for _, _, session in entries)

    def descending(self) -> Iterator[Session]:
        """The greatest value first; those with the same value by id all the same."""
        for _, same in groupby(reversed(self._entries), key=itemgetter(0)):
            yield from (session for _, _, session in reversed(list(same)))

    def count_since(self, value: Any) -> int:
        return len(self._entries) - (0 if value is None else self._entries.bisect_left((value,)))

    def _entry(self, session: Session) -> tuple[Any, str, Session]:
        return self._column(session), session.id, session
