"""The client against a Dataverse that answers oddly, slowly, or in circles."""

import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from requests.adapters import HTTPAdapter
from urllib3.response import HTTPResponse

from shared.clock import SYSTEM_CLOCK, Deadline
from shared.dataverse.errors import NoAnswerError, TokenError, Told, UnreadableError, error_of
from shared.dataverse.purpose import Purpose
from shared.dataverse.session_lists import SessionLists
from shared.dataverse.tokens import TokenSource
from shared.dataverse.web_api import WebApi

ORIGIN = "https://contoso.crm4.dynamics.com"
IDS = [f"5e551011-0000-4000-8000-00000000000{number}" for number in range(3)]


class Credential:
    """Gives a token, or fails, after so many seconds; counts how often it was asked."""

    def __init__(self, seconds: float = 0, *, fails: bool = False) -> None:
        self.seconds, self.fails, self.asked = seconds, fails, 0

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        self.asked += 1
        time.sleep(self.seconds)
        if self.fails:
            raise ClientAuthenticationError("no")
        return AccessToken("token", int(time.time()) + 3600)


class Canned(HTTPAdapter):
    """Answers every request with the same body, and counts them."""

    def __init__(self, body: Any, asked: list[str]) -> None:
        super().__init__()
        self._body, self._asked = json.dumps(body).encode(), asked

    def send(self, request: requests.PreparedRequest, *_options: Any, **_more: Any) -> requests.Response:
        self._asked.append(str(request.url))
        raw = HTTPResponse(io.BytesIO(self._body), status=200, preload_content=False)
        return self.build_response(request, raw)


def sessions(body: Any, asked: list[str]) -> SessionLists:
    tokens = TokenSource(ORIGIN, Credential, SYSTEM_CLOCK)
    return SessionLists(WebApi(ORIGIN, tokens, SYSTEM_CLOCK, lambda: Canned(body, asked)))


def soon(seconds: float = 5) -> Deadline:
    return SYSTEM_CLOCK.deadline(seconds)


@pytest.mark.parametrize(
    "odd",
    [
        {"statuscode": None},
        {"statuscode": "2"},
        {"flowsessionid": "x"},
        {"startedon": "2026-01-01"},
        {"runmode": "1"},
    ],
)
def test_a_row_that_cannot_be_read_hides_no_other(odd: dict[str, Any]) -> None:
    """One odd value in a list leaves its own row out, and only that."""
    rows = [{"flowsessionid": each, "statuscode": 2} for each in IDS]
    rows[1] |= odd
    shown = sessions({"value": rows}, []).shown(IDS, soon())

    assert [IDS[0], IDS[2]] == [session.id for session in shown]


def test_a_time_without_offset_is_utc() -> None:
    """It can be compared with ours."""
    row = {"flowsessionid": IDS[0], "statuscode": 2, "createdon": "2026-01-01T00:00:00"}
    (session,) = sessions({"value": [row]}, []).shown(IDS, soon())

    assert session.created_at is not None
    assert session.created_at.tzinfo is not None


def test_next_links_end() -> None:
    """A nextLink that leads to where it stands is followed once; one to another host never gets our token."""
    asked: list[str] = []
    with pytest.raises(UnreadableError):
        list(
            sessions({"value": [], "@odata.nextLink": f"{ORIGIN}/api/data/v9.2/x"}, asked).shown(IDS, soon())
        )
    assert 2 == len(asked)
    with pytest.raises(UnreadableError):
        list(sessions({"value": [], "@odata.nextLink": "https://evil.example/x"}, asked).shown(IDS, soon()))
    assert not [url for url in asked if "evil" in url]


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that announces 5,000 bytes and sends one every tenth of a second."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
                try:
                    for _ in range(100):
                        connection.sendall(b" ")
                        time.sleep(0.1)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_an_answer_that_drips_in_does_not_outlive_the_deadline(dripping: str) -> None:
    """Each byte starts the socket's own time-out anew; the deadline holds all the same."""
    api = WebApi(dripping, TokenSource(dripping, Credential, SYSTEM_CLOCK), SYSTEM_CLOCK)
    began = time.monotonic()
    with pytest.raises(NoAnswerError):
        api.get("WhoAmI", soon(1), purpose=Purpose.CATALOGUE)
    api.close()

    assert time.monotonic() - began < 5  # ten seconds of dripping were on offer


def test_waiting_for_another_threads_token_ends_with_the_deadline() -> None:
    """One thread fetches; whoever waits gives up in its own time, and is not queued behind."""
    credential = Credential(1.5)
    tokens = TokenSource(ORIGIN, lambda: credential, SYSTEM_CLOCK)
    fetching = threading.Thread(target=tokens.get, args=(soon(),))
    fetching.start()
    while not credential.asked:
        time.sleep(0.01)
    with pytest.raises(TokenError):
        tokens.get(soon(0.1))
    still_fetching = fetching.is_alive()
    fetching.join()

    assert still_fetching
    assert ("token", 1) == (tokens.get(soon()), credential.asked)


def test_a_failure_to_get_a_token_is_shared_for_a_moment() -> None:
    """Callers at once do not each wait for the same broken endpoint."""
    credential = Credential(fails=True)
    tokens = TokenSource(ORIGIN, lambda: credential, SYSTEM_CLOCK)
    for _ in range(5):
        with pytest.raises(TokenError):
            tokens.get(soon())

    assert 1 == credential.asked


@pytest.mark.parametrize("status", [400, 401, 403, 404, 412, 413, 429, 500, 503])
@pytest.mark.parametrize(
    ("code", "shown"), [("0x1", " 0x1"), ("", ""), ("Amount 4711\n", ""), ("x" * 65, "")]
)
def test_dataverses_words_are_not_for_everybody(status: int, code: str, shown: str) -> None:
    """An error as text, which logs and /health show, holds status and code: no message, and no text in a code's place."""
    error = error_of(Told(status, code, "SQL error on db17.internal"))

    assert f"Dataverse answered {status}{shown}." == str(error)
