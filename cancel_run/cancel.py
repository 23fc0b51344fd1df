"""A cancel: the wish is written first, then carried out if the session is known; otherwise by whoever learns it."""

from http import HTTPStatus

import azure.functions as func

from cancel_run.contract import CancelsBody
from shared.cancelling import carry_out
from shared.http.answers import answer
from shared.http.call import Call, parse_run_id
from shared.http.run_view import RunView, run_view
from shared.http.several import ItemAnswer, each
from shared.http.visible import visible_run
from shared.run import life
from shared.run.model import Run, Source, Told
from shared.wiring import Deskhand


def cancel(app: Deskhand, call: Call) -> func.HttpResponse:
    """202 while it settles, 200 for a run that has ended. A refusal by Dataverse is told as such, and recorded on the run."""
    run_id = call.run_id()
    call.no_parameters()
    call.no_body()
    status, view = _canceled(app, call, run_id)
    return answer(status, view)


def cancel_several(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()

    def one(run_id: str) -> ItemAnswer:
        status, view = _canceled(app, call, parse_run_id(run_id))
        return ItemAnswer(status=status, run=view)

    return answer(HTTPStatus.OK, each(app, call.body(CancelsBody).run_ids, one))


def _canceled(app: Deskhand, call: Call, run_id: str) -> tuple[HTTPStatus, RunView]:
    stored = visible_run(app, call, run_id)
    told = Told(Source.CANCEL, app.clock.now(), by=call.caller_name)
    wished = app.store.advance(stored, lambda run: life.cancel_asked(run, app.settings.cancel_deadline, told))
    settled = carry_out(app, wished, told)
    run = settled.run
    if not wished.run.ended and _ended_meanwhile(run):
        run = life.cancel_sent(wished.run, told.at)
    view = run_view(run, call, app.signatures, app.settings.environment_id, app.clock.now())
    return HTTPStatus.OK if run.ended else HTTPStatus.ACCEPTED, view


def _ended_meanwhile(run: Run) -> bool:
    """By a callback or a pass that was faster than our answer. The caller is told what it asked for: a cancel under way."""
    return run.ended and run.history[-1].source is not Source.CANCEL
