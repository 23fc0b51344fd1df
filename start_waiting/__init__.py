"""Timer: starts that wait for their connection's turn, and events that are to be told."""

from collections.abc import Callable

import azure.functions as func

from shared.cold_start import once

bp = func.Blueprint()


@bp.function_name("start_waiting")
@bp.timer_trigger(arg_name="timer", schedule="%START_SCHEDULE%")
def start_waiting(timer: func.TimerRequest) -> None:
    make_pass = _loaded()
    make_pass(timer.past_due)


@once
def _loaded() -> Callable[[bool], None]:
    from shared.wiring import deskhand
    from start_waiting.tick import tick

    return lambda late: tick(deskhand(), late=late)
