"""The tokens of a $filter."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from local.dataverse.errors import bad_query


class TokenKind(StrEnum):
    GUID = "guid"
    DATETIME = "datetime"
    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    ALIAS = "alias"
    MARK = "mark"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    kind: TokenKind
    text: str
    """Of a text literal: without its quotes."""
    at: int


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<guid>     [0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![\w-]))
    | (?P<datetime> \d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?(?![\w-]))
    | (?P<number>   -?\d+(?:\.\d+)?(?![\w.-]))
    | (?P<text>     '(?:[^']|'')*' | "(?:[^"\\]|\\.)*")
    | (?P<alias>    @\w+)
    | (?P<name>     [A-Za-z_][\w.]*)
    | (?P<mark>     [(),=\[\]])
    | (?P<end>      $)
    )""",
    re.VERBOSE,
)


def tokens(text: str, aliases: Mapping[str, str]) -> Iterator[Token]:
    """The tokens in order, the last of kind END. Parameter aliases (`@p1`) are replaced by what they stand for."""
    position = 0
    while True:
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise bad_query(f"Syntax error at position {position} in '{text}'.")
        token = Token(TokenKind(found.lastgroup), _unquoted(found[found.lastgroup]), position)
        position = found.end()
        if token.kind is TokenKind.ALIAS:
            yield from _alias(token, aliases)
        else:
            yield token
        if token.kind is TokenKind.END:
            return


def _alias(token: Token, aliases: Mapping[str, str]) -> Iterator[Token]:
    if token.text not in aliases:
        raise bad_query(f"The parameter alias '{token.text}' has no value.")
    yield from (inner for inner in tokens(aliases[token.text], {}) if inner.kind is not TokenKind.END)


def _unquoted(text: str) -> str:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if text.startswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text
