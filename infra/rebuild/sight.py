"""Whether Dataverse shows the operator every session: rows that somebody may not read are left out without a word."""

from infra.rebuild.clients import Clients
from shared.dataverse.errors import DataverseError, TokenError
from shared.dataverse.flows import Flows
from shared.dataverse.held import Held, held, privileges_of
from shared.dataverse.privileges import Depth
from shared.dataverse.purpose import Purpose

_PRIVILEGE = "prvReadflowsession"
_SECONDS = 60.0
_REMEDY = (
    f"Give whoever runs this a role with {_PRIVILEGE} at {Depth.GLOBAL.word} (the role that python3 -m infra.dataverse makes "
    "has it), and begin again."
)


class BlindError(Exception):
    """Dataverse hides sessions from the operator."""


def doubt_of_sight(app: Clients) -> str | None:
    """None: all sessions are shown. Else why that is not known. Raises BlindError where it is known that they are not, TokenError."""
    try:
        granted = _granted(app)
    except TokenError:
        raise
    except DataverseError as problem:
        return _unproven(str(problem))
    if not granted:
        return _unproven("Dataverse names no privilege of theirs.")
    depth = granted.get(_PRIVILEGE.lower())
    if depth is Depth.GLOBAL:
        return None
    held_at = "not at all" if depth is None else f"at {depth.word} only"
    raise BlindError(
        f"Whoever is signed in holds {_PRIVILEGE} {held_at}, so Dataverse leaves sessions out of its lists without a word. {_REMEDY}"
    )


def _granted(app: Clients) -> Held:
    api, deadline = app.lists.api, app.clock.deadline(_SECONDS)
    user = Flows(api).who_am_i(deadline).user_id
    return held(api.get(privileges_of(user), deadline, purpose=Purpose.PREFLIGHT))


def _unproven(why: str) -> str:
    return f"It is not known whether Dataverse shows whoever is signed in all sessions. {why} {_REMEDY}"
