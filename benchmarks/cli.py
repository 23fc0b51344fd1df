"""The command lines. Read by older Pythons as well, down to 3.9: what is wrong with one is told before any set-up."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.cases import NAMES
from local import command, places

RESULTS = places.CHECKOUT / "benchmarks" / "results" / "latest.json"
"""What docs/performance.md and the README are written from."""
QUICK_RESULTS = RESULTS.with_name("quick.json")
"""Not committed."""
_TOLERANCE = 10.0
_DESCRIPTION = """\
Measures what Deskhand costs, beside what it is compared with: in one run, in alternated rounds, as ratios.

  python3 -m benchmarks [--quick] [NAME ...]   measure these cases, or all of them
  python3 -m benchmarks report                 write docs/performance.md, the README's table and the plots from the results
  python3 -m benchmarks compare OLD NEW        tell what got worse between two files of results
"""


def main(arguments: list[str]) -> int:
    word = arguments[0] if arguments else ""
    parse, module = _COMMANDS.get(word, (_measure, "benchmarks.suite"))
    options = parse().parse_args(arguments[1:] if word in _COMMANDS else arguments)
    return command.run("benchmarks", arguments, module, options)


def _measure() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m benchmarks",
        description=_DESCRIPTION,
        epilog="What it needs is installed at the first start. All of it takes some forty minutes, --quick some minutes.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", type=_name, metavar="NAME", help="a case; --list shows them")
    parser.add_argument("--list", action="store_true", help="show the cases, and measure nothing")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="small sizes and few rounds: to see that it works, not to publish",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help=f"where results go; those of other cases stay in it (default: {_shown(RESULTS)}, with --quick {_shown(QUICK_RESULTS)})",
    )
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a check does not hold")
    return parser


def _report() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m benchmarks report",
        description="Writes the results in docs/performance.md and README.md, and the plots in docs/plots.",
    )
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE", help="the results")
    return parser


def _compare() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m benchmarks compare",
        description="Compares checks and counts, never times: those are the machine's. Exit code 1 if something got worse.",
    )
    parser.add_argument("old", type=Path, metavar="OLD.json")
    parser.add_argument("new", type=Path, metavar="NEW.json")
    parser.add_argument(
        "--tolerance",
        type=float,
        default=_TOLERANCE,
        metavar="PERCENT",
        help=f"what a change may be beside the spread of the old rounds (default: {_TOLERANCE:g})",
    )
    return parser


_COMMANDS = {
    "report": (_report, "benchmarks.report"),
    "compare": (_compare, "benchmarks.compare"),
}


def _name(text: str) -> str:
    if text not in NAMES:
        raise argparse.ArgumentTypeError(f"there is no case {text!r}; there are: {', '.join(NAMES)}")
    return text


def _shown(path: Path) -> str:
    return path.relative_to(places.CHECKOUT).as_posix()
