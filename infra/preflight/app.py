"""The app as preflight asks it: an answer within a time, or one error that says why there is none."""

from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec
import requests

from shared.decoding import UNREADABLE, decode

_PROMPT = 60


class NoAnswerError(Exception):
    """The app did not answer, or not as Deskhand does."""


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

    def get(self, path: str, **parameters: str) -> requests.Response:
        return self.send("GET", f"{self.origin}/api{path}", params=parameters)

    def post(self, path: str, body: Any = None, **headers: str) -> requests.Response:
        return self.send("POST", f"{self.origin}/api{path}", json=body or {}, headers=headers)

    def send(self, method: str, url: str, *, known: bool = True, **request: Any) -> requests.Response:
        """Nothing is followed or repeated. Raises NoAnswerError. `known`: with the key or token."""
        headers = {**(self._headers if known else {}), **request.pop("headers", {})}
        try:
            return self._http.request(
                method, url, headers=headers, timeout=_PROMPT, allow_redirects=False, **request
            )
        except requests.RequestException as problem:
            raise NoAnswerError(f"{urlsplit(url).netloc} does not answer: {_kind(problem)}.") from None


def read[T](answer: requests.Response, shape: type[T]) -> T | None:
    """None where the body is no JSON of this shape."""
    try:
        return decode(answer.content, shape)
    except UNREADABLE:
        return None


def refused(answer: requests.Response) -> Refused:
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


def _kind(problem: requests.RequestException) -> str:
    match problem:
        case requests.exceptions.SSLError():
            return "there is no TLS with it, or its certificate is not trusted"
        case requests.Timeout():
            return f"not within {_PROMPT} s"
        case _:
            return "there is no connection"
