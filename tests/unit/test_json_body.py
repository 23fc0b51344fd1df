"""Bodies are parsed strictly."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.json_body import LARGEST_BODY, parse_object
from shared.http.problems import ProblemError
from shared.signatures import canonical

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)
objects = st.dictionaries(texts, values, max_size=5)


@given(objects)
def test_every_json_object_is_read_as_it_is(body: dict[str, Any]) -> None:
    """What a JSON library writes, we read back."""
    assert body == parse_object(json.dumps(body).encode())
    assert body == parse_object(json.dumps(body, ensure_ascii=False).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_a_problem(body: bytes) -> None:
    """No input raises anything but ProblemError."""
    with contextlib.suppress(ProblemError):
        assert isinstance(parse_object(body), dict)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \r\n",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"{} {}",
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":"\\ud800"}',
        b'{"\\udc00":1}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":01}',
        b'{"a":"\n"}',
    ],
)
def test_what_is_not_strict_json_is_refused(body: bytes) -> None:
    """Empty, another type, duplicates, NaN, too large numbers, lone surrogates, another charset, too deep: 400 InvalidJson."""
    with pytest.raises(ProblemError) as refused:
        parse_object(body)

    assert (400, "InvalidJson") == (refused.value.code.status, refused.value.code)


def test_a_body_that_is_too_large_is_not_parsed() -> None:
    """One byte over the limit is 413, whatever it holds."""
    with pytest.raises(ProblemError) as refused:
        parse_object(b"x" * (LARGEST_BODY + 1))

    assert (413, "BodyTooLarge") == (refused.value.code.status, refused.value.code)


@given(objects)
def test_canonical_text_depends_on_values_only(body: dict[str, Any]) -> None:
    """The order of members does not matter, and 1.0 is 1."""
    reversed_body = dict(reversed(body.items()))

    assert canonical(body) == canonical(reversed_body)
    assert canonical({"a": 1.0}) == canonical({"a": 1})


@given(values, values)
def test_canonical_text_tells_different_values_apart(one: Any, other: Any) -> None:
    """Equal text means equal values (true is not 1)."""
    if canonical(one) == canonical(other):
        assert one == other
