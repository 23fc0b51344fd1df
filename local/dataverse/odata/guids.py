"""The order of GUIDs: that of their text, or SQL Server's."""

from collections.abc import Callable
from typing import Any

type GuidKey = Callable[[str], Any]


def guid_as_text(guid: str) -> str:
    return guid


def guid_as_sql_server(guid: str) -> str:
    """SQL Server compares a uniqueidentifier by its last group first, and the bytes of the first three groups reversed."""
    a, b, c, d, e = guid.split("-")
    return e + d + _bytes_reversed(c) + _bytes_reversed(b) + _bytes_reversed(a)


ORDERS: dict[str, GuidKey] = {"text": guid_as_text, "sqlserver": guid_as_sql_server}
"""By the names that the setting has for them."""


def _bytes_reversed(digits: str) -> str:
    return bytes.fromhex(digits)[::-1].hex()
