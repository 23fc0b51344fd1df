"""The lines of a run's life: made, running on a machine, ended. From the transition that was stored, so each is written once."""

import logging
from datetime import timedelta

from shared.log.line import Line, safe_code
from shared.log.names import Name
from shared.log.work import trace_id
from shared.run.events import EventType, event_of
from shared.run.model import Run

log = logging.getLogger("deskhand.run")


def tell_created(run: Run) -> None:
    log.info(
        Line(
            Name.RUN_CREATED,
            "It waits for its turn" if run.waiting else "It is to be started",
            run_id=run.id,
            flow_id=run.flow_id,
            connection_id=run.connection_id,
            called_back=run.callback is not None,
            retry_of=run.retry_of,
            trace_id=trace_id(run.traceparent),
        )
    )


def tell_changed(before: Run, after: Run) -> None:
    """`seconds`: since it was made. `lagSeconds`: since Dataverse knew, until we did."""
    event = event_of(before, after)
    if event is None:
        return
    news, ended = after.history[-1], event.type is not EventType.STARTED
    known_at = after.completed_at if ended else after.started_at
    log.info(
        Line(
            Name.RUN_ENDED if ended else Name.RUN_STARTED,
            f"It has ended: {after.status}" if ended else "It runs",
            run_id=after.id,
            flow_id=after.flow_id,
            session_id=after.session_id,
            status=after.status,
            code=None if after.error is None else safe_code(after.error.code),
            source=news.source,
            seconds=_seconds(news.at - after.created_at),
            lag_seconds=None if known_at is None else _seconds(news.at - known_at),
            trace_id=trace_id(after.traceparent),
        )
    )


def _seconds(span: timedelta) -> float:
    return round(span.total_seconds(), 3)
