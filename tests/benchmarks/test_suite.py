import re
import signal
from copy import replace
from pathlib import Path

import pytest

from benchmarks import registry, results
from benchmarks.cases import NAMES
from tests.benchmarks.conftest import Command


def test_every_registered_case_can_be_had() -> None:
    """No name leads nowhere, and each case bears the name that it is called by."""
    assert list(NAMES) == [registry.load(name).name for name in NAMES]


def test_a_case_is_measured_shown_and_kept(command: Command, tmp_path: Path) -> None:
    """The table shows medians, checks and whether they hold; the file holds the same, with the machine and the commit."""
    path = tmp_path / "new" / "results.json"
    run = command("--quick", "--json", str(path), "toy")
    measured = results.read(path).of("toy")

    assert 0 == run.returncode, run.stderr
    assert re.search(r"^ +deskhand +two passes$\n^ +steps +10 +20$", run.stdout, re.MULTILINE)
    assert re.search(r"holds +steps over two passes' +0\.50x +at most 0\.50x", run.stdout)
    assert re.search(r"FAILS +steps +10 +at most 9", run.stdout)
    assert "1 of 2 checks hold" in run.stdout
    assert re.search(r"^ +0:00  toy: round 3 of 3: two passes$", run.stderr, re.MULTILINE)
    assert measured is not None
    assert (True, (10.0, 10.0, 10.0)) == (measured.circumstances.quick, measured.result.figures[0].samples)
    assert measured.circumstances.machine.cores > 0
    assert "msgspec" in measured.circumstances.machine.packages


def test_strict_asks_for_every_check_to_hold(command: Command, tmp_path: Path) -> None:
    """Without it a check that does not hold is told, and is no failure of the command."""
    assert 1 == command("--strict", "--json", str(tmp_path / "results.json"), "toy").returncode


def test_a_failing_case_stops_no_other_and_shows_its_log(command: Command, tmp_path: Path) -> None:
    """Exit code 1, what its stack printed, why it failed; the results of the others are kept."""
    path = tmp_path / "results.json"
    run = command("--json", str(path), "failing", "unimportable", "toy")

    assert 1 == run.returncode
    assert "| functions: the last words of the stack" in run.stderr
    assert "RuntimeError: the store did not answer" in run.stderr
    assert "unimportable cannot be imported: RuntimeError: written in haste" in run.stderr
    assert ["toy"] == [each.result.case for each in results.read(path).cases]


def test_a_run_of_one_case_leaves_the_others_as_they_were(command: Command, tmp_path: Path) -> None:
    """A case takes the place of its own earlier result, and what else the file holds stays, quick or not as it was."""
    path = tmp_path / "results.json"
    command("--json", str(path), "--quick", "toy")
    first = results.read(path).cases[0]
    other = replace(first, result=replace(first.result, case="older"))
    results.write(path, results.Results(cases=(other, first)))
    command("--json", str(path), "toy")

    kept, replaced = results.read(path).of("older"), results.read(path).of("toy")
    assert kept == other
    assert replaced is not None
    assert not replaced.circumstances.quick


@pytest.mark.parametrize("arguments", [["nonesuch"], ["--quick", "nonesuch"]])
def test_an_unknown_case_is_told_with_those_that_there_are(command: Command, arguments: list[str]) -> None:
    """Before anything is measured."""
    run = command(*arguments)

    assert 2 == run.returncode
    assert "there is no case 'nonesuch'; there are: toy, failing, unimportable, endless" in run.stderr


def test_the_list_shows_a_broken_case_as_that(command: Command) -> None:
    """It keeps no other from being listed."""
    run = command("--list")

    assert 0 == run.returncode
    assert re.search(r"^toy +A toy$", run.stdout, re.MULTILINE)
    assert re.search(r"^unimportable +BROKEN: .*written in haste$", run.stdout, re.MULTILINE)
    assert re.search(r"^endless +It does not end$", run.stdout, re.MULTILINE)


def test_a_results_file_that_cannot_be_read_is_left_alone(command: Command, tmp_path: Path) -> None:
    """It is told before anything is measured, and not written over."""
    path = tmp_path / "results.json"
    path.write_text("{}{")
    run = command("--json", str(path), "toy")

    assert 1 == run.returncode
    assert "holds no results" in run.stderr
    assert "{}{" == path.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_behind(command: Command, tmp_path: Path, number: int) -> None:
    """The case's own processes are gone, what was measured before is kept, and nothing but that is written."""
    path = tmp_path / "results.json"
    with command.start("--json", str(path), "toy", "endless") as process:
        assert process.stderr is not None
        told = next(found for line in process.stderr if (found := re.search(r"child (\d+)", line)))
        process.send_signal(number)
        process.communicate(timeout=20)

    assert 130 == process.returncode
    assert not Path(f"/proc/{told[1]}").exists()
    assert [path] == list(tmp_path.iterdir())
    assert ["toy"] == [each.result.case for each in results.read(path).cases]
