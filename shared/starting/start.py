"""A start, from what is asked to a run that is stored: check, write the intent, send once, record what came of it.

The intent is written before Dataverse is asked, so that a crash at any point leaves a run that the poller can find out about.
Once something may have been sent, the start has been accepted whatever follows, unless Dataverse refused. A start whose turn has
not come is written as a run that waits; `start_waiting` sends it.
"""

import msgspec

from shared.callbacks import callback_url
from shared.dataverse.errors import DataverseError
from shared.dataverse.sessions import StartOrder
from shared.http.answers import compact_json
from shared.http.problems import ProblemError
from shared.starting.admission import must_wait, queued
from shared.starting.inputs import checked_inputs
from shared.starting.intent import earlier_run, intended, known_run, run_of_key
from shared.starting.request import StartRequest
from shared.starting.sending import Sending
from shared.storage.runs import KeyTakenError, Stored
from shared.wiring import Deskhand

_ANSWER_MARGIN_SECONDS = 3.0
"""What is kept of the start's deadline for recording what came of it."""
LOOK_UP_SECONDS = 5.0
"""What the connection behind a reference may take to be found: it can be done without, the time to send cannot."""


class Started(msgspec.Struct, frozen=True):
    """`replayed`: by an earlier request with the same key; the run is as it now stands."""

    stored: Stored
    replayed: bool = False


def start(app: Deskhand, request: StartRequest) -> Started:
    """Raises ProblemError (with the id of the run that it ended, if one was written), DataverseError, StorageError."""
    if (known := known_run(app, request)) is not None:
        return Started(known, replayed=True)
    with app.seats.seat(request.connection.value.lower()) as seated:  # as the queue names it
        return _new(app, request, seated=seated)


def _new(app: Deskhand, request: StartRequest, *, seated: bool) -> Started:
    """`seated`: whether it may hold its thread while Dataverse is asked; else it waits for its turn."""
    deadline = app.clock.deadline(app.settings.start_deadline.total_seconds() - _ANSWER_MARGIN_SECONDS)
    try:
        inputs = checked_inputs(app, request, deadline, cached=not seated)
        connection_id = app.catalogue.connection_behind(request.connection, deadline.sooner(LOOK_UP_SECONDS))
        waits = must_wait(app, request.flow_id, connection_id) or not seated
    except (ProblemError, DataverseError):
        # A repeated key is answered with its run, even if the flow's schema has changed since.
        if (earlier := earlier_run(app, request)) is not None:
            return Started(earlier, replayed=True)
        raise
    text = None if inputs is None else compact_json(inputs)
    kept = b"" if text is None else text.encode()
    run = intended(app, request, inputs, connection_id=connection_id, kept=kept if waits else None)
    sending = Sending(app, StartOrder(text, callback_url(app.signatures, run)), kept, deadline)
    try:
        return Started(queued(app, run, kept) if waits else sending.begun(run))
    except KeyTakenError as taken:
        return Started(run_of_key(app, request, taken.key), replayed=True)
    except ProblemError as refused:
        refused.run_id = run.id
        raise
