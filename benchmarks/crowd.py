"""Callers who hardly rest, each on a connection of its own. They speak just enough HTTP, so that the server is measured and not they."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlsplit

_HOST = "127.0.0.1"
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "
_STATUS = slice(9, 12)
"""Where it stands in `HTTP/1.1 200 OK`."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request."""

    method: str
    path: str
    """From the root."""
    headers: Mapping[str, str]
    body: str = ""

    def on_the_wire(self) -> bytes:
        body = self.body.encode()
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {_HOST}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(slots=True)
class Tale:
    """What came of it."""

    seconds: float = 0.0
    """From the first request to the last answer."""
    statuses: Counter[int] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    """Of each request, in the order of the answers."""

    @property
    def a_second(self) -> float:
        return len(self.milliseconds) / self.seconds


class Crowd:
    """To be made in a process of its own. It goes on with its asks where it stopped, and begins again after the last one."""

    def __init__(self, base: str, asks: Sequence[Ask]) -> None:
        """`base`: an address of the server."""
        self._port = urlsplit(base).port or 80
        self._asks = cycle([each.on_the_wire() for each in asks])
        self._loop = asyncio.new_event_loop()

    def close(self) -> None:
        self._loop.close()

    def ask(self, callers: int, seconds: float, pause: float = 0.0) -> Tale:
        """So many callers, each sending its next request when it has its answer (and after a pause), for so long; one at least."""
        return self._loop.run_until_complete(self._asked(callers, seconds, pause))

    async def _asked(self, callers: int, seconds: float, pause: float) -> Tale:
        tale, begun = Tale(), time.perf_counter()
        until = begun + seconds

        def caller() -> _Caller:
            return _Caller(self._asks, until, pause, tale)

        made = [await self._loop.create_connection(caller, _HOST, self._port) for _ in range(callers)]
        await asyncio.gather(*(caller.done for _, caller in made))
        tale.seconds = time.perf_counter() - begun
        return tale


class _Caller(asyncio.Protocol):
    """Asks, waits for the whole answer, and asks again until the time is over."""

    def __init__(self, asks: Iterator[bytes], until: float, pause: float, tale: Tale) -> None:
        self._asks = asks
        self._until = until
        self._pause = pause
        self._tale = tale
        self._received = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("The server closed the connection."))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(_HEAD_END)
        if not found or len(body) < _length(head):
            return
        now, self._received = time.perf_counter(), b""
        self._tale.statuses[int(head[_STATUS])] += 1
        self._tale.milliseconds.append((now - self._begun) * 1000)
        if now + self._pause < self._until:
            self._again()
        else:
            self.done.set_result(None)
            self._transport.close()

    def _again(self) -> None:
        if self._pause:
            asyncio.get_running_loop().call_later(self._pause, self._ask)
        else:
            self._ask()

    def _ask(self) -> None:
        self._begun = time.perf_counter()
        self._transport.write(next(self._asks))


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(_LENGTH)
    return int(rest.partition(b"\r\n")[0]) if found else 0
