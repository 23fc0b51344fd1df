"""python3 -m local simulate: many seeds of the simulation, on several cores, with what came of them."""

import argparse
import logging
import multiprocessing
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

from local.progress import say
from tests.simulation.trial import Result, simulate

_SEEDS_A_TURN = 10
_TOLD = 3
"""Violations that are told in full; the other seeds are named."""
_EVENTS = 80
_BAR = 40


@dataclass(slots=True)
class Summary:
    seeds: int = 0
    steps: int = 0
    injected: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    violated: list[Result] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def add(self, result: Result) -> None:
        self.seeds += 1
        self.steps += result.steps
        self.injected += result.injected
        self.ends += result.ends
        if result.violations:
            self.violated.append(result)

    def lines(self) -> Iterator[str]:
        seconds = time.monotonic() - self.began
        yield f"seeds        {self.seeds:>12,}"
        yield f"steps        {self.steps:>12,}"
        yield f"faults       {self.injected.total():>12,}"
        yield from _counted(self.injected)
        yield f"runs         {self.ends.total():>12,}"
        yield from _counted(self.ends)
        yield f"violations   {sum(len(each.violations) for each in self.violated):>12,}"
        yield f"seconds      {seconds:>12,.1f}"
        yield ""
        yield "Some promises were broken." if self.violated else f"All promises held in {self.seeds:,} seeds."


def main(options: argparse.Namespace) -> int:
    """0 only if every promise was kept in every seed."""
    seeds = (
        [options.seed] if options.seeds is None else list(range(options.seed, options.seed + options.seeds))
    )
    summary = Summary()
    for result in _results(seeds, options.jobs):
        summary.add(result)
        _show_progress(summary, len(seeds))
    say("")
    for result in summary.violated[:_TOLD]:
        _tell(result)
    if len(summary.violated) > _TOLD:
        print("Seeds with violations:", *sorted(each.seed for each in summary.violated))
    print("\n".join(summary.lines()))
    return 1 if summary.violated else 0


def _results(seeds: list[int], jobs: int) -> Iterator[Result]:
    if jobs == 1 or len(seeds) <= _SEEDS_A_TURN:
        _silence()
        yield from map(simulate, seeds)
        return
    turns = [seeds[begin : begin + _SEEDS_A_TURN] for begin in range(0, len(seeds), _SEEDS_A_TURN)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin_work) as workers:
        try:
            for turn in as_completed([workers.submit(_turn, turn) for turn in turns]):
                yield from turn.result()
        finally:
            workers.shutdown(cancel_futures=True)  # else Ctrl-C would wait for all that is still to be done


def _counted(kinds: Counter[str]) -> Iterator[str]:
    return (f"  {kind:<42} {number:>10,}" for kind, number in kinds.most_common())


def _turn(seeds: list[int]) -> list[Result]:
    return [simulate(seed) for seed in seeds]


def _begin_work() -> None:
    """In a process of its own. Ctrl-C is for the one that waits for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _silence()


def _silence() -> None:
    """The faults are on purpose: what the product logs of them would drown what matters."""
    logging.disable(logging.CRITICAL)


def _show_progress(summary: Summary, wanted: int) -> None:
    if not sys.stderr.isatty():
        return
    done = "#" * (summary.seeds * _BAR // wanted)
    bad = f", {len(summary.violated)} with violations" if summary.violated else ""
    print(
        f"\r[{done:<{_BAR}}] {summary.seeds:,} of {wanted:,} seeds{bad}", end="", file=sys.stderr, flush=True
    )


def _tell(result: Result) -> None:
    for violation in result.violations[:1]:
        print(f"Seed {result.seed} breaks a promise: {violation.claim}")
        print(f"  {violation.subject}: {violation.sentence}")
        print(f"  Again: python3 -m local simulate --seed {result.seed}. What happened, at the end:")
        for line in violation.story[-_EVENTS:]:
            print(f"    {line[:200]}")
        print()
