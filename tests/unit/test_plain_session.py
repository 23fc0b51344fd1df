"""What is sent is what was given, whatever the machine's environment holds for clients in general."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from requests.adapters import HTTPAdapter

from shared.plain_session import PlainSession

TIMEOUT = (5.0, 5.0)


class Server(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/a%20b?q=%27x%27"
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        self.send_response(302)
        self.send_header("Location", self.server.url)
        self.send_header("Set-Cookie", "affinity=1")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def session() -> Iterator[PlainSession]:
    with PlainSession(HTTPAdapter(max_retries=0)) as session:
        yield session


def test_nothing_is_added_that_nobody_gave(
    server: Server, session: PlainSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No cookie of an earlier answer, no password of a .netrc in place of the token, no second request for a redirect."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for _ in range(2):
        answer = session.request(
            "POST", server.url, headers={"Authorization": "Bearer t"}, data=b"{}", timeout=TIMEOUT
        )
        assert (302, b"ok") == (answer.status_code, answer.content)

    assert [("POST", "/a%20b?q=%27x%27", "Bearer t", None, b"{}")] * 2 == [
        (method, path, headers["Authorization"], headers.get("Cookie"), body)
        for method, path, headers, body in server.seen
    ]


def test_an_empty_post_says_that_it_is_empty(server: Server, session: PlainSession) -> None:
    """Servers refuse a POST without a length."""
    session.request("POST", server.url, headers={}, data=b"", timeout=TIMEOUT)

    assert "0" == server.seen[0][2]["Content-Length"]


def test_a_proxy_of_the_environment_is_used(
    server: Server, session: PlainSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As any other client would, and for hosts that are not excepted only."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    session.request("POST", "http://contoso.test/x", headers={}, data=b"", timeout=TIMEOUT)
    assert "http://contoso.test/x" == server.seen[0][1]
    with PlainSession(HTTPAdapter(max_retries=0)) as another:
        another.request("POST", server.url, headers={}, data=b"", timeout=TIMEOUT)

    assert "/a%20b?q=%27x%27" == server.seen[1][1]
