"""The floor of a start: what it writes and sends, and nothing else.

One start is done by Deskhand and recorded. Each start of the floor writes the same rows, under ids of its own, in the same
transactions, and sends the same RunDesktopFlow: the intent and a permit at the same time, the POST, the session. Everything else is
prepared before: no HTTP server, no checks, no signatures, no answer.
"""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import requests

from benchmarks.bare import Transactions
from benchmarks.recording import Recording, recorded
from benchmarks.starts import CALLERS, Orders
from shared.run.ids import created_at, new_run_id, newest_first, shard_of
from shared.storage.shards import SHARDS
from shared.storage.table import Operation, Row

_HEAD_START_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Prepared:
    """One start."""

    shard: str
    intent: Sequence[Operation]
    pace: str
    permit: Sequence[Operation]
    body: bytes
    save: Sequence[Operation]


class Floor:
    def __init__(
        self,
        settings: Mapping[str, str],
        orders: Orders,
        client: Callable[[Mapping[str, str]], Transactions],
    ) -> None:
        os.environ.update({name: settings[name] for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")})
        settings = {**settings, "RUNS_TABLE": f"floor{secrets.token_hex(4)}"}
        self._orders = orders
        self._recording = recorded(settings, orders)
        self._table = client(settings)
        self._threads = ThreadPoolExecutor(CALLERS, initializer=self._open_session)
        self._beside = ThreadPoolExecutor(CALLERS)
        self._of_thread = threading.local()

    def close(self) -> None:
        self._threads.shutdown()
        self._beside.shutdown()

    def in_turn(self, numbers: range, callers: int) -> float:
        left = iter([self._prepared(number) for number in numbers])
        begun = time.perf_counter()
        for each in [self._threads.submit(self._starts, left) for _ in range(callers)]:
            each.result()
        return time.perf_counter() - begun

    def as_they_come(self, first: int, offsets: Sequence[float]) -> list[float]:
        prepared = [self._prepared(first + at) for at in range(len(offsets))]
        begin = time.perf_counter() + _HEAD_START_SECONDS
        begun = []
        for start, offset in zip(prepared, offsets, strict=True):
            time.sleep(max(0.0, begin + offset - time.perf_counter()))
            begun.append(self._threads.submit(self._timed, start, begin + offset))
        return [each.result() for each in begun]

    def _open_session(self) -> None:
        self._of_thread.session = requests.Session()

    def _starts(self, left: Iterator[Prepared]) -> None:
        for start in left:
            self._start(start)

    def _timed(self, start: Prepared, due: float) -> float:
        self._start(start)
        return (time.perf_counter() - due) * 1000

    def _start(self, start: Prepared) -> None:
        permit = self._beside.submit(self._table.commit, start.pace, start.permit)
        etag = self._table.commit(start.shard, start.intent)[0]
        permit.result()
        told = self._recording
        answer = self._of_thread.session.post(told.url, data=start.body, headers=told.headers, timeout=30)
        answer.raise_for_status()
        guarded, *others = start.save
        self._table.commit(start.shard, [replace(guarded, row=replace(guarded.row, etag=etag)), *others])

    def _prepared(self, number: int) -> Prepared:
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
