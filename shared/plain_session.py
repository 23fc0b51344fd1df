"""A session of `requests` that sends what it is given, and nothing else.

No cookies, no redirects, no passwords from a .netrc, which would take the place of our tokens; proxies and certificates as the
environment names them, asked once and not with every request. What a general session does for all of these takes an eighth of a
start's processor time.
"""

import os
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies

_HEADERS = {"Accept-Encoding": "gzip, deflate", "User-Agent": "deskhand"}


class PlainSession(requests.Session):
    """For one server: the proxy is the first request's."""

    def __init__(self, adapter: HTTPAdapter) -> None:
        super().__init__()
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        self._adapter = adapter
        self._proxies: dict[str, str] | None = None
        self._verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True

    def request(  # type: ignore[override]  # what a general session takes beside these is nothing that anybody here gives
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        data: bytes | None = None,
        timeout: tuple[float, float],
        stream: bool = False,
        **_: Any,
    ) -> requests.Response:
        if self._proxies is None:
            self._proxies = get_environ_proxies(url)
        prepared = requests.PreparedRequest()
        prepared.method = method
        prepared.prepare_url(url, None)
        prepared.headers = CaseInsensitiveDict({**_HEADERS, **headers})
        prepared.body = data or None
        prepared.prepare_content_length(prepared.body)
        response = self._adapter.send(
            prepared, stream=True, timeout=timeout, verify=self._verify, proxies=self._proxies
        )
        if not stream:
            response.content  # noqa: B018 - it is read here, and the connection given back
        return response
