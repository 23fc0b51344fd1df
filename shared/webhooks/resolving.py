"""The addresses behind a name. The system's resolver knows no deadline: it is asked by a thread that nobody waits for any longer."""

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from ipaddress import ip_address

from shared.clock import Deadline
from shared.webhooks.guard import Address

type Resolve = Callable[[str, int], Sequence[Address]]
"""The addresses of a name. Raises OSError."""


def resolved(host: str, port: int) -> Sequence[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(address[0]).partition("%")[0]) for *_, address in found))


def resolved_in_time(resolve: Resolve, host: str, port: int, deadline: Deadline) -> Sequence[Address]:
    """Raises OSError, TimeoutError among them. The thread ends with the resolver's own patience, within the minute."""
    found = Future[Sequence[Address]]()

    def ask() -> None:
        try:
            found.set_result(resolve(host, port))
        except Exception as problem:  # noqa: BLE001 - it is raised where the answer is waited for
            found.set_exception(problem)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    return found.result(max(deadline.remaining, 0.0))
