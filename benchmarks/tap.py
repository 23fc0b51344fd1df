"""A tap on the wire to Table Storage: counts the requests that name a kind of partition, whoever sends them."""

import asyncio
from threading import Thread

from benchmarks.distance import HOST, Near

_FAREWELL_SECONDS = 0.1
_METHODS = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"MERGE ", b"DELETE ")


class Tap:
    """To be made in a process of its own: its thread listens, whoever owns it asks now and then how many there were."""

    def __init__(self, port: int, partitions: str) -> None:
        """`partitions`: how their keys begin."""
        self._named = partitions.encode()
        self._loop = asyncio.new_event_loop()
        self._count = 0
        self._server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Listening(port, self), HOST, 0, backlog=1024)
        )
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        self._server.close_clients()
        await self._server.wait_closed()
        await asyncio.sleep(_FAREWELL_SECONDS)  # the far ends are closed after the near ones

    def port(self) -> int:
        """Where it listens."""
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def count(self) -> int:
        return self._count

    def names(self, data: bytes) -> bool:
        return self._named in data

    def heard(self) -> None:
        self._count += 1


class _Listening(Near):
    def __init__(self, port: int, tap: Tap) -> None:
        super().__init__(port, seconds=0)
        self._tap = tap
        self._counted = False

    def data_received(self, data: bytes) -> None:
        """A request may name its partition twice, in its address and in its body, which are sent one after the other."""
        if data.startswith(_METHODS):
            self._counted = False
        if not self._counted and self._tap.names(data):
            self._counted = True
            self._tap.heard()
        super().data_received(data)
