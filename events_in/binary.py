"""A CloudEvent in headers: `ce-` and the attribute's name, the body its data. CloudEvents, "HTTP Protocol Binding", section 3.1."""

import base64
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_to_bytes

from events_in.contract import LARGEST_REQUEST
from shared.http.json_body import parse_json
from shared.http.members import invalid_member
from shared.http.problems import Code, ProblemError

_PREFIX = "ce-"
_NAME = re.compile(r"[a-z0-9]{1,64}")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_LOOSE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_OF_THE_BODY = frozenset({"data", "data_base64", "datacontenttype"})


def is_binary(headers: Mapping[str, str]) -> bool:
    return any(name.lower().startswith(_PREFIX) for name in headers)


def event_of(headers: Mapping[str, str], media: str, body: bytes) -> dict[str, Any]:
    """Raises ProblemError: a header that cannot be decoded, a body that is not the JSON that it is said to be."""
    attributes = {
        name.lower().removeprefix(_PREFIX): _decoded(name, text)
        for name, text in headers.items()
        if name.lower().startswith(_PREFIX)
    }
    for name in attributes:
        if not _NAME.fullmatch(name) or name in _OF_THE_BODY:
            raise invalid_member(f"{_PREFIX}{name}"[:64], "No attribute has this name.")
    return attributes | ({"datacontenttype": media} if media else {}) | _data(media, body)


def _decoded(name: str, text: str) -> str:
    """Unquoted if it is quoted, then percent-decoded once. What two readers could read differently is refused."""
    unquoted = _QUOTED.sub(lambda found: re.sub(r"\\(.)", r"\1", found[1]), text)
    if text.isascii() and not _LOOSE_PERCENT.search(unquoted):
        with suppress(UnicodeDecodeError):
            return unquote_to_bytes(unquoted).decode("utf-8")
    raise invalid_member(name[:64], "It must be percent-encoded UTF-8.")


def _data(media: str, body: bytes) -> dict[str, Any]:
    if len(body) > LARGEST_REQUEST:
        raise ProblemError(Code.BODY_TOO_LARGE, f"The body must not be larger than {LARGEST_REQUEST} bytes.")
    if not body:
        return {}
    if media == "application/json" or media.endswith("+json"):
        return {"data": parse_json(body, LARGEST_REQUEST)}
    try:
        return {"data": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"data_base64": base64.b64encode(body).decode()}
