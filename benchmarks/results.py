"""The results file: what each case measured, and under which circumstances."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from benchmarks.case import Result, Value

_FORMAT = 1
_DIGITS = 6
"""More would be noise, written down."""
_NUMBERS = re.compile(r"\[\n[-+\deE.,\s]*\]")


class Machine(Value, frozen=True, kw_only=True):
    cpu: str
    cores: int
    memory_gb: float
    system: str
    """The kernel and its version."""
    python: str
    packages: dict[str, str]
    """Versions of what takes part."""


class Circumstances(Value, frozen=True, kw_only=True):
    at: str
    """RFC 3339, UTC."""
    commit: str
    """Empty outside a repository."""
    dirty: bool
    """The code was not as committed. Documentation and results do not count."""
    quick: bool
    load: float
    """What the machine did in the minute before: processes that wanted a core, an earlier case's among them."""
    machine: Machine


class Measured(Value, frozen=True, kw_only=True):
    """A result, when and where it was found."""

    circumstances: Circumstances
    seconds: float
    """What the whole case took."""
    result: Result


class Results(Value, frozen=True, kw_only=True):
    format: int = _FORMAT
    cases: tuple[Measured, ...] = ()

    def of(self, name: str) -> Measured | None:
        return next((each for each in self.cases if each.result.case == name), None)

    def replaced(self, measured: Measured, order: Sequence[str]) -> "Results":
        """With this one in the place of what the same case told before. What is not in the order comes last."""
        others = [each for each in self.cases if each.result.case != measured.result.case]
        rank = {name: number for number, name in enumerate(order)}
        return Results(
            cases=tuple(sorted([*others, measured], key=lambda each: rank.get(each.result.case, len(rank))))
        )


class UnreadableResultsError(Exception):
    """A file holds no results, or in a form that this version does not know."""


def read(path: Path) -> Results:
    """Raises UnreadableResultsError, also where there is no such file."""
    try:
        results = msgspec.json.decode(path.read_bytes(), type=Results)
    except (OSError, msgspec.MsgspecError) as error:
        raise UnreadableResultsError(f"{path} holds no results: {error}") from None
    if results.format != _FORMAT:
        raise UnreadableResultsError(f"{path} has format {results.format}, and this version reads {_FORMAT}.")
    return results


def read_if_there(path: Path) -> Results:
    """None yet, where there is no file. Raises UnreadableResultsError."""
    return read(path) if path.exists() else Results()


def write(path: Path, results: Results) -> None:
    """As a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(as_json(results), encoding="utf-8")
    beside.replace(path)


def as_json(results: Results) -> str:
    """Made to be read, and to be compared line by line: rows of numbers stand in one line."""
    # omit_defaults would leave the format out.
    plain = {"format": results.format} | msgspec.to_builtins(results)
    text = msgspec.json.format(msgspec.json.encode(_rounded(plain)), indent=1).decode()
    return _NUMBERS.sub(lambda found: " ".join(found[0].split()), text) + "\n"


def _rounded(value: object) -> object:
    match value:
        case float():
            return float(f"{value:.{_DIGITS}g}")
        case dict():
            return {name: _rounded(each) for name, each in value.items()}
        case str():
            return value
        case Iterable():
            return [_rounded(each) for each in value]
        case _:
            return value
