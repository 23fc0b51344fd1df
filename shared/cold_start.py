"""Loading the clients when the first request needs them, by one thread at a time.

A cold worker may get its first requests and the timer at once. Threads that enter the same modules at different ends would be
handed half-made ones by Python's import system, which breaks the deadlock that way, and a worker would stay broken for its life.
"""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_importing = threading.RLock()


def once[T](load: Callable[[], T]) -> Callable[[], T]:
    """What `load` imports: loaded when it is first asked for, and kept. What `load` raises is raised, and it is tried again."""
    loaded: list[T] = []

    def held() -> T:
        if not loaded:
            with _loading():
                loaded.append(load())
        return loaded[0]

    return held


@contextmanager
def _loading() -> Iterator[None]:
    """Modules stay for good. The garbage collector is neither to look through them while they are made, nor ever after."""
    with _importing:
        gc.disable()
        try:
            yield
        finally:
            gc.freeze()
            gc.enable()
