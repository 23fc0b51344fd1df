"""The secret that holds the keys.

It is made through Azure Resource Manager, which needs no more rights than the deployment itself, reaches a vault that is closed to
the network, and cannot read. It is replaced through the vault, because who replaces it has to read what there is.
"""

from __future__ import annotations

from datetime import datetime, timezone
from http import HTTPStatus
from typing import Any, NamedTuple

from infra.signing.azure import MANAGEMENT, Answer, Ask, AzureError

SECRET = "signing-keys"  # noqa: S105 - its name
_MANAGEMENT_API = "api-version=2024-11-01"
_VAULT_API = "api-version=7.4"
_REFRESH_API = "api-version=2022-03-01"


class Held(NamedTuple):
    keys: str
    since: datetime
    """When they were last changed."""


class Vault:
    """`resource` is its resource id, `uri` its own address."""

    def __init__(self, resource: str, uri: str, ask: Ask) -> None:
        self._managed = f"{MANAGEMENT}{resource}/secrets/{SECRET}?{_MANAGEMENT_API}"
        self._place = f"{uri.rstrip('/')}/secrets/{SECRET}"
        self._own = f"{self._place}?{_VAULT_API}"
        self._ask = ask

    def is_filled(self) -> bool:
        answer = self._ask("GET", self._managed, None)
        if answer.status not in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}:
            raise AzureError(_told("The vault cannot be looked into", answer))
        return answer.status == HTTPStatus.OK

    def fill(self, keys: str) -> None:
        """For the first time."""
        answer = self._ask("PUT", self._managed, {"properties": {"value": keys}})
        if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
            raise AzureError(_told("The keys cannot be put into the vault", answer))

    def read(self) -> Held:
        body = self._read(self._own, "Officer")
        since = datetime.fromtimestamp(body["attributes"]["created"], timezone.utc)  # noqa: UP017 - older Pythons read this
        return Held(body["value"], since)

    def read_all(self) -> list[str]:
        """What the versions of the secret hold that are enabled, newest first."""
        found: list[dict[str, Any]] = []
        page: str | None = f"{self._place}/versions?{_VAULT_API}"
        while page:
            body = self._read(page, "User")
            found += [each for each in body["value"] if each["attributes"]["enabled"]]
            page = body.get("nextLink")
        found.sort(key=lambda each: each["attributes"]["created"], reverse=True)
        names = [each["id"].rpartition("/")[2] for each in found]
        return [self._read(f"{self._place}/{name}?{_VAULT_API}", "User")["value"] for name in names]

    def _read(self, url: str, role: str) -> dict[str, Any]:
        answer = self._ask("GET", url, None)
        if answer.status != HTTPStatus.OK:
            raise AzureError(
                _told(f"The keys cannot be read (Key Vault Secrets {role}? its network?)", answer)
            )
        return answer.body

    def replace(self, keys: str) -> None:
        answer = self._ask("PUT", self._own, {"value": keys})
        if answer.status != HTTPStatus.OK:
            raise AzureError(_told("The keys cannot be replaced", answer))


def refresh(app: str, ask: Ask) -> str:
    """Has the app read its references again; without, it does so within a day."""
    url = f"{MANAGEMENT}{app}/config/configreferences/appsettings/refresh?{_REFRESH_API}"
    answer = ask("POST", url, None)
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return "The app reads them now."
    return _told("The app could not be told: restart it, or it reads them within a day", answer)


def _told(what: str, answer: Answer) -> str:
    """Azure's code and no more: its message could repeat what was sent."""
    error = answer.body.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return f"{what}: {answer.status} {code or ''}".rstrip() + "."
