"""Lists of sessions. Absence from one proves nothing: rows that we may not read are left out without a word."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from shared.clock import Deadline
from shared.dataverse.odata import any_of, instant, query
from shared.dataverse.paging import MOST_PAGES, following, pages
from shared.dataverse.purpose import Purpose
from shared.dataverse.session_rows import ALL_COLUMNS, FEW_COLUMNS, SessionPage, readable
from shared.dataverse.web_api import WebApi
from shared.run.model import SessionView
from shared.run.status import DATAVERSE_STATUS, Ending

IDS_A_REQUEST = 500
"""Session ids in one In() filter: about 20 KB of the 32 KB that a Dataverse URL may have."""
_FULL_PAGES = {"Prefer": "odata.maxpagesize=5000"}
_NOT_ENDED = " and ".join(
    f"statuscode ne {code}" for code, meaning in DATAVERSE_STATUS.items() if meaning.ending is not Ending.NO
)
"""Codes that nobody knows are in it: they are no end."""


class SessionLists(msgspec.Struct, frozen=True):
    api: WebApi

    def shown(self, session_ids: Sequence[str], deadline: Deadline) -> Iterator[SessionView]:
        """Those of the sessions that Dataverse shows us."""
        for begin in range(0, len(session_ids), IDS_A_REQUEST):
            condition = any_of("flowsessionid", session_ids[begin : begin + IDS_A_REQUEST])
            yield from self._each(condition, Purpose.READ, deadline)

    def created_between(
        self, begin: datetime, end: datetime | None, creator: str | None, deadline: Deadline
    ) -> Iterator[SessionView]:
        """Sessions created in [begin, end], in whole seconds of Dataverse's clock, by one user where `creator` is given."""
        condition = f"createdon ge {instant(begin)}"
        if end is not None:
            condition += f" and createdon le {instant(end + timedelta(seconds=1))}"
        if creator is not None:
            condition += f" and _createdby_value eq {creator}"
        yield from self._each(condition, Purpose.SEARCH, deadline)

    def changed_since(
        self, since: datetime, creator: str, deadline: Deadline
    ) -> Iterator[Sequence[SessionView]]:
        """Pages of what one user's sessions have become since then, in the order of their change; some come twice."""
        condition = f"_createdby_value eq {creator}"
        by = _By("modifiedon", lambda session: session.modified_at, ALL_COLUMNS, Purpose.CHANGES)
        return self._in_order(condition, by, since, deadline)

    def not_ended(self, since: datetime, creator: str, deadline: Deadline) -> Iterator[Sequence[SessionView]]:
        """Pages of one user's sessions created since then that have not ended, in the order of their creation; some come
        twice. Of each only how it stands, and its callback URL.
        """
        condition = f"_createdby_value eq {creator} and {_NOT_ENDED}"
        by = _By("createdon", lambda session: session.created_at, FEW_COLUMNS, Purpose.SWEEP)
        return self._in_order(condition, by, since, deadline)

    def latest_change(self, creator: str, deadline: Deadline) -> datetime | None:
        """When a session of this user was last changed, by Dataverse's clock; None: it shows none."""
        options = query(
            select="flowsessionid,statuscode,modifiedon",
            filter=f"_createdby_value eq {creator}",
            orderby="modifiedon desc",
            top="1",
        )
        page = self.api.get(f"flowsessions?{options}", deadline, purpose=Purpose.CHANGES).decode(SessionPage)
        return next((session.modified_at for session in readable(page.value)), None)

    def _each(self, condition: str, purpose: Purpose, deadline: Deadline) -> Iterator[SessionView]:
        path = "flowsessions?" + query(
            select=ALL_COLUMNS, filter=condition, orderby="createdon,flowsessionid"
        )
        for page in pages(self.api, path, SessionPage, deadline, purpose=purpose):
            yield from readable(page.value)

    def _in_order(
        self, condition: str, by: "_By", since: datetime, deadline: Deadline
    ) -> Iterator[Sequence[SessionView]]:
        """Each page begins, by its filter, at the time at which the last one ended: rows that move meanwhile are met again.

        Only a page whose rows all have one time is continued by its nextLink.
        """
        asked = set[str]()
        path: str | None = by.path(condition, since)
        while path is not None and path not in asked and len(asked) < MOST_PAGES:
            asked.add(path)
            page = self.api.get(path, deadline, _FULL_PAGES, purpose=by.purpose).decode(SessionPage)
            sessions = list(readable(page.value))
            yield sessions
            last = by.time(sessions[-1]) if sessions else None
            path = following(self.api, page.next_link)
            if path is not None and last is not None and instant(last) > instant(since):
                since, path = last, by.path(condition, last)


class _By(msgspec.Struct, frozen=True):
    """A column of time, by which a list is ordered and cut."""

    column: str
    time: Callable[[SessionView], datetime | None]
    select: str
    purpose: Purpose

    def path(self, condition: str, since: datetime) -> str:
        return "flowsessions?" + query(
            select=self.select,
            filter=f"{self.column} ge {instant(since)} and {condition}",
            orderby=f"{self.column},flowsessionid",
        )
