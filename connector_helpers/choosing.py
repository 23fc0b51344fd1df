"""What a maker picks from. Designers show one page, so that all has to stand in it."""

from collections import Counter
from http import HTTPStatus

import azure.functions as func

from connector_helpers.contract import ConnectionChoice, ConnectionChoices, FlowChoice, FlowChoices
from shared.dataverse.flows import ConnectionReference, FlowState
from shared.http.answers import answer
from shared.http.call import Call
from shared.wiring import Deskhand

MOST_CHOICES = 5000
_ID_BEGINS = 8


def list_flow_choices(app: Deskhand, call: Call) -> func.HttpResponse:
    """Only what can be run: a flow that is no longer published is not offered."""
    call.no_parameters()
    flows = [
        each
        for each in app.catalogue.flows(app.read_deadline(), include_drafts=False)
        if each.state is FlowState.PUBLISHED and app.settings.allows_flow(each.id)
    ]
    named = Counter(each.name for each in flows)
    choices = [
        FlowChoice(
            flow_id=each.id,
            title=each.name if named[each.name] == 1 else f"{each.name} ({each.id[:_ID_BEGINS]})",
        )
        for each in flows[:MOST_CHOICES]
    ]
    return answer(HTTPStatus.OK, FlowChoices(value=choices))


def list_connection_choices(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    references = [
        each
        for each in app.catalogue.connection_references(app.read_deadline())
        if app.settings.allows_connection(each.logical_name)
    ]
    return answer(
        HTTPStatus.OK, ConnectionChoices(value=[_choice(each) for each in references[:MOST_CHOICES]])
    )


def _choice(reference: ConnectionReference) -> ConnectionChoice:
    name = reference.logical_name
    title = f"{reference.display_name} ({name})" if reference.display_name else name
    return ConnectionChoice(connection_reference=name, title=title)
