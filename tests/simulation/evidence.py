"""What judges read: the twins' own logs and rows, and what callers were answered. Never the state of the code on trial."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from local.dataverse.session import Session
from shared.run.model import Run, StartPhase
from shared.run.status import StatusReason
from shared.storage.rows import read_run
from shared.storage.table import Row, Verb
from tests.simulation.audience import Audience
from tests.simulation.callers import Order, Record
from tests.simulation.dataverse import Accepted, Ended, Environment, Sent
from tests.simulation.receivers import Post
from tests.simulation.scheduler import Crash, Scheduler
from tests.simulation.tables import TableStorage

_RUN = "run|"
ENDED = frozenset({"Succeeded", "Failed", "Canceled"})
"""The statuses of the contract that are ends."""
UNCONFIRMED, STARTED_LATE = "StartUnconfirmed", "StartedLate"


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was not kept, told of a run, a session or a task."""

    claim: str
    subject: str
    sentence: str
    story: tuple[str, ...] = ()
    """What happened to the subject, as far as the log goes."""


@dataclass(frozen=True, slots=True)
class Version:
    """A run as one transaction left it; None: the transaction removed it."""

    at: float
    by: str
    run: Run | None


@dataclass(frozen=True, slots=True)
class Pace:
    """What passes of the poller there were, once it was quiet, and what may be expected of them."""

    passes: tuple[float, ...] = ()
    """When each began."""
    sweep_seconds: float = 0.0
    prompt: bool = False
    """Whether each pass must see every change: it reads all sessions, or a list shows what changed."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    rows: dict[tuple[str, str], Row]
    versions: dict[str, list[Version]]
    """Of each run, in the order of their transactions."""
    sent: list[Sent]
    accepted: list[Accepted]
    sessions: dict[str, Session]
    """Those that Dataverse has now."""
    record: Record
    crashes: list[Crash]
    trace: list[tuple[float, str, str]]
    a_minute: int
    """How many starts a connection may have."""
    has_callbacks: bool
    """Whether runs have callback URLs, and Dataverse keeps them."""
    ends: list[Ended]
    dataverse_ahead: float
    """Seconds by which Dataverse's clock is wrong, in the end."""
    pace: Pace
    audience: Audience | None = None
    """None: nobody was there to listen."""

    @classmethod
    def of(
        cls,
        storage: TableStorage,
        environment: Environment,
        record: Record,
        scheduler: Scheduler,
        *,
        has_callbacks: bool,
        a_minute: int,
        pace: Pace = Pace(),
        audience: Audience | None = None,
    ) -> "Evidence":
        return cls(
            rows=storage.twin.rows(),
            versions=_versions(storage),
            sent=environment.sent,
            accepted=environment.accepted,
            sessions={session.id: session for session in environment.world.sessions},
            record=record,
            crashes=scheduler.crashes,
            trace=scheduler.trace,
            a_minute=a_minute,
            ends=environment.ends,
            dataverse_ahead=environment.ahead,
            pace=pace,
            audience=audience,
            has_callbacks=has_callbacks and environment.world.settings.callbackurl_stored,
        )

    @property
    def posts(self) -> list[Post]:
        """All that was sent to receivers, in the order in which it was sent."""
        return [] if self.audience is None else self.audience.receivers.posts

    @cached_property
    def runs(self) -> dict[str, Run]:
        """As they stand in the end."""
        latest = {run_id: versions[-1].run for run_id, versions in self.versions.items()}
        return {run_id: run for run_id, run in latest.items() if run is not None}

    @cached_property
    def orders(self) -> dict[str, Order]:
        """By the request that brought them."""
        return {request: order for order, request in self.record.starts}

    @cached_property
    def intended(self) -> dict[str, str]:
        """The run that each request wrote down."""
        return {request_of(versions[0].by): run_id for run_id, versions in self.versions.items()}

    @cached_property
    def requests(self) -> dict[str, str]:
        """The request that wrote each run down."""
        return {run_id: request for request, run_id in self.intended.items()}

    @cached_property
    def accepted_for(self) -> dict[str, list[Accepted]]:
        """The sessions that were made for each run; "": for none."""
        made = defaultdict(list)
        for each in self.accepted:
            made[self.run_of(each.sent)].append(each)
        return made

    def run_of(self, sent: Sent) -> str:
        """Whoever sends has written down for which run: the last one that the task wrote before. "": none."""
        written = [(at, run_id) for at, run_id in self._writes.get(sent.by, ()) if at <= sent.at]
        return written[-1][1] if written else ""

    @cached_property
    def _writes(self) -> dict[str, list[tuple[float, str]]]:
        """Which runs each task has written, and when."""
        writes = defaultdict(list)
        for run_id, versions in self.versions.items():
            for each in versions:
                writes[each.by].append((each.at, run_id))
        return {task: sorted(written) for task, written in writes.items()}

    @property
    def on_the_way(self) -> Counter[str]:
        """Errors that runs showed while they were open."""
        shown = {
            (run_id, each.run.error.code)
            for run_id, versions in self.versions.items()
            for each in versions
            if each.run is not None and each.run.error is not None and not each.run.ended
        }
        return Counter(f"on the way: {code}" for _, code in shown)

    @property
    def presence_can_be_seen(self) -> bool:
        """Whether any session is known to a run: until one is, absence from a list says nothing."""
        return any(
            run.session_id in self.sessions and run.start.phase is StartPhase.ACCEPTED
            for run in self.runs.values()
        )

    def was_asked_to_cancel(self, run_id: str) -> bool:
        versions = self.versions.get(run_id, ())
        return any(each.run is not None and each.run.cancel is not None for each in versions)

    def was_refused_a_cancel(self, run_id: str) -> bool:
        versions = self.versions.get(run_id, ())
        return any(each.run is not None and error_of(each.run) == "CancelRefused" for each in versions)

    def excuses(self, run: Run) -> bool:
        """Absence proves nothing as long as no list has shown a session that is known to exist: the run waits."""
        waits = run.status_reason in {StatusReason.AWAITING_CONFIRMATION, StatusReason.OVERDUE, None}
        return waits and run.unsure and not self.presence_can_be_seen

    def violation(self, judge: Callable[..., object], subject: str, sentence: str) -> Violation:
        claim = (judge.__doc__ or "").strip()
        return Violation(claim, subject, sentence, tuple(self._story(subject)))

    def _story(self, subject: str) -> Iterator[str]:
        """The events that name the subject, and those of the tasks in which they happened."""
        names = {subject, request_of(subject), self.requests.get(subject, subject)}
        names |= {each.session.id for each in self.accepted_for.get(subject, ())}
        tasks = {task for _, task, what in self.trace if task and any(name in what for name in names)}
        for at, task, what in self.trace:
            told = any(name in f"{task} {what}" for name in names)
            if told or (task in tasks and not what.startswith("table range")):
                yield f"{at:10.3f}  {task or '-':<46} {what}"


def error_of(run: Run) -> str:
    return "" if run.error is None else run.error.code


def request_of(task: str) -> str:
    """The name of the request that a task serves: without its number, its instance and its pools."""
    return task.partition(" #")[0]


def _versions(storage: TableStorage) -> dict[str, list[Version]]:
    versions: dict[str, list[Version]] = defaultdict(list)
    for logged in storage.log:
        for operation in logged.commit.operations:
            if operation.row.key.startswith(_RUN):
                run = None if operation.verb is Verb.DELETE else read_run(operation.row)
                run_id = operation.row.key.rpartition("|")[2]
                versions[run_id].append(Version(logged.at, logged.by, run))
    return versions


def moment(at: datetime) -> str:
    return at.strftime("%H:%M:%S.%f")[:-3]
