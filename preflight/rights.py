"""Whether the application user has each privilege: by what its roles grant, and by calls that need one and do nothing."""

from preflight.asking import Heard, Told
from preflight.contract import CheckView
from preflight.findings import Findings, failed, passed, unknown
from preflight.telling import ONLY_A_RUN, told_of
from shared.dataverse.errors import DataverseError, ForbiddenError
from shared.dataverse.held import Held, held
from shared.dataverse.privileges import NEEDED, Depth, Needed
from shared.storage.table import StorageError
from shared.wiring import Deskhand

_GRANT = "python3 -m infra.dataverse does, or add it to a role of the application user."


def rights_checks(app: Deskhand, told: Told) -> Findings:
    granted = _held(told.privileges)
    tried = _tried(told)
    for needed in NEEDED:
        yield _privilege(needed, granted, tried.get(needed.name))
    yield _ownership(app)


def _tried(told: Told) -> dict[str, Heard]:
    """The calls that nothing but a privilege can have refused."""
    return {
        "prvReadworkflow": told.flows,
        "prvReadflowsession": told.sessions,
        "prvReadconnectionreference": told.references,
        "prvReadUser": told.user,
    }


def _held(heard: Heard) -> Held | DataverseError:
    if isinstance(heard, DataverseError):
        return heard
    try:
        return held(heard)
    except DataverseError as error:
        return error


def _privilege(needed: Needed, granted: Held | DataverseError, tried: Heard | None) -> CheckView:
    name, reason = needed.name, needed.reason
    if isinstance(tried, ForbiddenError):
        return failed(
            name, f"{told_of(tried)} It {reason}.", f"Grant {name} at {needed.depth.word}: {_GRANT}"
        )
    if isinstance(granted, DataverseError) or not granted:
        return _untold(needed, tried)
    depth = granted.get(name.lower())
    if depth is None:
        message = f"No role of the application user has {name}. Needed: {reason}."
        return failed(name, message, f"Grant it at {needed.depth.word}: {_GRANT}")
    if depth < needed.depth:
        message = f"Held at {depth.word} only, which reaches what is the user's own or shared with it. Needed: {reason}."
        return unknown(
            name, message, f"Grant it at {needed.depth.word}, or see that it is enough. {ONLY_A_RUN}"
        )
    return passed(name, f"Held at {depth.word}{', and used' if _answered(tried) else ''}: {reason}.")


def _untold(needed: Needed, tried: Heard | None) -> CheckView:
    """Dataverse does not say what the user holds: a call that was answered proves the privilege, if not how far it reaches."""
    if _answered(tried) and needed.depth is Depth.BASIC:
        return passed(needed.name, f"Used: {needed.reason}.")
    return unknown(
        needed.name,
        f"Dataverse does not say what the application user's roles grant. Needed: {needed.reason}.",
        f"See that a role has it at {needed.depth.word}. {ONLY_A_RUN}",
    )


def _answered(tried: Heard | None) -> bool:
    return tried is not None and not isinstance(tried, DataverseError)


def _ownership(app: Deskhand) -> CheckView:
    """What starting a run does not need, and following one does: known from runs that cannot be followed, else not at all."""
    name = "ownerAccess"
    try:
        hidden = app.store.hidden_sessions()
    except StorageError:
        return unknown(name, "Not known while Table Storage cannot be reached.", "Mend storage first.")
    if hidden:
        return failed(
            name,
            f"Dataverse does not show the sessions of {hidden} open runs.",
            "Grant prvReadflowsession and prvWriteflowsession at Global, and make the user owner of the flow or share it with it.",
        )
    return unknown(
        name, "Following and cancelling a run needs Owner access, which no harmless call shows.", ONLY_A_RUN
    )
