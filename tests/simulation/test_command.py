"""python3 -m local simulate: what it tells, and its exit code."""

import logging
from argparse import Namespace
from collections.abc import Iterator

import pytest

from local import cli
from local.simulate import main
from tests.simulation.mutations import the_key_row_is_not_written
from tests.simulation.trial import simulate


@pytest.fixture(autouse=True)
def loud_again() -> Iterator[None]:
    """The command silences the product's log."""
    yield
    logging.disable(logging.NOTSET)


def command(seeds: int | None, seed: int = 0) -> Namespace:
    return Namespace(seeds=seeds, seed=seed, jobs=1)


def test_kept_promises_are_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    """Seeds, steps, faults by kind, what runs came to, violations and seconds; exit code 0."""
    assert main(command(3)) == 0

    told = dict(line.rsplit(maxsplit=1) for line in capsys.readouterr().out.splitlines() if "  " in line)
    assert {"seeds", "steps", "faults", "  Succeeded", "runs", "violations", "seconds"} <= set(told)
    assert ("3", "0") == (told["seeds"], told["violations"])


def test_a_broken_promise_is_told_with_its_seed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """How to see it again, and what happened to the run; exit code 1."""
    the_key_row_is_not_written(monkeypatch)
    seed = next(seed for seed in range(50) if simulate(seed).violations)

    assert main(command(None, seed)) == 1
    told = capsys.readouterr().out
    assert f"python3 -m local simulate --seed {seed}." in told
    assert " on instance " in told


def test_a_number_of_seeds_is_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong with the command line is told before anything is run."""
    with pytest.raises(SystemExit):
        cli.main(["simulate", "--seeds", "none"])

    assert "'none' is no number from 1 on" in capsys.readouterr().err
