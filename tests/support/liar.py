"""A Dataverse that answers what it should not: real HTTP from a real socket, byte for byte as a test writes it."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.support.counting import CountingAdapter


class Liar:
    """`base` answers every request with `answer`, and closes. While `about` matches, requests are led here."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.about: re.Pattern[str] | None = None
        self.answer = b""
        self.asked = 0

    def tell(self, about: str, answer: bytes) -> None:
        """From now on requests whose `METHOD path?query` holds this pattern are answered so."""
        self.about, self.answer, self.asked = re.compile(about), answer, 0

    def be_honest(self) -> None:
        self.about = None

    def takes(self, request: str) -> bool:
        return self.about is not None and self.about.search(request) is not None


class LyingAdapter(CountingAdapter):
    """Leads what the liar wants to the liar, everything else to Dataverse. The app sees one host."""

    def __init__(self, counted: list[str], liar: Liar) -> None:
        super().__init__(counted)
        self._liar = liar

    def send(self, request: Any, **kwargs: Any) -> Any:  # type: ignore[override]  # as in requests' own subclasses
        parts = urlsplit(request.url)
        path = f"{parts.path}?{parts.query}"
        if self._liar.takes(f"{request.method} {path}"):
            request.url = self._liar.base + path
        return super().send(request, **kwargs)


@contextmanager
def lying() -> Iterator[Liar]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        liar = Liar(f"http://127.0.0.1:{server.getsockname()[1]}")
        thread = threading.Thread(target=_serve, args=(server, liar))
        thread.start()
        try:
            yield liar
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, liar: Liar) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            _read_request(connection)
            liar.asked += 1
            try:
                connection.sendall(liar.answer)
            except OSError:
                continue  # who asked had heard enough


def _read_request(connection: socket.socket) -> None:
    """All of it: closing on unread bytes would reset the connection instead of ending it."""
    connection.settimeout(5)
    with connection.makefile("rb") as lines:
        length = 0
        while (line := lines.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        lines.read(length)


def said(status: str, body: bytes | str = b"", *headers: str) -> bytes:
    """An HTTP answer with its length and these headers."""
    content = body.encode() if isinstance(body, str) else body
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Connection: close", *headers]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + content
