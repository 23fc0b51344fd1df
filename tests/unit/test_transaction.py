"""Transactions as they travel, and as a server may answer them. That they are understood is tests/contract/test_table.py's to say."""

import json

import pytest

from shared.storage.table import Operation, Row, Verb
from shared.storage.transaction import AnswerUnreadableError, RefusedOperation, decoded, encoded

TABLE = "https://contoso.table.core.windows.net/deskhand"
HEAD = b"--changesetresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
WRITTEN = HEAD + b"HTTP/1.1 204 No Content\r\nContent-ID: 0\r\nETag: W/\"datetime'1'\"\r\n\r\n\r\n"
DELETED = HEAD + b"HTTP/1.1 204 No Content\r\nContent-ID: 1\r\n\r\n\r\n"


def refused(status: bytes, content: bytes) -> bytes:
    return HEAD + b"HTTP/1.1 " + status + b" No\r\nContent-Type: application/json\r\n\r\n" + content + b"\r\n"


def test_what_is_written_is_ascii() -> None:
    """Whatever the rows and keys hold; a quote in a key is doubled, bytes are named as such."""
    row = Row("it's|é", {"text": "é 🙂", "bytes": b"\xff"})
    content_type, body = encoded(TABLE, "p", [Operation(Verb.PUT, row)])
    request, _, content = body.split(b"--changeset_", 2)[1].split(b"\r\n\r\n", 1)[1].partition(b"\r\n\r\n")

    assert content_type.startswith("multipart/mixed; boundary=batch_")
    assert body.isascii()
    assert request.startswith(f"PUT {TABLE}(PartitionKey='p',RowKey='it%27%27s%7C%C3%A9') HTTP/1.1".encode())
    assert {
        "PartitionKey": "p",
        "RowKey": "it's|é",
        "text": "é 🙂",
        "bytes": "/w==",
        "bytes@odata.type": "Edm.Binary",
    } == json.loads(content)


@pytest.mark.parametrize(
    ("operation", "condition"),
    [
        (Operation(Verb.INSERT, Row("k", {}, "ignored")), None),
        (Operation(Verb.PUT, Row("k", {}, "ignored")), None),
        (Operation(Verb.REPLACE, Row("k", {}, 'W/"1"')), 'W/"1"'),
        (Operation(Verb.DELETE, Row("k", {}, 'W/"1"')), 'W/"1"'),
        (Operation(Verb.DELETE, Row("k", {})), "*"),
    ],
)
def test_what_is_guarded_says_so(operation: Operation, condition: str | None) -> None:
    """A replace without its condition would overwrite; a put with one would be refused; a delete must have one."""
    _, body = encoded(TABLE, "p", [operation])

    assert (condition is None) == (b"If-Match" not in body)
    assert condition is None or f"If-Match: {condition}\r\n".encode() in body


def test_the_etags_are_in_order() -> None:
    """None for what was deleted."""
    assert ("W/\"datetime'1'\"", "") == decoded(WRITTEN + DELETED, 2)


@pytest.mark.parametrize(
    ("content", "code", "index"),
    [
        (b'{"odata.error":{"code":"EntityAlreadyExists","message":{"value":"3:It exists."}}}', "EntityAlreadyExists", 3),
        (b'{"odata.error":{"code":"InvalidInput","message":{"value":"Something is wrong."}}}', "InvalidInput", None),
        (b'{"odata.error":{"code":"InvalidInput"}}', "InvalidInput", None),
        (b'{"error": 1}', "", None),
        (b"<html>", "", None),
        (b"{\xff}", "", None),
        (b"", "", None),
    ],
)  # fmt: skip
def test_a_refusal_is_told_as_far_as_it_can_be_read(content: bytes, code: str, index: int | None) -> None:
    """The status is what counts: the error object may be anything."""
    told = RefusedOperation(status=409, code=code, index=index)

    assert told == decoded(refused(b"409", content), 4)
    assert told == decoded(WRITTEN + refused(b"409", content), 2)


@pytest.mark.parametrize("answer", [b"", b"\xff", b"<html>", WRITTEN, WRITTEN * 3, WRITTEN + HEAD])
def test_half_an_answer_proves_nothing(answer: bytes) -> None:
    """Two operations are not done because one was answered."""
    with pytest.raises(AnswerUnreadableError):
        decoded(answer, 2)
