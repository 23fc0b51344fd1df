"""Publishing to an Event Grid topic, by managed identity."""

from http import HTTPStatus

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from shared.clock import Deadline
from shared.dataverse.tokens import TokenSource
from shared.plain_session import PlainSession
from shared.webhooks.sender import Receipt

SCOPE_ORIGIN = "https://eventgrid.azure.net"
_VERSION = "2018-01-01"
_CONNECT_SECONDS = 3.0


class Topic:
    def __init__(self, tokens: TokenSource, adapter: HTTPAdapter) -> None:
        self._tokens = tokens
        self._session = PlainSession(adapter)

    def publish(self, endpoint: str, body: bytes, content_type: str, deadline: Deadline) -> Receipt:
        """One try, with one fresh token where the first is refused. Raises TokenError."""
        token = self._tokens.get(deadline)
        receipt = self._post(endpoint, body, content_type, token, deadline)
        if receipt.status == HTTPStatus.UNAUTHORIZED:
            token = self._tokens.renew(token, deadline)
            receipt = self._post(endpoint, body, content_type, token, deadline)
        return receipt

    def _post(self, endpoint: str, body: bytes, content_type: str, token: str, deadline: Deadline) -> Receipt:
        try:
            answer = self._session.request(
                "POST",
                f"{endpoint}?api-version={_VERSION}",
                headers={"Authorization": f"Bearer {token}", "Content-Type": content_type},
                data=body,
                timeout=(_CONNECT_SECONDS, max(deadline.remaining, 0.001)),
            )
        except (requests.RequestException, HTTPError):
            return Receipt(None, "The topic could not be reached, or did not answer in time.")
        return Receipt(answer.status_code, f"The topic answered {answer.status_code}.")
