"""What is written today: every open run is read from the table, every session asked for, 200 at a time, what ended is closed.

No watermark, no pages of Dataverse's own order, one transaction for each run that ended. The same SDKs, the same number of
threads, connections kept. It is not slowed down anywhere.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import batched, chain
from typing import Any

import requests
from azure.data.tables import TableClient
from azure.identity import ManagedIdentityCredential
from requests.adapters import HTTPAdapter

from benchmarks.case import Bench
from benchmarks.scale import bulk
from benchmarks.scale.counting import CountedTransport
from benchmarks.scale.ground import Ground
from benchmarks.scale.population import Population
from shared.run.ids import shard_of
from shared.run.status import Ending, meaning_of
from shared.storage.shards import shard_names
from shared.storage.table import Row
from status_poller.poll import _WRITERS as WORKERS  # as many threads as ours has

SUBJECT = "In() of 200 ids, no watermark"
TABLE = "plain"
_IDS = 200
_COLUMNS = "flowsessionid,statuscode,startedon,completedon,errorcode,errormessage"


class PlainPoller:
    def __init__(self, ground: Ground, storage: CountedTransport) -> None:
        self._table = TableClient.from_connection_string(ground.tables, TABLE, transport=storage)
        self._url = f"{ground.dataverse.url}/api/data/v9.2/flowsessions"
        self._credential = ManagedIdentityCredential()
        self._scope = f"{ground.dataverse.url}/.default"
        self._http = requests.Session()
        self._http.mount("http://", HTTPAdapter(pool_maxsize=WORKERS))

    def close(self) -> None:
        self._table.close()
        self._http.close()

    def poll(self) -> None:
        self._http.headers["Authorization"] = f"Bearer {self._credential.get_token(self._scope).token}"
        with ThreadPoolExecutor(WORKERS) as pool:
            open_rows = list(chain.from_iterable(pool.map(self._open_rows, shard_names())))
            looks = pool.map(self._ended, batched(open_rows, _IDS, strict=False))
            list(pool.map(lambda ended: self._close(*ended), chain.from_iterable(looks)))

    def ask_each(self, session_ids: Sequence[str]) -> None:
        """One GET for each run, as the simplest of all pollers does."""
        self._http.headers["Authorization"] = f"Bearer {self._credential.get_token(self._scope).token}"
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda each: self._get(f"({each})", {"$select": _COLUMNS}), session_ids))

    def _open_rows(self, shard: str) -> list[Mapping[str, Any]]:
        open_rows = "PartitionKey eq @shard and RowKey ge 'open|' and RowKey lt 'open~'"
        columns = ["PartitionKey", "RowKey", "sessionId"]
        return list(self._table.query_entities(open_rows, parameters={"shard": shard}, select=columns))

    def _ended(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
        values = ",".join(f"'{row['sessionId']}'" for row in rows)
        condition = f"Microsoft.Dynamics.CRM.In(PropertyName='flowsessionid',PropertyValues=[{values}])"
        found = self._get("", {"$select": _COLUMNS, "$filter": condition})["value"]
        sessions = {session["flowsessionid"]: session for session in found}
        for row in rows:
            session = sessions.get(row["sessionId"])
            if session is not None and meaning_of(session["statuscode"]).ending is not Ending.NO:
                yield row, session

    def _get(self, path: str, query: Mapping[str, str]) -> Any:
        answer = self._http.get(self._url + path, params=query, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def _close(self, row: Mapping[str, Any], session: Mapping[str, Any]) -> None:
        ended = {
            key: value for key, value in session.items() if not key.startswith("@") and value is not None
        }
        key = row["RowKey"].removeprefix("open|")
        self._table.submit_transaction(
            [
                ("create", {"PartitionKey": row["PartitionKey"], "RowKey": f"ended|{key}", **ended}),
                ("delete", {"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"]}),
            ]
        )


@contextmanager
def plain_poller(ground: Ground, storage: CountedTransport) -> Iterator[PlainPoller]:
    poller = PlainPoller(ground, storage)
    try:
        yield poller
    finally:
        poller.close()


def populate_plainly(bench: Bench, ground: Ground, population: Population) -> None:
    """The same runs, in this poller's own table."""
    rows = defaultdict[str, list[Row]](list)
    for run in population.runs:
        rows[shard_of(run.id)].append(
            Row(f"open|{run.id}", {"sessionId": run.session_id, "status": run.status})
        )
    bulk.write(bench, ground.tables, TABLE, "plain rows", rows)
