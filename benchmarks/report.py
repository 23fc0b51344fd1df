"""python3 -m benchmarks report: the results in docs/performance.md and README.md, and the plots, from the results file.

What stands between markers belongs to this module; the rest of a page is written by hand.
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks import pages, plots, results
from benchmarks.results import Results, UnreadableResultsError
from local import places
from local.progress import say

PAGE = Path("docs/performance.md")
README = Path("README.md")
PLOTS = Path("docs/plots")
_BEGIN = "<!-- Written by `python3 -m benchmarks report`, down to the next such line. -->"
_END = "<!-- Down to here. -->"


class NoPlaceError(Exception):
    """A page lacks the two markers between which the results go."""


def main(options: argparse.Namespace) -> int:
    try:
        wanted = documents(results.read(options.json), places.CHECKOUT)
    except (UnreadableResultsError, NoPlaceError) as error:
        say(str(error))
        return 1
    for path in stale(wanted, places.CHECKOUT):
        (places.CHECKOUT / path).unlink()
        say(f"removed {path}")
    for path, text in wanted.items():
        (places.CHECKOUT / path).parent.mkdir(parents=True, exist_ok=True)
        (places.CHECKOUT / path).write_text(text, encoding="utf-8")
        say(f"wrote {path}")
    return 0


def documents(found: Results, checkout: Path) -> dict[Path, str]:
    """Every file that the results decide on, by its place in the checkout. Raises NoPlaceError."""
    drawn = [plot for each in found.cases for plot in plots.of(each.result)]
    return {
        PAGE: _filled(checkout, PAGE, pages.results(found, "plots")),
        README: _filled(checkout, README, pages.summary(found, "docs/plots")),
        **{PLOTS / plot.name: plot.svg for plot in drawn},
    }


def stale(wanted: Mapping[Path, str], checkout: Path) -> list[Path]:
    """Plots of results that are no more."""
    there = {PLOTS / path.name for path in (checkout / PLOTS).glob("*.svg")}
    return sorted(there - wanted.keys())


def _filled(checkout: Path, page: Path, lines: Iterator[str]) -> str:
    text = (checkout / page).read_text(encoding="utf-8")
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise NoPlaceError(f"{page} has no place for the results: the lines {_BEGIN!r} and {_END!r}.")
    return f"{before}{_BEGIN}\n\n{'\n'.join(lines)}\n\n{_END}{after}"
