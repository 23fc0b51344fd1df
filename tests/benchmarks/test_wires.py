"""The longer wire: every answer takes its time, and nothing else does."""

import re
import socketserver
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from socket import create_connection

import pytest

from benchmarks import wires
from benchmarks.case import Regime

TRIP = wires.STORAGE_MILLISECONDS / 1000
LARGE = bytes(range(256)) * 4096
"""More than any buffer on the way."""


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.request.sendall(data)
            if data == b"last":
                return


class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 128


@pytest.fixture(scope="module")
def near() -> Iterator[int]:
    """The port at this end of a wire to a server that sends back what it gets."""
    with Server(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever).start()
        tables = f"TableEndpoint=http://127.0.0.1:{server.server_address[1]}/deskhand;"
        with wires.reached(tables, Regime.WAN, print) as reached:
            found = re.fullmatch(r"TableEndpoint=http://127\.0\.0\.1:(\d+)/deskhand;", reached)
            assert found is not None
            assert reached != tables
            yield int(found[1])
        server.shutdown()


def round_trip(port: int, data: bytes = b"x") -> tuple[bytes, float]:
    with create_connection(("127.0.0.1", port), 10) as wire:
        begun = time.perf_counter()
        threading.Thread(target=wire.sendall, args=(data,)).start()
        echoed = b""
        while len(echoed) < len(data):
            echoed += wire.recv(65536)
        return echoed, time.perf_counter() - begun


def test_a_round_trip_takes_its_time(near: int) -> None:
    """Not less than it is said to; and what is sent comes back."""
    echoed, seconds = round_trip(near)

    assert b"x" == echoed
    assert seconds >= TRIP


def test_answers_do_not_wait_for_each_other(near: int) -> None:
    """A hundred at once take far less than a hundred round trips."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(100) as pool:
        told = list(pool.map(lambda _: round_trip(near), range(100)))

    assert all(seconds >= TRIP for _, seconds in told)
    assert time.perf_counter() - begun < 50 * TRIP


def test_bytes_keep_their_order(near: int) -> None:
    """However many pieces they are cut into on the way."""
    assert LARGE == round_trip(near, LARGE)[0]


def test_the_end_of_a_connection_arrives_too(near: int) -> None:
    """After everything that was sent before it."""
    with create_connection(("127.0.0.1", near), 10) as wire:
        wire.sendall(b"last")
        received = b""
        while data := wire.recv(100):
            received += data

    assert b"last" == received


def test_the_short_wire_is_no_wire() -> None:
    """Nothing stands between."""
    with wires.reached("TableEndpoint=anything;", Regime.LOOPBACK, print) as reached:
        assert "TableEndpoint=anything;" == reached
