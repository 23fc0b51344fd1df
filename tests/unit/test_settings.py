"""Settings are validated with a sentence that names the bad one."""

import base64
from dataclasses import fields

import pytest

from shared.callbacks import callback_base
from shared.settings import SettingError, Settings, load

KEY = base64.b64encode(b"k" * 32).decode()
GOOD = {
    "DATAVERSE_URL": "https://Contoso.crm4.dynamics.com/",
    "TABLES_ENDPOINT": "https://contoso.table.core.windows.net",
    "SIGNING_KEYS": f"2:{KEY},1:{KEY}",
}


def loaded(**changes: str) -> Settings:
    return load(GOOD | changes)


def test_good_settings_are_read() -> None:
    """Hosts in lower case, no trailing slash, the first signing key first; defaults where nothing is said."""
    settings = loaded()

    assert "https://contoso.crm4.dynamics.com" == settings.dataverse_url
    assert ["2", "1"] == [key.version for key in settings.signing_keys]
    assert 30 == settings.start_deadline.total_seconds()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATAVERSE_URL", ""),
        ("DATAVERSE_URL", "contoso"),
        ("DATAVERSE_URL", "http://contoso.crm4.dynamics.com"),
        ("DATAVERSE_URL", "https://contoso.crm4.dynamics.com/api/data/v9.2"),
        ("DATAVERSE_URL", "https://user@contoso.crm4.dynamics.com"),
        ("DATAVERSE_URL", "https://:password@contoso.crm4.dynamics.com"),
        ("PUBLIC_BASE_URL", "https://deskhand.contoso.com:99999"),
        ("TABLES_ENDPOINT", "ftp://x"),
        ("SIGNING_KEYS", ""),
        ("SIGNING_KEYS", KEY),
        ("SIGNING_KEYS", "1:c2hvcnQ="),
        ("SIGNING_KEYS", "1:!!!"),
        ("SIGNING_KEYS", f"1:{KEY},1:{KEY}"),
        ("RUNS_TABLE", "no-hyphens"),
        ("AUTH_MODE", "Entra"),
        ("ALLOWED_FLOWS", "invoices"),
        ("INPUT_CHECK", "lax"),
        ("START_DEADLINE_SECONDS", "soon"),
        ("START_DEADLINE_SECONDS", "4"),
        ("IDEMPOTENCY_DAYS", "6"),
        ("AZURE_CLIENT_ID", "me"),
        ("ALLOW_LOOPBACK_CALLBACKS", "perhaps"),
        ("WEBHOOK_ALLOW_LOCAL", "127.0.0.1"),
        ("WEBHOOK_HOSTS", "https://hooks.contoso.com"),
        ("WEBHOOK_HOSTS", "hooks.contoso.com,*"),
        ("EVENT_GRID_ENDPOINT", "contoso.westeurope-1.eventgrid.azure.net"),
    ],
)
def test_a_bad_setting_is_named_and_no_secret_is_shown(name: str, value: str) -> None:
    """The sentence begins with what is wrong where; key material never stands in it."""
    with pytest.raises(SettingError, match=name) as refused:
        loaded(**{name: value})

    assert KEY not in str(refused.value)


def test_what_may_be_started_is_a_list_or_everything() -> None:
    """Flow ids in any letter case, blanks around commas; without a setting all is allowed, with a list of nothing, nothing."""
    flow, other = "8c6f4a52-3f0e-4b9d-a1c7-5d2e90b7f318", "41b8e0c9-d7f2-4e16-8a5b-3c96f207de84"
    free, narrow = loaded(), loaded(ALLOWED_FLOWS=f" {flow.upper()} ,{other}", ALLOWED_CONNECTIONS="a b, c")

    assert free.allows_flow(flow)
    assert free.allows_connection("anything")
    assert frozenset({flow, other}) == narrow.allowed_flows
    assert frozenset({"a b", "c"}) == narrow.allowed_connections
    assert not narrow.allows_connection("A b")
    assert not loaded(ALLOWED_FLOWS=",").allows_flow(flow)


def test_a_signing_key_has_32_bytes_at_the_least() -> None:
    """Each of them: one that is too short is refused though the others are long enough."""
    long, short = (base64.b64encode(b"k" * size).decode() for size in (32, 31))

    assert 32 == len(loaded(SIGNING_KEYS=f"1:{long}").signing_keys[0].secret)
    for value in (f"1:{short}", f"2:{long},1:{short}"):
        with pytest.raises(SettingError, match="fewer than 32 bytes"):
            loaded(SIGNING_KEYS=value)


def test_settings_as_text_hold_no_secret() -> None:
    """Every setting whose meaning says so is left out of the repr, which may end in a log."""
    shown = repr(loaded(TABLES_ENDPOINT="", TABLES_CONNECTION_STRING="AccountKey=c2VjcmV0"))
    secret = [each for each in fields(Settings) if "Secret." in each.metadata["meaning"]]

    assert 2 == len(secret)
    assert not [each.name for each in secret if each.repr or f"{each.name}=" in shown]
    assert "c2VjcmV0" not in shown


def test_one_way_to_the_tables() -> None:
    """Both an endpoint and a connection string, or neither, is a contradiction."""
    for changes in ({"TABLES_CONNECTION_STRING": "x"}, {"TABLES_ENDPOINT": ""}):
        with pytest.raises(SettingError, match="TABLES_ENDPOINT"):
            loaded(**changes)


@pytest.mark.parametrize("name", ["ALLOW_LOOPBACK_CALLBACKS", "WEBHOOK_ALLOW_LOCAL"])
def test_what_is_for_the_local_stack_is_refused_on_azure(name: str) -> None:
    """The local stack's shortcuts cannot be deployed by mistake."""
    with pytest.raises(SettingError, match=name):
        loaded(**{name: "1", "WEBSITE_INSTANCE_ID": "i"})


@pytest.mark.parametrize(
    ("base", "loopback", "expected"),
    [
        ("", "0", False),
        ("https://deskhand.contoso.com", "0", True),
        ("https://deskhand.contoso.com:443", "0", True),
        ("https://deskhand.contoso.com:8443", "0", False),
        ("https://20.1.2.3", "0", False),
        ("https://localhost", "0", False),
        ("https://intranet", "0", False),
        ("http://127.0.0.1:7071", "0", False),
        ("http://127.0.0.1:7071", "1", True),
    ],
)
def test_only_bases_that_dataverse_accepts_become_callback_urls(
    base: str, loopback: str, expected: bool
) -> None:
    """https, port 443 and a DNS name; loopback only where it is allowed. Otherwise polling does it all."""
    settings = loaded(PUBLIC_BASE_URL=base, ALLOW_LOOPBACK_CALLBACKS=loopback)

    assert expected == (callback_base(settings) is not None)
