"""Callers of a Deskhand, over HTTP. Connections stay open from call to call."""

import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from urllib.parse import urlsplit

from benchmarks.starts import CALLERS, Orders
from benchmarks.threads import MishapError, Threads

_SESSION_NAMED = b'"sessionId":"'


class NotStartedError(Exception):
    """A start was refused."""


@dataclass(frozen=True, slots=True)
class Request:
    body: bytes
    headers: dict[str, str]


class Callers(Threads[Request]):
    def __init__(self, functions: str, key: str, orders: Orders) -> None:
        super().__init__(CALLERS)
        base = urlsplit(functions)
        self._host = base.netloc
        self._path = f"{base.path}/flows/{orders.flow_id}/runs"
        self._key = key
        self._orders = orders
        self._of_thread = threading.local()

    def prepared(self, number: int) -> Request:
        headers = {
            "x-functions-key": self._key,
            "Idempotency-Key": f"order-{number}",
            "Content-Type": "application/json",
        }
        return Request(self._orders.json(number), headers)

    def start(self, prepared: Request) -> None:
        connection = self._connection()
        connection.request("POST", self._path, prepared.body, prepared.headers)
        answer = connection.getresponse()
        content = answer.read()
        told = f"A start was answered {answer.status} {content[:500].decode()}"
        if answer.status != HTTPStatus.ACCEPTED:
            raise NotStartedError(told)
        if _SESSION_NAMED not in content:  # its permit was good for two seconds, so it waits for its turn
            raise MishapError(told)

    def _connection(self) -> HTTPConnection:
        connection: HTTPConnection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = HTTPConnection(self._host, timeout=60)
        return connection
