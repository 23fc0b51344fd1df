"""What can be done with the keys. Each says in a sentence what it did, and none but `everything` shows a key."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from infra.signing import keys
from infra.signing.azure import Ask
from infra.signing.vault import Vault, refresh


class TooEarlyError(Exception):
    """Something that was signed with an old key is still under way."""


def ensure(vault: Vault, app: str, ask: Ask) -> str:
    """Makes them where there are none. A deployment that is repeated changes nothing."""
    if vault.is_filled():
        return "The signing keys are there, and stay as they are."
    vault.fill(keys.first())
    return f"The signing keys are made. {refresh(app, ask)}"


def rotate(vault: Vault, app: str, ask: Ask) -> str:
    """A new key signs from now on; what was signed before stays good."""
    changed = keys.with_new(vault.read().keys)
    vault.replace(changed)
    signing, *others = keys.versions(changed)
    return f"Key {signing} signs, {', '.join(others)} still verify. {refresh(app, ask)}"


def retire(vault: Vault, app: str, ask: Ask, kept: timedelta) -> str:
    """Takes all but the newest out. Raises TooEarlyError before the newest has signed for that long."""
    held = vault.read()
    signing, *others = keys.versions(held.keys)
    if not others:
        return f"Key {signing} is the only one."
    age = datetime.now(timezone.utc) - held.since  # noqa: UP017 - older Pythons read this
    if age < kept:
        raise TooEarlyError(
            f"Key {signing} has signed for {age.days} days, and what an older one has signed is good for {kept.days}: "
            "links, keys of starts, and runs that are under way. If it has leaked: --leaked."
        )
    vault.replace(keys.only_newest(held.keys))
    return (
        f"Key {signing} is the only one now; {', '.join(others)} open nothing any more. {refresh(app, ask)}"
    )


class Shown(NamedTuple):
    keys: str
    """For SIGNING_KEYS of one process."""
    warning: str


def everything(vault: Vault) -> Shown:
    """What has ever signed: the keys of all versions of the secret, those that were taken out as well. For infra.rebuild."""
    joined = keys.joined(vault.read_all())
    if not joined.keys:
        raise keys.MalformedError("No version of the secret that is enabled holds keys.")
    told = [
        f"These are keys {', '.join(keys.versions(joined.keys))}: secrets, any of which signs in this deployment's name.",
        "They are for infra.rebuild, in this shell: write them into no file, and set them on no app, where what was taken out would open again.",
        "If one has leaked, what it signed proves nothing: take it out.",
    ]
    if joined.others:
        told.append(
            f"The secret was made anew: older keys named {', '.join(joined.others)} are not among them, and what they signed is told as false."
        )
    if joined.unreadable:
        told.append(f"{joined.unreadable} versions of the secret hold no keys.")
    return Shown(joined.keys, " ".join(told))
