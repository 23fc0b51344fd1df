"""`python -m benchmarks.distance --to PORT --milliseconds N`: a wire of some length to a server on this machine.

What the server sends arrives so much later; what it is sent arrives at once. So a round trip takes so much longer, and neither
waits for another: bytes of many answers are under way at the same time. The first line on stdout is the port; it ends with
its stdin, and on SIGINT.
"""

import argparse
import asyncio
import signal
from collections import deque

from local import lifeline

HOST = "127.0.0.1"
_END = b""


class Near(asyncio.Protocol):
    """The client's end. What it sends before the far end is reached is kept for it."""

    def __init__(self, port: int, seconds: float) -> None:
        self._port = port
        self._far = Far(self, seconds)
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._reaching = asyncio.ensure_future(self._reach())

    def data_received(self, data: bytes) -> None:
        if self._far.transport is None:
            self._early.append(data)
        else:
            self._far.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._reaching.cancel()
        if self._far.transport is not None:
            self._far.transport.close()

    async def _reach(self) -> None:
        try:
            far, _ = await asyncio.get_running_loop().create_connection(lambda: self._far, HOST, self._port)
        except OSError:
            self.transport.close()
            return
        far.writelines(self._early)
        self._far.transport = far


class Far(asyncio.Protocol):
    """The server's end. Bytes and the end of the connection travel in their order, one timer each."""

    def __init__(self, near: Near, seconds: float) -> None:
        self.transport: asyncio.Transport | None = None
        self._near = near
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._under_way: deque[bytes] = deque()

    def data_received(self, data: bytes) -> None:
        self._send(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._send(_END)

    def _send(self, data: bytes) -> None:
        self._under_way.append(data)
        self._loop.call_later(self._seconds, self._arrive)

    def _arrive(self) -> None:
        data = self._under_way.popleft()
        if data is _END:
            self._near.transport.close()
        else:
            self._near.transport.write(data)


async def _serve(port: int, seconds: float) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGINT, stop.set)
    lifeline.watch(lambda: None, grace=0)
    server = await loop.create_server(lambda: Near(port, seconds), HOST, 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.distance", description=__doc__)
    parser.add_argument("--to", type=int, required=True, help="the server's port")
    parser.add_argument("--milliseconds", type=float, required=True, help="what a round trip takes longer")
    options = parser.parse_args()
    asyncio.run(_serve(options.to, options.milliseconds / 1000))
