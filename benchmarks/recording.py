"""One start, done by Deskhand in this process, and every write of it kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import azure.functions as func
import requests
from requests.adapters import HTTPAdapter

from benchmarks.starts import Orders
from shared.http.call import Call
from shared.http.serve import answered
from shared.storage.azure_table import open_table
from shared.storage.rows import key_key
from shared.storage.table import Operation, Row, Table
from shared.wiring import Deskhand, wire
from trigger_run.start import run_and_wait

_PACE = "pace-"


class NotRecordedError(Exception):
    """The start did not go as a warm start goes: there would be no floor to compare with."""


@dataclass(frozen=True, slots=True)
class Recording:
    run_id: str
    key_hash: str
    intent: Sequence[Operation]
    permit: Sequence[Operation]
    save: Sequence[Operation]
    url: str
    """Of RunDesktopFlow, as the next two."""
    headers: Mapping[str, str]
    body: str


class RecordingTable:
    """A table, and what was committed to it."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.commits: list[tuple[str, Sequence[Operation]]] = []

    def get(self, partition: str, key: str) -> Row | None:
        return self._table.get(partition, key)

    def commit(self, partition: str, operations: Sequence[Operation]) -> tuple[str, ...]:
        self.commits.append((partition, operations))
        return self._table.commit(partition, operations)

    def range(self, partition: str, low: str, high: str, *, page_size: int = 1000) -> Iterator[Row]:
        return self._table.range(partition, low, high, page_size=page_size)


class RecordingAdapter(HTTPAdapter):
    """To Dataverse. The POSTs of all threads are kept."""

    def __init__(self, posts: list[requests.PreparedRequest]) -> None:
        super().__init__(max_retries=0)
        self._posts = posts

    def send(self, request: requests.PreparedRequest, *rest: Any, **options: Any) -> requests.Response:
        if request.method == "POST":
            self._posts.append(request)
        return super().send(request, *rest, **options)


def recorded(settings: Mapping[str, str], orders: Orders) -> Recording:
    """Of order 0."""
    tables: list[RecordingTable] = []
    posts: list[requests.PreparedRequest] = []

    def recording(*wired: Any) -> RecordingTable:
        tables.append(RecordingTable(open_table(*wired)))
        return tables[0]

    app = wire(settings, table=recording, new_adapter=lambda: RecordingAdapter(posts))
    try:
        started(app, orders, 0)
    finally:
        app.close()
    return _read(tables[0].commits, posts)


def started(app: Deskhand, orders: Orders, number: int) -> func.HttpResponse:
    """As its binding would call it. Raises NotRecordedError."""
    request = func.HttpRequest(
        method="POST",
        url="http://127.0.0.1/api",
        route_params={"flowId": orders.flow_id},
        headers={"Idempotency-Key": f"recorded-{number}"},
        body=orders.json(number),
    )
    answer = answered(app, Call(request, app.settings.public_base_url), run_and_wait)
    if answer.status_code != 202:  # noqa: PLR2004 - 202 Accepted
        raise NotRecordedError(f"A start was answered {answer.status_code} {answer.get_body().decode()}")
    return answer


def _read(
    commits: Sequence[tuple[str, Sequence[Operation]]], posts: Sequence[requests.PreparedRequest]
) -> Recording:
    permits = [operations for partition, operations in commits if partition.startswith(_PACE)]
    others = [operations for partition, operations in commits if not partition.startswith(_PACE)]
    if (len(permits), len(others), len(posts)) != (1, 2, 1):
        raise NotRecordedError("A start wrote something else than intent, permit and session.")
    intent, save = others
    keys = [each.row.key for each in intent]
    (key_hash,) = (key.removeprefix(key_key("")) for key in keys if key.startswith(key_key("")))
    run_id = keys[0].rpartition("|")[2]
    (post,) = posts
    assert post.url is not None
    assert isinstance(post.body, bytes)
    return Recording(run_id, key_hash, intent, permits[0], save, post.url, post.headers, post.body.decode())
