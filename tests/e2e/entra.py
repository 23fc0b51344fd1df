"""A deployment where roles decide, and the people and applications who call it."""

from contextlib import ExitStack
from typing import Any, Self

import requests

from local.functions import FunctionsHost
from tests.e2e.client import Client


class Entra:
    """Tokens come from the local stand-in for Microsoft Entra ID, which the stack brings along."""

    def __init__(self, host: FunctionsHost) -> None:
        self._host = host
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def base(self) -> str:
        return self._host.base

    def token(self, name: str, *roles: str, **more: Any) -> str:
        assert self._host.tokens is not None
        wish = {"name": name, "roles": roles, **more}
        answer = requests.post(self._host.tokens, json=wish, timeout=10)
        answer.raise_for_status()
        token: str = answer.json()["access_token"]
        return token

    def caller(self, name: str, *roles: str, **more: Any) -> Client:
        """Somebody of this name with these roles: the same name is the same identity."""
        return self._client(self.token(name, *roles, **more))

    def stranger(self) -> Client:
        """Somebody who has the function key, and no token."""
        return self._client("")

    def _client(self, token: str) -> Client:
        host = self._host
        return self._open.enter_context(Client(host.base, host.key, host.master_key, token))
