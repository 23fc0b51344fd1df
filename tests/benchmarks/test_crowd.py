"""Callers that are measured with tell what they saw; a tap hears what goes by."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_connection

import pytest
import requests

from benchmarks.cases.pace import most_in_a_minute
from benchmarks.crowd import Ask, Crowd
from benchmarks.tap import Tap

SLOW_SECONDS = 0.05


class Handler(BaseHTTPRequestHandler):
    """Answers with what it was asked, in two pieces; the status is the last part of the path."""

    protocol_version = "HTTP/1.1"
    heard: list[tuple[str, str, str | None]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.heard.append((self.path, body, self.headers["x-told"]))
        content = json.dumps({"body": body}).encode() * 1000
        self.send_response(int(self.path.rpartition("/")[2]))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:10])
        self.wfile.flush()
        time.sleep(SLOW_SECONDS)
        self.wfile.write(content[10:])

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def heard() -> list[tuple[str, str, str | None]]:
    return []


@pytest.fixture
def base(heard: list[tuple[str, str, str | None]]) -> Iterator[str]:
    with _serving(type("Bound", (Handler,), {"heard": heard})) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _serving(handler: type[Handler]) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_address[1]
        server.shutdown()


def test_each_caller_asks_when_it_has_its_whole_answer(base: str, heard: list[object]) -> None:
    """In turn through the asks; statuses and times are those of the answers."""
    asks = [Ask("POST", "/a/200", {"x-told": "yes"}, "first"), Ask("POST", "/b/404", {}, "second")]
    with closing(Crowd(base, asks)) as crowd:
        tale = crowd.ask(callers=3, seconds=0.4)

    assert len(heard) == len(tale.milliseconds) == tale.statuses.total() >= 6
    assert {200, 404} == set(tale.statuses)
    assert {("/a/200", "first", "yes"), ("/b/404", "second", None)} == set(heard)
    assert all(each >= SLOW_SECONDS * 1000 for each in tale.milliseconds)
    assert tale.seconds >= 0.4
    assert tale.a_second == len(heard) / tale.seconds


def test_a_caller_asks_once_at_least_and_rests_where_it_is_told(base: str, heard: list[object]) -> None:
    """Without time, once; with a pause, after it."""
    with closing(Crowd(base, [Ask("POST", "/a/202", {})])) as crowd:
        once = crowd.ask(callers=2, seconds=0)
        rested = crowd.ask(callers=1, seconds=0.5, pause=0.2)

    assert {202: 2} == once.statuses
    assert len(rested.milliseconds) <= 3
    assert len(heard) == 2 + len(rested.milliseconds)


def test_a_server_that_goes_away_is_no_answer() -> None:
    """It is raised, not measured."""

    class Silent(Handler):
        def do_POST(self) -> None:
            self.close_connection = True

    asks = [Ask("POST", "/", {})]
    with (
        _serving(Silent) as port,
        closing(Crowd(f"http://127.0.0.1:{port}", asks)) as crowd,
        pytest.raises(ConnectionError),
    ):
        crowd.ask(callers=1, seconds=1)


def test_a_tap_counts_what_names_its_partitions_and_changes_nothing(base: str, heard: list[object]) -> None:
    """In an address, in a body, or in both, which is one request; other requests go by."""
    with closing(Tap(int(base.rpartition(":")[2]), "pace-")) as tap:
        tapped = f"http://127.0.0.1:{tap.port()}"
        for path, body in (
            ("/pace-1/200", ""),
            ("/gate/200", "x"),
            ("/batch/200", "row of pace-2"),
            ("/03/200", ""),
        ):
            assert requests.post(f"{tapped}{path}", data=body, timeout=5).ok
        in_pieces(tap.port(), b"POST /pace-3/200 HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n", b"pace-3")

        assert 3 == tap.count()
        assert 5 == len(heard)


def in_pieces(port: int, *pieces: bytes) -> None:
    """Sent so that each arrives by itself."""
    with create_connection(("127.0.0.1", port), 10) as wire:
        for piece in pieces:
            time.sleep(0.1)
            wire.sendall(piece)
        assert wire.recv(65536).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("seconds", "most"),
    [((0, 59.9, 60, 61), 3), ((0, 60, 120), 1), ((0, 0, 0), 3), ((0, 30, 59, 89, 90), 3)],
)
def test_the_most_starts_of_a_minute(seconds: tuple[float, ...], most: int) -> None:
    """Of any sixty seconds, not of a clock's minutes; what is a whole minute later is in the next one."""
    begin = datetime(2026, 11, 25, tzinfo=UTC)

    assert most == most_in_a_minute([begin + timedelta(seconds=each) for each in seconds])
