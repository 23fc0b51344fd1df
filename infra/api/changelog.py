"""What the changelog says that a version breaks."""

import re


def stated(changelog: str) -> set[str]:
    """The sentences under "Breaking" of the newest entry, each an item of its list."""
    newest = re.split(r"^## ", changelog, flags=re.MULTILINE)[1]
    breaking = re.search(r"^### Breaking\n(.*?)(?=^###|\Z)", newest, re.MULTILINE | re.DOTALL)
    return set() if breaking is None else set(re.findall(r"^[-*] (.+)$", breaking[1], re.MULTILINE))
