"""The whole look: our own house first, then who we are to Dataverse, then what it lets us do. It never fails as a whole."""

from http import HTTPStatus

import azure.functions as func

from preflight.asking import ask, who_am_i
from preflight.catalogue import catalogue_checks
from preflight.contract import CheckView, PreflightQuery, PreflightView
from preflight.environment import environment_checks
from preflight.findings import Findings, skipped, whole
from preflight.identity import identity_checks
from preflight.own import own_checks
from preflight.rights import rights_checks
from shared.callbacks import callback_base
from shared.dataverse.errors import DataverseError
from shared.dataverse.privileges import NEEDED
from shared.http.answers import answer
from shared.http.call import Call
from shared.wiring import Deskhand

BEHIND = (
    "environment",
    *(needed.name for needed in NEEDED),
    "ownerAccess",
    "flows",
    "flow",
    "connectionReference",
    "connection",
)
"""What cannot be looked at without Dataverse, in the order in which it is told."""


def get_preflight(app: Deskhand, call: Call) -> func.HttpResponse:
    asked = call.query(PreflightQuery)
    checks: list[CheckView] = [*own_checks(app), *_of_dataverse(app, asked)]
    report = PreflightView(
        outcome=whole(checks),
        checked_at=app.clock.now(),
        callback_base=callback_base(app.settings),
        checks=checks,
    )
    return answer(HTTPStatus.OK, report, {"Cache-Control": "no-store"})


def _of_dataverse(app: Deskhand, asked: PreflightQuery) -> Findings:
    """Two requests, within the time of any read."""
    deadline = app.read_deadline()
    who = who_am_i(app.api, deadline)
    yield from identity_checks(app, who)
    if isinstance(who, DataverseError):
        yield from (skipped(name, "Not looked at: Dataverse does not let us in.") for name in BEHIND)
        return
    told = ask(app.api, who.user_id, asked, deadline)
    yield from environment_checks(app, told)
    yield from rights_checks(app, told)
    yield from catalogue_checks(app, told, asked)
