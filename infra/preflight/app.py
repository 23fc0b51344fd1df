"""The app as preflight asks it: an answer within a time, or one error that says why there is none."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec
import requests
from urllib3.exceptions import HTTPError

from shared.decoding import UNREADABLE, decode

_PROMPT = 60
_CHUNK = 64 * 1024
_LARGEST = 16 * 1024 * 1024


class NoAnswerError(Exception):
    """The app did not answer, or not as Deskhand does."""


class Answer(msgspec.Struct, frozen=True):
    status_code: int
    headers: Mapping[str, str]
    content: bytes


class Refused(msgspec.Struct, frozen=True):
    """What an error object says."""

    code: str = ""
    message: str = ""


class _Error(msgspec.Struct):
    error: Refused


class App:
    def __init__(self, url: str, headers: dict[str, str]) -> None:
        """`url` with or without /api. Raises NoAnswerError for what is no address."""
        parts = _address(url if "://" in url else f"https://{url}")
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.host = parts.hostname or ""
        self.secure = parts.scheme == "https"
        self.port = parts.port or (443 if self.secure else 80)
        self._headers = headers
        self._http = requests.Session()
        self._http.auth = _as_it_is

    def get(self, path: str, **parameters: str) -> Answer:
        return self.send("GET", f"{self.origin}/api{path}", params=parameters)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.send("POST", f"{self.origin}/api{path}", json=body or {}, headers=headers)

    def send(self, method: str, url: str, *, known: bool = True, **request: Any) -> Answer:
        """Nothing is followed or repeated. Raises NoAnswerError. `known`: with the key or token."""
        headers = {**(self._headers if known else {}), **request.pop("headers", {})}
        given_up = time.monotonic() + _PROMPT
        try:
            with self._http.request(
                method, url, headers=headers, timeout=_PROMPT, allow_redirects=False, stream=True, **request
            ) as answer:
                return Answer(answer.status_code, answer.headers, _read(answer, given_up))
        except (requests.RequestException, HTTPError) as problem:
            raise NoAnswerError(f"{urlsplit(url).netloc} does not answer: {_kind(problem)}.") from None


def read[T](answer: Answer, shape: type[T]) -> T | None:
    """None where the body is no JSON of this shape."""
    try:
        return decode(answer.content, shape)
    except UNREADABLE:
        return None


def refused(answer: Answer) -> Refused:
    """Empty where the body is no error object of ours."""
    told = read(answer, _Error)
    return Refused() if told is None else told.error


def _address(url: str) -> SplitResult:
    """Raises NoAnswerError."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"https", "http"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc:
        raise NoAnswerError("That is no address: give https:// and the app's name.")
    return parts


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """A password for this host in a .netrc would take the token's place."""
    return request


def _read(answer: requests.Response, given_up: float) -> bytes:
    """The whole body: the client's own time-out begins anew with every byte that drips in. Raises requests.Timeout."""
    body = bytearray()
    while chunk := answer.raw.read1(_CHUNK, decode_content=True):
        body += chunk
        if time.monotonic() > given_up or len(body) > _LARGEST:
            raise requests.Timeout
    return bytes(body)


def _kind(problem: requests.RequestException | HTTPError) -> str:
    match problem:
        case requests.exceptions.SSLError():
            return "there is no TLS with it, or its certificate is not trusted"
        case requests.Timeout():
            return f"not within {_PROMPT} s"
        case _:
            return "there is no connection"
