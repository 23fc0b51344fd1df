"""What Dataverse is asked: who we are, and then everything else at once. Reads only, two requests in all."""

from collections.abc import Sequence

import msgspec

from preflight.contract import PreflightQuery
from shared.clock import Deadline
from shared.dataverse.batch import get_each
from shared.dataverse.errors import DataverseError
from shared.dataverse.flows import CONNECTOR, DESKTOP_FLOW, FLOW_COLUMNS, Flows, Identity
from shared.dataverse.held import privileges_of
from shared.dataverse.odata import query
from shared.dataverse.purpose import Purpose
from shared.dataverse.web_api import Answer, WebApi

type Heard = Answer | DataverseError

MOST_ROWS = 100
"""Of a list: enough to tell that there is something."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What Dataverse answered to each question."""

    user: Heard
    privileges: Heard
    organization: Heard
    flows: Heard
    sessions: Heard
    references: Heard
    flow: Heard | None
    """None: there is none to ask about."""


def who_am_i(api: WebApi, deadline: Deadline) -> Identity | DataverseError:
    try:
        return Flows(api).who_am_i(deadline)
    except DataverseError as error:
        return error


def ask(api: WebApi, user_id: str, asked: PreflightQuery, deadline: Deadline) -> Told:
    user = f"systemusers({user_id})"
    paths = {
        "user": f"{user}?{query(select='fullname,applicationid,isdisabled')}",
        "privileges": privileges_of(user_id),
        "organization": "RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default')",
        "flows": f"workflows?{query(select='workflowid', filter=f'category eq {DESKTOP_FLOW}', top=str(MOST_ROWS))}",
        "sessions": f"flowsessions?{query(select='flowsessionid', top='1')}",
        "references": "connectionreferences?"
        + query(
            select="connectionreferencelogicalname,connectionid",
            filter=f"connectorid eq '{CONNECTOR}'",
        ),
    }
    if asked.flow_id is not None:
        paths["flow"] = f"workflows({asked.flow_id.lower()})?{query(select=FLOW_COLUMNS)}"
    heard = dict(zip(paths, _each(api, list(paths.values()), deadline), strict=True))
    return Told(flow=heard.pop("flow", None), **heard)


def _each(api: WebApi, paths: Sequence[str], deadline: Deadline) -> Sequence[Heard]:
    try:
        return get_each(api, paths, deadline, Purpose.PREFLIGHT)
    except DataverseError as error:
        return [error] * len(paths)
