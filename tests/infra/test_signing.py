"""The signing keys are made once, replaced without a gap, and taken out when nothing needs them any more."""

import subprocess
import sys
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.signing import commands, keys
from infra.signing.azure import Answer, AzureError
from infra.signing.vault import Vault
from local import environment, places
from shared.setting_values import signing_keys

VAULT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv"
APP = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/func"
URI = "https://kv.vault.azure.net/"
SEVEN_DAYS = timedelta(days=7)


class Azure:
    """A vault and an app, as far as they are asked; it keeps every version of the secret."""

    def __init__(self, *, readable: bool = True, refreshing: bool = True) -> None:
        self.versions: list[tuple[str, float]] = []
        self.refreshed = 0
        self._readable = readable
        self._refreshing = refreshing

    @property
    def keys(self) -> str:
        return self.versions[-1][0]

    def age(self, days: float) -> None:
        self.versions = [(value, at - days * 86400) for value, at in self.versions]

    def __call__(self, method: str, url: str, body: dict[str, Any] | None) -> Answer:
        place = urlsplit(url)
        assert "api-version=" in place.query
        match method, place.hostname, place.path:
            case "GET", "management.azure.com", path if path == f"{VAULT}/secrets/signing-keys":
                return Answer(200, {"properties": {}}) if self.versions else Answer(404, {})
            case "PUT", "management.azure.com", path if path == f"{VAULT}/secrets/signing-keys":
                assert body is not None
                return self._kept(body["properties"]["value"], 201)
            case "GET", "kv.vault.azure.net", "/secrets/signing-keys" if self._readable:
                value, created = self.versions[-1]
                return Answer(200, {"value": value, "attributes": {"created": int(created)}})
            case "PUT", "kv.vault.azure.net", "/secrets/signing-keys" if self._readable:
                assert body is not None
                return self._kept(body["value"], 200)
            case "POST", "management.azure.com", path if path.startswith(APP) and self._refreshing:
                self.refreshed += 1
                return Answer(200, {})
        return Answer(403, {"error": {"code": "Forbidden", "message": f"no {body}"}})

    def _kept(self, value: str, status: int) -> Answer:
        self.versions.append((value, time.time()))
        return Answer(status, {})


def vault(azure: Azure) -> Vault:
    return Vault(VAULT, URI, azure)


def test_a_deployment_makes_keys_once() -> None:
    """The app can use them, it is told, and another deployment leaves them alone."""
    azure = Azure()

    made = commands.ensure(vault(azure), APP, azure)
    again = commands.ensure(vault(azure), APP, azure)

    assert ["1"] == [each.version for each in signing_keys(azure.keys)]
    assert (1, 1) == (len(azure.versions), azure.refreshed)
    assert "are made" in made
    assert "stay as they are" in again


def test_no_two_deployments_have_the_same_key() -> None:
    """It is random, and as long as the app wants it."""
    made = {keys.first() for _ in range(20)}

    assert 20 == len(made)
    assert {32} == {len(signing_keys(each)[0].secret) for each in made}


def test_a_new_key_signs_and_the_old_ones_verify() -> None:
    """As often as it is done; what was signed before is good."""
    azure = Azure()
    commands.ensure(vault(azure), APP, azure)
    first = azure.keys
    commands.rotate(vault(azure), APP, azure)
    said = commands.rotate(vault(azure), APP, azure)

    assert ["3", "2", "1"] == [each.version for each in signing_keys(azure.keys)]
    assert azure.keys.endswith(first)
    assert 3 == azure.refreshed
    assert said.startswith("Key 3 signs, 2, 1 still verify.")


def test_names_that_others_gave_stay_and_are_not_given_again() -> None:
    """Keys that were made by hand need not be numbered."""
    assert ["8", "june", "7"] == keys.versions(keys.with_new("june:YQ==,7:Yg=="))


def test_an_old_key_is_taken_out_when_nothing_needs_it() -> None:
    """Not before what it signed has had its time, whatever the age of the first key; then the newest is left."""
    azure = Azure()
    commands.ensure(vault(azure), APP, azure)
    azure.age(100)
    commands.rotate(vault(azure), APP, azure)
    azure.age(6.9)
    with pytest.raises(commands.TooEarlyError, match="6 days"):
        commands.retire(vault(azure), APP, azure, SEVEN_DAYS)
    azure.age(0.2)
    commands.retire(vault(azure), APP, azure, SEVEN_DAYS)

    assert ["2"] == keys.versions(azure.keys)
    assert "the only one." in commands.retire(vault(azure), APP, azure, SEVEN_DAYS)


def test_a_key_that_leaked_is_taken_out_at_once() -> None:
    """It does not wait."""
    azure = Azure()
    commands.ensure(vault(azure), APP, azure)
    commands.rotate(vault(azure), APP, azure)
    commands.retire(vault(azure), APP, azure, timedelta())

    assert ["2"] == keys.versions(azure.keys)


def test_what_is_refused_is_said_without_a_key() -> None:
    """By Azure's code, not by its message; and nothing has changed."""
    azure = Azure(readable=False)
    commands.ensure(vault(azure), APP, azure)
    with pytest.raises(AzureError) as refused:
        commands.rotate(vault(azure), APP, azure)

    assert "403 Forbidden" in str(refused.value)
    assert 1 == len(azure.versions)
    with pytest.raises(AzureError) as elsewhere:
        Vault("/another", URI, azure).fill("1:c2VjcmV0")
    assert "c2VjcmV0" not in str(elsewhere.value)


@pytest.mark.parametrize("held", ["c2VjcmV0", "1:YQ==,c2VjcmV0", "C2VjcmV0:", ""])
def test_what_are_no_keys_is_neither_shown_nor_replaced(held: str) -> None:
    """Somebody has put a key there without its version."""
    azure = Azure()
    azure.versions.append((held, time.time()))
    with pytest.raises(keys.MalformedError) as unturned:
        commands.rotate(vault(azure), APP, azure)
    with pytest.raises(keys.MalformedError) as untaken:
        commands.retire(vault(azure), APP, azure, timedelta())

    assert "2VjcmV0" not in f"{unturned.value} {untaken.value}"
    assert [held] == [value for value, _ in azure.versions]


def test_an_app_that_cannot_be_told_does_not_undo_it() -> None:
    """The keys are made; it says what is left to do."""
    azure = Azure(refreshing=False)

    assert "restart it" in commands.ensure(vault(azure), APP, azure)
    assert azure.keys


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ensure"], "--vault"),
        (["ensure", "--vault", VAULT, "--uri", URI, "--app", APP], "Neither azd nor az"),
        (["burn"], "invalid choice"),
    ],
    ids=["no vault", "nobody signed in", "no such command"],
)
def test_the_command_says_what_it_lacks(arguments: list[str], said: str) -> None:
    """And ends in a failure, so that azd stops."""
    run = subprocess.run(
        [sys.executable, "-m", "infra.signing", *arguments],
        cwd=places.CHECKOUT,
        env=environment.for_child(PATH=""),
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode != 0
    assert said in run.stderr
