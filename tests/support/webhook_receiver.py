"""A receiver of webhooks on this machine: real HTTP, answers as a test wants them, and all that was heard."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

SILENT = "http://127.0.0.1:9/in?code=hush"
"""Nothing listens there."""


@dataclass(frozen=True)
class Heard:
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def message(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass
class Receiver:
    """`answers` are the next statuses; then `status`."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    """Of every answer."""

    @property
    def types(self) -> list[str]:
        return [each.message["type"] for each in self.heard]

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.heard]

    def answer(self, heard: Heard) -> int:
        self.heard.append(heard)
        return self.answers.pop(0) if self.answers else self.status


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.answer(
                Heard({name.lower(): value for name, value in self.headers.items()}, body)
            )
            self.send_response(status)
            self.send_header("Content-Length", "0")
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/in?code=hush"
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            serving.join()
