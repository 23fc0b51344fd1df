"""All sessions since a time, a day at a time: each day is done as a whole or done again, so that the command can be stopped anywhere."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec

from infra.rebuild.bringing import bring
from infra.rebuild.clients import Clients
from infra.rebuild.outcomes import Counts, Outcome, in_short
from shared.callbacks import NamedRun, read_url
from shared.dataverse.errors import DataverseError, RefusedError, ThrottledError
from shared.run.ids import created_at
from shared.run.model import SessionView
from shared.signatures import Verdict
from shared.storage.runs import RunChangedError
from shared.storage.table import StorageError

_DAY = timedelta(days=1)
_SKEW = timedelta(minutes=5)
"""Between the clocks of the app and of Dataverse, and more."""
_SECONDS_A_LIST = 900.0
_PAUSES = (5.0, 15.0, 60.0, 180.0)
"""Seconds between the tries of a day."""
_UNPROVEN = {Verdict.KEY_UNKNOWN: Outcome.KEY_UNKNOWN, Verdict.FALSE: Outcome.FALSE}

type _Ours = tuple[SessionView, NamedRun]


class Plan(msgspec.Struct, frozen=True):
    since: datetime
    bases: frozenset[str]
    """Of callback URLs: the deployment's, and those that it had."""
    creator: str | None = None
    """Only sessions that this user of Dataverse created."""
    dry: bool = False


class Found(msgspec.Struct):
    counts: Counts = msgspec.field(default_factory=Counter[Outcome])
    brought: set[str] = msgspec.field(default_factory=set[str])
    """Runs that did not know their session; in a dry run they still don't."""
    named: set[str] = msgspec.field(default_factory=set[str])
    """Other runs that the callback URL of some session names, whether it is believed or not."""

    def add(self, other: "Found") -> None:
        self.counts += other.counts
        self.brought |= other.brought
        self.named |= other.named


class StoppedError(Exception):
    """A day could not be done. `since` is where to go on."""

    def __init__(self, since: datetime, why: str) -> None:
        super().__init__(why)
        self.since = since


def rebuild(app: Clients, plan: Plan, tell: Callable[[str], None]) -> Found:
    """Tells of each day that has sessions. Raises StoppedError."""
    found = Found()
    for begin, end in _days(plan.since, app.clock.now()):
        try:
            done = _patiently(app, partial(_day, app, plan, begin, end), tell)
        except (DataverseError, StorageError, RunChangedError) as problem:
            raise StoppedError(begin, str(problem)) from problem
        except KeyboardInterrupt as stop:
            raise StoppedError(begin, "by hand.") from stop
        if done.counts:
            tell(f"{begin:%Y-%m-%d %H:%M}  {in_short(done.counts, dry=plan.dry)}")
        found.add(done)
    return found


def _days(since: datetime, now: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    """From midnight to midnight, UTC; the last one has no end, for Dataverse's clock may be ahead of ours."""
    begin = since
    while (midnight := _midnight_after(begin)) <= now:
        yield begin, midnight
        begin = midnight
    yield begin, None


def _midnight_after(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + _DAY


def _patiently(app: Clients, work: Callable[[], Found], tell: Callable[[str], None]) -> Found:
    """A refusal is not asked for again; what may pass is."""
    for pause in _PAUSES:
        try:
            return work()
        except ThrottledError as problem:
            wait = max(pause, problem.told.retry_after or 0.0)
            tell(f"{problem} Going on in {wait:.0f} s.")
        except RefusedError:
            raise
        except (DataverseError, StorageError, RunChangedError) as problem:
            wait = pause
            tell(f"{problem} Going on in {wait:.0f} s.")
        app.clock.sleep(wait)
    return work()


def _day(app: Clients, plan: Plan, begin: datetime, end: datetime | None) -> Found:
    found = Found()
    ours = defaultdict[str, list[_Ours]](list)
    last = None if end is None else end - timedelta(seconds=1)  # the list goes on for a second after its end
    deadline = app.clock.deadline(_SECONDS_A_LIST)
    for session in app.lists.created_between(begin, last, plan.creator, deadline):
        named = read_url(app.signatures, session.callback_url)
        outcome = _judged(named, plan.bases)
        if named is None or outcome is not None:
            found.counts[outcome or Outcome.FOREIGN] += 1
            found.named |= set() if named is None else {named.run_id}
        else:
            ours[named.run_id].append((session, named))
    for run_id in _begun_before(app, plan, ours):
        found.counts[Outcome.OTHER_SESSION] += len(ours.pop(run_id))
    brought = app.workers.map(lambda each: _brought(app, each, dry=plan.dry), ours.values())
    for run_id, outcomes in zip(ours, brought, strict=True):
        found.counts.update(outcomes)
        (found.brought if Outcome.BROUGHT in outcomes else found.named).add(run_id)
    return found


def _begun_before(app: Clients, plan: Plan, ours: Mapping[str, Sequence[_Ours]]) -> set[str]:
    """Runs that have a session from before the first day as well. That one is theirs: what came later bears a copied URL."""
    old = {run_id for run_id in ours if created_at(run_id) < plan.since}
    if not old:
        return set()
    shown = {session.id for run_id in old for session, _ in ours[run_id]}
    begin = min(map(created_at, old)) - _SKEW
    deadline = app.clock.deadline(_SECONDS_A_LIST)
    before = app.lists.created_between(begin, plan.since, plan.creator, deadline)
    named = [read_url(app.signatures, each.callback_url) for each in before if each.id not in shown]
    return {each.run_id for each in named if each is not None and _judged(each, plan.bases) is None} & old


def _judged(named: NamedRun | None, bases: frozenset[str]) -> Outcome | None:
    """Why a session is not believed to be ours; None: it is."""
    if named is None:
        return Outcome.FOREIGN
    if named.verdict is not Verdict.GENUINE:
        return _UNPROVEN[named.verdict]
    return None if named.claim.base in bases else Outcome.OTHER_BASE


def _brought(app: Clients, sessions: Sequence[_Ours], *, dry: bool) -> list[Outcome]:
    """Sessions of one run, in the order of their creation: the first is the one that the URL was made for."""
    outcomes = list[Outcome]()
    for session, named in sessions:
        taken = any(each.written for each in outcomes)
        outcomes.append(Outcome.OTHER_SESSION if taken else bring(app, session, named, dry=dry))
    return outcomes
