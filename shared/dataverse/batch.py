"""Several reads in one HTTP request ($batch). Each part counts as an operation of its own against the request quota.

Source of the format: Dataverse, "Execute batch operations using the Web API": multipart/mixed, CRLF, at most 1,000 parts.
"""

import email
import email.policy
import uuid
from collections.abc import Iterator, Sequence
from email.message import EmailMessage

from shared.clock import Deadline
from shared.dataverse.errors import DataverseError, UnreadableError, error_of
from shared.dataverse.purpose import Purpose
from shared.dataverse.web_api import API, Answer, WebApi, succeeded, told_by


def get_each(
    api: WebApi, paths: Sequence[str], deadline: Deadline, purpose: Purpose
) -> list[Answer | DataverseError]:
    """The answer or the error of each path, in order. Raises DataverseError if the batch as a whole fails."""
    if not paths:
        return []
    boundary = f"batch_{uuid.uuid4()}"
    answer = api.post(
        "$batch",
        _written(boundary, paths),
        deadline,
        {"Content-Type": f'multipart/mixed; boundary="{boundary}"', "Prefer": "odata.continue-on-error"},
        operations=len(paths),
        purpose=purpose,
    )
    parts = [_outcome(part) for part in _parts(answer)]
    if len(parts) != len(paths):
        raise UnreadableError(f"Dataverse answered {len(parts)} of {len(paths)} parts of a batch.")
    return parts


def _written(boundary: str, paths: Sequence[str]) -> bytes:
    head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    parts = (
        f"--{boundary}\r\n{head}GET {API}/{path} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        for path in paths
    )
    return f"{''.join(parts)}--{boundary}--\r\n".encode("ascii")


def _parts(answer: Answer) -> Iterator[bytes]:
    head = f"Content-Type: {answer.headers.get('Content-Type', '')}\r\n\r\n".encode("latin-1")
    message = email.message_from_bytes(head + answer.body, EmailMessage, policy=email.policy.HTTP)
    if not message.is_multipart():
        raise UnreadableError("Dataverse's answer to a batch is not multipart.")
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        yield content if isinstance(content, bytes) else b""


def _outcome(part: bytes) -> Answer | DataverseError:
    """One application/http part: status line, headers, blank line, body."""
    head, _, body = part.partition(b"\r\n\r\n")
    status_line, _, header_lines = head.partition(b"\r\n")
    words = status_line.split(b" ", 2)
    if len(words) < 2 or not words[1].isdigit():  # noqa: PLR2004 - protocol and status
        return UnreadableError("A part of Dataverse's answer to a batch has no status.")
    status = int(words[1])
    headers = dict(email.message_from_bytes(header_lines + b"\r\n\r\n").items())
    content = body.removesuffix(b"\r\n")
    return (
        Answer(status, headers, content) if succeeded(status) else error_of(told_by(status, headers, content))
    )
