"""What a request says is read by what is declared, and nothing else is let through."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import pytest
from msgspec import Meta

from infra.api.routes import routes
from shared.http.members import Body, Guid, Query, fields_of, read_members, read_parameters
from shared.http.problems import ProblemError


class Word(StrEnum):
    ONE = "one"
    TWO = "two"


class Order(Body, frozen=True, kw_only=True):
    exclusive: ClassVar[tuple[tuple[str, ...], ...]] = (("shortName", "longName", "noName"),)

    word: Word
    short_name: Annotated[str, Meta(min_length=1, max_length=3)] | None = None
    long_name: Annotated[str, Meta(min_length=1, max_length=9)] | None = None
    no_name: bool | None = None
    seconds: Annotated[int, Meta(ge=1, le=60)] = 30
    inputs: dict[str, Any] | None = None


class Search(Query, frozen=True, kw_only=True):
    flow_id: Guid | None = None
    after: datetime | None = None
    size: Annotated[int, Meta(ge=1, le=1000)] = 50
    drafts: bool = False


def test_what_is_declared_is_read() -> None:
    """Words, bounds and defaults; null counts as absent, and 30.0 is 30."""
    given = {"word": "one", "shortName": "abc", "longName": None, "seconds": 30.0, "inputs": {"a": [1.0]}}

    assert Order(word=Word.ONE, short_name="abc", inputs={"a": [1.0]}) == read_members(given, Order)


def test_all_that_is_wrong_is_told_at_once() -> None:
    """One detail for each fault, with what is expected instead."""
    given = {"shortName": "", "longName": 7, "seconds": True, "inputs": [], "other": 1}

    with pytest.raises(ProblemError) as refused:
        read_members(given, Order)

    assert [
        ("Required", "word", "word is required."),
        ("Invalid", "shortName", "shortName must be a text of 1 to 3 characters."),
        ("Invalid", "longName", "longName must be a text of 1 to 9 characters."),
        ("Invalid", "seconds", "seconds must be a whole number from 1 to 60."),
        ("Invalid", "inputs", "inputs must be a JSON object."),
        ("Invalid", "longName", "longName and shortName exclude each other."),
        ("Unknown", "other", "There is no such member."),
    ] == [(each.code, each.target, each.message) for each in refused.value.details]


@pytest.mark.parametrize("name", ["longName", "noName"])
def test_each_of_those_that_exclude_each_other_does(name: str) -> None:
    """Whichever two are given; a false one is given."""
    with pytest.raises(ProblemError):
        read_members({"word": "two", "shortName": "a", name: "b" if name == "longName" else False}, Order)


@pytest.mark.parametrize(
    "given",
    [
        {"size": "0"},
        {"size": "1001"},
        {"size": "+5"},
        {"size": "5.0"},
        {"size": "\u0665"},
        {"drafts": "1"},
        {"drafts": "True"},
        {"flowId": "7"},
        {"flowId": "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318\n"},
        {"after": "2026-11-25"},
        {"after": "2026-11-25T10:00:00"},
        {"after": "1764064800"},
        {"after": "9999-12-31T23:59:59-23:59"},
    ],
)
def test_a_parameter_is_what_it_is_declared_to_be(given: dict[str, str]) -> None:
    """Anything else is refused with its name: a filter that is not understood must not match all."""
    with pytest.raises(ProblemError) as refused:
        read_parameters(given, Search)

    assert ("InvalidParameter", next(iter(given))) == (refused.value.code, refused.value.target)


def test_a_time_is_read_whatever_its_offset() -> None:
    """As UTC; a blank stands for a plus that was not encoded."""
    read = read_parameters({"after": "2026-11-25t11:00:00 01:00", "drafts": "true"}, Search)

    assert Search(after=datetime(2026, 11, 25, 10, tzinfo=UTC), drafts=True) == read


def test_no_member_holds_a_shape() -> None:
    """What `convert` prepares of a Struct would be seen half done by other threads (shared/decoding.py)."""
    shapes = {shape for route in routes() for shape in (route.operation.body, route.operation.query) if shape}
    infos = [field.info for shape in shapes for field in fields_of(shape).values()]

    assert infos
    assert [] == [info for info in infos if "StructType" in repr(info)]
