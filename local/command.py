"""How a command line begins its work: under the right Python, stopped by a signal. Read by older Pythons as well, down to 3.9."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from types import FrameType

from local import bootstrap, interpreters

_INTERRUPTED = 130
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run(package: str, arguments: list[str], module: str, options: argparse.Namespace | list[str]) -> int:
    """The exit code of the module's function main, which takes the command line, parsed if it was by now.

    The module is imported inside the virtual environment: until then the packages that it is made of may not be there.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        bootstrap.enter(package, arguments)
        return int(importlib.import_module(module).main(options))
    except (bootstrap.SetUpError, interpreters.NoInterpreterError) as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED


def interrupt_once() -> None:
    """From now on the first signal ends the work; further ones do not disturb the clearing up."""
    for number in _STOP_SIGNALS:
        signal.signal(number, _stop)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
