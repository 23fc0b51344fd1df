"""Runs timer functions on their schedules, and at once when an administrator asks."""

import asyncio
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from local.host import engine
from local.host.engine import Function, InvocationError
from local.host.messages import TypedData
from local.host.schedule import Schedule

_LATE = timedelta(seconds=1)
_NEVER = datetime.min.replace(tzinfo=UTC)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timer:
    function: Function
    schedule: Schedule
    run_on_startup: bool
    use_monitor: bool


class Timers:
    def __init__(self, timers: Iterable[Timer], timeout: float | None) -> None:
        self._timers = {timer.function.name.lower(): timer for timer in timers}
        self._timeout = timeout
        self._loops: set[asyncio.Task[None]] = set()
        self._running: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._loops = {asyncio.create_task(self._follow(timer)) for timer in self._timers.values()}

    def run_now(self, name: str) -> bool:
        """Starts a run beside the schedule, without waiting for it; False where there is no such timer."""
        timer = self._timers.get(name.lower())
        if timer is not None:
            self._run(timer, last=None)
        return timer is not None

    async def stop(self, grace: float) -> None:
        """No further run begins; those that have begun get this many seconds to end."""
        for loop in self._loops:
            loop.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=grace)

    async def _follow(self, timer: Timer) -> None:
        """One run at a time: a moment that passes while the timer still runs is left out."""
        last = None
        if timer.run_on_startup:
            await asyncio.shield(self._run(timer, last))
        while True:
            due = timer.schedule.next_after(datetime.now(UTC))
            await _sleep_until(due)
            await asyncio.shield(self._run(timer, last, due))
            last = due

    def _run(self, timer: Timer, last: datetime | None, due: datetime | None = None) -> asyncio.Task[None]:
        task = asyncio.create_task(self._invoke(timer, _payload(timer, last, due)))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _invoke(self, timer: Timer, payload: str) -> None:
        try:
            await engine.invoke(timer.function, TypedData(json=payload), self._timeout)
        except InvocationError as failure:
            log.error("%s failed: %s", timer.function.name, failure)


async def _sleep_until(due: datetime) -> None:
    # More than once: the loop's clock and the calendar's may differ a little.
    while (left := (due - datetime.now(UTC)).total_seconds()) > 0:  # noqa: ASYNC110 - time is no event
        await asyncio.sleep(left)


def _payload(timer: Timer, last: datetime | None, due: datetime | None) -> str:
    now = datetime.now(UTC)
    status = {
        "Last": (last or _NEVER).isoformat(),
        "Next": timer.schedule.next_after(now).isoformat(),
        "LastUpdated": (last or _NEVER).isoformat(),
    }
    return json.dumps(
        {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": status if timer.use_monitor else None,
            "IsPastDue": due is not None and now - due > _LATE,
        }
    )
