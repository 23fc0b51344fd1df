"""Who wants to be told of runs: subscribers come and go while faults strike, and some starts name an address of their own.

With dice of its own: other parts of a history are what they would be without it. In every third history nobody listens.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared.http.use_case import UseCase
from shared.run.events import EventType
from shared.wiring import Deskhand
from subscriptions.deliveries import redeliver
from subscriptions.managing import enable_subscription, subscribe, unsubscribe_signed
from tests.simulation.callers import Order, answered_json, asked
from tests.simulation.instances import Fleet
from tests.simulation.receivers import TOPIC, Receivers
from tests.simulation.scheduler import Scheduler
from tests.simulation.weather import Weather
from tests.simulation.workload import Scene

_OWN = ("own-1.example", "own-2.example")
_KINDS = tuple(EventType)
_COMES, _GOES, _AGAIN, _NAMED, _DOWN = 0.05, 0.03, 0.1, 0.15, 0.03


@dataclass(slots=True)
class Subscriber:
    host: str
    events: tuple[EventType, ...]
    flow_id: str | None
    id: str = ""
    """Empty until it was told."""
    signature: str = ""
    since: float = float("inf")
    """When it was told that it will hear."""
    until: float = float("inf")
    """When it asked to hear no more."""
    gone: float = float("inf")
    """When it was told that it will not."""

    def wants(self, kind: EventType, flow_id: str) -> bool:
        return kind in self.events and self.flow_id in {None, flow_id}


class Audience:
    def __init__(self, seed: int, scheduler: Scheduler, weather: Weather) -> None:
        self._dice = dice = random.Random(f"the audience of {seed}")
        self._scheduler = scheduler
        self._listens = seed % 3 != 0
        self.has_topic = self._listens and dice.random() < 0.3
        self.receivers = Receivers(scheduler, weather, random.Random(f"the receivers of {seed}"))
        self.subscribers: list[Subscriber] = []
        self.settings = {"DELIVERY_DAYS": "1"} | (
            {"EVENT_GRID_ENDPOINT": f"https://{TOPIC}"} if self.has_topic else {}
        )
        self.fleet: Fleet | None = None

    def gather(self, scene: Scene) -> None:
        """Before anything happens."""
        for _ in range(self._dice.randint(1, 3) if self._listens else 0):
            self._subscribe(scene)

    def act(self, scene: Scene) -> None:
        """Now and then, while things happen."""
        if not self._listens:
            return
        dice = self._dice
        if dice.random() < _COMES:
            self._subscribe(scene)
        if dice.random() < _GOES:
            self._unsubscribe()
        if dice.random() < _NAMED:
            self._start_with_an_address(scene)
        if dice.random() < _AGAIN:
            self._tell_again()
        if dice.random() < _DOWN:
            self.receivers.down.add(dice.choice((TOPIC, *_OWN, *(each.host for each in self.subscribers))))

    def become_quiet(self) -> None:
        """Who was disabled wants to hear again."""
        for each in self.subscribers:
            if each.id and each.until == float("inf"):
                self._ask("enable", enable_subscription, subscriptionId=each.id)

    def _subscribe(self, scene: Scene) -> None:
        dice, number = self._dice, len(self.subscribers)
        events = tuple(dice.sample(_KINDS, dice.randint(1, len(_KINDS)))) if dice.random() < 0.5 else _KINDS
        flow_id = dice.choice(scene.flows) if dice.random() < 0.2 else None
        subscriber = Subscriber(f"hooks-{number}.example", events, flow_id)
        self.subscribers.append(subscriber)
        body = {"url": f"https://{subscriber.host}/in?key=hush", "events": list(events), "flowId": flow_id}

        def work(app: Deskhand) -> None:
            answer = asked(app, subscribe, body)
            if answer.status_code != 201:  # it was made
                return
            subscriber.id = answered_json(answer)["subscriptionId"]
            (subscriber.signature,) = parse_qs(urlsplit(answer.headers["Location"]).query)["sig"]
            subscriber.since = self._scheduler.now

        self._run(f"subscribe {number}", work)

    def _unsubscribe(self) -> None:
        known = [each for each in self.subscribers if each.id and each.until == float("inf")]
        if not known:
            return
        subscriber = self._dice.choice(known)
        subscriber.until = self._scheduler.now

        def work(app: Deskhand) -> None:
            signature = {"sig": subscriber.signature}
            answer = asked(app, unsubscribe_signed, None, None, signature, subscriptionId=subscriber.id)
            if answer.status_code == 204:  # it has ended
                subscriber.gone = self._scheduler.now

        self._run("unsubscribe", work)

    def _start_with_an_address(self, scene: Scene) -> None:
        dice = self._dice
        body: dict[str, Any] = {
            "connectionName": "desk-1",
            "runMode": "attended",
            "inputs": {"A": scene.new_id()},
            "webhookUrl": f"https://{dice.choice(_OWN)}/in?key=hush",
        }
        order = Order(len(scene.orders), dice.choice(scene.flows), body)
        scene.orders.append(order)
        scene.callers.start(order)

    def _tell_again(self) -> None:
        """An end, whatever became of it."""
        known = {each.host: each.id for each in self.subscribers if each.id}
        ends = [post for post in self.receivers.posts if post.ends and post.to in known]
        if ends:
            post = self._dice.choice(ends)
            self._ask("redeliver", redeliver, subscriptionId=known[post.to], deliveryId=post.id)

    def _ask(self, name: str, use_case: UseCase, **route: str) -> None:
        self._run(name, lambda app: asked(app, use_case, **route))

    def _run(self, name: str, work: Callable[[Deskhand], object]) -> None:
        assert self.fleet is not None
        self.fleet.run(name, work)
