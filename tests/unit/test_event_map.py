"""The map of events: read strictly, followed within bounds."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from shared.event_map import EventMap, event_map
from shared.expressions import LONGEST, ExpressionError, check, evaluate
from shared.settings import SettingError, load
from tests.unit.test_settings import GOOD

FLOW = "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318"
RULE = {"type": "order.placed", "flowId": FLOW, "runMode": "unattended"}


def mapped(*rules: dict[str, Any]) -> EventMap:
    return event_map(json.dumps({"rules": rules}))


def test_a_rule_makes_the_body_of_a_start() -> None:
    """What it says as it says it, expressions replaced by what they find; nothing that it does not say."""
    rule = RULE | {
        "source": "/shop*",
        "connectionReference": "contoso_FinanceDesk",
        "timeoutSeconds": 60,
        "clientReference": "data.number",
        "inputs": {"Number": "data.number", "First": "data.lines[0].sku", "Who": "subject"},
    }
    event = {"subject": "kim", "data": {"number": 4711, "lines": [{"sku": "A-1"}]}}

    (read,) = mapped(rule).rules

    assert read.order(event) == {
        "flowId": FLOW,
        "runMode": "unattended",
        "connectionReference": "contoso_FinanceDesk",
        "timeoutSeconds": 60,
        "clientReference": "4711",
        "inputs": {"Number": 4711, "First": "A-1", "Who": "kim"},
    }


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("order.placed", "order.placed", True),
        ("order.placed", "order.placed.late", False),
        ("order.placed", "Order.placed", False),
        ("order.*", "order.placed", True),
        ("order.*", "orders", False),
        ("*", "anything", True),
    ],
)
def test_types_and_sources_fit_exactly_or_by_their_beginning(pattern: str, text: str, fits: bool) -> None:
    """An asterisk stands at the end only; letter case counts."""
    by_type, by_source = mapped(RULE | {"type": pattern}), mapped(RULE | {"source": pattern})

    assert fits == (by_type.rule_for(text, "s") is not None)
    assert fits == (by_source.rule_for("order.placed", text) is not None)


def test_the_first_rule_that_fits_is_followed() -> None:
    """So the special ones stand before the general ones."""
    rules = mapped(RULE | {"source": "/a", "timeoutSeconds": 1}, RULE | {"timeoutSeconds": 2}).rules

    assert rules[0] == EventMap(rules).rule_for("order.placed", "/a")
    assert rules[1] == EventMap(rules).rule_for("order.placed", "/b")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"flowId": "invoices"}, "flowId must be a GUID"),
        ({"runMode": "sometimes"}, "Invalid enum value 'sometimes'"),
        ({"tpye": "x"}, "unknown field `tpye`"),
        ({"type": "a*b"}, "type"),
        ({"timeoutSeconds": 0}, "timeoutSeconds"),
        ({"connectionName": "a", "connectionReference": "b"}, "exclude each other"),
        ({"inputs": {"A": "data.."}}, "inputs.A is no JMESPath"),
        ({"inputs": {"A": ""}}, "inputs.A must be a text"),
        ({"inputs": {"A": "foo(@)"}}, r"inputs.A calls foo\(\), which there is not"),
        ({"clientReference": "["}, "clientReference is no JMESPath"),
    ],
)
def test_a_bad_rule_is_named(fault: dict[str, Any], told: str) -> None:
    """With the setting, the rule's place and what is wrong: when the settings are read, not when an event comes."""
    text = json.dumps({"rules": [RULE, RULE | fault]})

    with pytest.raises(SettingError, match=f"EVENT_MAP has a fault in rule 2: .*{told}"):
        load(GOOD | {"EVENT_MAP": text})


@pytest.mark.parametrize("text", ['{"rules": {}}', '{"rule": []}', "{", "no/such/file.json", "a\0b"])
def test_what_is_no_map_is_refused(text: str) -> None:
    """Nor is a file that is not there taken for an empty one."""
    with pytest.raises(SettingError, match="EVENT_MAP"):
        load(GOOD | {"EVENT_MAP": text})


def test_the_maps_of_the_guide_can_be_used() -> None:
    """docs/events.md shows none that a deployment would refuse."""
    guide = (Path(__file__).parents[2] / "docs/events.md").read_text()
    shown = re.findall(r'```json\n(\{"rules.*?)```', guide, re.DOTALL)

    assert [1, 1] == [len(event_map(text).rules) for text in shown]


def test_a_map_is_a_file_or_the_json_itself(tmp_path: Path) -> None:
    """And no map at all is one without rules."""
    path = tmp_path / "events.json"
    path.write_text(json.dumps({"rules": [RULE]}))

    assert mapped(RULE) == load(GOOD | {"EVENT_MAP": str(path)}).event_map
    assert EventMap() == load(GOOD).event_map


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("a" * (LONGEST + 1), "1 to 500 characters"),
        ("|".join(["[@, @]"] * 70), "repeats what it is given"),
        ("|".join(["[@, @][]"] * 8), "repeats what it is given"),
        ("|".join(["{a: @, b: @}"] * 7), "repeats what it is given"),
        (f"{' | '.join(['merge({a: @}, {b: @})'] * 18)} | to_string(@)", "repeats what it is given"),
        (f"{'to_string([' * 30}data{'])' * 30}", "repeats what it is given"),
        ("map(&[@, @, @, @, @, @], [@, @, @, @, @, @]) | [@, @, @]", "repeats what it is given"),
        ("join(data.glue, data.parts)", "must give join"),
        ("join()", "must give join"),
        ("[" * 250, "is no JMESPath"),
    ],
)
def test_an_expression_that_could_give_without_bound_is_refused(expression: str, told: str) -> None:
    """Before any event comes: what a stranger sends decides about nothing but the size of one copy."""
    with pytest.raises(ExpressionError, match=told):
        check(expression)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("missing", "finds nothing"),
        ("text[0]", "finds nothing"),
        ("abs(text)", "does not fit"),
        ("&text", "not a value"),
        ("to_number('1e999')", "a number that is none"),
        ("[list, list, list]", "gives too much"),
        ("deep", "nested too deeply"),
    ],
)
def test_what_cannot_be_used_is_no_result(expression: str, told: str) -> None:
    """No sentence repeats what the event holds."""
    deep: Any = "secret"
    for _ in range(40):
        deep = [deep]
    given = {"text": "secret", "list": ["secret" * 100] * 1000, "deep": deep}
    check(expression)

    with pytest.raises(ExpressionError, match=told) as refused:
        evaluate(expression, given)

    assert "secret" not in str(refused.value)


def test_a_default_stands_in_for_what_may_be_missing() -> None:
    """JMESPath's own way to say that an input is optional."""
    assert "none" == evaluate("data.missing || 'none'", {"data": {}})
    assert "a, b" == evaluate("join(', ', data.names)", {"data": {"names": ["a", "b"]}})
