"""From a literal in a query to a value that can be compared with a column's."""

import re
from datetime import UTC, datetime
from typing import Any

from local.dataverse.errors import bad_query
from local.dataverse.odata.columns import Column, Kind
from local.dataverse.odata.lexer import Token, TokenKind

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_BOOLEANS = {"true": True, "false": False}

_ACCEPTED = {
    Kind.GUID: {TokenKind.GUID, TokenKind.TEXT},
    Kind.STRING: {TokenKind.TEXT},
    Kind.INTEGER: {TokenKind.NUMBER},
    Kind.DOUBLE: {TokenKind.NUMBER},
    Kind.BOOLEAN: {TokenKind.NAME},
    Kind.DATETIME: {TokenKind.DATETIME},
    Kind.FILE: set[TokenKind](),
}


def value_of[R](token: Token, column: Column[R], *, quoted: bool = False) -> Any:
    """The value of a literal for a column. `quoted`: it stands in a list of strings, whatever the column's type is.

    Refuses (400) a literal of another type than the column's.
    """
    if token.kind is TokenKind.NAME and token.text == "null":
        return None
    if not quoted and token.kind not in _ACCEPTED[column.kind]:
        raise _incompatible(token, column)
    try:
        return _converted(token.text, column.kind)
    except (ValueError, KeyError):
        raise _incompatible(token, column) from None


def _converted(text: str, kind: Kind) -> Any:
    match kind:
        case Kind.STRING:
            return text
        case Kind.GUID:
            return guid(text)
        case Kind.INTEGER:
            return int(text)
        case Kind.DOUBLE:
            return float(text)
        case Kind.BOOLEAN:
            return _BOOLEANS[text]
        case Kind.DATETIME:
            return _moment(text)
        case Kind.FILE:
            raise ValueError(text)


def guid(text: str) -> str:
    """In lower case. Raises ValueError for anything that is no GUID."""
    if not _GUID.fullmatch(text):
        raise ValueError(text)
    return text.lower()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _incompatible[R](token: Token, column: Column[R]) -> Exception:
    return bad_query(
        f"A binary operator with incompatible types was detected: '{column.name}' is {column.kind}, "
        f"'{token.text}' is a {token.kind} literal."
    )
