"""Something that answers where Deskhand should: HTTP or HTTPS, as a test writes it."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar


@dataclass
class Pretender:
    base: str = ""
    answers: dict[str, tuple[int, dict[str, str], Any]] = field(default_factory=dict)
    """By the beginning of the path: status, headers, JSON, or bytes as they are."""
    lost: list[str] = field(default_factory=list)
    """Paths, by their beginning, whose next answer does not arrive: one for each time that they stand here."""
    dripping: float = 0.0
    """Seconds between the bytes of a body."""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path and headers of each request."""


class _Handler(BaseHTTPRequestHandler):
    pretender: ClassVar[Pretender]

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer()

    def do_PUT(self) -> None:
        self.do_POST()

    def _answer(self) -> None:
        self.pretender.asked.append((self.path, dict(self.headers)))
        lost = next((path for path in self.pretender.lost if self.path.startswith(path)), None)
        if lost is not None:
            self.pretender.lost.remove(lost)
            self.close_connection = True
            return
        given = (answer for path, answer in self.pretender.answers.items() if self.path.startswith(path))
        status, headers, shown = next(given, (404, {}, None))
        body = shown if isinstance(shown, bytes) else b"" if shown is None else json.dumps(shown).encode()
        self.send_response_only(status)
        for name, value in {
            "Date": self.date_time_string(),
            "Content-Length": str(len(body)),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self._write(body)

    def _write(self, body: bytes) -> None:
        if not self.pretender.dripping:
            self.wfile.write(body)
            return
        for each in body:
            self.wfile.write(bytes([each]))
            time.sleep(self.pretender.dripping)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def pretending(certificate: Path | None = None) -> Iterator[Pretender]:
    pretender = Pretender()
    handler = type("Handler", (_Handler,), {"pretender": pretender})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        pretender.base = f"{'http' if certificate is None else 'https'}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield pretender
        server.shutdown()
        thread.join()
