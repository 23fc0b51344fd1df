"""The cases, each imported when it is asked for."""

from importlib import import_module

from benchmarks import cases
from benchmarks.case import Case


class BrokenCaseError(Exception):
    """A case that is named cannot be had. Its cause tells why, where it is not in the sentence."""


def load(name: str) -> Case:
    """Raises BrokenCaseError."""
    try:
        case = import_module(f"{cases.__name__}.{name}").CASE
    except Exception as error:
        raise BrokenCaseError(f"{name} cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(case, Case) or case.name != name:
        raise BrokenCaseError(f"{name} cannot be run: its CASE is {case!r}")
    return case
