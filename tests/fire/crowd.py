"""Callers: so many at once, at every host, who know nothing of the fire. What they were answered is kept."""

import random
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

import requests

from tests.e2e.client import Client

CALLERS = 6
_TRIES = 4
_BREATH = 0.15
"""Seconds between two orders of a caller."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a caller wants done once."""

    flow: str
    reference: str
    key: str | None
    cancel: bool


@dataclass(frozen=True, slots=True)
class Answered:
    order: Order
    status: int | None
    """None: the connection broke, or nobody answered."""
    run_id: str | None


@dataclass(slots=True)
class Crowd:
    hosts: Sequence[Client]
    dice: random.Random
    answers: list[Answered] = field(default_factory=list)
    _twins: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2 * CALLERS))

    @contextmanager
    def at_work(self, *flows: str, most: int) -> Iterator[None]:
        """Callers place orders while the block runs, `most` altogether; those under way are seen to their end."""
        over = Event()
        orders = iter([self._order(flows[number % len(flows)]) for number in range(most)])

        def work() -> None:
            while not over.is_set() and (order := next(orders, None)) is not None:
                self._place(order)
                time.sleep(_BREATH)

        with ThreadPoolExecutor(CALLERS) as callers, self._twins:
            working = [callers.submit(work) for _ in range(CALLERS)]
            try:
                yield
            finally:
                over.set()
            for each in working:
                each.result()

    def _order(self, flow: str) -> Order:
        """Most have a key. One in six is cancelled as soon as its run is known."""
        key = str(uuid.uuid4()) if self.dice.random() < 0.7 else None
        return Order(flow, str(uuid.uuid4()), key, cancel=self.dice.random() < 1 / 6)

    def _place(self, order: Order) -> None:
        """Without a key: once. With one: at both hosts at the same time, and again where it was not accepted."""
        if order.key is None:
            self._ask(self.dice.choice(self.hosts), order)
            return
        for attempt in range(_TRIES):
            twins = [self._twins.submit(self._ask, host, order) for host in self.hosts]
            if any(twin.result().status == requests.codes.accepted for twin in twins):
                return
            time.sleep(_BREATH * 2**attempt)

    def _ask(self, host: Client, order: Order) -> Answered:
        try:
            answer = host.start(
                order.flow,
                key=order.key,
                clientReference=order.reference,
                connectionName=f"machine-{order.reference[0]}-{order.flow}",
            )
        except requests.RequestException:
            answered = Answered(order, None, None)
        else:
            accepted = answer.status_code == requests.codes.accepted
            answered = Answered(order, answer.status_code, answer.json()["runId"] if accepted else None)
        self.answers.append(answered)
        if order.cancel and answered.run_id is not None:
            self._cancel(answered.run_id)
        return answered

    def _cancel(self, run_id: str) -> None:
        """At any host. Whether it is heard is for the judge to see: here it may fail as anything may."""
        try:
            self.dice.choice(self.hosts).cancel({"runId": run_id})
        except requests.RequestException:
            return
