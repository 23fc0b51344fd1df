"""How a child process notices that its parent is gone, whatever the parent died of.

The parent holds the other end of the child's standard input and never writes to it: the system closes it with the parent.
"""

import os
import stat
import sys
import time
from collections.abc import Callable
from threading import Thread


def watch(parent_gone: Callable[[], None], grace: float) -> None:
    """Calls back from a thread of its own when standard input ends, and after so many seconds more ends the process.

    Does nothing where standard input is no pipe: then a person started the process.
    """
    descriptor = sys.stdin.fileno()
    if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        Thread(target=_drain, args=(descriptor, parent_gone, grace), name="lifeline", daemon=True).start()


def _drain(descriptor: int, parent_gone: Callable[[], None], grace: float) -> None:
    while os.read(descriptor, 4096):
        pass
    parent_gone()
    time.sleep(grace)
    os._exit(1)
