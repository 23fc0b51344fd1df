"""The connector keeps to what no public validator looks for; and each rule notices what it is there for."""

import pytest

from tests.connector.faults import FAULTS, Fault
from tests.connector.rules import RULES
from tests.connector.rules.walk import Rule
from tests.connector.samples import DEFINITION, PROPERTIES, copies


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_connector_keeps_to_it(rule: Rule) -> None:
    """Nothing breaks it."""
    assert [] == list(rule(DEFINITION, PROPERTIES))


@pytest.mark.parametrize(
    ("rule", "fault", "spoil"), FAULTS, ids=[f"{rule}-{what}" for rule, what, _ in FAULTS]
)
def test_a_fault_is_seen_by_its_rule_and_no_other(rule: str, fault: str, spoil: Fault) -> None:
    """So a finding says what is wrong."""
    definition, properties = copies()
    spoil(definition, properties)

    assert [rule] == [each.__name__ for each in RULES if list(each(definition, properties))]


def test_each_rule_has_a_fault() -> None:
    """A rule that nothing breaks would not be missed."""
    assert {rule for rule, _, _ in FAULTS} == {rule.__name__ for rule in RULES}
