"""Timer: starts that wait for their connection's turn."""

import azure.functions as func

from shared.cold_start import importing

bp = func.Blueprint()


@bp.function_name("start_waiting")
@bp.timer_trigger(arg_name="timer", schedule="%START_SCHEDULE%")
def start_waiting(timer: func.TimerRequest) -> None:
    with importing:
        from shared.wiring import deskhand
        from start_waiting.queue import start_queued

    start_queued(deskhand(), late=timer.past_due)
