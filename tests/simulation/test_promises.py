"""The promises hold in every history that is tried here; `python3 -m local simulate` tries as many as one likes."""

import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.simulation.mutations import MUTATIONS, NOTICED_BEFORE_BY, Mutation
from tests.simulation.trial import Result, simulate
from tests.simulation.weather import Fault

SEEDS = 150
RARE = (213,)
"""Histories in which something comes up that is seldom seen: a session that appears after its start was given up."""
MOST_SEEDS_FOR_A_MUTATION = 400

_results: dict[int, Result] = {}


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """The faults are on purpose."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def result_of(seed: int) -> Result:
    if seed not in _results:
        _results[seed] = simulate(seed)
    return _results[seed]


def told(result: Result) -> str:
    first = result.violations[0]
    story = "\n".join(first.story[-80:])
    again = f"python3 -m local simulate --seed {result.seed}"
    return f"{first.claim}\n{first.subject}: {first.sentence}\nAgain: {again}\n{story}"


@pytest.mark.parametrize("begin", range(0, SEEDS, 15))
def test_every_promise_is_kept(begin: int) -> None:
    """Under every fault, on several instances."""
    results = [result_of(seed) for seed in range(begin, begin + 15)]

    assert [] == [told(result) for result in results if result.violations]


def test_every_fault_and_every_end_comes_up() -> None:
    """Nothing is proved by a history in which nothing goes wrong."""
    injected, ends = Counter[str](), Counter[str]()
    for seed in (*range(SEEDS), *RARE):
        injected += result_of(seed).injected
        ends += result_of(seed).ends

    assert set(Fault) == set(injected)
    assert {
        "Succeeded",
        "Canceled",
        "on the way: CancelTimedOut",
        "Failed Aborted",
        "Failed StartUnconfirmed",
        "Failed StartedLate",
        "Failed SessionDeleted",
        "Failed NotStartedInTime",
        "Canceled CanceledBeforeStart",
        "Failed DesktopFlowsActionThrottled",
    } <= set(ends)


def test_the_same_seed_is_the_same_history() -> None:
    """To the last event, also in another process, where sets and dictionaries are hashed otherwise."""
    program = (
        "import logging; logging.disable(50); "
        "from tests.simulation.trial import simulate; print(*(simulate(seed).fingerprint for seed in (3, 4, 5)))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=True,
    )
    fingerprints = [simulate(seed).fingerprint for seed in (3, 4, 5)]

    assert fingerprints == other.stdout.split()
    assert 3 == len(set(fingerprints))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_each_broken_rule_is_noticed(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one rule of the product is broken, some history shows it."""
    mutation(monkeypatch)

    seeds = chain([NOTICED_BEFORE_BY.get(mutation, 0)], range(MOST_SEEDS_FOR_A_MUTATION))
    assert any(simulate(seed).violations for seed in seeds)
