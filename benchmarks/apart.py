"""Work in a process of its own: what is measured shares no interpreter lock with what measures it, nor with its baseline."""

import multiprocessing
import pickle
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, Concatenate, Protocol

_STOP_SECONDS = 5.0


class ApartError(Exception):
    """Something was raised over there that could not be brought here; the message says what."""


class Closable(Protocol):
    def close(self) -> None: ...


class Apart[T: Closable]:
    """An object over there. Calling this with one of its methods calls that method there, and waits for what it answers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__[**P, R](
        self, method: Callable[Concatenate[T, P], R], *arguments: P.args, **named: P.kwargs
    ) -> R:
        """Raises what the method raises there, and EOFError if that process has ended."""
        self._connection.send((method.__name__, arguments, named))
        answer, problem = self._connection.recv()
        if problem is not None:
            raise problem
        result: R = answer
        return result


@contextmanager
def apart[T: Closable](make: Callable[..., T], *arguments: Any) -> Iterator[Apart[T]]:
    """What `make` makes of these arguments, in a new process: it ends with the block, or with this process."""
    new = multiprocessing.get_context("spawn")
    here, there = new.Pipe()
    process = new.Process(target=_serve, args=(there, make, arguments), daemon=True)
    process.start()
    there.close()
    try:
        yield Apart(here)
    finally:
        here.close()
        process.join(_STOP_SECONDS)
        process.kill()


def _serve(connection: Connection, make: Callable[..., Closable], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends, and with it the pipe
    with closing(make(*arguments)) as made, suppress(EOFError):
        while True:
            method, given, named = connection.recv()
            try:
                connection.send((getattr(made, method)(*given, **named), None))
            except Exception as problem:  # noqa: BLE001 - whatever it is, it is raised where the call was made
                connection.send((None, _portable(problem)))


def _portable(problem: Exception) -> Exception:
    """Some errors hold what cannot leave their process."""
    try:
        pickle.loads(pickle.dumps(problem))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - in whatever way it fails
        return ApartError(f"{type(problem).__name__}: {problem}")
    return problem
