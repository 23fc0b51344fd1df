"""Where a start's time goes: one at a time, with a clock at each border that it crosses."""

import gc
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import requests
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter

from benchmarks.apart import apart
from benchmarks.case import Part
from benchmarks.recording import started
from benchmarks.sides import Side
from benchmarks.starts import Orders
from local.stack import Stack
from shared.plain_session import PlainSession
from shared.storage.azure_table import open_table
from shared.storage.table import Operation, Row, Table
from shared.tls import TrustingAdapter
from shared.wiring import wire

_CONNECTIONS = 10
_NAMES = (
    "request read and checked, run made",
    "intent written and read",
    "intent at storage",
    "permit waited for, order made",
    "RunDesktopFlow at Dataverse",
    "session taken over",
    "session written and read",
    "session at storage",
    "answer made",
)
_HOST = "HTTP, host and worker"


@dataclass(slots=True)
class Borders:
    """When the thread that makes a start left its own code for the next, and came back."""

    thread: int
    crossed: list[float]

    @contextmanager
    def beyond(self) -> Iterator[None]:
        own = threading.get_ident() == self.thread
        if own:
            self.crossed.append(time.perf_counter())
        yield
        if own:
            self.crossed.append(time.perf_counter())


class TimedTable:
    def __init__(self, table: Table, borders: Borders) -> None:
        self._table = table
        self._borders = borders

    def get(self, partition: str, key: str) -> Row | None:
        return self._table.get(partition, key)

    def commit(self, partition: str, operations: Sequence[Operation]) -> tuple[str, ...]:
        with self._borders.beyond():
            return self._table.commit(partition, operations)

    def range(self, partition: str, low: str, high: str, *, page_size: int = 1000) -> Iterator[Row]:
        return self._table.range(partition, low, high, page_size=page_size)


class TimedTransport(RequestsTransport):  # type: ignore[misc]  # azure.core loads it lazily, as Any
    def __init__(self, borders: Borders) -> None:
        super().__init__(session=PlainSession(TrustingAdapter()))
        self._borders = borders

    def send(self, request: Any, **options: Any) -> Any:
        with self._borders.beyond():
            return super().send(request, **options)


class TimedAdapter(HTTPAdapter):
    def __init__(self, borders: Borders) -> None:
        super().__init__(max_retries=0)
        self._borders = borders

    def send(self, *request: Any, **options: Any) -> requests.Response:
        with self._borders.beyond():
            return super().send(*request, **options)


class Dissection:
    """To be made in a process of its own."""

    def __init__(self, settings: Mapping[str, str], orders: Orders) -> None:
        os.environ.update({name: settings[name] for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")})
        self._orders = Orders(orders.flow_id, _CONNECTIONS)
        self._borders = Borders(threading.get_ident(), [])
        transport = TimedTransport(self._borders)
        self._app = wire(
            {**settings, "RUNS_TABLE": "dissected"},
            table=lambda settings, clock: TimedTable(open_table(settings, clock, transport), self._borders),
            new_adapter=lambda: TimedAdapter(self._borders),
        )
        for number in range(_CONNECTIONS):
            started(self._app, self._orders, number)
        gc.freeze()  # as a worker's start does (shared/cold_start.py)

    def close(self) -> None:
        self._app.close()

    def seconds_of(self, number: int) -> Sequence[float]:
        """Part by part."""
        self._borders.crossed.clear()
        begun = time.perf_counter()
        started(self._app, self._orders, _CONNECTIONS + number)
        ended = time.perf_counter()
        return _spent(begun, self._borders.crossed, ended)


def _spent(begun: float, crossed: Sequence[float], ended: float) -> Sequence[float]:
    """Seconds of each part. Around a transaction's own request lies what it takes to write and to read it."""
    intent, sent, answered, written, asked, told, save, sent_too, answered_too, saved = crossed
    return (
        intent - begun,
        (sent - intent) + (written - answered),
        answered - sent,
        asked - written,
        told - asked,
        save - told,
        (sent_too - save) + (saved - answered_too),
        answered_too - sent_too,
        ended - saved,
    )


def parts_of_a_start(stack: Stack, orders: Orders, deskhand: Side, count: int) -> tuple[Part, ...]:
    """Medians of so many starts in turn with as many over HTTP; the first part is what those take longer."""
    over_http, within = list[float](), list[Sequence[float]]()
    with apart(Dissection, dict(stack.settings), orders) as dissection:
        for number in range(count):
            over_http += deskhand.as_they_come([0.0])
            within.append(dissection(Dissection.seconds_of, number))
    rest = median(over_http) - median(sum(parts) for parts in within) * 1000
    parts = (
        Part(name=name, milliseconds=median(times) * 1000)
        for name, times in zip(_NAMES, zip(*within, strict=True), strict=True)
    )
    return (Part(name=_HOST, milliseconds=rest), *parts)
