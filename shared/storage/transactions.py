"""A transaction as it travels: one multipart body, and one answer in which each row has its part.

Source: "Performing entity group transactions", Table service REST API.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from shared.storage.entities import encoded
from shared.storage.table import Operation, Verb

_METHODS = {Verb.INSERT: "POST", Verb.REPLACE: "PUT", Verb.PUT: "PUT", Verb.DELETE: "DELETE"}
_HEADERS = "Accept: application/json;odata=minimalmetadata\r\nDataServiceVersion: 3.0\r\n"
_PART = re.compile(r"HTTP/1\.1 (\d{3})\b[^\r\n]*\r?\n(.*?)(?=\r?\n--|\Z)", re.DOTALL)
_ETAG = re.compile(r"^ETag:[ \t]*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Body:
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one operation; where the transaction was refused, of the one that did not hold."""

    status: int
    etag: str
    text: str


def body(url: str, partition: str, operations: Sequence[Operation]) -> Body:
    """`url` is the table's."""
    batch, changes = f"batch_{uuid.uuid4()}", f"changeset_{uuid.uuid4()}"
    lines = [f"--{batch}\r\nContent-Type: multipart/mixed; boundary={changes}\r\n\r\n"]
    for number, operation in enumerate(operations):
        lines.append(
            f"--{changes}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
            f"Content-ID: {number}\r\n\r\n{_request(url, partition, operation)}\r\n"
        )
    lines.append(f"--{changes}--\r\n\r\n--{batch}--\r\n")
    return Body(f"multipart/mixed; boundary={batch}", "".join(lines).encode())


def parts(answer: bytes) -> list[Part]:
    return [_part(int(status), text) for status, text in _PART.findall(answer.decode(errors="replace"))]


def entity_path(partition: str, key: str) -> str:
    return f"(PartitionKey='{_quoted(partition)}',RowKey='{_quoted(key)}')"


def _request(url: str, partition: str, operation: Operation) -> str:
    verb, row = operation.verb, operation.row
    path = "" if verb is Verb.INSERT else entity_path(partition, row.key)
    line = f"{_METHODS[verb]} {url}{path} HTTP/1.1\r\n{_HEADERS}{_condition(operation)}"
    if verb is Verb.DELETE:
        return f"{line}\r\n"
    entity = encoded(partition, row)
    length = len(entity.encode())
    return f"{line}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{entity}"


def _condition(operation: Operation) -> str:
    match operation.verb:
        case Verb.INSERT:
            return "Prefer: return-no-content\r\n"
        case Verb.REPLACE:
            return f"If-Match: {operation.row.etag}\r\n"
        case Verb.DELETE:
            return f"If-Match: {operation.row.etag or '*'}\r\n"
    return ""


def _part(status: int, text: str) -> Part:
    etag = _ETAG.search(text)
    return Part(status, etag[1] if etag else "", text)


def _quoted(text: str) -> str:
    return quote(text.replace("'", "''"), safe="")
