"""infra/ keeps to its rules, and each rule notices what it is there for."""

import subprocess
import sys

import pytest

from infra.check import checking
from infra.check.rules import RULES, Rule
from local import places
from tests.infra.faults import FAULTS
from tests.infra.spoiling import WHOLE, spoilt


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_infra_keeps_to_it(rule: Rule) -> None:
    """Nothing breaks it."""
    assert [] == list(rule(WHOLE))


@pytest.mark.parametrize(
    ("rule", "fault", "name", "old", "new"), FAULTS, ids=[f"{rule}-{what}" for rule, what, *_ in FAULTS]
)
def test_a_fault_is_seen_by_its_rule_and_no_other(
    rule: str, fault: str, name: str, old: str, new: str
) -> None:
    """So a finding says what is wrong."""
    changed = spoilt(name, old, new)

    assert [rule] == [each.__name__ for each in RULES if list(each(changed))]


def test_each_rule_has_a_fault() -> None:
    """A rule that nothing breaks would not be missed."""
    assert {rule.__name__ for rule in RULES} == {rule for rule, *_ in FAULTS}


def test_the_command_finds_nothing() -> None:
    """Exit code 0, and a word that it has looked."""
    command = [sys.executable, "-m", "infra.check"]
    run = subprocess.run(command, cwd=places.CHECKOUT, capture_output=True, text=True, check=False)

    assert (0, "Nothing found.\n") == (run.returncode, run.stdout)


def test_the_command_fails_for_what_it_finds(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each."""
    found = checking.findings(spoilt("topic", "disableLocalAuth: true", "disableLocalAuth: false"))

    assert 1 == checking.reported(found, [])
    assert "topic.bicep:7: disableLocalAuth is not true\n1 found.\n" == capsys.readouterr().out
