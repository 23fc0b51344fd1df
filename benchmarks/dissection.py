"""Where a start's time goes: one at a time, with a clock at each border that it crosses."""

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
from shared.storage.azure_table import open_table
from shared.storage.table import Operation, Row, Table
from shared.wiring import wire

_APART_SECONDS = 0.2
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
        super().__init__(session=requests.Session())
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

    def close(self) -> None:
        self._app.close()

    def parts(self, count: int) -> tuple[Part, ...]:
        """Medians of so many starts, after one on each connection."""
        for number in range(_CONNECTIONS):
            started(self._app, self._orders, number)
        taken = [self._one(_CONNECTIONS + number) for number in range(count)]
        return tuple(
            Part(name=name, milliseconds=median(times) * 1000)
            for name, times in zip(_NAMES, zip(*taken, strict=True), strict=True)
        )

    def _one(self, number: int) -> Sequence[float]:
        self._borders.crossed.clear()
        begun = time.perf_counter()
        started(self._app, self._orders, number)
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
    """They add up to what a start over HTTP takes, one at a time."""
    over_http = median(deskhand.as_they_come([number * _APART_SECONDS for number in range(count)]))
    with apart(Dissection, dict(stack.settings), orders) as dissection:
        within = dissection(Dissection.parts, count)
    rest = over_http - sum(part.milliseconds for part in within)
    return (Part(name=_HOST, milliseconds=rest), *within)
