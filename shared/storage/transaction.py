"""A transaction as it travels: all its operations in one request, and what its answer says of them.

Microsoft's client writes and reads these requests too, but starts a pool of threads for each and parses the parts as mail: that
was more than half of what a start cost in processor time.

Source of the format: Table Storage, "Performing entity group transactions": one changeset in a multipart/mixed batch, CRLF.
"""

import base64
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec

from shared.storage.table import Operation, Verb

_METHODS = {Verb.INSERT: "POST", Verb.REPLACE: "PUT", Verb.PUT: "PUT", Verb.DELETE: "DELETE"}
_PART = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
_HEADERS = "Content-Type: application/json\r\nAccept: application/json;odata=minimalmetadata\r\nPrefer: return-no-content\r\n"
_STATUS = re.compile(rb"^HTTP/1\.1 (\d{3})", re.MULTILINE)
_ETAG = re.compile(rb"^ETag: *(\S.*?)\r?$", re.MULTILINE | re.IGNORECASE)
_INDEX = re.compile(r"\d+(?=:)")


class RefusedOperation(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing of a transaction was written."""

    status: int
    code: str
    index: int | None
    """Of the operation; None where it is not told."""


class AnswerUnreadableError(Exception):
    """The answer does not tell what came of the transaction."""


def encoded(table: str, partition: str, operations: Sequence[Operation]) -> tuple[str, bytes]:
    """Content type and body. `table` is the table's URL."""
    batch, changeset = f"batch_{uuid.uuid4()}", f"changeset_{uuid.uuid4()}"
    parts = (
        f"--{changeset}\r\n{_PART}Content-ID: {number}\r\n\r\n{_request(table, partition, each)}\r\n"
        for number, each in enumerate(operations)
    )
    body = (
        f"--{batch}\r\nContent-Type: multipart/mixed; boundary={changeset}\r\n\r\n"
        f"{''.join(parts)}--{changeset}--\r\n--{batch}--\r\n"
    )
    return f"multipart/mixed; boundary={batch}", body.encode("ascii")


def decoded(answer: bytes, expected: int) -> tuple[str, ...] | RefusedOperation:
    """The new ETags of so many operations, in order ("" for a deleted row). Raises AnswerUnreadableError."""
    begins = [found.start() for found in _STATUS.finditer(answer)]
    parts = [answer[begin:end] for begin, end in zip(begins, [*begins[1:], len(answer)], strict=False)]
    statuses = [int(part[9:12]) for part in parts]
    for status, part in zip(statuses, parts, strict=True):
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            return _refused(status, part)
    if len(parts) != expected:
        raise AnswerUnreadableError(f"{len(parts)} of {expected} operations were answered.")
    return tuple(found[1].decode() if (found := _ETAG.search(part)) else "" for part in parts)


def _request(table: str, partition: str, operation: Operation) -> str:
    row, verb = operation.row, operation.verb
    url = (
        table
        if verb is Verb.INSERT
        else f"{table}(PartitionKey={_literal(partition)},RowKey={_literal(row.key)})"
    )
    condition = row.etag or ("*" if verb is Verb.DELETE else "")
    guarded = f"If-Match: {condition}\r\n" if condition and verb in {Verb.REPLACE, Verb.DELETE} else ""
    content = "" if verb is Verb.DELETE else _entity(partition, row.key, row.properties)
    return f"{_METHODS[verb]} {url} HTTP/1.1\r\n{_HEADERS}{guarded}DataServiceVersion: 3.0\r\n\r\n{content}"


def _literal(key: str) -> str:
    return "'" + quote(key.replace("'", "''"), safe="") + "'"


def _entity(partition: str, key: str, properties: Mapping[str, Any]) -> str:
    """In ASCII, so that no server has to guess how a part is encoded."""
    entity: dict[str, Any] = {"PartitionKey": partition, "RowKey": key}
    for name, value in properties.items():
        if isinstance(value, bytes):
            entity[f"{name}@odata.type"] = "Edm.Binary"
            entity[name] = base64.b64encode(value).decode()
        else:
            entity[name] = value
    return json.dumps(entity)


class _Message(msgspec.Struct):
    value: str = ""


class _Error(msgspec.Struct):
    code: str = ""
    message: _Message = msgspec.field(default_factory=_Message)


class _ErrorBody(msgspec.Struct):
    error: _Error = msgspec.field(name="odata.error")


def _refused(status: int, part: bytes) -> RefusedOperation:
    """The message begins with the operation's index: "1:The specified entity already exists."."""
    content = part[part.find(b"{") : part.rfind(b"}") + 1]
    try:
        error = msgspec.json.decode(content, type=_ErrorBody).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        error = _Error()
    index = _INDEX.match(error.message.value)
    return RefusedOperation(status=status, code=error.code, index=None if index is None else int(index[0]))
