"""A receiver of webhooks on this machine, for those who want to look at what is sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue

import msgspec


class Heard(msgspec.Struct, frozen=True):
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes


class Receiver:
    """Answers 204 to whatever is posted to its `url`."""

    def __init__(self, url: str, heard: Queue[Heard]) -> None:
        self.url = url
        self._heard = heard

    def next(self, seconds: float) -> Heard | None:
        """What came first of what was not looked at yet; None if nothing comes in so long a time."""
        try:
            return self._heard.get(timeout=seconds)
        except Empty:
            return None


@contextmanager
def receiving() -> Iterator[Receiver]:
    heard: Queue[Heard] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.put(Heard({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Receiver(f"http://127.0.0.1:{server.server_port}/deskhand", heard)
        finally:
            server.shutdown()
            thread.join()
