"""Four instances start runs on one connection as fast as they may: how fast that is, and what it costs to agree on it."""

import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

from benchmarks import wires
from benchmarks.apart import Apart, apart
from benchmarks.case import Bench, Bound, Case, Check, Figure, Regime, Result
from benchmarks.steered import Steered, eventually
from benchmarks.tap import Tap
from local import azurite, functions, places, processes, stack

_HOSTS = 4
_MINUTE = timedelta(seconds=60)
_PERMITS = "pace-"
_POLL_SECONDS = 3600
_NO_TIMERS = dict.fromkeys(("START_SCHEDULE", "POLL_SCHEDULE"), "0 0 0 1 1 *")
"""The platform runs a timer on one instance at a time; the local host knows of no other."""
_SENDERS = 16
_LONGEST_SECONDS = 120.0
"""Beyond what the pace allows: then something is wrong."""
_USED_TARGET, _COST_TARGET = 0.9, 1.3


@dataclass(frozen=True, slots=True)
class Instances:
    """Of one deployment."""

    simulator: Steered
    hosts: Sequence[tuple[str, str]]
    """Where each is, and its key."""
    tap: Apart[Tap]
    """On the way to the rows of permits."""


def run(bench: Bench) -> Result:
    a_minute, starts = (10, 21) if bench.quick else (70, 300)
    with _instances(bench, a_minute) as there:
        flow = str(uuid.uuid4())
        there.simulator.flow(flow)
        there.simulator.forget()
        bench.say(f"{starts} starts on one connection")
        _send(there, flow, starts)
        allowed = starts / a_minute * _MINUTE.total_seconds()
        eventually(
            lambda: there.simulator.asked("RunDesktopFlow") >= starts,
            f"all {starts} starts",
            allowed + _LONGEST_SECONDS,
        )
        times, requests_for_permits = there.simulator.times("RunDesktopFlow"), there.tap(Tap.count)
    minutes = (len(times) - 1) // a_minute
    took = times[minutes * a_minute] - times[0]
    most, used, cost = (
        most_in_a_minute(times),
        minutes * _MINUTE / took,
        requests_for_permits / len(times),
    )
    return Result(
        case=CASE.name,
        title=CASE.title,
        regime=Regime.LOOPBACK,
        rounds=1,
        method=f"{starts} starts on one connection, sent at once to {_HOSTS} instances that share one table; STARTS_PER_MINUTE is "
        f"{a_minute}. Times are the simulator's; the rate is that of the {minutes * a_minute} starts after the first one, whole turns of "
        "all permits; requests that name the connection's permits are counted on the wire to the table.",
        figures=(
            Figure(subject="deskhand", quantity="most starts in any 60 s", samples=(most,)),
            Figure(subject="deskhand", quantity="starts", unit="1/min", samples=(used * a_minute,)),
            Figure(subject="deskhand", quantity="permit requests per start", samples=(cost,)),
        ),
        checks=(
            Check(claim="most starts in any 60 s", value=most, bound=Bound.AT_MOST, limit=a_minute),
            Check(
                claim="share of the allowed rate",
                value=used,
                bound=Bound.AT_LEAST,
                limit=_USED_TARGET,
                unit="x",
            ),
            Check(claim="permit requests per start", value=cost, bound=Bound.AT_MOST, limit=_COST_TARGET),
        ),
        notes=(
            "A permit is good for 2 s and may be taken again a minute and 1.5 s after these: 63.5 s at the most, 94 % of what is allowed.",
        ),
    )


@contextmanager
def _instances(bench: Bench, a_minute: int) -> Iterator[Instances]:
    settings = {
        "START_SCHEDULE": "*/10 * * * * *",
        "STARTS_PER_MINUTE": str(a_minute),
    }  # the schedule of the cloud
    with azurite.running(bench.log) as store, ExitStack() as parts:
        tap = parts.enter_context(apart(Tap, store.port, _PERMITS))
        tables = wires.through(store.connection_string, tap(Tap.port))
        first = parts.enter_context(
            stack.running(bench.log, tables=tables, poll_seconds=_POLL_SECONDS, settings=settings)
        )
        others = [
            functions.running(
                places.CHECKOUT, {**first.settings, **_NO_TIMERS}, bench.log, processes.free_port()
            )
            for _ in range(_HOSTS - 1)
        ]
        hosts = [(first.functions, first.key)]
        hosts += [(each.base, each.key) for each in map(parts.enter_context, others)]
        yield Instances(Steered(first.simulator), hosts, tap)


def _send(there: Instances, flow: str, starts: int) -> None:
    """To each instance in turn. All are taken, whether they are sent at once or wait."""
    connection = str(uuid.uuid4())

    def send(number: int) -> None:
        base, key = there.hosts[number % _HOSTS]
        order = {"connectionName": connection, "runMode": "unattended"}
        headers = {"x-functions-key": key}
        requests.post(f"{base}/flows/{flow}/runs", json=order, headers=headers, timeout=60).raise_for_status()

    with ThreadPoolExecutor(_SENDERS) as senders:
        list(senders.map(send, range(starts)))


def most_in_a_minute(times: Sequence[datetime]) -> int:
    return max(sum(begin <= each < begin + _MINUTE for each in times) for begin in times)


CASE = Case("pace", "Four instances, one connection", run)
