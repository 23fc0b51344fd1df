"""Inputs are held against the flow's schema."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.flow_properties import properties_of
from shared.inputs import check_inputs

SCHEMA: dict[str, dict[str, Any]] = {
    "Text": {"type": "string", "format": None, "default": ""},
    "Count": {"type": "number", "format": None, "default": "", "value": "0"},
    "Urgent": {"type": "boolean"},
    "Rows": {"type": "array"},
    "Any": {},
}


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("Text", "", ""),
        ("Count", 1, 1),
        ("Count", 1.5, 1.5),
        ("Count", " 12 ", 12),
        ("Count", "-0.5e2", -50.0),
        ("Urgent", False, False),
        ("Rows", "not checked unless strict", "not checked unless strict"),
        ("Any", {"a": [1]}, {"a": [1]}),
    ],
)
def test_what_fits_is_sent(name: str, value: Any, sent: Any) -> None:
    """Numeric text becomes a number where one is wanted; everything else is sent as it is."""
    assert ({name: sent}, ()) == check_inputs(SCHEMA, {name: value}, strict=False)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("Missing", 1, "UnknownInput"),
        ("text", "case counts", "UnknownInput"),
        ("Text", 1, "WrongType"),
        ("Text", None, "WrongType"),
        ("Count", "twelve", "WrongType"),
        ("Count", "1e999", "WrongType"),
        ("Count", "0x10", "WrongType"),
        ("Count", True, "WrongType"),
        ("Urgent", "true", "WrongType"),
        ("Urgent", 1, "WrongType"),
    ],
)
def test_what_does_not_fit_is_named(name: str, value: Any, code: str) -> None:
    """One detail for each fault, with the input's name."""
    _, faults = check_inputs(SCHEMA, {name: value}, strict=False)

    assert [(code, name)] == [(fault.code, fault.target) for fault in faults]


def test_strict_checks_what_is_only_inferred() -> None:
    """Lists and objects are checked only on request: their JSON form is not documented."""
    _, faults = check_inputs(SCHEMA, {"Rows": "no list"}, strict=True)

    assert ["WrongType"] == [fault.code for fault in faults]


@given(
    st.dictionaries(
        st.sampled_from([*SCHEMA, "Other"]),
        st.none() | st.booleans() | st.text() | st.floats(allow_nan=False),
    )
)
def test_every_input_is_sent_or_named(inputs: dict[str, Any]) -> None:
    """Nothing is dropped without a word."""
    checked, faults = check_inputs(SCHEMA, inputs, strict=True)

    assert set(inputs) == set(checked) | {fault.target for fault in faults}


KINDS: list[Any] = ["string", "number", "integer", "boolean", "array", "object", None, [], {"a": 1}]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@given(
    value=st.one_of(
        st.integers(), st.floats(), st.text(), st.sampled_from([10**400, "1e999", True, [], {}, None])
    )
)
def test_no_value_of_an_input_is_too_odd_to_be_judged(kind: Any, value: Any) -> None:
    """Whatever its size, and however strictly it is looked at: it fits or it is named."""
    for strict in (True, False):
        _, faults = check_inputs({"A": {"type": kind}}, {"A": value}, strict=strict)
        assert {fault.code for fault in faults} <= {"WrongType"}


ODD_DEFAULTS = [
    "[" * 100_000,
    "NaN",
    "1e999",
    "9" * 5000,
    '["\\ud800"]',
    '{"a":"\\udc00"}',
    "\ud800",
    10**400,
    [],
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("default", ODD_DEFAULTS, ids=lambda each: ascii(each)[:12])
def test_no_default_is_too_odd_for_a_schema(kind: Any, default: Any) -> None:
    """What a flow's author left there is shown as a value of its type, or not at all; nothing raises."""
    text = default.encode("utf-8", "replace").decode() if isinstance(default, str) else default

    assert msgspec.json.encode(properties_of({"A": {"type": kind, "default": text}}))


def test_the_schema_shown_is_json_schema() -> None:
    """No `format: null`, no empty default; the author's value is the default, as a value of its type."""
    expected = {
        "Text": {"type": "string"},
        "Count": {"type": "number", "default": 0},
        "Urgent": {"type": "boolean"},
        "Rows": {"type": "array"},
        "Any": {},
    }

    assert expected == properties_of(SCHEMA)
    assert {} == properties_of(None)


@pytest.mark.parametrize(
    ("kind", "value", "default"),
    [
        ("number", "1.5", 1.5),
        ("boolean", "True", True),
        ("string", "0", "0"),
        ("number", "many", None),
        ("array", "[1]", [1]),
        ("number", "true", None),
    ],
)
def test_an_authors_value_is_typed(kind: str, value: str, default: Any) -> None:
    """Dataverse holds it as text; a value that is none of its type is left out."""
    shown = properties_of({"X": {"type": kind, "value": value}})["X"]

    assert default == shown.get("default")


@pytest.mark.parametrize("kind", [["string", "null"], {"a": 1}, 7, None, "date-time"])
def test_an_undocumented_type_pins_nothing(kind: Any) -> None:
    """Whatever stands as type, the flow can be started, and its schema shown."""
    schema = {"A": {"type": kind, "value": "x"}}

    assert ({"A": "x"}, ()) == check_inputs(schema, {"A": "x"}, strict=True)
    assert "A" in properties_of(schema)
