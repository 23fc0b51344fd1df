"""python3 -m benchmarks: measures cases one after another, shows what came of each, and keeps it."""

import argparse
import traceback
from copy import replace
from pathlib import Path

from benchmarks import cli, machine, registry, results, table
from benchmarks.cases import NAMES
from benchmarks.console import Console
from benchmarks.registry import BrokenCaseError
from benchmarks.results import Measured, UnreadableResultsError
from local import command, environment
from local.progress import say


def main(options: argparse.Namespace) -> int:
    """1 if a case could not be run, or, where that is asked for, if a check does not hold."""
    if options.list:
        return _list()
    command.interrupt_once()
    environment.bypass_proxies()
    path: Path = options.json or (cli.QUICK_RESULTS if options.quick else cli.RESULTS)
    names = tuple(dict.fromkeys(options.names)) or NAMES
    try:
        done = [_measure(name, path, quick=options.quick) for name in names]
    except UnreadableResultsError as error:
        say(str(error))
        return 1
    measured = [each for each in done if each is not None]
    print("\n\n".join(map(table.of, measured)))
    print(f"\n{_summary(measured)}\n{path}")
    broken = not all(check.holds for each in measured for check in each.result.checks)
    return 1 if None in done or (options.strict and broken) else 0


def _list() -> int:
    for name in NAMES:
        try:
            print(f"{name:<22} {registry.load(name).title}")
        except BrokenCaseError as error:
            print(f"{name:<22} BROKEN: {error}")
    return 0


def _measure(name: str, path: Path, *, quick: bool) -> Measured | None:
    """Kept at once: what is measured is not lost when a later case fails, or is interrupted. None if it failed."""
    before = results.read_if_there(path)
    circumstances = machine.circumstances(quick=quick)
    console = Console(name, quick=quick)
    console.say("begins")
    try:
        case = registry.load(name)
        result = replace(case.run(console), case=name)
    except Exception:  # noqa: BLE001 - the other cases are measured all the same
        _tell_failure(console)
        return None
    console.say("done")
    measured = Measured(circumstances=circumstances, seconds=console.seconds, result=result)
    results.write(path, before.replaced(measured, NAMES))
    return measured


def _tell_failure(console: Console) -> None:
    for line in console.last_lines:
        say(f"  | {line}")
    say(traceback.format_exc())
    console.say("FAILED; the last that its stack printed stands above")


def _summary(measured: list[Measured]) -> str:
    checks = [check for each in measured for check in each.result.checks]
    return f"{len(measured)} measured; {sum(check.holds for check in checks)} of {len(checks)} checks hold."
