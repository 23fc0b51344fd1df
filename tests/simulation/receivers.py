"""Who is told of runs: webhook receivers and an Event Grid topic, and the way there. All that was sent is logged, and what became of it."""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, override
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ProtocolError

from shared.clock import Deadline
from shared.settings import Settings
from shared.webhooks.sender import Receipt, WebhookSender
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.weather import Fault, Weather
from tests.simulation.wire import LostError, TimedOutError, Wire

TOPIC = "topic.westeurope-1.eventgrid.azure.net"
LATEST_POST_SECONDS = 30.0
"""A message whose sender gave up may still arrive by then."""
_FAULTS = (
    Fault.UNREACHABLE,
    Fault.LOST,
    Fault.ANSWER_LOST,
    Fault.LATE,
    Fault.SLOW,
    Fault.SERVER_ERROR,
    Fault.TOKEN_REFUSED,
    Fault.RECEIVER_BUSY,
    Fault.RECEIVER_GONE,
)
_PROCESS = (Fault.DIES_BEFORE, Fault.DIES_AFTER)
_RATES = (0.0, 0.02, 0.1, 0.3)
_RARE = {Fault.RECEIVER_GONE: 0.1, Fault.SLOW: 0.5}
_STATUSES = {
    Fault.SERVER_ERROR: 500,
    Fault.TOKEN_REFUSED: 401,
    Fault.RECEIVER_BUSY: 503,
    Fault.RECEIVER_GONE: 410,
}


@dataclass(slots=True)
class Post:
    """An event on its way to somebody. A batch is as many of them."""

    at: float
    """When it was sent, or tried to be."""
    by: str
    to: str
    """The host of the receiver."""
    id: str
    type: str
    run_id: str
    content: str
    """All that is told."""
    status: int | None = None
    """What was answered; None as long as it has not arrived."""

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # HTTP's own words for success

    @property
    def ends(self) -> bool:
        return not self.type.endswith("started")


@dataclass(slots=True)
class Receivers:
    scheduler: Scheduler
    weather: Weather
    dice: random.Random
    posts: list[Post] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    """Hosts where nobody answers, until it is calm."""
    rates: dict[Fault, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rates = {fault: self.dice.choice(_RATES) * _RARE.get(fault, 1) for fault in _FAULTS}

    def ask(self, process: Process, url: str, posts: list[Post], patience: float) -> tuple[int, float | None]:
        """The status of the answer, and its Retry-After. Raises ConnectionError, TimeoutError."""
        host = urlsplit(url).netloc
        fault = self._fault(host)
        shown = f" [{fault}]" if fault else ""
        self.scheduler.note(f"tells {host} {' '.join(post.id for post in posts)}{shown}")
        self.posts += posts
        if fault is Fault.UNREACHABLE:
            raise ConnectionError
        status = 200 if fault is None else _STATUSES.get(fault, 200)

        def work() -> None:
            for post in posts:
                post.status = status

        wire = Wire(self.scheduler, self.dice, LATEST_POST_SECONDS)
        try:
            wire.ask(process, wire.fate(fault), work, patience)
        except TimedOutError:
            raise TimeoutError from None
        except LostError:
            raise ConnectionError from None
        self.scheduler.note(f"{host} answers {status}")
        return status, self.dice.choice((1.0, 40.0, 900.0)) if fault is Fault.RECEIVER_BUSY else None

    def _fault(self, host: str) -> Fault | None:
        if self.weather.calm:
            return None
        if host in self.down:
            return self.dice.choice((Fault.UNREACHABLE, Fault.LOST))
        thrown = self.dice.random()
        for fault in _FAULTS:
            if thrown < self.rates[fault] and (fault is not Fault.RECEIVER_GONE or host != TOPIC):
                return self.weather.count(fault)
            thrown -= self.rates[fault]
        return self.weather.strike(_PROCESS)


class Sender(WebhookSender):
    """The product's own, with this network under it."""

    def __init__(self, settings: Settings, receivers: Receivers, process: Process) -> None:
        super().__init__(settings)
        self._receivers, self._process = receivers, process

    @override
    def _posted(self, url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline) -> Receipt:
        receivers = self._receivers
        message = json.loads(body)
        post = Post(
            receivers.scheduler.now,
            receivers.scheduler.running,
            urlsplit(url).netloc,
            headers["webhook-id"],
            message["type"],
            message["data"]["runId"],
            body.decode(),
        )
        status, retry_after = receivers.ask(self._process, url, [post], deadline.remaining)
        return Receipt(status, f"It answered {status}.", retry_after)


def published(
    receivers: Receivers, process: Process, request: requests.PreparedRequest, patience: float
) -> int:
    """A batch of CloudEvents, as `requests` sends it: the status of the answer. Raises requests' own errors."""
    body: Any = request.body or b"[]"
    posts = list(_events(receivers, json.loads(body)))
    try:
        status, _ = receivers.ask(process, request.url or "", posts, patience)
    except TimeoutError:
        raise requests.ReadTimeout("Read timed out.") from None
    except ConnectionError:
        raise requests.ConnectionError(ProtocolError("Connection aborted.")) from None
    return status


def _events(receivers: Receivers, batch: list[dict[str, Any]]) -> Iterator[Post]:
    for event in batch:
        yield Post(
            receivers.scheduler.now,
            receivers.scheduler.running,
            TOPIC,
            event["id"],
            event["type"].removeprefix("deskhand."),
            event["data"]["runId"],
            json.dumps(event),
        )
