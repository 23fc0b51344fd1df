"""What the demo shows: colours and a line that changes in a terminal, plain lines elsewhere."""

import os
import sys
import time

_GREEN, _RED, _BOLD, _DIM, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"


class Screen:
    def __init__(self) -> None:
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._begun = 0.0

    def title(self, text: str) -> None:
        print(f"\n{self._in(_BOLD, text)}\n", flush=True)

    def begin(self, text: str) -> None:
        self._begun = time.monotonic()
        print(text, flush=True)
        if self._coloured:
            print(self._in(_DIM, "   ..."), end="", flush=True)

    def held(self, lines: list[str]) -> None:
        taken = self._in(_DIM, f"({time.monotonic() - self._begun:.1f} s)")
        self._finish(_GREEN, "ok", [*lines[:-1], f"{lines[-1]}  {taken}"])

    def failed(self, why: str) -> None:
        self._finish(_RED, "FAILED", [why])

    def _finish(self, colour: str, mark: str, lines: list[str]) -> None:
        if self._coloured:
            print("\r\x1b[K", end="")
        for line in lines:
            print(f"   {self._in(colour, mark)}  {line}")
        print(flush=True)

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._coloured else text
