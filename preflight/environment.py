"""What Dataverse says of the application user and of the environment."""

import msgspec

from preflight.asking import Heard, Told
from preflight.contract import CheckView
from preflight.findings import Findings, failed, passed, skipped, unknown
from preflight.telling import told_of
from shared.dataverse.errors import DataverseError
from shared.wiring import Deskhand

_PORTAL = "It is for links.portal, and stands in the portal's address: make.powerautomate.com/environments/{environment id}/..."


class _User(msgspec.Struct):
    fullname: str | None = None
    applicationid: str | None = None
    isdisabled: bool | None = None


class _Detail(msgspec.Struct):
    environment_id: str | None = msgspec.field(name="EnvironmentId", default=None)


class _Organization(msgspec.Struct):
    detail: _Detail = msgspec.field(name="Detail")


def environment_checks(app: Deskhand, told: Told) -> Findings:
    yield _user(told.user)
    yield _environment(app.settings.environment_id, told.organization)


def read[T](heard: Heard, shape: type[T]) -> T | DataverseError:
    """What was answered; an answer of another shape is an error like any other."""
    if isinstance(heard, DataverseError):
        return heard
    try:
        return heard.decode(shape)
    except DataverseError as error:
        return error


def _user(heard: Heard) -> CheckView:
    """It exists: else nothing would have been answered."""
    user = read(heard, _User)
    if isinstance(user, DataverseError):
        return unknown(
            "applicationUser",
            f"It exists, and was let in, but cannot be looked up. {told_of(user)}",
            "Grant it prvReadUser, or see in the Power Platform admin centre that it is active.",
        )
    if user.isdisabled:
        return failed(
            "applicationUser",
            f"The application user {user.fullname or ''} is disabled.",
            "Activate it in the Power Platform admin centre (Application users).",
        )
    return passed(
        "applicationUser",
        f"{user.fullname or 'It'} exists and is enabled, for client id {user.applicationid or 'unknown'}.",
    )


def _environment(setting: str | None, heard: Heard) -> CheckView:
    organization = read(heard, _Organization)
    said = None if isinstance(organization, DataverseError) else organization.detail.environment_id
    if said is None:
        return unknown("environment", "Dataverse does not say which environment it is of.", _PORTAL)
    if setting is None:
        remedy = f"For links into the portal set POWER_PLATFORM_ENVIRONMENT_ID to {said}."
        return skipped("environment", f"It is {said}; POWER_PLATFORM_ENVIRONMENT_ID is not set.", remedy)
    if setting.lower() != said.lower():
        return failed(
            "environment",
            f"POWER_PLATFORM_ENVIRONMENT_ID is {setting}, but this Dataverse is of {said}.",
            f"Set it to {said}, or DATAVERSE_URL to the environment that is meant.",
        )
    return passed("environment", f"{said}, as POWER_PLATFORM_ENVIRONMENT_ID says.")
