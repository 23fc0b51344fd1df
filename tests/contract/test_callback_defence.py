"""Callbacks that are refused or put off: cheapest first, each counted by what it was, and at nobody else's expense."""

import json
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest

from callback_handler.outcomes import Outcome
from callback_handler.verification import verify
from run_status.reading import get_signed_result
from shared.callback_defence import LOOKS_PER_RUN, VERIFICATIONS_PER_RUN
from shared.run.ids import new_run_id
from shared.signatures import Purpose
from tests.support.metered import Metered

STRANGER = "5e551011-0000-4000-8000-000000000001"
JSON = {"content-type": "application/json; charset=utf-8"}

type Change = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """A run that Dataverse shows running, and its genuine callback."""

    metered: Metered
    session: str
    route: dict[str, str]

    def call_back(self, **change: Any) -> tuple[int, str | None]:
        """The genuine callback with these parts changed: status and code of the answer."""
        headers = {**JSON, "x-ms-run-id": self.session} | change.pop("headers", {})
        body = change.pop("body", {"statuscode": 4, "flowsessionid": self.session})
        answer = self.metered.call(verify, body, headers, **self.route | change)
        text = answer.get_body()
        return answer.status_code, json.loads(text)["error"]["code"] if text else None

    @property
    def counted(self) -> Counter[StrEnum]:
        return self.metered.app.callbacks.tally.total


@pytest.fixture
def scene(metered: Metered, flow: str) -> Scene:
    return _scene(metered, flow)


def _scene(metered: Metered, flow: str) -> Scene:
    session = metered.started(flow)["sessionId"]
    return Scene(metered, session, metered.callback_of(session))


def _other_digit(scene: Scene) -> Change:
    genuine = scene.route["signature"]
    return {"signature": genuine[:-1] + ("0" if genuine[-1] != "0" else "1")}


def _other_purpose(scene: Scene) -> Change:
    return {"signature": scene.metered.app.signatures.sign(Purpose.RESULT, scene.route["runId"])}


def _other_run(scene: Scene) -> Change:
    return {"runId": new_run_id(scene.metered.app.clock.now(), 3, 7)}


def _without_row(scene: Scene) -> Change:
    run = _other_run(scene)["runId"]
    return {"runId": run, "signature": scene.metered.app.signatures.sign(Purpose.CALLBACK, run)}


NOT_FOUND = (404, "CallbackNotFound")
MISMATCH = (400, "CallbackMismatch")
NOT_NOW = (503, "CallbackNotVerified")
FREE, ONE_LOOK = (0, 0), (0, 1)

REFUSED: list[tuple[str, Change | Callable[[Scene], Change], Outcome, tuple[int, str], tuple[int, int]]] = [
    ("no run id", {"runId": "x"}, Outcome.MALFORMED, NOT_FOUND, FREE),
    ("nobody's run id", {"runId": STRANGER}, Outcome.MALFORMED, NOT_FOUND, FREE),
    ("no signature", {"signature": "x"}, Outcome.MALFORMED, NOT_FOUND, FREE),
    ("long signature", {"signature": "1-" + "0" * 5000}, Outcome.MALFORMED, NOT_FOUND, FREE),
    ("digits of another script", {"signature": "1-" + "\u0660" * 64}, Outcome.MALFORMED, NOT_FOUND, FREE),
    ("key version that is gone", {"signature": "7-" + "0" * 64}, Outcome.EXPIRED_KEY, NOT_FOUND, FREE),
    ("one digit wrong", _other_digit, Outcome.FORGED, NOT_FOUND, FREE),
    ("signature of a result", _other_purpose, Outcome.FORGED, NOT_FOUND, FREE),
    ("signature of another run", _other_run, Outcome.FORGED, NOT_FOUND, FREE),
    ("run without a row", _without_row, Outcome.UNKNOWN_RUN, NOT_FOUND, ONE_LOOK),
    *[
        (kind, {"headers": {"content-type": kind}}, Outcome.WRONG_CONTENT_TYPE, told, ONE_LOOK)
        for told in [(415, "UnsupportedContentType")]
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", ";", "\x00")
    ],
    ("too large", {"body": b" " * 8193}, Outcome.OVERSIZED, (413, "BodyTooLarge"), ONE_LOOK),
    *[
        (repr(body[:20]), {"body": body}, Outcome.UNREADABLE, (400, "InvalidJson"), ONE_LOOK)
        for body in (
            *(b"{", b"[]", b"null", b" ", b"{} {}", b'{"a":1,"a":1}', b'{"a":NaN}', b'{"a":1e999}', b"\xff"),
            *(b'{"a":' * 1000, b'{"a":"\\ud800"}', b"\xef\xbb\xbf{}", "{}".encode("utf-16")),
        )
    ],
    ("other session", {"body": {"flowsessionid": STRANGER}}, Outcome.MISMATCHED, MISMATCH, ONE_LOOK),
    ("no session", {"body": {"flowsessionid": 10**400}}, Outcome.MISMATCHED, MISMATCH, ONE_LOOK),
    ("other run", {"headers": {"x-ms-run-id": STRANGER}}, Outcome.MISMATCHED, MISMATCH, ONE_LOOK),
    ("other flow", {"headers": {"x-ms-workflow-id": STRANGER}}, Outcome.MISMATCHED, MISMATCH, ONE_LOOK),
]


@pytest.mark.parametrize(
    ("change", "outcome", "told", "cost"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_each_refusal_has_its_answer_its_count_and_its_price(
    scene: Scene,
    change: Change | Callable[[Scene], Change],
    outcome: Outcome,
    told: tuple[int, str],
    cost: tuple[int, int],
) -> None:
    """No forgery causes I/O, no refusal asks Dataverse, and the run stays as it was."""
    before = scene.metered.read(scene.route["runId"])
    changed = change(scene) if callable(change) else change
    said: list[tuple[int, str | None]] = []

    assert cost == scene.metered.cost(lambda: said.append(scene.call_back(**changed)))
    assert [told] == said
    assert {outcome: 1} == scene.counted
    assert before == scene.metered.read(scene.route["runId"])


@pytest.mark.parametrize("kind", ["", "application/json", "Application/JSON ; charset=UTF-8"])
def test_a_content_type_may_be_missing_or_spelt_otherwise(scene: Scene, kind: str) -> None:
    """Whatever means JSON is taken."""
    scene.metered.end(scene.session)

    assert (204, None) == scene.call_back(headers={"content-type": kind})
    assert {Outcome.ACCEPTED: 1} == scene.counted


def test_what_may_be_genuine_is_put_off(scene: Scene) -> None:
    """Early, over budget, or in the way of a fault: 503 and a count of its own each, never a 4xx."""
    scene.metered.fault("RetrieveSession", "drop-connection")
    told = [scene.call_back() for _ in range(VERIFICATIONS_PER_RUN + 1)]

    assert {NOT_NOW} == set(told)
    assert {
        Outcome.UNAVAILABLE: 1,
        Outcome.EARLY: VERIFICATIONS_PER_RUN - 1,
        Outcome.OVER_BUDGET: 1,
    } == scene.counted


def test_a_storage_that_fails_puts_a_callback_off(scene: Scene) -> None:
    """503, so that it is sent again; Dataverse is not asked."""
    scene.metered.tables.lose_answers = True

    assert NOT_NOW == scene.call_back()
    assert {Outcome.UNAVAILABLE: 1} == scene.counted


def test_a_session_that_nothing_names_is_found_by_the_poller(metered: Metered, flow: str) -> None:
    """The start's answer was lost and the callback is empty: put off, and no read of Dataverse."""
    metered.fault("RunDesktopFlow", "lose-response")
    run = metered.started(flow)
    session = metered.sessions(flow)[0]["flowsessionid"]
    scene = Scene(metered, session, metered.callback_of(session))
    metered.end(session)

    assert NOT_NOW == scene.call_back(body=b"", headers={"x-ms-run-id": ""})
    assert {Outcome.UNNAMED: 1} == scene.counted
    metered.passes(6)
    assert "Succeeded" == metered.read(run["runId"])["status"]


@pytest.mark.parametrize(
    "change",
    [
        {"body": b"{"},
        {"body": b" " * 9000},
        {"body": {"flowsessionid": STRANGER}},
        {"headers": {"content-type": "text/plain"}},
    ],
)
def test_a_bad_callback_of_an_ended_run_is_204_all_the_same(scene: Scene, change: Change) -> None:
    """Nothing else of it is looked at, whether or not this process has seen the end."""
    scene.metered.end(scene.session)
    scene.metered.passes(1)
    dataverse = len(scene.metered.dataverse)

    assert ((204, None), (204, None)) == (scene.call_back(**change), scene.call_back(**change))
    assert {Outcome.REPLAYED: 2} == scene.counted
    assert dataverse == len(scene.metered.dataverse)


def test_replays_for_an_ended_run_cost_nothing(scene: Scene) -> None:
    """Ended is for ever: once it was seen, no replay is a look at anything."""
    scene.metered.end(scene.session)
    scene.call_back()

    assert FREE == scene.metered.cost(lambda: [scene.call_back() for _ in range(200)])
    assert {Outcome.ACCEPTED: 1, Outcome.REPLAYED: 200} == scene.counted


def test_a_leaked_url_costs_four_reads_of_dataverse_in_ten_seconds(scene: Scene) -> None:
    """And eight of the run's row, however often it is called; a window later it has as much again, and no more."""
    for _ in range(3):
        cost = scene.metered.cost(lambda: [scene.call_back() for _ in range(100)])
        reads = [each for each in scene.metered.tables.requests if each.startswith("GET")]
        assert VERIFICATIONS_PER_RUN == cost[0]
        assert LOOKS_PER_RUN == len(reads)
        scene.metered.watch.advance(seconds=10)

    assert 3 * (100 - LOOKS_PER_RUN) == scene.counted[Outcome.FLOODED]


def test_a_flood_takes_nothing_from_the_others(scene: Scene) -> None:
    """Forgeries and the replays of one leaked URL, a thousand each: another run's callback is verified and accepted."""
    other = _scene(scene.metered, scene.metered.define())
    other.metered.end(other.session)
    for _ in range(1000):
        scene.call_back()
        scene.call_back(**_other_digit(scene))

    assert (204, None) == other.call_back()


def test_a_flood_does_not_fill_the_log(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Forgeries are told at once, and then as a sum, once a minute."""
    caplog.set_level(logging.DEBUG)
    for _ in range(1000):
        scene.call_back(**_other_digit(scene))
    scene.metered.watch.advance(seconds=60)
    scene.call_back(signature="x")

    assert [{"forged": 1}, {"forged": 999, "malformed": 1}] == [
        json.loads(record.message)["counts"]
        for record in caplog.records
        if record.name == "deskhand.callback"
    ]
    assert 2 == len(caplog.records)


def test_forged_result_urls_do_not_fill_the_log_either(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """The other route that strangers can reach: 404, no I/O, no line."""
    caplog.set_level(logging.DEBUG)
    metered = scene.metered

    assert FREE == metered.cost(lambda: metered.call(get_signed_result, runId=scene.route["runId"]))
    for run_id in (scene.route["runId"], "x"):
        assert 404 == metered.call(get_signed_result, runId=run_id).status_code
    assert [] == caplog.records


def test_under_overload_what_is_genuine_is_put_off(metered: Metered) -> None:
    """With the whole instance's budget spent a genuine callback is 503, never 429 or 4xx; later it is accepted."""
    scene = _scene(metered, metered.define())
    metered.end(scene.session)
    verifications = metered.app.callbacks.verifications
    for number in range(metered.app.settings.callback_budget):
        assert verifications.spend(str(number))

    assert NOT_NOW == scene.call_back()
    metered.watch.advance(seconds=10)
    assert (204, None) == scene.call_back()
