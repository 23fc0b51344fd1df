"""The run that a path names, for whoever may see it."""

from shared.http.call import Call, run_not_found
from shared.storage.runs import Stored
from shared.wiring import Deskhand


def visible_run(app: Deskhand, call: Call, run_id: str) -> Stored:
    """Raises ProblemError 404: another's run is answered as one that is not there."""
    stored = app.store.get(run_id)
    if stored is None or call.limited_to not in {None, stored.run.caller}:
        raise run_not_found()
    return stored
