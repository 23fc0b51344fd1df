"""A signing key is replaced: first both are valid, then the old one is gone. No run is lost either way."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from local import functions, places
from local.stack import Stack
from tests.e2e.client import Client, Json, refusal, way
from tests.e2e.dataverse import Dataverse

OLD = f"1:{base64.b64encode(b'o' * 32).decode()}"
NEW = f"2:{base64.b64encode(b'n' * 32).decode()}"
SUCCEEDED = 4


@contextmanager
def deployed(stack: Stack, keys: str) -> Iterator[Client]:
    """The app with these signing keys, over one and the same table."""
    log: list[str] = []
    settings = {**stack.settings, "RUNS_TABLE": "rotated", "SIGNING_KEYS": keys}
    with (
        functions.running(places.CHECKOUT, settings, log.append) as host,
        Client(host.base, host.key, host.master_key) as client,
    ):
        yield client


def path_of(url: str) -> str:
    """What follows /api: each deployment of this test listens on a port of its own."""
    parts = urlsplit(url)
    return f"{parts.path.removeprefix('/api')}{'?' if parts.query else ''}{parts.query}"


def called_back(client: Client, session: Json) -> int:
    return client.call_back(session, path_of(session["callbackurl"])).status_code


def test_a_key_is_replaced_without_losing_a_run(stack: Stack, silent: Dataverse) -> None:
    """While both keys are valid, what the old one signed is accepted and new URLs bear the new one. Once the old one is gone its
    URLs are 404, and the run that waits for such a callback is settled by the poller.
    """
    flows = [silent.endless_flow() for _ in range(3)]
    with deployed(stack, OLD) as before:
        first, second = (before.started(flow, key=flow) for flow in flows[:2])
    with deployed(stack, f"{NEW},{OLD}") as during:
        third = during.started(flows[2])
        for flow in flows:
            silent.move(silent.session(flow), SUCCEEDED)
        assert called_back(during, silent.session(flows[0])) == 204
        assert during.get(path_of(first["links"]["result"]), keyed=False).status_code == 200
        assert during.started(flows[0], key=flows[0])["runId"] == first["runId"]
    with deployed(stack, NEW) as after:
        assert called_back(after, silent.session(flows[1])) == 404
        assert refusal(after.get(path_of(second["links"]["result"]), keyed=False)).code == "RunNotFound"
        assert called_back(after, silent.session(flows[2])) == 204
        silent.heal()
        settled = after.wait(second)

    assert way(settled)[-1] == ("Succeeded", "poller")
    assert silent.session(flows[1])["callbackurl"].rpartition("/")[2].startswith("1-")
    assert silent.session_of(third)["callbackurl"].rpartition("/")[2].startswith("2-")


@pytest.mark.parametrize("keys", [f"{NEW},1:{base64.b64encode(b'o' * 31).decode()}", "1:", "1:AAAA"])
def test_a_key_that_is_too_short_serves_nothing(stack: Stack, keys: str) -> None:
    """Every request, callbacks among them, is told which setting is wrong, and never its value; health is red."""
    with deployed(stack, keys) as client:
        answers = [client.get("/runs"), client.send("POST", "/callbacks/x/y", keyed=False)]
        health = client.get("/health", keyed=False)

    for answer in answers:
        assert refusal(answer).said == (500, "InvalidSetting")
        assert "SIGNING_KEYS" in answer.text
    assert health.status_code == 503
    assert "fewer than 32 bytes" in health.text
    secret = keys.rpartition(":")[2]
    assert not secret or not [answer for answer in (*answers, health) if secret in answer.text]
