"""docs/webhooks.md is true: its lines can be done, its code tells true messages from false ones, its example is what is sent."""

import base64
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from local import node, places, processes
from local.stack import Stack
from shared.events.delivering import GAPS
from shared.events.payload import EventMessage, cloud_event_of, message_of
from shared.run.events import Event
from shared.webhooks.signing import as_secret, signed
from tests.guides.pages import DOCS, blocks, hold, own_values, steps

PAGE = "webhooks.md"
SECRET, OLD = as_secret(b"s" * 32), as_secret(b"o" * 24)
BODY = '{"type": "run.succeeded", "data": {"clientReference": "Müller"}}'.encode()

type Message = tuple[dict[str, str], bytes]
type Check = Callable[[list[Message]], list[bool]]


def genuine(now: datetime) -> dict[str, Message]:
    true = signed([SECRET], "1.ended", now, BODY)
    return {
        "as it was sent": (true, BODY),
        "a body that is no text": (signed([SECRET], "1", now, b"\xff\x00{"), b"\xff\x00{"),
        "with the signature of another secret before it": (signed([OLD, SECRET], "1.ended", now, BODY), BODY),
        "and behind it": (signed([SECRET, OLD], "1.ended", now, BODY), BODY),
        "four minutes old": (signed([SECRET], "1", now - timedelta(minutes=4), BODY), BODY),
    }


def false(now: datetime) -> dict[str, Message]:
    true, again = signed([SECRET], "1.ended", now, BODY), signed([SECRET], "2.ended", now, BODY)
    return {
        "another body": (true, BODY.replace(b"succeeded", b"failed")),
        "a body that was written anew": (true, json.dumps(json.loads(BODY)).encode()),
        "no body": (true, b""),
        "another id": (true | {"webhook-id": "2.ended"}, BODY),
        "another time": (true | {"webhook-timestamp": str(int(now.timestamp()) + 1)}, BODY),
        "another message's signature": (true | {"webhook-signature": again["webhook-signature"]}, BODY),
        "another secret": (signed([OLD], "1.ended", now, BODY), BODY),
        "sent ten minutes ago": (signed([SECRET], "1", now - timedelta(minutes=10), BODY), BODY),
        "from the future": (signed([SECRET], "1", now + timedelta(minutes=10), BODY), BODY),
        "a time that is none": (true | {"webhook-timestamp": "soon"}, BODY),
        "no signature": ({name: true[name] for name in ("webhook-id", "webhook-timestamp")}, BODY),
        "nothing": ({}, BODY),
        "half of the signature": (true | {"webhook-signature": true["webhook-signature"][:20]}, BODY),
        "a signature without its version": (
            true | {"webhook-signature": true["webhook-signature"][3:]},
            BODY,
        ),
        "a signature of another alphabet": (true | {"webhook-signature": "v1,ü"}, BODY),
    }


def _python(messages: list[Message]) -> list[bool]:
    (block,) = blocks(PAGE, "python")
    there: dict[str, Any] = {"__name__": "receiver"}
    exec(compile(block, "receiver.py", "exec"), there)
    return [there["is_ours"](SECRET, headers, body) for headers, body in messages]


def _javascript(messages: list[Message]) -> list[bool]:
    (block,) = blocks(PAGE, "javascript")
    given = [(headers, base64.b64encode(body).decode()) for headers, body in messages]
    script = f"""{block}
    const [secret, messages] = {json.dumps([SECRET, given])};
    const found = messages.map(([headers, body]) => isOurs(secret, headers, Buffer.from(body, "base64")));
    console.log(JSON.stringify(found));"""
    binary = node.find(places.cache()).binary
    done = subprocess.run([binary, "-e", script], capture_output=True, text=True, timeout=60, check=True)
    found: list[bool] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("check", [_python, _javascript])
def test_the_code_that_is_shown_tells_true_messages_from_false_ones(check: Check) -> None:
    """Those of ours are taken, during a change of secrets too; whatever was changed, replayed or made up is refused, without an error."""
    now = datetime.now(UTC)
    ours, others = genuine(now), false(now)

    taken = dict(zip(ours, check(list(ours.values())), strict=True))
    refused = dict(zip(others, check(list(others.values())), strict=True))

    assert dict.fromkeys(ours, True) == taken
    assert dict.fromkeys(others, False) == refused


def test_what_is_shown_can_be_done(stack: Stack, tmp_path: Path) -> None:
    """Subscribe, ping, run, look, unsubscribe: each line does what is said of it, with the receiver that is shown."""
    (receiver,) = blocks(PAGE, "python")
    (tmp_path / "receiver.py").write_text(receiver)
    first, *others = steps(PAGE, "sh")

    hold("sh", [own_values(first, stack, PORT=str(processes.free_port())), *others], tmp_path)


def test_the_message_that_is_shown_is_what_is_sent() -> None:
    """Its members and their order; the CloudEvent of docs/guides/event-grid.md has the same data."""
    (shown,) = blocks(PAGE, "json")
    event, base = _told_in(msgspec.json.decode(shown, type=EventMessage))
    (cloud_event,) = blocks("guides/event-grid.md", "json")
    source = "/deskhand/contoso.crm4.dynamics.com"

    assert list(json.loads(shown).items()) == list(json.loads(message_of(event, base)).items())
    assert json.loads(cloud_event) == json.loads(msgspec.json.encode([cloud_event_of(event, source, base)]))


def _told_in(message: EventMessage) -> tuple[Event, str]:
    data, link = message.data, message.data.links.self_
    assert data.error is not None
    assert link is not None
    event = Event(
        type=message.type,
        at=message.timestamp,
        run_id=data.run_id,
        flow_id=data.flow_id,
        status=data.status,
        session_id=data.session_id,
        client_reference=data.client_reference,
        created_at=data.created_at,
        started_at=data.started_at,
        completed_at=data.completed_at,
        error_code=data.error.code,
        error_message=data.error.message,
    )
    return event, link.partition("/api/")[0]


def test_the_times_of_tries_are_told_as_they_are() -> None:
    """Word for word."""
    words = [_words(gap) for gap in GAPS]

    assert f"{', '.join(words[:-1])} and {words[-1]}" in (DOCS / PAGE).read_text()


def _words(gap: timedelta) -> str:
    seconds = int(gap.total_seconds())
    size, unit = next(
        (size, unit) for size, unit in ((3600, "h"), (60, "min"), (1, "s")) if seconds % size == 0
    )
    return f"{seconds // size} {unit}"
