"""The signing keys are made once, replaced without a gap, and taken out when nothing needs them any more."""

import subprocess
import sys
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.signing import __main__, commands, keys
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
        self.disabled: set[int] = set()
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
            case "GET", "kv.vault.azure.net", path if self._readable:
                return self._read(path.removeprefix("/secrets/signing-keys"), place.query)
            case "PUT", "kv.vault.azure.net", "/secrets/signing-keys" if self._readable:
                assert body is not None
                return self._kept(body["value"], 200)
            case "POST", "management.azure.com", path if path.startswith(APP) and self._refreshing:
                self.refreshed += 1
                return Answer(200, {})
        return Answer(403, {"error": {"code": "Forbidden", "message": f"no {body}"}})

    def _read(self, name: str, query: str) -> Answer:
        """The newest version, a named one, or a page of two in no order, as Key Vault lists them."""
        if name != "/versions":
            number = int(name.removeprefix("/v") or -1)
            value, created = self.versions[number]
            status = 403 if number in self.disabled else 200
            return Answer(status, {"value": value, "attributes": {"created": int(created)}})
        begin = int(query.partition("$skiptoken=")[2] or 0)
        listed = [
            {
                "id": f"{URI}secrets/signing-keys/v{number}",
                "attributes": {"enabled": number not in self.disabled, "created": int(created)},
            }
            for number, (_, created) in enumerate(self.versions)
        ]
        following = f"{URI}secrets/signing-keys/versions?api-version=7.4&$skiptoken={begin + 2}"
        more = begin + 2 < len(listed)
        return Answer(200, {"value": listed[begin : begin + 2], "nextLink": following if more else None})

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


def test_keys_that_were_taken_out_are_found_again() -> None:
    """Each once, the newest first, from all versions of the secret: as the app would read them. It is said what they are."""
    azure = Azure()
    commands.ensure(vault(azure), APP, azure)
    for _ in range(3):
        azure.age(10)
        commands.rotate(vault(azure), APP, azure)
        azure.age(10)
        commands.retire(vault(azure), APP, azure, SEVEN_DAYS)
    held = {pair for value, _ in azure.versions for pair in value.split(",")}
    shown = commands.everything(vault(azure))

    assert ["4"] == keys.versions(azure.keys)
    assert ["4", "3", "2", "1"] == [each.version for each in signing_keys(shown.keys)]
    assert held == set(shown.keys.split(","))
    assert "These are keys 4, 3, 2, 1: secrets" in shown.warning
    assert not [pair for pair in held if pair.partition(":")[2] in shown.warning]


def test_keys_alone_are_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that a shell can take them into SIGNING_KEYS; the warning is seen beside."""
    azure = Azure()
    commands.ensure(vault(azure), APP, azure)
    monkeypatch.setattr(__main__, "ask", azure)
    code = __main__.main(["all", "--vault", VAULT, "--uri", URI, "--app", APP])
    told = capsys.readouterr()

    assert (0, f"{azure.keys}\n") == (code, told.out)
    assert told.err.startswith("These are keys 1: secrets")


def test_versions_that_are_switched_off_are_passed_over() -> None:
    """Somebody did not want them to be read. What are no keys is told, and not shown."""
    azure = Azure()
    azure.versions = [("1:b25l", 100.0), ("2:dHdv,1:b25l", 200.0), ("3:dHJvaXM=", 150.0), ("c2VjcmV0", 50.0)]
    azure.disabled = {1}
    shown = commands.everything(vault(azure))
    azure.disabled = {0, 1, 2}

    assert "3:dHJvaXM=,1:b25l" == shown.keys
    assert shown.warning.endswith("1 versions of the secret hold no keys.")
    assert "c2VjcmV0" not in shown.warning
    with pytest.raises(keys.MalformedError):
        commands.everything(vault(azure))


def test_a_secret_that_was_made_anew_is_told() -> None:
    """Two keys of one name cannot stand in the setting: the newer one does, and what the other signed is not recognised."""
    azure = Azure()
    azure.versions = [("1:b25l", 100.0), ("1:dHdv", 200.0)]
    shown = commands.everything(vault(azure))

    assert "1:dHdv" == shown.keys
    assert "older keys named 1 are not among them" in shown.warning
    with pytest.raises(AzureError, match="Key Vault Secrets User"):
        commands.everything(vault(Azure(readable=False)))


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
