"""Whether a call is let in, where roles decide. With function keys the host has decided before we are called."""

from copy import replace
from functools import wraps

import azure.functions as func

from shared.http.access import Rule
from shared.http.call import Call
from shared.http.caller import Caller, UnreadablePrincipalError, read_caller
from shared.http.problems import Code, ProblemError
from shared.http.use_case import Greeting, UseCase
from shared.setting_values import AuthMode
from shared.settings import Settings
from shared.wiring import Deskhand

_PRINCIPAL = "x-ms-client-principal"


def guarded(use_case: UseCase, rule: Rule) -> UseCase:
    """The use case, for those whom the rule lets in."""

    @wraps(use_case)
    def asked(app: Deskhand, call: Call) -> func.HttpResponse:
        caller = admitted(call, app.settings, rule)
        return use_case(app, call if caller is None else replace(call, caller=caller))

    return asked


def greeted(greeting: Greeting, use_case: UseCase) -> UseCase:
    """The use case, behind what is answered to anybody."""

    @wraps(use_case)
    def asked(app: Deskhand, call: Call) -> func.HttpResponse:
        answer = greeting(call)
        return use_case(app, call) if answer is None else answer

    return asked


def admitted(call: Call, settings: Settings, rule: Rule) -> Caller | None:
    """Who calls; None where that decides nothing, and then no header is looked at. Raises ProblemError."""
    if rule is None or settings.auth_mode is AuthMode.KEYS:
        return None
    if not settings.authentication_enabled:  # then nobody but the caller itself has written the header
        raise ProblemError(
            Code.AUTHENTICATION_NOT_ENABLED,
            "AUTH_MODE is entra, but App Service authentication is not enabled for this app: nobody can be let in.",
        )
    caller = _caller(call.header(_PRINCIPAL))
    if caller.roles.isdisjoint(rule):
        raise ProblemError(
            Code.ROLE_MISSING,
            f"This needs the app role {' or '.join(rule)}.",
            rule[0],
        )
    return caller


def _caller(principal: str | None) -> Caller:
    if principal is None:
        raise _unauthenticated("Sign in: send a bearer token of Microsoft Entra ID for this app.")
    try:
        return read_caller(principal)
    except UnreadablePrincipalError as unreadable:
        raise _unauthenticated(f"The principal of this call cannot be used: {unreadable}.") from None


def _unauthenticated(message: str) -> ProblemError:
    return ProblemError(
        Code.UNAUTHENTICATED,
        message,
        headers={"WWW-Authenticate": "Bearer"},
    )
