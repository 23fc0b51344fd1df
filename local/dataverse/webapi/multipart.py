"""The format of a batch: parts in, parts out. Source: "Execute batch operations using the Web API" and RFC 2046."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from multidict import CIMultiDict

from local.dataverse.errors import DataverseError, bad_payload
from local.dataverse.webapi.exchange import Answer

MOST_PARTS = 1000
_BOUNDARY = re.compile(r'boundary="?([^";,\s]+)"?', re.IGNORECASE)
_CRLF = b"\r\n"


@dataclass(frozen=True, slots=True)
class PartRequest:
    """One HTTP request inside a batch."""

    method: str
    url: str
    headers: CIMultiDict[str]
    body: bytes
    content_id: str | None


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Requests that change something, together or not at all."""

    requests: tuple[PartRequest, ...]


def malformed(message: str) -> DataverseError:
    return bad_payload(f"The batch request is not valid: {message}")


def read_batch(content_type: str, body: bytes) -> list[PartRequest | ChangeSet]:
    """Refuses (400) what Dataverse refuses: bare line feeds, reads inside change sets, batches inside batches, too many parts."""
    parts = [_read_part(raw) for raw in _split(content_type, body)]
    size = sum(len(part.requests) if isinstance(part, ChangeSet) else 1 for part in parts)
    if size > MOST_PARTS:
        raise malformed(f"{size} operations are more than the {MOST_PARTS} allowed.")
    return parts


def _split(content_type: str, body: bytes) -> list[bytes]:
    boundary = _BOUNDARY.search(content_type)
    if boundary is None or not content_type.lower().startswith("multipart/mixed"):
        raise malformed("the content type has to be multipart/mixed with a boundary.")
    pieces = (_CRLF + body).split(f"\r\n--{boundary[1]}".encode())
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):  # noqa: PLR2004  # before, parts, after
        raise malformed("it has no parts, or line ends other than CRLF.")
    return [_without_line_end(piece) for piece in pieces[1:-1]]


def _without_line_end(piece: bytes) -> bytes:
    if not piece.startswith(_CRLF):
        raise malformed("a boundary is not followed by CRLF.")
    return piece.removeprefix(_CRLF)


def _read_part(raw: bytes) -> PartRequest | ChangeSet:
    headers, content = _headers(raw)
    kind = headers.get("Content-Type", "")
    if kind.lower().startswith("multipart/mixed"):
        return ChangeSet(tuple(_read_change(inner) for inner in _split(kind, content)))
    return _read_request(headers, content)


def _read_change(raw: bytes) -> PartRequest:
    request = _read_request(*_headers(raw))
    if request.method == "GET":
        raise malformed("a change set holds a GET.")
    return request


def _read_request(part_headers: CIMultiDict[str], content: bytes) -> PartRequest:
    if not part_headers.get("Content-Type", "").lower().startswith("application/http"):
        raise malformed("a part's content type has to be application/http.")
    line, _, rest = content.partition(_CRLF)
    words = line.decode(errors="replace").split()
    if len(words) != 3 or b"\n" in line:  # noqa: PLR2004  # method, URL, version
        raise malformed("a part does not begin with a request line.")
    headers, body = _headers(rest)
    return PartRequest(words[0], words[1], headers, body, part_headers.get("Content-ID"))


def _headers(raw: bytes) -> tuple[CIMultiDict[str], bytes]:
    """The header lines up to the empty line, and what follows it."""
    if raw.startswith(_CRLF):
        return CIMultiDict(), raw.removeprefix(_CRLF)
    head, _, content = raw.partition(_CRLF + _CRLF)
    headers: CIMultiDict[str] = CIMultiDict()
    for line in head.split(_CRLF) if head else ():
        name, colon, value = line.decode(errors="replace").partition(":")
        if not colon or "\n" in value:
            raise malformed("a header line is broken, or ends with other than CRLF.")
        headers[name.strip()] = value.strip()
    return headers, content


@dataclass(frozen=True, slots=True)
class PartAnswer:
    content_id: str | None
    answer: Answer


def write_batch(parts: Iterable[PartAnswer | list[PartAnswer]]) -> tuple[str, bytes]:
    """The content type and the body of a batch's answer; a list is what a change set answers."""
    return _framed("batchresponse", parts)


def _framed(kind: str, parts: Iterable[PartAnswer | list[PartAnswer]]) -> tuple[str, bytes]:
    boundary = f"{kind}_{uuid.uuid4()}"
    pieces = [f"--{boundary}\r\n".encode() + _written(part) for part in parts]
    return f"multipart/mixed; boundary={boundary}", b"".join(pieces) + f"--{boundary}--\r\n".encode()


def _written(part: PartAnswer | list[PartAnswer]) -> bytes:
    if isinstance(part, list):
        content_type, body = _framed("changesetresponse", part)
        return f"Content-Type: {content_type}\r\n\r\n".encode() + body + _CRLF
    head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    head += [f"Content-ID: {part.content_id}"] if part.content_id else []
    head += ["", f"HTTP/1.1 {part.answer.status} {phrase(part.answer.status)}"]
    head += [f"{name}: {value}" for name, value in part.answer.headers.items()]
    return "\r\n".join([*head, "", ""]).encode() + part.answer.body + _CRLF


def phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
