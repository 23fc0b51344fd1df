"""Runs and dead letters that are kept no longer, and keys that have expired, are removed: now and then, some at a time, and never in a hurry."""

import logging
from collections.abc import Iterator
from itertools import chain

from shared.log.line import Line
from shared.log.names import Name
from shared.storage.shards import shard_names
from shared.storage.table import StorageError
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.poll")

_SECONDS_A_PASS = 20.0
_REST_SECONDS = 0.05
_SHARE = 0.2
"""Of the time the table is asked for this, at the most: starts and callbacks come first."""
_TURN = "retention"


def remove_old(app: Deskhand) -> None:
    """What is left when the time is over is the next pass's. Raises nothing that may pass."""
    if not app.removals.due(_TURN, app.clock.now()):
        return
    deadline = app.clock.deadline(_SECONDS_A_PASS)
    removed, began = 0, app.clock.monotonic()
    try:
        for number in _removals(app):
            removed += number
            took = app.clock.monotonic() - began
            if deadline.remaining <= 0:
                app.removals.give_back(_TURN)
                break
            app.clock.sleep(max(_REST_SECONDS, took * (1 / _SHARE - 1)))
            began = app.clock.monotonic()
    except StorageError as problem:
        log.warning(Line(Name.OLD_KEPT, f"The removal of old runs was cut short: {problem}"))
    if removed:
        log.info(
            Line(Name.OLD_REMOVED, "Old runs, expired keys and dead letters were removed", count=removed)
        )


def _removals(app: Deskhand) -> Iterator[int]:
    now, kept = app.clock.now(), app.settings.retention
    keys = (app.removal.expired_keys(shard, now) for shard in shard_names())
    runs = (app.removal.old_runs(shard, now - kept) for shard in shard_names()) if kept else ()
    letters = [app.dead_events.forget(now - app.settings.delivery_kept)]
    yield from chain.from_iterable(chain(runs, keys, letters))
