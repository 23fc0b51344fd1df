"""Timer: what no callback told. Reconciles the runs still open with Dataverse."""

from collections.abc import Callable

import azure.functions as func

from shared.cold_start import once

bp = func.Blueprint()


@bp.function_name("status_poller")
@bp.timer_trigger(arg_name="timer", schedule="%POLL_SCHEDULE%")
def status_poller(timer: func.TimerRequest) -> None:
    make_pass = _loaded()
    make_pass(timer.past_due)


@once
def _loaded() -> Callable[[bool], None]:
    from shared.wiring import deskhand
    from status_poller.poll import poll

    return lambda late: poll(deskhand(), late=late)
