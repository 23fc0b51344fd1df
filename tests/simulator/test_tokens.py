"""Managed-identity tokens, and what Dataverse makes of them."""

import time

import pytest
import requests
from azure.identity import ManagedIdentityCredential

from tests.simulator.client import PROMPT, Simulator, error_of


def test_azure_identity_gets_a_token_that_opens_dataverse(
    dataverse: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ManagedIdentityCredential speaks to the endpoint unchanged, and Dataverse accepts what it brings."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", dataverse.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", dataverse.identity_header)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    with ManagedIdentityCredential() as credential:
        token = credential.get_token(f"{dataverse.url}/.default").token
    answer = dataverse.api("GET", "WhoAmI", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 200


def test_the_answer_has_the_members_of_the_protocol(dataverse: Simulator) -> None:
    """expires_on is epoch seconds as text, an hour from now; the resource is repeated."""
    answer = dataverse.token_answer(dataverse.url).json()

    assert set(answer) == {"access_token", "expires_on", "resource", "token_type"}
    assert answer["resource"] == dataverse.url
    assert int(answer["expires_on"]) == pytest.approx(time.time() + 3600, abs=5)


@pytest.mark.parametrize(
    ("header", "query", "status"),
    [
        ("wrong", {"api-version": "2019-08-01", "resource": "x"}, 401),
        (None, {"api-version": "2019-08-01", "resource": "x"}, 401),
        ("right", {"api-version": "2017-09-01", "resource": "x"}, 400),
        ("right", {"api-version": "2019-08-01"}, 400),
    ],
)
def test_the_endpoint_refuses_strangers_and_other_protocols(
    dataverse: Simulator, header: str | None, query: dict[str, str], status: int
) -> None:
    """Without the secret header 401; without a resource, or in another version, 400."""
    shown = {"right": dataverse.identity_header, "wrong": "guess", None: None}[header]

    answer = requests.get(
        dataverse.identity_endpoint, params=query, headers={"X-IDENTITY-HEADER": shown}, timeout=PROMPT
    )

    assert answer.status_code == status


def _tampered(token: str) -> str:
    head, claims, signature = token.split(".")
    return f"{head}.{claims}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


@pytest.mark.parametrize("kind", ["none", "garbage", "tampered", "other audience", "expired", "basic"])
def test_bad_tokens_are_answered_401_without_a_body(dataverse: Simulator, kind: str) -> None:
    """A challenge names the resource; nothing else is said."""
    dataverse.settings(tokenLifeSeconds=0)
    expired = dataverse.token(dataverse.url)
    dataverse.settings(tokenLifeSeconds=3600)
    authorization = {
        "none": "",
        "garbage": "Bearer é.ü",
        "tampered": f"Bearer {_tampered(dataverse.token(dataverse.url))}",
        "other audience": f"Bearer {dataverse.token('https://elsewhere.example')}",
        "expired": f"Bearer {expired}",
        "basic": f"Basic {dataverse.token(dataverse.url)}",
    }[kind]

    answer = dataverse.api("GET", "WhoAmI", headers={"Authorization": authorization.encode()})

    assert (answer.status_code, answer.content) == (401, b"")
    assert f"resource_id={dataverse.url}/" in answer.headers["WWW-Authenticate"]


def test_a_trailing_slash_makes_no_other_audience(dataverse: Simulator) -> None:
    """The resource may be asked for with or without a slash at its end."""
    token = dataverse.token(f"{dataverse.url}/")

    assert dataverse.api("GET", "WhoAmI", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_token_without_an_application_user_is_403(dataverse: Simulator) -> None:
    """The token is good, the environment does not know its holder."""
    dataverse.settings(applicationUser=False)

    assert error_of(dataverse.get("WhoAmI")) == (403, "0x80072560")


def test_faults_strike_token_requests_by_name_only(dataverse: Simulator) -> None:
    """A rule for Token hits; a rule for every operation of Dataverse does not."""
    dataverse.fault("*", "status", status=503)
    assert dataverse.token_answer(dataverse.url).status_code == 200

    dataverse.fault("Token", "status", status=500)
    assert dataverse.token_answer(dataverse.url).status_code == 500
