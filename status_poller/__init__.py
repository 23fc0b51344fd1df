"""Timer: what no callback told. Reconciles the runs still open with Dataverse."""

from collections.abc import Callable

import azure.functions as func

from shared.cold_start import once

bp = func.Blueprint()


@bp.function_name("status_poller")
@bp.timer_trigger(arg_name="timer", schedule="%POLL_SCHEDULE%")
def status_poller(timer: func.TimerRequest, context: func.Context) -> None:
    make_pass = _loaded()
    make_pass(timer.past_due, context.invocation_id)


@once
def _loaded() -> Callable[[bool, str], None]:
    from shared.log.work import Work, working
    from shared.wiring import deskhand
    from status_poller.poll import poll

    def make_pass(late: bool, invocation_id: str) -> None:  # noqa: FBT001 - the host's word for it
        with working(Work(function="status_poller", invocation_id=invocation_id)):
            poll(deskhand(), late=late)

    return make_pass
