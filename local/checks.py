"""python3 -m local test: lint, types, an audit of what is deployed, and tests, one after another."""

import argparse
import subprocess
import sys
import time

from local import environment, places
from local.progress import say

_FIRST = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), ("local.audit",))


def main(options: argparse.Namespace) -> int:
    """All of them run even if one fails; the exit code is 0 only if none did."""
    environment.bypass_proxies()
    began = time.monotonic()
    steps = (*_FIRST, ("pytest", *options.pytest_arguments))
    failed = [step for step in steps if not _passes(step)]
    say(f"\n{'FAILED: ' + ', '.join(map(' '.join, failed)) if failed else 'All passed'} ({_since(began)})")
    return 1 if failed else 0


def _passes(step: tuple[str, ...]) -> bool:
    say(f"\n=== {' '.join(step)}")
    began = time.monotonic()
    code = subprocess.run([sys.executable, "-m", *step], cwd=places.CHECKOUT, check=False).returncode
    say(f"--- {'ok' if code == 0 else f'exit code {code}'} ({_since(began)})")
    return code == 0


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
