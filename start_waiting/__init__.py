"""Timer: starts that wait for their connection's turn, and events that are to be told."""

from collections.abc import Callable

import azure.functions as func

from shared.cold_start import once

bp = func.Blueprint()


@bp.function_name("start_waiting")
@bp.timer_trigger(arg_name="timer", schedule="%START_SCHEDULE%")
def start_waiting(timer: func.TimerRequest, context: func.Context) -> None:
    make_pass = _loaded()
    make_pass(timer.past_due, context.invocation_id)


@once
def _loaded() -> Callable[[bool, str], None]:
    from shared.log.work import Work, working
    from shared.wiring import deskhand
    from start_waiting.tick import tick

    def make_pass(late: bool, invocation_id: str) -> None:  # noqa: FBT001 - the host's word for it
        with working(Work(function="start_waiting", invocation_id=invocation_id)):
            tick(deskhand(), late=late)

    return make_pass
