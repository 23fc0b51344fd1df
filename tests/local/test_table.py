"""python3 -m local table says what it lacks; what it does is held by the fire drill."""

import pytest

from local import cli


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, ". FILE"),
        ({"TABLES_ENDPOINT": "https://contosoruns.table.core.windows.net"}, "for a store on this machine"),
        (
            {
                "TABLES_CONNECTION_STRING": "DefaultEndpointsProtocol=https;AccountName=contosoruns;AccountKey=YQ==;EndpointSuffix=core.windows.net"
            },
            "for a store on this machine",
        ),
    ],
    ids=["nothing", "a table in Azure", "and by its key"],
)
def test_only_a_table_on_this_machine_is_touched(
    settings: dict[str, str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An operator's shell can hold the settings of a real deployment: its table is neither lost nor restored."""
    for name in ("DATAVERSE_URL", "TABLES_ENDPOINT", "TABLES_CONNECTION_STRING", "SIGNING_KEYS"):
        monkeypatch.delenv(name, raising=False)
    if settings:
        own = {"DATAVERSE_URL": "https://contoso.crm4.dynamics.com", "SIGNING_KEYS": f"1:{'A' * 43}="}
        for name, value in (own | settings).items():
            monkeypatch.setenv(name, value)

    assert 1 == cli.main(["table", "lose"])
    assert said in capsys.readouterr().err
