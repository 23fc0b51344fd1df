"""Checks on a terminal: one aligned table, what is wrong and what to do about it."""

import shutil
import textwrap
from collections.abc import Iterator, Sequence

from msgspec import UNSET

from preflight.contract import CheckView, Outcome

_NARROWEST, _WIDEST = 60, 160
_GAP = "  "
_REMEDY = "-> "


def table(checks: Sequence[CheckView], width: int | None = None) -> str:
    """Within so many columns; None: as many as the terminal has."""
    columns = min(max(width or shutil.get_terminal_size((120, 24)).columns, _NARROWEST), _WIDEST)
    names = max(len(each.name) for each in checks)
    outcomes = max(len(each.outcome) for each in checks)
    room = columns - names - outcomes - 2 * len(_GAP)
    lines: list[str] = []
    for each in checks:
        for number, text in enumerate(_texts(each, room)):
            name, outcome = (_plain(each.name), str(each.outcome)) if number == 0 else ("", "")
            lines.append(f"{name:{names}}{_GAP}{outcome:{outcomes}}{_GAP}{text}".rstrip())
    return "\n".join(lines)


def _texts(check: CheckView, room: int) -> Iterator[str]:
    yield from textwrap.wrap(_plain(check.message), room) or [""]
    if check.remedy is not UNSET and check.outcome is not Outcome.PASSED:
        yield from textwrap.wrap(
            _plain(check.remedy), room, initial_indent=_REMEDY, subsequent_indent=" " * len(_REMEDY)
        )


def _plain(text: str) -> str:
    """Makers choose names and errors of flows: none of them is to move the cursor of whoever looks."""
    return "".join(each if each.isprintable() or each.isspace() else "?" for each in text)


def summary(checks: Sequence[CheckView]) -> str:
    """How many there are of each outcome, and which have failed."""
    counts = [(outcome, sum(each.outcome is outcome for each in checks)) for outcome in Outcome]
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts if count)
    wrong = [each.name for each in checks if each.outcome is Outcome.FAILED]
    return f"{told}. Failed: {', '.join(wrong)}." if wrong else f"{told}. Nothing has failed."
