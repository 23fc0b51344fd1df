"""The floor of a start: what it writes and sends, and nothing else.

One start is done by Deskhand and recorded. Each start of the floor writes the same rows, under ids of its own, in the same
transactions, and sends the same RunDesktopFlow: the intent and a permit at the same time, the POST, the session. Everything else is
prepared before: no HTTP server, no checks, no signatures, no answer.
"""

import os
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import requests
from azure.core.exceptions import ServiceResponseError

from benchmarks.bare import bare_table
from benchmarks.recording import Recording, recorded
from benchmarks.starts import CALLERS, Orders
from benchmarks.threads import MishapError, Threads
from shared.run.ids import created_at, new_run_id, newest_first, shard_of
from shared.storage.shards import SHARDS
from shared.storage.table import Operation, Row, WriteUnsureError


@dataclass(frozen=True, slots=True)
class Prepared:
    """One start."""

    shard: str
    intent: Sequence[Operation]
    pace: str
    permit: Sequence[Operation]
    body: bytes
    save: Sequence[Operation]


class Floor(Threads[Prepared]):
    def __init__(self, settings: Mapping[str, str], orders: Orders) -> None:
        super().__init__(CALLERS)
        os.environ.update({name: settings[name] for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")})
        settings = {**settings, "RUNS_TABLE": f"floor{secrets.token_hex(4)}"}
        self._orders = orders
        self._recording = recorded(settings, orders)
        self._table = bare_table(settings)
        self._beside = ThreadPoolExecutor(CALLERS)
        self._of_thread = threading.local()

    def close(self) -> None:
        super().close()
        self._beside.shutdown()

    def prepared(self, number: int) -> Prepared:
        told = self._recording
        renamed = _renaming(told, self._orders, number)
        return Prepared(
            shard=shard_of(renamed(told.run_id)),
            intent=[_renamed(each, renamed) for each in told.intent],
            pace=f"pace-{secrets.token_hex(16)}",
            permit=told.permit,
            body=renamed(told.body).encode(),
            save=[_renamed(each, renamed) for each in told.save],
        )

    def start(self, prepared: Prepared) -> None:
        permit = self._beside.submit(self._commit, prepared.pace, prepared.permit)
        etag = self._commit(prepared.shard, prepared.intent)[0]
        permit.result()
        told = self._recording
        answer = self._session().post(told.url, data=prepared.body, headers=told.headers, timeout=30)
        answer.raise_for_status()
        guarded, *others = prepared.save
        self._commit(prepared.shard, [replace(guarded, row=replace(guarded.row, etag=etag)), *others])

    def _commit(self, partition: str, operations: Sequence[Operation]) -> Sequence[str]:
        """Azurite closes what was idle for five seconds, also under a request that has just been sent."""
        try:
            return self._table.commit(partition, operations)
        except (ServiceResponseError, WriteUnsureError) as lost:
            raise MishapError(str(lost)) from lost

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = self._of_thread.session = requests.Session()
        return session


def _renaming(told: Recording, orders: Orders, number: int) -> Callable[[str], str]:
    """Texts of the recorded start as those of another: equally long, and different wherever two starts must differ."""
    run_id = new_run_id(created_at(told.run_id), secrets.randbelow(SHARDS), secrets.randbits(62))
    recorded_body, body = orders.body(0), orders.body(number)
    names = {
        newest_first(told.run_id): newest_first(run_id),
        told.run_id: run_id,
        told.key_hash: secrets.token_hex(32),
        recorded_body["connectionName"]: body["connectionName"],
        recorded_body["clientReference"]: body["clientReference"],
    }
    return partial(_replaced, names)


def _replaced(names: Mapping[str, str], text: str) -> str:
    for old, new in names.items():
        text = text.replace(old, new)
    return text


def _renamed(operation: Operation, renamed: Callable[[str], str]) -> Operation:
    row = operation.row
    properties = {
        name: renamed(value) if isinstance(value, str) else value for name, value in row.properties.items()
    }
    return replace(operation, row=Row(renamed(row.key), properties, row.etag))
