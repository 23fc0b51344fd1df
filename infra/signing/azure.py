"""Asks Azure's interfaces, as whoever is signed in with azd or az."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

MANAGEMENT = "https://management.azure.com"
_SECONDS = 60


class AzureError(Exception):
    """Azure, or the way to it, refuses; the sentence says what."""


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]


Ask = Callable[[str, str, "dict[str, Any] | None"], Answer]
"""Method, URL, body. Raises AzureError where nobody answers."""


def ask(method: str, url: str, body: dict[str, Any] | None = None) -> Answer:
    request = urllib.request.Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {_token(url)}", "Content-Type": "application/json"},
    )
    if request.data is None and method == "POST":
        request.data = b""
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:
            return Answer(response.status, _json(response.read()))
    except urllib.error.HTTPError as refusal:
        return Answer(refusal.code, _json(refusal.read()))
    except OSError as failure:
        raise AzureError(f"{urlsplit(url).hostname} cannot be reached: {failure}") from None


def _json(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _token(url: str) -> str:
    scope = f"{MANAGEMENT}/.default" if url.startswith(MANAGEMENT) else "https://vault.azure.net/.default"
    azd, az = shutil.which("azd"), shutil.which("az")
    if azd:
        given = _printed([azd, "auth", "token", "--output", "json", "--scope", scope])
        return str(_json(given.encode()).get("token", ""))
    if az:
        command = [az, "account", "get-access-token", "--scope", scope, "--query", "accessToken"]
        return _printed([*command, "--output", "tsv"]).strip()
    raise AzureError("Neither azd nor az is on the PATH: install one, and sign in.")


def _printed(command: list[str]) -> str:
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise AzureError(f"{command[0]} gives no token: sign in (azd auth login, az login).")
    return run.stdout
