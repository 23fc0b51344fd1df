"""What the run store relies on in a table. Azurite, through Microsoft's client, and the simulation's twin are held to the same.

Where Azurite is known to differ from the service, only the twin is asked: a row above 1 MiB or with more than 252 properties
that is new, a transaction of 101.
"""

import secrets
from collections.abc import Callable

import pytest

from shared.storage.table import (
    Operation,
    Refusal,
    Row,
    StorageUnavailableError,
    Table,
    TransactionRefusedError,
    Verb,
)
from tests.support.table_twin import TableTwin

LARGE = "x" * 30_000
"""Nearly the longest string that a property may hold."""


@pytest.fixture(params=["azurite", "twin"])
def either(request: pytest.FixtureRequest) -> Table:
    """The same table twice: once as it is in Azurite, once as the simulation has it."""
    if request.param == "twin":
        return TableTwin()
    azurite: Table = request.getfixturevalue("table")
    azurite.commit("warm", [Operation(Verb.PUT, Row("up", {}))])  # else a first refusal would find no table
    return azurite


def inserted(table: Table, *keys: str, partition: str = "p") -> tuple[str, ...]:
    return table.commit(partition, [Operation(Verb.INSERT, Row(key, {"n": 1})) for key in keys])


def refused(table: Table, *operations: Operation) -> tuple[Refusal, int | None]:
    with pytest.raises(TransactionRefusedError) as refusal:
        table.commit("p", operations)
    return refusal.value.refusal, refusal.value.index


def keys_of(table: Table, low: str = "", high: str = "~", *, page_size: int = 1000) -> list[str]:
    return [row.key for row in table.range("p", low, high, page_size=page_size)]


def test_a_row_is_read_as_it_was_written(either: Table) -> None:
    """Text, numbers, truth and bytes keep their value and type; the ETag is the one that the write gave."""
    properties = {"text": "é 🙂", "number": 7, "truth": True, "bytes": b"\x00\xff", "empty": ""}
    (etag,) = either.commit("p", [Operation(Verb.INSERT, Row("k", properties))])

    assert Row("k", properties) == either.get("p", "k")
    assert etag == (row.etag if (row := either.get("p", "k")) else None)


def test_what_is_not_there_is_none(either: Table) -> None:
    """Neither a row nor a partition has to exist to be asked for."""
    inserted(either, "k")

    assert either.get("p", "other") is None
    assert either.get("q", "k") is None
    assert [] == list(either.range("q", "", "~"))


def test_an_insert_never_overwrites(either: Table) -> None:
    """The operation that was refused is named, and nothing of the transaction is written."""
    inserted(either, "b")

    assert (Refusal.EXISTS, 1) == refused(
        either, Operation(Verb.INSERT, Row("a", {})), Operation(Verb.INSERT, Row("b", {"n": 2}))
    )
    assert ["b"] == keys_of(either)
    assert Row("b", {"n": 1}) == either.get("p", "b")


def test_a_replace_needs_the_etag_of_now(either: Table) -> None:
    """Also when the row was written again with the same content."""
    (old,) = inserted(either, "k")
    (now,) = either.commit("p", [Operation(Verb.PUT, Row("k", {"n": 1}))])

    assert old != now
    assert (Refusal.CHANGED, 0) == refused(either, Operation(Verb.REPLACE, Row("k", {"n": 2}, old)))
    either.commit("p", [Operation(Verb.REPLACE, Row("k", {"m": 2}, now))])
    assert Row("k", {"m": 2}) == either.get("p", "k")


def test_a_replace_of_a_missing_row_is_refused(either: Table) -> None:
    """An ETag that was good once does not make a row again."""
    (etag,) = inserted(either, "k")
    either.commit("p", [Operation(Verb.DELETE, Row("k", {}))])

    assert (Refusal.MISSING, 0) == refused(either, Operation(Verb.REPLACE, Row("k", {}, etag)))


def test_a_delete_of_a_missing_row_is_refused(either: Table) -> None:
    """With its index, so that a transition can go on without it; the rest of the transaction is not done."""
    inserted(either, "a")
    put = Operation(Verb.PUT, Row("a", {"n": 2}))

    assert (Refusal.MISSING, 1) == refused(either, put, Operation(Verb.DELETE, Row("b", {})))
    assert Row("a", {"n": 1}) == either.get("p", "a")


def test_a_transaction_answers_with_an_etag_for_each_row(either: Table) -> None:
    """In order; none for a row that is gone."""
    (etag,) = inserted(either, "old")
    etags = either.commit(
        "p",
        [
            Operation(Verb.REPLACE, Row("old", {"n": 2}, etag)),
            Operation(Verb.INSERT, Row("new", {})),
            Operation(Verb.PUT, Row("put", {})),
        ],
    )
    gone = either.commit("p", [Operation(Verb.DELETE, Row("put", {}))])

    assert [row.etag for row in either.range("p", "", "~")] == [etags[1], etags[0]]
    assert ("",) == gone


def test_a_range_is_in_order_and_without_its_bounds(either: Table) -> None:
    """Of its own partition only."""
    inserted(either, "c", "a", "e", "b", "d")
    inserted(either, "bb", partition="q")

    assert ["b", "c", "d"] == keys_of(either, "a", "e")
    assert ["a", "b"] == keys_of(either, "", "c")


def test_a_range_is_complete_over_its_pages(either: Table) -> None:
    """However small they are, and beyond the thousand that one page can hold."""
    keys = [f"{number:04}" for number in range(1050)]
    for begin in range(0, len(keys), 100):
        inserted(either, *keys[begin : begin + 100])

    assert keys == keys_of(either)
    assert keys[:30] == keys_of(either, "", "0030", page_size=7)


def test_a_transaction_has_at_most_a_hundred_operations() -> None:
    """The twin alone: Azurite's answer to a larger one is no HTTP."""
    table = TableTwin()
    inserted(table, *map(str, range(100)))
    with pytest.raises(StorageUnavailableError):
        inserted(table, *(f"n{number}" for number in range(101)))
    with pytest.raises(StorageUnavailableError):
        inserted(table)


@pytest.mark.parametrize(
    "rows",
    [
        lambda: [Row("same", {}), Row("same", {"n": 2})],
        lambda: [Row("k", {"text": "x" * 32_769})],
        lambda: [Row("k", {"bytes": secrets.token_bytes(65_537)})],
        lambda: [
            Row(f"k{number}", dict.fromkeys(map("p{}".format, range(10)), LARGE)) for number in range(14)
        ],
        lambda: [Row("a/b", {}), Row("k", {})],  # by itself Azurite answers it 500, and Azure 400
        lambda: [Row("a#b", {})],
        lambda: [Row("k" * 600, {})],
    ],
    ids=["row twice", "long text", "long bytes", "over 4 MiB", "slash in key", "hash in key", "long key"],
)
def test_what_is_against_the_limits_is_not_written(either: Table, rows: Callable[[], list[Row]]) -> None:
    """Provably not: it is no lost answer."""
    with pytest.raises(StorageUnavailableError):
        either.commit("p", [Operation(Verb.PUT, row) for row in rows()])

    assert [] == keys_of(either)


@pytest.mark.parametrize(
    "properties",
    [
        dict.fromkeys(map("p{}".format, range(18)), LARGE),
        dict.fromkeys(map("p{}".format, range(253)), 1),
    ],
    ids=["over 1 MiB", "253 properties"],
)
def test_a_row_has_its_limits_too(properties: dict[str, str | int]) -> None:
    """The twin alone: Azurite takes both."""
    with pytest.raises(StorageUnavailableError):
        TableTwin().commit("p", [Operation(Verb.INSERT, Row("k", properties))])
