"""Sending to an address that somebody else chose: to an address that was checked, once, within its time, and without listening long."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_match_hostname import CertificateError

from shared.clock import Deadline
from shared.http.problems import ProblemError
from shared.settings import Settings
from shared.tls import trusted
from shared.webhooks.guard import Address, checked_url, is_listed, is_local, may_be_reached
from shared.webhooks.resolving import Resolve, resolved, resolved_in_time

_CONNECT_SECONDS = 3.0
_MOST_READ = 16 * 1024
_AGENT = "Deskhand-Webhooks/1"
_MOST_ADDRESSES = 2
_SECONDS = re.compile(r"[0-9]{1,7}")


class Receipt(msgspec.Struct, frozen=True):
    """What became of a message. No status: nobody answered, and `told` says why; it names neither the URL nor what was answered."""

    status: int | None
    told: str
    retry_after: float | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own words for success


class _NotSentError(Exception):
    """Before anything was sent, it was clear that it could not be."""


class WebhookSender:
    def __init__(
        self, settings: Settings, resolve: Resolve = resolved, trust: Callable[[], ssl.SSLContext] = trusted
    ) -> None:
        self._settings = settings
        self._resolve = resolve
        self._trust = trust

    def post(self, url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline) -> Receipt:
        """One try. Raises nothing of the network's. No redirect is followed, no proxy used, no cookie or password sent."""
        try:
            checked_url(url, self._settings)
            return self._posted(url, body, headers, deadline)
        except ProblemError:
            return Receipt(None, "The URL is not allowed (any more).")
        except _NotSentError as problem:
            return Receipt(None, str(problem))
        except (ssl.SSLError, CertificateError):
            return Receipt(None, "There is no TLS with it, or its certificate is not trusted.")
        except (OSError, HTTPError, HTTPException, ValueError):
            return Receipt(None, "It could not be reached, or did not answer in time.")

    def _posted(self, url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline) -> Receipt:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = self._connected(url, deadline)
        with closing(connection), _cut_off(connection, deadline):
            connection.request(
                "POST",
                target,
                body=body,
                headers={"Host": parts.netloc, "User-Agent": _AGENT, "Connection": "close", **headers},
                preload_content=False,
            )
            answer = connection.getresponse()
            if deadline.remaining <= 0:  # cut off: what there is may be half of an answer
                raise TimeoutError
            with suppress(OSError, HTTPError, HTTPException):
                answer.read(_MOST_READ)  # out of courtesy: its status is all that counts
            return Receipt(
                answer.status,
                f"It answered {answer.status}.",
                _seconds(answer.headers.get("Retry-After", "")),
            )

    def _connected(self, url: str, deadline: Deadline) -> HTTPConnection:
        """To the first of its addresses that takes the connection. Raises OSError, _NotSentError."""
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        port = parts.port or (80 if is_local(url) else 443)
        addresses = [ip_address(host)] if is_local(url) else self._allowed(host, port, deadline)
        for number, address in enumerate(addresses, start=1):
            connection = self._new(str(address), port, host, local=is_local(url))
            try:
                with _cut_off(connection, deadline):
                    connection.connect()
            except (OSError, HTTPError):
                connection.close()
                if number == len(addresses):
                    raise
            else:
                if connection.sock is not None:
                    connection.sock.settimeout(max(deadline.remaining, 0.001))
                return connection
        raise _NotSentError("Its name stands for no address.")

    def _new(self, address: str, port: int, host: str, *, local: bool) -> HTTPConnection:
        if local:
            return HTTPConnection(address, port, timeout=_CONNECT_SECONDS)
        return HTTPSConnection(
            address,
            port,
            timeout=_CONNECT_SECONDS,
            ssl_context=self._trust(),
            server_hostname=host,
            assert_hostname=host,
        )

    def _allowed(self, host: str, port: int, deadline: Deadline) -> Sequence[Address]:
        try:
            addresses = resolved_in_time(self._resolve, host, port, deadline)
        except OSError:
            raise _NotSentError("Its name could not be resolved.") from None
        if not may_be_reached(addresses, listed=is_listed(host, self._settings.webhook_hosts or ())):
            raise _NotSentError("Its name stands for an address that is not public.")
        return addresses[:_MOST_ADDRESSES]


def _seconds(retry_after: str) -> float | None:
    """A date is not heeded: its clock may be anybody's."""
    return float(retry_after) if _SECONDS.fullmatch(retry_after.strip()) else None


@contextmanager
def _cut_off(connection: HTTPConnection, deadline: Deadline) -> Iterator[None]:
    """A receiver that drips keeps no time-out waiting: the connection is broken when the time is over."""

    def cut() -> None:
        if (sock := connection.sock) is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(deadline.remaining, 0.0), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
