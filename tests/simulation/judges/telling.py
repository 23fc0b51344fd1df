"""Who is told of runs, and of what: everybody who asked, of all that happened, in its order, and nothing is left over."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

from shared.run.events import EventType
from shared.run.model import Run
from shared.run.status import Status
from shared.storage.outbox import WENT
from shared.storage.wakes import WAKE
from tests.simulation.evidence import Evidence, Violation
from tests.simulation.receivers import TOPIC, Post

_KINDS = {
    Status.SUCCEEDED: EventType.SUCCEEDED,
    Status.FAILED: EventType.FAILED,
    Status.CANCELED: EventType.CANCELED,
}
_GONE = 410
_SETTLED_SECONDS = 510.0
"""After so long nothing is under way that began while faults struck, and nobody is left alone any more for not answering then."""
_PASSES = 3
"""That may be needed: one may have been under way, or another one's to wait for."""
_LAST_SECONDS = 300.0
"""After so long no pass goes on that began before."""

type Happened = dict[str, tuple[float, EventType, Run]]
"""When what happened, and how the run stood then, by the id that it is told under."""


def everybody_is_told(evidence: Evidence) -> Iterator[Violation]:
    """Whoever wants to hear of an event has taken it, in the time that its tries allow; a start unless its end was sent instead. Who says that it is gone hears no more of it."""
    over = {(post.to, post.id) for post in evidence.posts if post.taken or post.status == _GONE}
    for event_id, (at, kind, run) in happened(evidence).items():
        for host in _wanting(evidence, at, kind, run):
            instead = not kind.ends and (host, f"{run.id}.ended") in over
            if (host, event_id) not in over and not instead:
                yield evidence.violation(everybody_is_told, run.id, f"{host} has not heard of {event_id}")


def what_is_new_is_told_soon(evidence: Evidence) -> Iterator[Violation]:
    """Once it is quiet, a pass sends an event soon after it happened, whatever was not taken before."""
    passes = evidence.pace.passes
    if not passes:
        return
    sent: dict[tuple[str, str], float] = {}
    for post in evidence.posts:
        sent.setdefault((post.to, post.id), post.at)
    for event_id, (at, kind, run) in happened(evidence).items():
        by = [each for each in passes if each > max(at, passes[0] + _SETTLED_SECONDS)][_PASSES:]
        for host in _wanting(evidence, at, kind, run) if by else ():
            first = sent.get((host, event_id), sent.get((host, f"{run.id}.ended"), float("inf")))
            if first > by[0]:
                told = f"{host} was sent {event_id} {first - at:.0f} s after it happened"
                yield evidence.violation(what_is_new_is_told_soon, run.id, told)


def no_start_follows_its_end(evidence: Evidence) -> Iterator[Violation]:
    """No receiver is sent the start of a run after its end. Event Grid keeps no order."""
    ended: dict[tuple[str, str], float] = {}
    for post in evidence.posts:
        place = post.to, post.run_id
        if post.to == TOPIC or post.status is None:
            continue
        if post.ends:
            ended.setdefault(place, post.at)
        elif place in ended:
            told = f"{post.to} was sent the start {post.at - ended[place]:.1f} s after the end"
            yield evidence.violation(no_start_follows_its_end, post.run_id, told)


def only_what_happened_is_told(evidence: Evidence) -> Iterator[Violation]:
    """Only of what happened, only to those who asked for it, always in the same words under the same id."""
    events = happened(evidence)
    words: dict[tuple[str, str], set[str]] = defaultdict(set)
    for post in evidence.posts:
        words[post.to, post.id].add(post.content)
        at, kind, run = events.get(post.id, (float("inf"), None, None))
        if run is None or kind != post.type or post.at < at or post.run_id != run.id:
            told = f"{post.to} was told {post.type} as {post.id}"
            yield evidence.violation(only_what_happened_is_told, post.run_id, told)
        elif not _asked_for(evidence, post, run):
            told = f"{post.to} was told and had not asked"
            yield evidence.violation(only_what_happened_is_told, post.run_id, told)
    for (host, event_id), contents in words.items():
        if len(contents) > 1:
            told = f"{host} was told {event_id} in {len(contents)} ways"
            yield evidence.violation(only_what_happened_is_told, event_id, told)


def nothing_is_left_to_tell(evidence: Evidence) -> Iterator[Violation]:
    """Once everything was told, and what was told is old: no event, no delivery, nothing that leads there, and no subscription that has ended is left."""
    if evidence.audience is None:
        return
    for partition, key in evidence.rows:
        over = partition.startswith("to-") or key.startswith((WENT, WAKE))
        if over or (partition == "subscriptions" and _is_over(evidence, key)):
            yield evidence.violation(nothing_is_left_to_tell, key, f"the row {partition} {key} is left")


def _is_over(evidence: Evidence, key: str) -> bool:
    """Whether it is the row of a subscriber who was told that it has gone."""
    ended = () if evidence.audience is None else evidence.audience.subscribers
    return any(each.gone < float("inf") and key == f"subscription|{each.id}" for each in ended)


def happened(evidence: Evidence) -> Happened:
    found: Happened = {}
    for run_id, versions in evidence.versions.items():
        for before, after in pairwise(versions):
            if before.run is None or after.run is None or before.run.ended:
                continue
            if after.run.ended:
                found[f"{run_id}.ended"] = after.at, _KINDS[after.run.status], after.run
            elif after.run.status is Status.RUNNING:
                found.setdefault(f"{run_id}.started", (after.at, EventType.STARTED, after.run))
    return found


def _wanting(evidence: Evidence, at: float, kind: EventType, run: Run) -> Iterator[str]:
    audience = evidence.audience
    if audience is None:
        return
    if audience.has_topic:
        yield TOPIC
    if run.webhook_url is not None:
        yield urlsplit(run.webhook_url).netloc
    gone = {post.to for post in evidence.posts if post.status == _GONE}
    for each in audience.subscribers:
        stays = each.until == float("inf") and each.host not in gone
        if each.since < at and stays and each.wants(kind, run.flow_id):
            yield each.host


def _asked_for(evidence: Evidence, post: Post, run: Run) -> bool:
    audience = evidence.audience
    if post.to == TOPIC:
        return audience is not None and audience.has_topic
    if run.webhook_url is not None and post.to == urlsplit(run.webhook_url).netloc:
        return True
    subscribers = () if audience is None else audience.subscribers
    return any(
        each.host == post.to
        and each.wants(EventType(post.type), run.flow_id)
        and post.at < each.gone + _LAST_SECONDS
        for each in subscribers
    )
