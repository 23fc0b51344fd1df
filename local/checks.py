"""python3 -m local test: lint, types, an audit of what is deployed, and tests.

Tests run in two processes, about as long each: two cores. Each brings up a stack if it needs one.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from local import environment, places
from local.progress import say

_BESIDE = (
    "tests/unit",
    "tests/simulation",
    "tests/simulator",
    "tests/benchmarks",
    "tests/connector",
    "tests/infra",
    "tests/contract",
)
_FIRST = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), ("local.audit",))


def main(options: argparse.Namespace) -> int:
    """All of them run even if one fails; the exit code is 0 only if none did."""
    environment.bypass_proxies()
    began = time.monotonic()
    failed: list[tuple[str, ...]] = [step for step in _FIRST if not _passes(step)]
    failed += _failed_tests(options.pytest_arguments)
    say(f"\n{'FAILED: ' + ', '.join(map(' '.join, failed)) if failed else 'All passed'} ({_since(began)})")
    return 1 if failed else 0


def _failed_tests(arguments: list[str]) -> list[tuple[str, ...]]:
    """Those that are asked for; or all of them, in two processes whose outputs are shown one after the other."""
    if arguments:
        step = ("pytest", *arguments)
        return [] if _passes(step) else [step]
    others = ("pytest", *(f"--ignore={folder}" for folder in _BESIDE))
    beside = ("pytest", *_BESIDE)
    with tempfile.TemporaryFile() as output, _started(beside, output) as running:
        failed = [] if _passes(others) else [others]
        say(f"\n=== {' '.join(beside)} (ran beside)")
        code = running.wait()
        output.seek(0)
        shutil.copyfileobj(output, sys.stdout.buffer)
        say(f"--- {'ok' if code == 0 else f'exit code {code}'}")
    return failed if code == 0 else [*failed, beside]


@contextmanager
def _started(step: tuple[str, ...], output: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    """Ended with the block, if it has not ended by itself."""
    command = [sys.executable, "-m", *step]
    with subprocess.Popen(command, cwd=places.CHECKOUT, stdout=output, stderr=subprocess.STDOUT) as running:
        try:
            yield running
        finally:
            running.terminate()


def _passes(step: tuple[str, ...]) -> bool:
    say(f"\n=== {' '.join(step)}")
    began = time.monotonic()
    code = subprocess.run([sys.executable, "-m", *step], cwd=places.CHECKOUT, check=False).returncode
    say(f"--- {'ok' if code == 0 else f'exit code {code}'} ({_since(began)})")
    return code == 0


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
