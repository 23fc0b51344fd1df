"""Who calls is read from the principal header, strictly, and only where the platform has written it."""

import base64
import json

import azure.functions as func
import pytest

from shared.http.access import Role
from shared.http.admission import admitted
from shared.http.call import Call
from shared.http.caller import UnreadablePrincipalError, read_caller
from shared.http.problems import ProblemError
from shared.settings import Settings, load
from tests.support.principals import (
    EMAIL,
    IDENTITY,
    LONG_OBJECT,
    LONG_ROLE,
    LONG_TENANT,
    OBJECT,
    TENANT,
    Claims,
    encoded,
    principal,
)

OTHER = "0b1ec700-0000-4000-8000-000000000002"
SIGNED_IN = principal(*IDENTITY, ("roles", "Runs.Start"))


def settings(**changes: str) -> Settings:
    return load(
        {
            "DATAVERSE_URL": "https://contoso.crm4.dynamics.com",
            "TABLES_ENDPOINT": "https://contoso.table.core.windows.net",
            "SIGNING_KEYS": "1:" + base64.b64encode(b"k" * 32).decode(),
            **changes,
        }
    )


def call(header: str | None = None) -> Call:
    headers = {} if header is None else {"X-MS-CLIENT-PRINCIPAL": header}
    request = func.HttpRequest(method="GET", url="http://127.0.0.1/api", headers=headers, body=b"")
    return Call(request, None)


ENTRA = settings(AUTH_MODE="entra", WEBSITE_AUTH_ENABLED="True")


@pytest.mark.parametrize(
    ("claims", "members"),
    [
        ((*IDENTITY, ("roles", "Runs.Start")), {}),
        (((LONG_TENANT, TENANT), (LONG_OBJECT, OBJECT), (LONG_ROLE, "Runs.Start")), {}),
        ((*IDENTITY, ("r", "Runs.Start")), {"role_typ": "r"}),
        ((*IDENTITY, (LONG_ROLE, "Runs.Start")), {"role_typ": None}),
        ((*IDENTITY, (LONG_OBJECT, OBJECT.upper()), ("roles", "Runs.Start"), ("roles", "Else")), {}),
    ],
)
def test_claims_are_found_by_their_short_and_their_long_names(
    claims: Claims, members: dict[str, object]
) -> None:
    """Tenant and object id make the caller, in lower case; roles that are not ours are nothing."""
    caller = read_caller(principal(*claims, **members))

    assert (f"{TENANT}:{OBJECT}", frozenset({Role.RUNS_START})) == (caller.id, caller.roles)


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ((("name", "Alice A."), ("preferred_username", "alice@contoso.com")), "alice@contoso.com"),
        ((("azp", "app"), ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "a@b.c")), "a@b.c"),
        ((("appid", "app id"), ("idtyp", "app")), "app id"),
        ((("azp", "app id"),), "app id"),
        ((("azp", "app id"), (EMAIL, "a@b.c")), "a@b.c"),
        ((("name", ""),), OBJECT),
        ((("name", "x" * 1000),), "x" * 256),
    ],
)
def test_a_name_is_for_people(claims: Claims, name: str) -> None:
    """A user's name, else the application's id, else the object id; of bounded length."""
    assert name == read_caller(principal(*IDENTITY, *claims)).name


def test_neither_tenants_nor_objects_collide() -> None:
    """The same object id in another tenant is another caller, and so is the same name."""
    name = ("name", "Alice")
    ids = {
        read_caller(principal(("tid", tenant), ("oid", identity), name)).id
        for tenant in (TENANT, TENANT[:-1] + "b")
        for identity in (OBJECT, OTHER)
    }

    assert 4 == len(ids)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "not base64!",
        "é",
        SIGNED_IN + "," + SIGNED_IN,
        SIGNED_IN[:-4] + "====",
        encoded("[]"),
        encoded("{"),
        encoded('"aad"'),
        encoded('{"auth_typ":"aad","auth_typ":"aad"}'),
        base64.b64encode(b"\xff\xfe").decode(),
        principal(*IDENTITY, auth_typ="google"),
        principal(*IDENTITY, auth_typ=None),
        principal(*IDENTITY, claims=None),
        principal(*IDENTITY, claims={"oid": OBJECT, "tid": TENANT}),
        principal(*IDENTITY, claims=["oid", "tid"]),
        principal(*IDENTITY, ("roles", ["Runs.Start"])),
        principal(*IDENTITY, (1, "x")),
        principal(("tid", TENANT)),
        principal(("oid", OBJECT)),
        principal(("tid", TENANT), ("oid", "")),
        principal(("tid", TENANT), ("oid", "alice")),
        principal(("tid", TENANT), ("oid", OBJECT + "0")),
        principal(*IDENTITY, ("oid", OTHER)),
        principal(*IDENTITY, (LONG_TENANT, OTHER)),
        principal(*IDENTITY, ("oid", "alice")),
        principal(*IDENTITY, *[("x", "y" * 100)] * 1000),
    ],
)
def test_a_principal_that_leaves_a_doubt_is_nobody(header: str) -> None:
    """Not base64, not one JSON object, not Entra ID's, not exactly one tenant and one object id: 401, and nothing of it is shown."""
    with pytest.raises(UnreadablePrincipalError):
        read_caller(header)
    with pytest.raises(ProblemError) as refused:
        admitted(call(header), ENTRA, (Role.RUNS_START,))

    assert (401, "Unauthenticated") == (refused.value.code.status, refused.value.code)
    assert OBJECT not in refused.value.message


def test_without_a_principal_nobody_is_let_in() -> None:
    """401 with the scheme that is expected."""
    with pytest.raises(ProblemError) as refused:
        admitted(call(), ENTRA, (Role.RUNS_START,))

    assert (401, "Bearer") == (refused.value.code.status, refused.value.headers["WWW-Authenticate"])


def test_a_missing_role_is_named() -> None:
    """403 with the roles of which one is needed."""
    with pytest.raises(ProblemError, match="403 RoleMissing") as refused:
        admitted(call(SIGNED_IN), ENTRA, (Role.RUNS_READ, Role.RUNS_READ_ALL))

    assert "Runs.Read or Runs.ReadAll" in refused.value.message


@pytest.mark.parametrize("said", ["", "False", "0", "on"])
def test_a_principal_is_believed_only_while_authentication_is_on(said: str) -> None:
    """Otherwise the caller may have written it: 503, whatever it says."""
    off = settings(AUTH_MODE="entra", WEBSITE_AUTH_ENABLED=said)

    with pytest.raises(ProblemError, match="503 AuthenticationNotEnabled"):
        admitted(call(SIGNED_IN), off, (Role.RUNS_START,))


def test_with_function_keys_the_principal_is_not_looked_at() -> None:
    """Neither a good nor a bad one, whether authentication is on or not: the host has decided."""
    for keys in (settings(), settings(WEBSITE_AUTH_ENABLED="true")):
        for header in (SIGNED_IN, "rubbish", None):
            assert admitted(call(header), keys, (Role.RUNS_START,)) is None


def test_what_is_open_asks_nobody() -> None:
    """In any mode, with any header, authentication on or off."""
    for each in (ENTRA, settings(AUTH_MODE="entra"), settings()):
        assert admitted(call("rubbish"), each, None) is None


def test_only_read_all_lifts_the_limit_to_own_runs() -> None:
    """A caller is limited to its own id's runs whatever else it may do."""
    limits = {
        role: read_caller(principal(*IDENTITY, ("roles", role))).limited_to
        for role in (*Role, "runs.readall")
    }

    assert {Role.RUNS_READ_ALL} == {role for role, limit in limits.items() if limit is None}


def test_the_header_is_what_the_platform_documents() -> None:
    """The fixture above has the members of the documentation's example, so that these tests test the real thing."""
    assert {"auth_typ", "claims", "name_typ", "role_typ"} == set(json.loads(base64.b64decode(SIGNED_IN)))
