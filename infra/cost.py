"""What a month costs: quantities that follow from how Deskhand works, times list prices. `python3 -m infra.cost` writes the README's table.

Prices: pay as you go, US dollars, East US, as published in 2025; a region, an agreement and a year change them.
https://azure.microsoft.com/pricing/details/functions/ https://azure.microsoft.com/pricing/details/storage/tables/
https://azure.microsoft.com/pricing/details/monitor/
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.writing import write

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "README.md"
BEGIN, END = (
    "<!-- Written by `python3 -m infra.cost`, down to the next such line. -->",
    "<!-- Down to here. -->",
)
SIZES = (0, 1_000, 100_000)
"""Runs a month."""

_DAYS = 30
_SECONDS = _DAYS * 24 * 3600
_GB = 2.0
"""An instance's memory."""
_ALWAYS_READY = 2

_GB_SECOND, _GB_SECONDS_FREE = 0.000026, 100_000
_MILLION_EXECUTIONS, _EXECUTIONS_FREE = 0.40, 250_000
_READY_GB_SECOND, _READY_BUSY_GB_SECOND = 0.000004, 0.000016
_SHORTEST_SECONDS = 1.0
"""What an execution is charged at least."""
_TABLE_REQUEST = 0.00036 / 10_000
_BLOB_REQUEST = 0.05 / 10_000
_LOG_GB, _LOG_GB_FREE = 2.30, 5.0
_ALERTS = 2 * 1.50 + 2 * 1.00 + 8 * 0.50
"""Those that look every 5, every 10, and every 15 minutes or less often."""

_CALLS_A_RUN = 6
"""Start, three looks at the result, outputs, callback."""
_TABLE_REQUESTS_A_RUN = 25
"""Start 3, callback 3, reads 5, its deliveries and their removal, retention, indexes: rounded up."""
_TABLE_REQUESTS_A_PASS = 16
_LEASE_SECONDS = 15
_KB_OF_A_CALL, _KB_OF_A_PASS, _KB_OF_A_RUN = 2.2, 0.9, 3.0
"""What is logged: the host's row and our line; the host's row; what is told of a run's life."""


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    dollars: Sequence[float]
    """For each size."""


def items() -> list[Item]:
    ticks, polls = _SECONDS / 10, _SECONDS / 60
    passes = ticks + polls
    calls = [runs * _CALLS_A_RUN for runs in SIZES]
    timers = max(0.0, passes * _SHORTEST_SECONDS * _GB - _GB_SECONDS_FREE) * _GB_SECOND
    timers += max(0.0, passes - _EXECUTIONS_FREE) / 1e6 * _MILLION_EXECUTIONS
    busy = _SHORTEST_SECONDS * _GB * _READY_BUSY_GB_SECOND + _MILLION_EXECUTIONS / 1e6
    ready = _ALWAYS_READY * _GB * _SECONDS * _READY_GB_SECOND
    leases = 3 * _SECONDS / _LEASE_SECONDS * _BLOB_REQUEST
    logged = [
        (each * _KB_OF_A_CALL + passes * _KB_OF_A_PASS + runs * _KB_OF_A_RUN) / 1e6
        for runs, each in zip(SIZES, calls, strict=True)
    ]
    rows = [
        (passes * _TABLE_REQUESTS_A_PASS + runs * _TABLE_REQUESTS_A_RUN) * _TABLE_REQUEST for runs in SIZES
    ]
    return [
        Item(
            "Two instances that are always ready for HTTP (`alwaysReadyInstances`; 0 is possible)",
            [ready] * 3,
        ),
        Item("The timers: every ten seconds, and every minute", [timers] * 3),
        Item("Calls and callbacks, six for each run", [each * busy for each in calls]),
        Item("Table Storage, and the host's own", [each + leases for each in rows]),
        Item(
            "Logs, beyond the five gigabytes that are free",
            [max(0.0, each - _LOG_GB_FREE) * _LOG_GB for each in logged],
        ),
        Item("Twelve alerts", [_ALERTS] * 3),
    ]


def table() -> Iterator[str]:
    found = items()
    yield f"| Dollars a month, with so many runs | {' | '.join(f'{size:,}' for size in SIZES)} |"
    yield "|---|" + "---:|" * len(SIZES)
    for item in found:
        yield f"| {item.name} | {' | '.join(f'{each:.2f}' for each in item.dollars)} |"
    sums = [sum(column) for column in zip(*(item.dollars for item in found), strict=True)]
    yield f"| **Together** | {' | '.join(f'**{each:.0f}**' for each in sums)} |"


def written(page: str) -> str:
    """The page with the table in its place. Raises ValueError where it has none."""
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError("There is no place for the table.")
    return "\n".join((f"{before}{BEGIN}\n", *table(), f"\n{END}{after}"))


def main() -> None:
    argparse.ArgumentParser(
        prog="python3 -m infra.cost", description="Writes what a month costs into README.md."
    ).parse_args()
    sys.stdout.write(f"{write(PAGE, written(PAGE.read_text()))}\n")


if __name__ == "__main__":
    main()
