"""Pieces of OData queries, written so that no value can change their meaning."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

_PLAIN = "$(),'=:@*/!"


def query(**options: str | None) -> str:
    """`filter="..."` becomes `$filter=...`; options that are None are left out."""
    given = ((name, value) for name, value in options.items() if value is not None)
    return "&".join(f"${name}={quote(value, safe=_PLAIN)}" for name, value in given)


def any_of(column: str, values: Sequence[str]) -> str:
    """Membership in a list. Values are ids: nothing in them needs quoting."""
    listed = ",".join(f'"{value}"' for value in values)
    return f"Microsoft.Dynamics.CRM.In(PropertyName='{column}',PropertyValues=[{listed}])"


def instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
