"""What is written today: every open run is read from the table, every session asked for, 200 at a time, what ended is saved.

No watermark, no list in Dataverse's own order, one read and one transaction for each run that ended, through the table's SDK. The
rows are Deskhand's, in a table of their own, and so is what an end makes of a run; the number of threads is the same, and connections
are kept. It is not slowed down anywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import batched, chain

import msgspec
import requests
from azure.identity import ManagedIdentityCredential
from requests.adapters import HTTPAdapter

from benchmarks.scale.counting import CountedTransport
from benchmarks.scale.ground import Ground
from benchmarks.scale.sdk_table import SdkTable
from shared.clock import SYSTEM_CLOCK
from shared.dataverse.session_rows import ALL_COLUMNS, SessionPage, readable
from shared.run.model import SessionView, Source, Told
from shared.run.status import Ending, meaning_of
from shared.storage.rows import WAITING, WORK, Work, read_work
from shared.storage.runs import RunStore
from shared.storage.shards import shard_names
from status_poller.news import observing
from status_poller.poll import _WRITERS as WORKERS  # as many threads as ours has

SUBJECT = "In() of 200 ids, no watermark"
_IDS = 200


class PlainPoller:
    def __init__(self, ground: Ground, storage: CountedTransport) -> None:
        self._table = SdkTable(ground, storage)
        self._pool = ThreadPoolExecutor(WORKERS)
        self._store = RunStore(self._table, SYSTEM_CLOCK, self._pool)
        self._url = f"{ground.dataverse.url}/api/data/v9.2/flowsessions"
        self._credential = ManagedIdentityCredential()
        self._scope = f"{ground.dataverse.url}/.default"
        self._http = requests.Session()
        self._http.mount("http://", HTTPAdapter(pool_maxsize=WORKERS))

    def close(self) -> None:
        self._pool.shutdown()
        self._http.close()

    def poll(self) -> None:
        self._authorize()
        works = list(chain.from_iterable(self._pool.map(self._open_runs, shard_names())))
        looks = self._pool.map(self._ended, batched(works, _IDS, strict=False))
        list(self._pool.map(lambda ended: self._save(*ended), chain.from_iterable(looks)))

    def ask_each(self, session_ids: Sequence[str]) -> None:
        """One GET for each run, as the simplest of all pollers does."""
        self._authorize()
        list(self._pool.map(lambda each: self._get(f"({each})", {}), session_ids))

    def _authorize(self) -> None:
        self._http.headers["Authorization"] = f"Bearer {self._credential.get_token(self._scope).token}"

    def _open_runs(self, shard: str) -> list[Work]:
        return [read_work(row) for row in self._table.range(shard, WORK, WAITING)]

    def _ended(self, works: Sequence[Work]) -> list[tuple[Work, SessionView]]:
        values = ",".join(f"'{work.session_id}'" for work in works)
        condition = f"Microsoft.Dynamics.CRM.In(PropertyName='flowsessionid',PropertyValues=[{values}])"
        page = msgspec.json.decode(self._get("", {"$filter": condition}), type=SessionPage)
        shown = {session.id: session for session in readable(page.value)}
        found = [(work, shown.get(work.session_id or "")) for work in works]
        return [(work, each) for work, each in found if each is not None and _has_ended(each)]

    def _get(self, path: str, query: Mapping[str, str]) -> bytes:
        answer = self._http.get(self._url + path, params={"$select": ALL_COLUMNS, **query}, timeout=60)
        answer.raise_for_status()
        return answer.content

    def _save(self, work: Work, session: SessionView) -> None:
        stored = self._store.get(work.run_id)
        assert stored is not None
        self._store.advance(stored, observing(session, Told(Source.POLLER, SYSTEM_CLOCK.now())))


def _has_ended(session: SessionView) -> bool:
    return meaning_of(session.status_code).ending is not Ending.NO


@contextmanager
def plain_poller(ground: Ground, storage: CountedTransport) -> Iterator[PlainPoller]:
    poller = PlainPoller(ground, storage)
    try:
        yield poller
    finally:
        poller.close()
