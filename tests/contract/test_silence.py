"""Secrets and payloads stand where the contract wants them, and nowhere else.

A distinct random word stands in the place of each. All paths are walked, with Dataverse, the token endpoint and Table Storage
failing in every way that can carry a word, and everything that is said is searched: every log record of the process at
DEBUG, the SDKs' own among them, every answer and every row.
"""

import json
import logging
import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import azure.functions as func
import pytest

from callback_handler.verification import verify
from cancel_run.cancel import cancel
from flow_catalog import reading as catalog
from health.report import report
from local.stack import Stack
from run_status.listing import list_runs
from run_status.reading import get_outputs, get_result, get_run
from shared.wiring import Deskhand
from status_poller.poll import poll
from tests.support import lies
from tests.support.liar import Liar, said
from tests.support.metered import Metered
from tests.support.silence import MAY_STAND, Lines, Place, Secret, bodies, headers, rows, seen
from trigger_run.start import run_and_wait

WORDS = {secret: secrets.token_hex(8) for secret in Secret}
NAME, INPUT = f"N{WORDS[Secret.INPUT_NAME]}", WORDS[Secret.INPUT]
OUTPUT_NAME, OUTPUT = f"N{WORDS[Secret.OUTPUT_NAME]}", WORDS[Secret.OUTPUT]
TEXT, NOISE = WORDS[Secret.DATAVERSE_TEXT], WORDS[Secret.NOISE]
KEYS = {"x-functions-key": WORDS[Secret.FUNCTION_KEY]}
IDEMPOTENCY_KEY = WORDS[Secret.IDEMPOTENCY_KEY]


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What the whole process logs at DEBUG; also the SDKs, which the app itself keeps quieter."""
    heard, root, sdk = Lines(), logging.getLogger(), logging.getLogger("azure")
    before = root.level, sdk.level
    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    sdk.setLevel(logging.DEBUG)
    yield heard.lines
    root.removeHandler(heard)
    root.setLevel(before[0])
    sdk.setLevel(before[1])


class Story:
    """Walks the paths, and keeps every answer."""

    def __init__(self, metered: Metered, liar: Liar) -> None:
        self.metered, self.liar = metered, liar
        self.flow = metered.define(inputs={NAME: "string"}, outputs={OUTPUT_NAME: "string"})
        self.answers: list[func.HttpResponse] = []

    def call(self, use_case: Callable[[Deskhand, Any], Any], body: Any = None, **more: Any) -> dict[str, Any]:
        sent = KEYS | more.pop("headers", {})
        answer = self.metered.call(use_case, body, sent, **more)
        self.answers.append(answer)
        told: dict[str, Any] = json.loads(answer.get_body() or b"{}")
        return told

    def start(self, body: Any = None, **members: Any) -> dict[str, Any]:
        order = {"connectionName": secrets.token_hex(4), "runMode": "attended", "inputs": {NAME: INPUT}}
        key = {"idempotency-key": members.pop("key")} if "key" in members else {}
        return self.call(
            run_and_wait, order | members if body is None else body, headers=key, flowId=self.flow
        )

    def everything(self, run: dict[str, Any]) -> None:
        """Each request to Dataverse that can be provoked for a run."""
        self.metered.watch.advance(seconds=3600)
        self.start()
        for use_case in (catalog.list_flows, catalog.list_connection_references, report, list_runs):
            self.call(use_case)
        for use_case in (catalog.get_flow, catalog.get_inputs, catalog.get_outputs):
            self.call(use_case, flowId=self.flow)
        for use_case in (cancel, get_run, get_result, get_outputs):
            self.call(use_case, runId=run["runId"])
        self.metered.watch.advance(seconds=200)
        poll(self.metered.app)


def test_the_way_of_a_run(metered: Metered, liar: Liar, lines: list[str], stack: Stack) -> None:
    """Started, repeated, called back, read, cancelled: what belongs somewhere is there, and nothing else is anywhere."""
    story = Story(metered, liar)
    run = story.start(key=IDEMPOTENCY_KEY)
    story.start(key=IDEMPOTENCY_KEY)
    story.start(key=IDEMPOTENCY_KEY, timeoutSeconds=7)
    route = metered.callback_of(run["sessionId"])
    story.call(verify, {"flowsessionid": run["sessionId"]}, **route)
    metered.end(run["sessionId"], {OUTPUT_NAME: OUTPUT})
    story.call(verify, {"flowsessionid": run["sessionId"]}, **route)
    story.everything(run)
    story.everything(story.start())
    story.start(inputs={f"{NAME}s": INPUT, NAME: [INPUT]})
    expected = dict(MAY_STAND)
    del expected[Secret.DATAVERSE_TEXT]

    assert expected == _seen(story, lines, stack, route, run)


TELLING = json.dumps({"error": {"code": f"A code, {TEXT}", "message": f"{TEXT} is not a valid prvReadX."}})
CODED = json.dumps({"error": {"code": "0x80040265", "message": TEXT}})
FAULTS = {
    **{f"{status} in words": said(f"{status} x", TELLING) for status in (400, 401, 403, 404, 412, 429, 500)},
    "400 with a code": said("400 x", CODED),
    **{f"a page with {status}": said(f"{status} x", f"<p>{NOISE}</p>") for status in (200, 302, 400, 404)},
    "half an answer": said("200 OK", f'{{"{NOISE}": "{NOISE}')[:-5],
    "text for an object": said("200 OK", json.dumps(NOISE)),
    "headers": said("429 x", TELLING, f"Retry-After: {NOISE}", f"Location: https://{NOISE}.example/"),
    "a head that is none": f"HTTP/1.1 200 OK\r\n{NOISE}\r\n\r\n{{}}".encode(),
    "no HTTP": NOISE.encode(),
}
OBJECTS = {
    "text for a number": said("200 OK", lies.row(statuscode=NOISE, startedon=NOISE, runmode=NOISE)),
    "text for a list": said("200 OK", json.dumps({"value": NOISE, "schema": NOISE})),
    "text for rows": said("200 OK", json.dumps({"value": [NOISE, {NOISE: 1}, {"flowsessionid": NOISE}]})),
    "text for ids": said(
        "200 OK", json.dumps({"flowsessionid": NOISE, "UserId": NOISE, "OrganizationId": NOISE})
    ),
    "a link": said("200 OK", json.dumps({"value": [], "@odata.nextLink": f"https://{NOISE}.example/"})),
}
"""In the place of outputs these are the outputs."""


@pytest.mark.parametrize("fault", [*FAULTS, *OBJECTS])
def test_a_dataverse_that_blabs(
    metered: Metered, liar: Liar, lines: list[str], stack: Stack, fault: str
) -> None:
    """Its error object reaches the caller and the run, never the log; anything else of it reaches nobody."""
    story = Story(metered, liar)
    run, ended = story.start(), story.start()
    route = metered.callback_of(run["sessionId"])
    metered.end(ended["sessionId"], {OUTPUT_NAME: OUTPUT})
    poll(metered.app)
    answer = (FAULTS | OBJECTS)[fault]
    for about in (".", lies.BATCH):
        liar.tell(about, answer)
        metered.switch(accessLevel="User")
        story.call(verify, {"flowsessionid": run["sessionId"]}, **route)
        story.everything(run)
    if fault in FAULTS:
        liar.tell(lies.OUTPUTS, answer)
        story.everything(ended)

    found = _seen(story, lines, stack, route, run)

    assert all(places <= MAY_STAND.get(secret, set()) for secret, places in found.items()), found
    assert (Secret.DATAVERSE_TEXT in found) == (TEXT.encode() in answer)


def test_an_end_that_blabs(metered: Metered, liar: Liar, lines: list[str], stack: Stack) -> None:
    """The flow's own error is the run's error, verbatim, and in no log."""
    story = Story(metered, liar)
    run = story.start()
    route = metered.callback_of(run["sessionId"])
    columns = {
        "flowsessionid": run["sessionId"],
        "statuscode": 8,
        "errorcode": f"A {TEXT}",
        "errormessage": TEXT,
    }
    liar.tell(lies.SESSION, said("200 OK", lies.row(**columns)))
    story.call(verify, {}, **route)
    liar.be_honest()
    story.everything(run)

    found = _seen(story, lines, stack, route, run)

    assert MAY_STAND[Secret.DATAVERSE_TEXT] == found.pop(Secret.DATAVERSE_TEXT)
    assert found.keys() <= {Secret.RESULT_SIGNATURE, Secret.INPUT_NAME, Secret.OUTPUT_NAME}


BODIES = [
    f'{{"{NOISE}": "{NOISE}"',
    f'{{"a": {NOISE}}}',
    f'{{"{NOISE}": 1, "{NOISE}": 2}}',
    f'{{"runMode": "{NOISE}"}}',
    f'{{"inputs": "{NOISE}", "timeoutSeconds": "{NOISE}", "connectionName": ["{NOISE}"]}}',
    f'{{"a": "{NOISE}\\ud800"}}',
    f'["{NOISE}"]',
    NOISE * 600,
]


def test_bodies_that_cannot_be_used(metered: Metered, liar: Liar, lines: list[str], stack: Stack) -> None:
    """What is refused is not repeated, neither to the caller nor in the log; nor is it in a callback."""
    story = Story(metered, liar)
    run = story.start()
    route = metered.callback_of(run["sessionId"])
    for body in BODIES:
        story.start(body.encode())
        metered.watch.advance(seconds=10)
        story.call(verify, body.encode(), **route)
        story.call(cancel, body.encode(), runId=run["runId"])
        for change in ({"x-ms-run-id": NOISE}, {"x-ms-workflow-id": NOISE}, {"content-type": NOISE}):
            story.call(verify, {}, headers=change, **route)
    story.call(verify, {"flowsessionid": NOISE}, **route)
    story.call(verify, {}, runId=NOISE, signature=NOISE)

    found = _seen(story, lines, stack, route, run)

    assert found.keys() <= {Secret.RESULT_SIGNATURE}, found


def test_a_storage_and_a_token_endpoint_that_fail(
    metered: Metered, liar: Liar, lines: list[str], stack: Stack
) -> None:
    """Every answer of Table Storage is lost, then no token is to be had: neither rows nor tokens are told."""
    story = Story(metered, liar)
    run = story.start()
    route = metered.callback_of(run["sessionId"])
    metered.tables.lose_answers = True
    story.everything(run)
    story.call(verify, {}, **route)
    metered.tables.lose_answers = False
    metered.fault("*", "status", times=None, status=401)
    for status in (400, 500):
        metered.fault("Token", "status", status=status)
        story.call(catalog.get_flow, flowId=metered.define())
        metered.watch.advance(seconds=10)
    story.everything(run)

    found = _seen(story, lines, stack, route, run)

    assert all(places <= MAY_STAND.get(secret, set()) for secret, places in found.items()), found
    assert any("DataverseAuthenticationFailed" in body for body in bodies(story.answers))
    assert any("StorageUnavailable" in body for body in bodies(story.answers))


def _seen(
    story: Story, lines: list[str], stack: Stack, route: dict[str, str], run: dict[str, Any]
) -> dict[Secret, set[Place]]:
    app = story.metered.app
    token = app.api._tokens._token
    account_key = re.search("AccountKey=([^;]+)", stack.settings["TABLES_CONNECTION_STRING"])
    assert token is not None
    assert account_key is not None
    words = WORDS | {
        Secret.SIGNING_KEY: stack.settings["SIGNING_KEYS"].partition(":")[2],
        Secret.TOKEN: token.token.rpartition(".")[2],
        Secret.IDENTITY_HEADER: stack.settings["IDENTITY_HEADER"],
        Secret.ACCOUNT_KEY: account_key[1],
        Secret.CALLBACK_SIGNATURE: route["signature"],
        Secret.RESULT_SIGNATURE: run["links"]["result"].partition("sig=")[2],
    }
    heard = {
        Place.LOG: lines,
        Place.BODY: bodies(story.answers),
        Place.HEADER: headers(story.answers),
        Place.ROW: rows(app.store._table),
    }
    return seen(words, heard)
