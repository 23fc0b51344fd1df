"""Dataverse is asked as an app registration that trusts the managed identity: no secret, only the identity's own token."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.dataverse.directory import APPLICATION_ID
from local.stack import Stack
from preflight.report import get_preflight
from shared.settings import SettingError, load
from tests.contract.conftest import MakeInstances
from tests.support.authority import EXCHANGE, Authority, serving
from tests.support.metered import Metered

TENANT = "72f988bf-0000-4000-8000-2d7cd011db47"
IDENTITY = "1de47117-0000-4000-8000-0000000000a1"


@pytest.fixture
def authority(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    entra = Authority(stack.settings["IDENTITY_ENDPOINT"], stack.settings["IDENTITY_HEADER"])
    with serving(entra, tmp_path) as certificate:
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", entra.base)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        yield entra


def as_registration(instances: MakeInstances, client_id: str) -> Metered:
    (app,) = instances(1, AZURE_CLIENT_ID=IDENTITY, DATAVERSE_CLIENT_ID=client_id, DATAVERSE_TENANT_ID=TENANT)
    return app


def outcomes(app: Metered) -> dict[str, str]:
    shown = json.loads(app.asked(get_preflight).get_body())["checks"]
    return {each["name"]: each["outcome"] for each in shown}


def test_a_start_is_sent_as_the_registration(instances: MakeInstances, authority: Authority) -> None:
    """The authority is asked for that client and tenant with the managed identity's token for the exchange, and nothing secret."""
    app = as_registration(instances, APPLICATION_ID)

    assert app.started(app.define())["sessionId"] is not None
    (form,) = authority.asked
    assert (APPLICATION_ID, [IDENTITY]) == (form["client_id"], authority.vouched)
    assert form["scope"].startswith(f"{app.app.settings.dataverse_url}/.default")
    assert "client_secret" not in form


def test_a_registration_that_is_no_application_user_is_told_so(
    instances: MakeInstances, authority: Authority
) -> None:
    """So it is the registration, not the managed identity, whom Dataverse has to know."""
    found = outcomes(as_registration(instances, str(uuid.uuid4())))

    assert ("passed", "failed") == (found["token"], found["applicationUser"])


def test_a_registration_that_does_not_trust_the_identity_gives_no_token(
    instances: MakeInstances, authority: Authority
) -> None:
    """Preflight says what is missing there: the federated credential."""
    authority.trusts = False
    app = as_registration(instances, APPLICATION_ID)
    shown = json.loads(app.asked(get_preflight).get_body())["checks"]
    token = next(each for each in shown if each["name"] == "token")

    assert "failed" == token["outcome"]
    assert EXCHANGE in token["remedy"]


@pytest.mark.parametrize("name", ["DATAVERSE_CLIENT_ID", "DATAVERSE_TENANT_ID"])
def test_client_and_tenant_come_together(stack: Stack, name: str) -> None:
    """One without the other is a setting that cannot be used."""
    with pytest.raises(SettingError, match="or neither"):
        load({**stack.settings, name: TENANT})
