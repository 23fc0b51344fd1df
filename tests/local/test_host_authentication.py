import base64
import json
from collections.abc import Iterator

import pytest
import requests

from local import functions
from local.functions import FunctionsHost
from tests.local.conftest import SETTINGS, TOY

SAID = {
    "X-MS-CLIENT-PRINCIPAL": "eyJ9",
    "X-MS-CLIENT-PRINCIPAL-ID": "me",
    "X-Ms-Client-Principal-Name": "me",
    "x-ms-client-principal-idp": "aad",
}


@pytest.fixture(scope="module")
def guarded() -> Iterator[FunctionsHost]:
    """The toy application behind a host that plays App Service authentication."""
    log: list[str] = []
    with functions.running(TOY, {**SETTINGS, "WEBSITE_AUTH_ENABLED": "True"}, log.append) as host:
        yield host


def token(host: FunctionsHost, **wish: object) -> str:
    assert host.tokens is not None
    answer = requests.post(host.tokens, json=wish, timeout=10)
    return str(answer.json()["access_token"])


def arrived(host: FunctionsHost, **headers: str) -> dict[str, str]:
    """The principal headers that reach the function."""
    seen = requests.get(f"{host.base}/echo", headers=headers, timeout=10).json()["headers"]
    return {name: value for name, value in seen.items() if name.startswith("x-ms-client-principal")}


def test_what_a_client_says_of_its_principal_does_not_arrive(guarded: FunctionsHost) -> None:
    """Each of the headers, in any letter case, without a token or with one that proves nothing."""
    for bearer in ("", "Bearer x", "Bearer a.b.c", f"Bearer {token(guarded)[:-4]}AAAA"):
        assert arrived(guarded, **SAID, Authorization=bearer) == {}


def test_what_a_token_proves_arrives_in_its_place(guarded: FunctionsHost) -> None:
    """Roles one by one, ids under the long names that the platform uses; the same name is the same identity."""
    bearer = f"Bearer {token(guarded, name='alice', roles=['A', 'B'])}"
    headers = arrived(guarded, **SAID, Authorization=bearer)
    principal = json.loads(base64.b64decode(headers["x-ms-client-principal"]))
    claims = [(claim["typ"], claim["val"]) for claim in principal["claims"]]
    again = arrived(guarded, Authorization=f"Bearer {token(guarded, name='alice')}")

    assert principal["auth_typ"] == headers["x-ms-client-principal-idp"] == "aad"
    assert [value for name, value in claims if name == "roles"] == ["A", "B"]
    object_id = dict(claims)["http://schemas.microsoft.com/identity/claims/objectidentifier"]
    assert object_id == headers["x-ms-client-principal-id"] == again["x-ms-client-principal-id"]


def test_without_authentication_everything_arrives_as_it_was_sent(toy: FunctionsHost) -> None:
    """As on the platform: who believes the headers there believes anybody. No tokens are given."""
    assert arrived(toy, **SAID) == {name.lower(): value for name, value in SAID.items()}
    assert toy.tokens is None
    given = requests.post(toy.base.replace("/api", "/.auth/tokens"), json={}, timeout=10)
    assert given.status_code == 404


@pytest.mark.parametrize("wish", ["", "[]", '{"tenant": "x"}', '{"roles": 1}'])
def test_a_wish_that_is_none_gets_no_token(guarded: FunctionsHost, wish: str) -> None:
    """400 that says why."""
    assert guarded.tokens is not None
    assert requests.post(guarded.tokens, data=wish, timeout=10).status_code == 400
