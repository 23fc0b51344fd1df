import subprocess
import sys
from pathlib import Path

import pytest

from local import places

_PROGRAM = f"""
import sys
from benchmarks import cases
cases.NAMES = ("toy", "failing", "unimportable", "endless")
cases.__path__.append({str(Path(__file__).parent / "toys")!r})
from benchmarks import cli
sys.exit(cli.main(sys.argv[1:]))
"""


class Command:
    """python3 -m benchmarks, with the toys as its cases."""

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._line(arguments),
            cwd=places.CHECKOUT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._line(arguments),
            cwd=places.CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def _line(arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-c", _PROGRAM, *arguments]


@pytest.fixture
def command() -> Command:
    return Command()
