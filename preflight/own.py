"""What can be told without Dataverse: settings, the table, the clock, and whether callbacks are asked for."""

from preflight.contract import CheckView
from preflight.findings import Findings, failed, passed, skipped, unknown
from shared.callbacks import callback_base
from shared.storage.clock import MOST_SKEW_SECONDS
from shared.storage.table import StorageError
from shared.wiring import Deskhand


def own_checks(app: Deskhand) -> Findings:
    yield _settings(app)
    yield from _storage(app)
    yield _callbacks(app)


def _settings(app: Deskhand) -> CheckView:
    """That they can be read is clear by now: without that nothing is served."""
    settings = app.settings
    if settings.starts == "paused":
        return failed("settings", "STARTS is paused: no start is sent.", "Set STARTS to open.")
    return passed("settings", f"All can be used. Callers are told apart by {settings.auth_mode}.")


def _storage(app: Deskhand) -> Findings:
    try:
        app.storage_probe.try_it()
    except StorageError as problem:
        yield failed(
            "storage",
            f"The table {app.settings.runs_table} cannot be read and written: {problem}",
            "Check TABLES_ENDPOINT and the network; give the managed identity Storage Table Data Contributor on this table, or on its account.",
        )
        yield skipped("clock", "Table Storage tells the time, and cannot be asked.")
        return
    yield passed("storage", f"The table {app.settings.runs_table} can be read and written.")
    yield _clock(app)


def _clock(app: Deskhand) -> CheckView:
    ahead = app.storage_clock.ahead_seconds
    if ahead is None:
        return unknown("clock", "Table Storage has not told the time.", "Ask again.")
    if abs(ahead) > MOST_SKEW_SECONDS:
        return failed(
            "clock",
            f"This instance's clock is {ahead:.0f} s ahead of Table Storage's.",
            "Restart the app, so that it gets another instance.",
        )
    return passed("clock", "Within ten seconds of Table Storage's.")


def _callbacks(app: Deskhand) -> CheckView:
    base = callback_base(app.settings)
    if base is not None:
        return passed("callbacks", f"Dataverse is given URLs that begin with {base}.")
    if app.settings.public_base_url is None:
        return skipped(
            "callbacks",
            "PUBLIC_BASE_URL is not set: polling does it all, and an end is seen by the next pass.",
            "Where the app can be reached from outside, set PUBLIC_BASE_URL to https:// and its name.",
        )
    return failed(
        "callbacks",
        "PUBLIC_BASE_URL is none that Dataverse accepts, so that no callback is asked for.",
        "It needs https, port 443 and a name, not an address. Or leave it empty: polling does it all.",
    )
