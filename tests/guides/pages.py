"""What a page shows: blocks of code, and what they print. A page is held by doing it, in its order, in one go."""

import doctest
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import msgspec

from local.stack import Stack

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "\x1e"
"""Printed behind each block, to tell what it printed from what the next one did."""
_PATIENCE = 120
_LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

_COMMANDS = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}
_MARKS = {"sh": rf"printf '\x{ord(_MARK):x}'", "python": f"print({_MARK!r}, end='', flush=True)"}
_BEFORE = {"sh": "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT", "python": ""}
_LAST_WORD = 2000


class Step(msgspec.Struct, frozen=True):
    code: str
    prints: str | None
    """What the text block behind it says, where `...` stands for anything; None where there is none."""


def blocks(page: str, language: str) -> list[str]:
    return [code for name, code in _BLOCK.findall((DOCS / page).read_text()) if name == language]


def steps(page: str, language: str) -> list[Step]:
    found = [*_BLOCK.findall((DOCS / page).read_text()), ("", "")]
    return [
        Step(code, after if following == "text" else None)
        for (name, code), (following, after) in pairwise(found)
        if name == language
    ]


def own_values(first: Step, stack: Stack, **others: str) -> Step:
    """The block in which a reader says where Deskhand is, with the stack's address and key in the place of the reader's."""
    values = {"BASE": stack.functions, "KEY": stack.key} | others
    said = re.findall(r"\b([A-Z]+)\b *=", first.code)
    assert set(said) == set(values), "the first block names what is the reader's own, and nothing else"
    code = "\n".join(f'{name}="{values[name]}"' for name in said)
    return Step(code, first.prints)


def hold(language: str, page: list[Step], folder: Path) -> None:
    """Asserts that every step can be done, and prints what it is said to."""
    code = "\n".join([_BEFORE[language], *(f"{each.code}\n{_MARKS[language]}" for each in page)])
    there = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [*_COMMANDS[language], code],
        cwd=folder,
        env=there,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    printed = done.stdout.split(_MARK)
    assert done.returncode == 0, f"step {len(printed)}: {printed[-1]}{done.stderr}"[:_LAST_WORD]
    assert len(printed) == len(page) + 1
    for step, said in zip(page, printed, strict=False):
        if step.prints is not None:
            assert doctest.OutputChecker().check_output(step.prints, said, _LENIENT), (
                f"{step.code}\nprinted\n{said}"
            )
