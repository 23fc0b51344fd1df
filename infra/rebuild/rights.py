"""Whether the operator is shown every session: Dataverse leaves out what one may not read, and says nothing of it."""

from infra.rebuild.clients import Clients
from shared.dataverse.flows import Flows
from shared.dataverse.held import held, privileges_of
from shared.dataverse.privileges import Depth
from shared.dataverse.purpose import Purpose

_READ = "prvReadflowsession"
_SECONDS = 30.0


class NotShownError(Exception):
    """What is not shown would be taken for never started."""


def must_see_all_sessions(app: Clients) -> None:
    """Raises NotShownError, DataverseError."""
    deadline = app.clock.deadline(_SECONDS)
    user = Flows(app.api).who_am_i(deadline).user_id
    granted = held(app.api.get(privileges_of(user), deadline, purpose=Purpose.PREFLIGHT))
    depth = granted.get(_READ.lower())
    if depth is not Depth.GLOBAL:
        has = "no role with" if depth is None else f"{depth.word} depth only of"
        raise NotShownError(
            f"Nothing was looked at: you have {has} {_READ}, and Dataverse would leave out sessions of others without a word. "
            "Ask for a role that has it at Global (System Administrator does), or sign in as somebody who has one."
        )
