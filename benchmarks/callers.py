"""Callers of a Deskhand, over HTTP: a few who each wait for their answer, or many who come when they come."""

import asyncio
import time
from collections.abc import Coroutine, Iterable, Sequence

import aiohttp

from benchmarks.starts import Orders

_SESSION_NAMED = b'"sessionId":"'
_HEAD_START_SECONDS = 0.1


class NotStartedError(Exception):
    """A start was answered otherwise than by a run whose session is known: then something else would be measured."""


class Callers:
    def __init__(self, functions: str, key: str, orders: Orders) -> None:
        self._url = f"{functions}/flows/{orders.flow_id}/runs"
        self._key = key
        self._orders = orders
        self._loop = asyncio.new_event_loop()
        self._http = self._loop.run_until_complete(_opened())

    def close(self) -> None:
        self._loop.run_until_complete(self._http.close())
        self._loop.close()

    def in_turn(self, numbers: range, callers: int) -> float:
        begun = time.perf_counter()
        left = iter(numbers)
        self._loop.run_until_complete(_all(self._calls(left) for _ in range(callers)))
        return time.perf_counter() - begun

    def as_they_come(self, first: int, offsets: Sequence[float]) -> list[float]:
        begin = time.perf_counter() + _HEAD_START_SECONDS
        due = [(first + at, begin + offset) for at, offset in enumerate(offsets)]
        return self._loop.run_until_complete(_all(self._timed(number, at) for number, at in due))

    async def _calls(self, left: Iterable[int]) -> None:
        for number in left:
            await self._call(number)

    async def _timed(self, number: int, due: float) -> float:
        await asyncio.sleep(due - time.perf_counter())
        await self._call(number)
        return (time.perf_counter() - due) * 1000

    async def _call(self, number: int) -> None:
        headers = {
            "x-functions-key": self._key,
            "Idempotency-Key": f"order-{number}",
            "Content-Type": "application/json",
        }
        async with self._http.post(self._url, data=self._orders.json(number), headers=headers) as answer:
            content = await answer.read()
        if answer.status != 202 or _SESSION_NAMED not in content:  # noqa: PLR2004 - 202 Accepted
            raise NotStartedError(f"A start was answered {answer.status} {content[:500].decode()}")


async def _opened() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def _all[T](work: Iterable[Coroutine[None, None, T]]) -> list[T]:
    return await asyncio.gather(*work)
