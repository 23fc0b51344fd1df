"""Lists in pages: each nextLink followed as it stands, but to no other host, never twice, and not for ever."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from shared.clock import Deadline
from shared.dataverse.errors import UnreadableError
from shared.dataverse.purpose import Purpose
from shared.dataverse.web_api import WebApi

MOST_PAGES = 1000
"""Five million rows."""


class Page(Protocol):
    next_link: str | None


def pages[P: Page](
    api: WebApi,
    path: str,
    shape: type[P],
    deadline: Deadline,
    headers: Mapping[str, str] | None = None,
    *,
    purpose: Purpose,
) -> Iterator[P]:
    """Raises UnreadableError for a link that leads elsewhere or in a circle."""
    seen: set[str] = set()
    asked: str | None = path
    while asked is not None:
        if asked in seen or len(seen) == MOST_PAGES:
            raise UnreadableError("Dataverse's nextLinks lead nowhere.")
        seen.add(asked)
        page = api.get(asked, deadline, headers, purpose=purpose).decode(shape)
        yield page
        asked = following(api, page.next_link)


def following(api: WebApi, link: str | None) -> str | None:
    """A nextLink as a path: our token goes to no other host, whatever an answer says."""
    if link is None:
        return None
    if not link.startswith(f"{api.origin}/"):
        raise UnreadableError("Dataverse's nextLink leads to another host.")
    return link.removeprefix(api.origin)
