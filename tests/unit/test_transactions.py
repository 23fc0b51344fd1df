"""A transaction's body, and what its answer tells."""

import pytest

from shared.storage.table import Operation, Row, Verb
from shared.storage.transactions import Part, body, parts

URL = "https://contoso.table.core.windows.net/runs"
DONE = "--b\r\n\r\n--c\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nETag: {etag}\r\n\r\n\r\n"


@pytest.mark.parametrize(
    ("operation", "line", "condition"),
    [
        (Operation(Verb.INSERT, Row("k", {})), f"POST {URL} HTTP/1.1", ""),
        (Operation(Verb.PUT, Row("k", {})), f"PUT {URL}(PartitionKey='p',RowKey='k') HTTP/1.1", ""),
        (
            Operation(Verb.REPLACE, Row("k", {}, "e1")),
            f"PUT {URL}(PartitionKey='p',RowKey='k') HTTP/1.1",
            "If-Match: e1",
        ),
        (
            Operation(Verb.DELETE, Row("k", {}, "e1")),
            f"DELETE {URL}(PartitionKey='p',RowKey='k') HTTP/1.1",
            "If-Match: e1",
        ),
        (
            Operation(Verb.DELETE, Row("k", {})),
            f"DELETE {URL}(PartitionKey='p',RowKey='k') HTTP/1.1",
            "If-Match: *",
        ),
    ],
)
def test_each_operation_has_its_condition(operation: Operation, line: str, condition: str) -> None:
    """An insert may not overwrite, a replace has its ETag, a put has none, a delete needs the row."""
    lines = body(URL, "p", [operation]).content.decode().split("\r\n")

    assert line in lines
    assert [each for each in lines if each.startswith("If-")] == ([condition] if condition else [])


def test_no_key_ends_the_line_it_stands_in() -> None:
    """Quotes, spaces, slashes and line ends of a key travel quoted."""
    sent = body(URL, "p", [Operation(Verb.DELETE, Row("it's a/b\r\nc|d", {}))]).content.decode()

    assert "RowKey='it%27%27s%20a%2Fb%0D%0Ac%7Cd')" in sent


def test_an_answer_has_a_part_for_each_row() -> None:
    """In order, with its ETag; a deleted row has none."""
    answer = (
        DONE.format(etag="W/1") + DONE.replace("ETag: {etag}\r\n", "") + DONE.format(etag="W/2") + "--c--"
    )

    assert [(part.status, part.etag) for part in parts(answer.encode())] == [
        (204, "W/1"),
        (204, ""),
        (204, "W/2"),
    ]


def test_a_refused_transaction_has_one_part() -> None:
    """Whatever its operations were; what it says is kept."""
    error = (
        '{"odata.error":{"code":"UpdateConditionNotSatisfied","message":{"lang":"en-US","value":"3:No.\\n"}}}'
    )
    answer = f"--b\r\n\r\n--c\r\n\r\nHTTP/1.1 412 Precondition Failed\r\n\r\n{error}\r\n--c--\r\n--b--\r\n"

    (part,) = parts(answer.encode())

    assert isinstance(part, Part)
    assert (part.status, error in part.text) == (412, True)


@pytest.mark.parametrize("answer", [b"", b"<html>HTTP is down</html>", b"\xff\xfe"])
def test_what_is_no_answer_has_no_part(answer: bytes) -> None:
    """A proxy's page does not say that anything was done."""
    assert parts(answer) == []
