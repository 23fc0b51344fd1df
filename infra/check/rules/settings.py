"""App settings are those that the code and the host read."""

import re
from collections.abc import Iterator
from dataclasses import fields

from infra.check.files import FOLDER
from infra.check.looking import Files, at, deployed, finding, is_symbol, objects, text
from infra.check.syntax import Bicep, Call, Expression, Finding, Text
from shared.settings import Settings

_CONFIG = "Microsoft.Web/sites/config"
_OF_THE_HOST = re.compile(r"AzureWebJobsStorage__\w+|APPLICATIONINSIGHTS_\w+|AzureFunctionsJobHost__\w+")
_REFUSED = re.compile(
    r"FUNCTIONS_WORKER_RUNTIME(_VERSION)?|FUNCTIONS_EXTENSION_VERSION|FUNCTIONS_WORKER_PROCESS_COUNT|SCM_DO_BUILD_DURING_DEPLOYMENT"
    r"|ENABLE_ORYX_BUILD|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT\w*|WEBSITE_TIME_ZONE|WEBSITE_LOAD_CERTIFICATES|TZ|AzureWebJobsStorage"
)
"""What Flex Consumption refuses or passes over; AzureWebJobsStorage by itself would hold a key."""
_BY_THE_PLATFORM = {"WEBSITE_AUTH_ENABLED"}
_FOR_A_DESK = {"TABLES_CONNECTION_STRING", "ALLOW_LOOPBACK_CALLBACKS", "WEBHOOK_ALLOW_LOCAL"}


def given_settings(files: Files) -> Iterator[tuple[Bicep, str, Expression]]:
    for file, put_together in _put_together(files):
        for settings, _ in objects(file, put_together):
            for member in settings.members:
                yield file, str(member.name), member.value


def _put_together(files: Files) -> Iterator[tuple[Bicep, Expression | None]]:
    for file, config in deployed(files, _CONFIG):
        if text(at(config.body, "name")) == "appsettings":
            yield file, at(config.body, "properties")


def _schedules() -> set[str]:
    sources = [path.read_text(encoding="utf-8") for path in FOLDER.parent.glob("*/__init__.py")]
    return {name for source in sources for name in re.findall(r'schedule="%(\w+)%"', source)}


def read_settings() -> tuple[set[str], set[str]]:
    """Those that are read, and those of them that cannot be done without: timers have their schedules from settings too."""
    about = [each.metadata for each in fields(Settings)]
    required = {each["name"] for each in about if each["default"] is None}
    return {each["name"] for each in about} | _schedules(), required | _schedules()


def settings_are_those_that_are_read(files: Files) -> Iterator[Finding]:
    """What is set is read, what is required is set, and nothing is set that is for a desk or the platform's."""
    read, required = read_settings()
    given = {name for _, name, _ in given_settings(files)}
    for file, name, value in given_settings(files):
        if name in _BY_THE_PLATFORM | _FOR_A_DESK:
            yield finding(file, value, f"{name} is not for a deployment to set")
        elif name not in read and not _OF_THE_HOST.fullmatch(name) and not _REFUSED.fullmatch(name):
            yield finding(file, value, f"nobody reads {name}")
    for name in sorted(required - given):
        yield Finding("app.bicep", 1, f"{name} is not set")


def further_settings_change_schedules_only(files: Files) -> Iterator[Finding]:
    """Of what is put together the last one wins: before an operator's own settings stand the schedules, and after them all else."""
    for file, put_together in _put_together(files):
        parts = put_together.arguments if isinstance(put_together, Call) else ()
        places = [number for number, each in enumerate(parts) if is_symbol(each, "chosenSettings")]
        if len(places) != 1:
            yield Finding(file.name, 1, "further settings do not stand in one place")
            continue
        for number, part in enumerate(parts):
            for settings, _ in objects(file, part) if number != places[0] else ():
                for member in settings.members:
                    if (str(member.name) in _schedules()) != (number < places[0]):
                        yield finding(file, member.value, f"{member.name} stands on the wrong side of them")


def secrets_are_references(files: Files) -> Iterator[Finding]:
    """A secret stands in Key Vault; its setting says where, without a version."""
    secret = {each.metadata["name"] for each in fields(Settings) if not each.repr}
    for file, name, value in given_settings(files):
        if name not in secret:
            continue
        pieces = value.pieces if isinstance(value, Text) else ()
        if len(pieces) != 3 or (pieces[0], pieces[2]) != ("@Microsoft.KeyVault(SecretUri=", ")"):  # noqa: PLR2004
            yield finding(file, value, f"{name} does not stand in Key Vault")


def flex_refuses_none_of_it(files: Files) -> Iterator[Finding]:
    """Flex Consumption has no such settings: it says these things elsewhere, or not at all."""
    for file, name, value in given_settings(files):
        if _REFUSED.fullmatch(name):
            yield finding(file, value, f"{name} has no place on Flex Consumption")
    for file, site in deployed(files, "Microsoft.Web/sites"):
        config = at(site.body, "properties", "siteConfig")
        for name in (
            "linuxFxVersion",
            "alwaysOn",
            "appSettings",
            "numberOfWorkers",
            "preWarmedInstanceCount",
            "pythonVersion",
        ):
            if at(config, name) is not None:
                yield finding(file, site, f"{name} has no place on Flex Consumption")
