"""Run ids and positions."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.run.ids import (
    created_at,
    is_run_id,
    new_run_id,
    newest_first,
    newest_first_bound,
    parse_guid,
    shard_of,
)

moments = st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
ids = st.builds(new_run_id, moments, st.integers(0, 255), st.integers(0, 2**62 - 1))


@given(moments, st.integers(0, 255), st.integers(0, 2**62 - 1))
def test_an_id_carries_its_time_and_shard(at: datetime, shard: int, random_bits: int) -> None:
    """A run id is an RFC 9562 version 8 UUID from which its moment and its partition can be read."""
    run_id = new_run_id(at, shard, random_bits)

    assert (8, uuid.RFC_4122) == (uuid.UUID(run_id).version, uuid.UUID(run_id).variant)
    assert (at, f"{shard:02x}") == (created_at(run_id), shard_of(run_id))
    assert is_run_id(run_id)


@given(ids, ids)
def test_later_runs_sort_first(one: str, other: str) -> None:
    """Positions order runs from new to old."""
    if created_at(one) > created_at(other):
        assert newest_first(one) < newest_first(other)


@given(ids)
def test_a_bound_lies_where_its_moment_begins(run_id: str) -> None:
    """A moment's bound is below all runs of that moment, and above all later ones."""
    at = created_at(run_id)

    assert newest_first_bound(at) < newest_first(run_id)
    assert newest_first_bound(at - timedelta(milliseconds=1)) > newest_first(run_id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "0" * 32,
        "{" + str(uuid.uuid4()) + "}",
        str(uuid.uuid4()) + "\n",
        " " + str(uuid.uuid4()),
        "\N{EXTENDED ARABIC-INDIC DIGIT ZERO}" * 8 + "-0000-0000-0000-000000000000",
    ],
)
def test_anything_else_is_no_guid(text: str) -> None:
    """Braces, blanks, line ends, missing hyphens and foreign digits are not accepted."""
    assert parse_guid(text) is None


def test_guids_are_answered_in_lower_case() -> None:
    """Any letter case is accepted."""
    guid = str(uuid.uuid4())

    assert guid == parse_guid(guid.upper())


def test_other_guids_are_no_run_ids() -> None:
    """A random GUID cannot be one of ours, and is refused without I/O."""
    assert not any(is_run_id(str(uuid.uuid4())) for _ in range(100))


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC)])
def test_times_before_all_runs_bound_them_all(at: datetime) -> None:
    """A caller's "since ever" is before every run."""
    assert newest_first(new_run_id(datetime(2026, 1, 1, tzinfo=UTC), 0, 1)) < newest_first_bound(at) + "~"
