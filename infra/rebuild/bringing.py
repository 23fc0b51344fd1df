"""One session of ours: its run is written if it is missing, told of its session if it does not know it, and else left alone."""

from infra.rebuild.clients import Clients
from infra.rebuild.outcomes import Outcome
from infra.rebuild.remade import remade
from shared.callbacks import NamedRun, is_own
from shared.run import life
from shared.run.ids import shard_of
from shared.run.model import Run, SessionView, Source, Told
from shared.storage.rows import RowUnreadableError, rows_of
from shared.storage.runs import Stored
from shared.storage.table import Operation, Refusal, Table, TransactionRefusedError, Verb


def bring(app: Clients, session: SessionView, named: NamedRun, *, dry: bool) -> Outcome:
    """`dry`: what would become of it. Raises StorageError, RunChangedError: it can be tried again."""
    told = Told(Source.POLLER, app.clock.now())
    try:
        stored = app.store.get(named.run_id)
    except RowUnreadableError:
        return Outcome.UNREADABLE
    if stored is not None:
        return _brought(app, stored, session, told, dry=dry)
    run = remade(session, named, app.settings.queue_life, told)
    if run is None:
        return Outcome.INCOMPLETE
    if not dry and not _inserted(app.table, run):
        return Outcome.THERE
    return Outcome.ENDED if run.ended else Outcome.OPEN


def _brought(app: Clients, stored: Stored, session: SessionView, told: Told, *, dry: bool) -> Outcome:
    """What is newer than Dataverse's word cannot be lost: the run is changed under its ETag, by the poller's own transition.

    Above all this keeps a run that waits in an older copy, and was started since, from being started again.
    """
    if stored.run.session_id is not None:
        return Outcome.THERE if stored.run.session_id == session.id else Outcome.OTHER_SESSION
    if not is_own(app.signatures, stored.run, session):
        return Outcome.OTHER_SESSION
    if life.observed(stored.run, session, told) == stored.run:
        return Outcome.SHUT
    if not dry:
        app.store.advance(stored, lambda run: life.observed(run, session, told))
    return Outcome.BROUGHT


def _inserted(table: Table, run: Run) -> bool:
    """False if it has come to be there meanwhile. Its own row guards the others, which may be left from a torn copy."""
    own, *others = rows_of(run).values()
    operations = [Operation(Verb.INSERT, own), *(Operation(Verb.PUT, row) for row in others)]
    try:
        table.commit(shard_of(run.id), operations)
    except TransactionRefusedError as refused:
        if refused.refusal is not Refusal.EXISTS:
            raise
        return False
    return True
