"""Whether Dataverse knows us: token, environment, application user. What fails first hides what comes after it."""

from collections.abc import Iterator

from preflight.contract import CheckView
from preflight.findings import Findings, failed, passed, skipped, unknown
from preflight.telling import told_of
from shared.dataverse.errors import (
    DataverseError,
    ForbiddenError,
    ThrottledError,
    TokenError,
    UnauthorizedError,
)
from shared.dataverse.flows import Identity
from shared.wiring import Deskhand

_GATES = ("token", "dataverse", "applicationUser")
_DISABLED = frozenset({"0x80040225", "0x80041d1f"})
_NO_ROLES = "0x80042f09"


def identity_checks(app: Deskhand, who: Identity | DataverseError) -> Findings:
    """One for each gate: those before the one that is shut have been passed."""
    host = app.settings.dataverse_url.partition("://")[2]
    if isinstance(who, Identity):
        yield passed("token", f"The identity has a token for {host}.")
        yield passed("dataverse", f"{host} answers, as organization {who.organization_id}.")
        return
    shut = _shut(app, who)
    for gate in _GATES:
        if gate == shut.name:
            yield shut
            yield from _behind(gate)
            return
        yield passed(gate, f"The identity has a token for {host}." if gate == "token" else f"{host} answers.")


def _behind(gate: str) -> Iterator[CheckView]:
    for hidden in _GATES[_GATES.index(gate) + 1 :]:
        yield skipped(hidden, f"Not looked at: {gate} comes first.")


def _shut(app: Deskhand, error: DataverseError) -> CheckView:
    """The gate that an error belongs to, and what opens it."""
    match error:
        case TokenError():
            return failed("token", told_of(error), _for_a_token(app))
        case UnauthorizedError():
            remedy = "DATAVERSE_URL must be the environment's own address, and the identity of the same tenant as the environment."
            return failed("token", told_of(error), remedy)
        case ForbiddenError():
            return failed("applicationUser", _about_user(error), _for_the_user(app, error))
        case ThrottledError():
            return unknown("dataverse", told_of(error), "Ask again later.")
        case _:
            return failed(
                "dataverse",
                told_of(error),
                "Check DATAVERSE_URL, the network's way out, and the environment.",
            )


def _for_a_token(app: Deskhand) -> str:
    if app.settings.dataverse_client_id is None:
        return (
            "Assign the user-assigned managed identity to the app, and set AZURE_CLIENT_ID to its client id."
        )
    return (
        "The app registration of DATAVERSE_CLIENT_ID needs a federated credential whose subject is the managed identity's object id "
        "and whose audience is api://AzureADTokenExchange."
    )


def _about_user(error: ForbiddenError) -> str:
    if error.told.code.lower() in _DISABLED:
        return f"The application user is disabled. ({error.told})"
    if error.told.code.lower() == _NO_ROLES:
        return f"The application user has no security role. ({error.told})"
    return told_of(error)


def _for_the_user(app: Deskhand, error: ForbiddenError) -> str:
    if error.told.code.lower() in _DISABLED:
        return "Activate it in the Power Platform admin centre (Application users)."
    if error.application_user_missing:
        return f"Create it: {_set_up(app)}, or in the Power Platform admin centre, by that client id."
    return f"Assign it a role: {_set_up(app)} makes and assigns one."


def _set_up(app: Deskhand) -> str:
    """The command, for the identity that Dataverse sees."""
    client_id = app.settings.dataverse_client_id or app.settings.azure_client_id or "<of the identity>"
    return f"python3 -m infra.dataverse --url {app.settings.dataverse_url} --client-id {client_id}"
