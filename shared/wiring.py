"""The one place where clients are made: once per worker process, when the first request needs them.

Bindings import this module when they are first called, so that indexing the app loads no client library.
"""

import logging
import os
import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import msgspec
from requests.adapters import HTTPAdapter

from shared.callback_defence import CallbackDefence, callback_defence
from shared.callbacks import callback_base
from shared.catalogue import Catalogue
from shared.clock import SYSTEM_CLOCK, Clock, Deadline
from shared.dataverse.flows import Flows
from shared.dataverse.purpose import Purpose
from shared.dataverse.session_lists import SessionLists
from shared.dataverse.sessions import Sessions
from shared.dataverse.tokens import TokenSource
from shared.dataverse.web_api import WebApi
from shared.events.outcome import Outcome
from shared.events.received import Became
from shared.evidence import Evidence
from shared.expiring import Expiring
from shared.identity import as_registration, make_credential
from shared.log.names import Name
from shared.orphans import Orphans
from shared.pace.allowance import Allowance, Errand
from shared.pace.gate import Gate
from shared.pace.permits import Permits
from shared.pace.seats import Seats
from shared.pace.throttling import Throttling
from shared.settings import Settings, load
from shared.signatures import Signatures
from shared.storage.azure_table import open_table
from shared.storage.clock import StorageClock
from shared.storage.dead_events import DeadEvents
from shared.storage.outbox import Outbox
from shared.storage.outstanding import Outstanding
from shared.storage.poll_state import PollMemory
from shared.storage.probe import StorageProbe
from shared.storage.removal import Removal
from shared.storage.runs import RunStore
from shared.storage.shards import SHARDS
from shared.storage.subscriptions import Subscriptions
from shared.storage.table import Table
from shared.storage.together import Together
from shared.storage.wakes import Wakes
from shared.tally import Tally
from shared.tls import TrustingAdapter
from shared.turns import Turns
from shared.webhooks.sender import WebhookSender
from shared.webhooks.topic import SCOPE_ORIGIN, Topic

log = logging.getLogger("deskhand.dataverse")
events_log = logging.getLogger("deskhand.events")

_KEY_KNOWN_SECONDS = 3600.0
_CHANGES_KNOWN_SECONDS, _CHANGES_KNOWN = 900.0, 20_000
_WATCH_EVERY = timedelta(minutes=30)
_REMOVALS_EVERY = timedelta(minutes=30)
_RARE_SWEEPS_EVERY = timedelta(minutes=10)
READ_SECONDS = 25.0
"""What a request that reads from Dataverse may take."""


type NewPool = Callable[[int, str], Executor]
"""Makes a pool of so many threads, named so."""
type OpenTable = Callable[[Settings, StorageClock], Table]


class _Pool(ThreadPoolExecutor):
    """Its threads work for what the thread works for that hands them the work."""

    def submit[T](self, do: Callable[..., T], /, *args: Any, **named: Any) -> Future[T]:
        return super().submit(copy_context().run, do, *args, **named)


def thread_pool(threads: int, name: str) -> Executor:
    return _Pool(threads, thread_name_prefix=name)


class Deskhand(msgspec.Struct, frozen=True, kw_only=True):
    """What a use case works with."""

    settings: Settings
    clock: Clock
    random: random.Random
    new_pool: NewPool
    signatures: Signatures
    store: RunStore
    outstanding: Outstanding
    together: Together
    poll_memory: PollMemory
    outbox: Outbox
    wakes: Wakes
    subscriptions: Subscriptions
    webhooks: WebhookSender
    topic: Topic
    told: Tally[Outcome]
    """What became of tries to tell others of events."""
    dead_events: DeadEvents
    received: Tally[Became]
    """What became of events that others sent."""
    storage_clock: StorageClock
    storage_probe: StorageProbe
    api: WebApi
    asked: Tally[Purpose]
    """Of Dataverse, by this process."""
    gate: Gate
    permits: Permits
    seats: Seats
    throttling: Throttling
    allowance: Allowance
    beside: Executor
    """For I/O that need not be waited for one after the other."""
    known_keys: Expiring[str, str]
    """Idempotency keys that this instance has met lately, so that a repeated start takes no permit."""
    sessions: Sessions
    lists: SessionLists
    catalogue: Catalogue
    callbacks: CallbackDefence
    evidence: Evidence
    watched: Turns
    """When starts that stayed unconfirmed were last looked for."""
    applied_changes: Expiring[str, int]
    """What was last applied of each session, as a hash: a list of changes shows it again for a while."""
    orphans: Orphans
    removal: Removal
    removals: Turns
    """When old runs were last removed."""
    rare_sweeps: Turns
    """When the open runs were last swept, while sweeps are to be rare."""

    def close(self) -> None:
        """For tests; a worker's clients live as long as the worker."""
        self.api.close()
        self.store.close()
        self.beside.shutdown()

    def read_deadline(self) -> Deadline:
        return self.clock.deadline(READ_SECONDS)


# The SDKs log every request with its URL: rows' keys, and more than anybody reads.
logging.getLogger("azure").setLevel(logging.WARNING)
# It quotes answers of the token endpoint that it cannot read: half of one can hold a token. TokenError tells what we need.
logging.getLogger("azure.identity").setLevel(logging.CRITICAL)
# It quotes what it cannot parse of an answer's head.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


def wire(
    environ: Mapping[str, str],
    *,
    clock: Clock = SYSTEM_CLOCK,
    dice: random.Random | None = None,
    new_pool: NewPool = thread_pool,
    table: OpenTable = open_table,
    credential: Callable[[str | None], Any] = make_credential,
    new_adapter: Callable[[], HTTPAdapter] = TrustingAdapter,
    webhooks: Callable[[Settings], WebhookSender] = WebhookSender,
) -> Deskhand:
    """No I/O. Raises SettingError. Everything that is not computing is passed in: tests count it, the simulation is made of it."""
    settings = load(environ)
    tokens = TokenSource(settings.dataverse_url, lambda: _for_dataverse(settings, credential), clock)
    api = WebApi(settings.dataverse_url, tokens, clock, new_adapter)
    storage_clock = StorageClock(clock)
    rows = table(settings, storage_clock)
    readers = new_pool(SHARDS, "shard")
    store = RunStore(rows, clock, readers, tells=settings.events)
    dice = dice or random.SystemRandom()
    signatures = Signatures(settings.signing_keys, settings.dataverse_url.partition("://")[2])
    gate = Gate(rows, clock, dice)
    threads = settings.worker_threads or min(32, (os.cpu_count() or 1) + 4)  # the worker's own default
    seats = Seats(threads, clock)
    throttling = Throttling(gate, api.brake, seats, clock)
    api.brake.noticed = throttling.noticed
    allowance = Allowance(gate, clock, dice, settings.dataverse_requests_a_day)
    asked = Tally[Purpose](clock, log, Name.DATAVERSE_ASKED)

    def spend(purpose: Purpose, operations: int) -> None:
        allowance.spend(operations)
        asked.count(purpose, operations)

    api.spend = spend
    return Deskhand(
        settings=settings,
        clock=clock,
        random=dice,
        gate=gate,
        permits=Permits(rows, storage_clock, clock, dice, settings.starts_a_minute),
        seats=seats,
        throttling=throttling,
        allowance=allowance,
        beside=new_pool(threads, "beside"),
        known_keys=Expiring(clock, _KEY_KNOWN_SECONDS),
        new_pool=new_pool,
        signatures=signatures,
        store=store,
        outstanding=Outstanding(rows, readers),
        together=Together(rows, store),
        poll_memory=PollMemory(rows),
        outbox=Outbox(rows),
        wakes=Wakes(rows),
        subscriptions=Subscriptions(rows),
        webhooks=webhooks(settings),
        topic=Topic(
            TokenSource(SCOPE_ORIGIN, lambda: credential(settings.azure_client_id), clock), new_adapter()
        ),
        told=Tally[Outcome](clock, events_log, Name.EVENTS_TOLD),
        dead_events=DeadEvents(rows),
        received=Tally[Became](clock, events_log, Name.EVENTS_RECEIVED),
        storage_clock=storage_clock,
        storage_probe=StorageProbe(rows),
        api=api,
        asked=asked,
        sessions=Sessions(api),
        lists=SessionLists(api),
        catalogue=Catalogue(
            Flows(api),
            clock,
            settings.catalogue_cache.total_seconds(),
            lambda: allowance.allows(Errand.CATALOGUE),
        ),
        callbacks=callback_defence(clock, settings.callback_budget),
        evidence=Evidence(),
        watched=Turns(_WATCH_EVERY),
        applied_changes=Expiring(clock, _CHANGES_KNOWN_SECONDS, _CHANGES_KNOWN),
        orphans=Orphans(clock, signatures, callback_base(settings), settings.retention),
        removal=Removal(rows),
        removals=Turns(_REMOVALS_EVERY, since=clock.now()),
        rare_sweeps=Turns(_RARE_SWEEPS_EVERY),
    )


def _for_dataverse(settings: Settings, credential: Callable[[str | None], Any]) -> Any:
    own = credential(settings.azure_client_id)
    if settings.dataverse_client_id is None or settings.dataverse_tenant_id is None:
        return own
    return as_registration(own, settings.dataverse_tenant_id, settings.dataverse_client_id)


_lock = threading.Lock()
_wired: list[Deskhand] = []


def deskhand() -> Deskhand:
    """The clients of this worker. Raises SettingError, again at each call until the settings are mended."""
    if not _wired:
        with _lock:
            if not _wired:
                _wired.append(wire(os.environ))
    return _wired[0]
