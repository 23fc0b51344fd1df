"""Timer: what no callback told. Reconciles the runs still open with Dataverse."""

import azure.functions as func

from shared.cold_start import importing

bp = func.Blueprint()


@bp.function_name("status_poller")
@bp.timer_trigger(arg_name="timer", schedule="%POLL_SCHEDULE%")
def status_poller(timer: func.TimerRequest) -> None:
    with importing:
        from shared.wiring import deskhand
        from status_poller.poll import poll

    poll(deskhand(), late=timer.past_due)
