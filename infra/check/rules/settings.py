"""App settings are those that the code and the host read."""

import re
from collections.abc import Iterator
from dataclasses import fields

from infra.check.files import FOLDER
from infra.check.looking import Files, at, deployed, finding, objects, text
from infra.check.syntax import Bicep, Expression, Finding, Text
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
    for file, config in deployed(files, _CONFIG):
        if text(at(config.body, "name")) == "appsettings":
            for settings, _ in objects(file, at(config.body, "properties")):
                for member in settings.members:
                    yield file, str(member.name), member.value


def read_settings() -> tuple[set[str], set[str]]:
    """Those that are read, and those of them that cannot be done without: timers have their schedules from settings too."""
    about = [each.metadata for each in fields(Settings)]
    sources = [path.read_text(encoding="utf-8") for path in FOLDER.parent.glob("*/__init__.py")]
    schedules = {name for source in sources for name in re.findall(r'schedule="%(\w+)%"', source)}
    required = {each["name"] for each in about if each["default"] is None}
    return {each["name"] for each in about} | schedules, required | schedules


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
