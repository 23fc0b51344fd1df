"""The table is lost, or an older copy of itself: runs are written anew from Dataverse, followed to their end, and nothing is started.

The command as an operator gives it, over a real table and the simulated Dataverse.
"""

import base64
import os
import re
import secrets
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from copy import replace
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from infra.rebuild import days
from infra.rebuild.cli import main
from infra.rebuild.clients import TOKEN
from local import places
from local.stack import Stack
from local.whole_table import WholeTable
from shared.callbacks import callback_url
from shared.clock import SYSTEM_CLOCK
from shared.run.model import CallbackClaim
from shared.storage.rows import LAYOUT, rows_of
from tests.contract.conftest import MakeInstances
from tests.support.metered import BASE, Metered
from tests.support.runs import a_run

CONNECTION = "desk"


@dataclass
class Scene:
    app: Metered
    table: WholeTable
    environ: Mapping[str, str]
    flow: str
    capsys: pytest.CaptureFixture[str]

    def rebuilt(self, *arguments: str, code: int = 0, **settings: str) -> str:
        """What the command says; its progress is not looked at."""
        since = (SYSTEM_CLOCK.now() - timedelta(hours=1)).isoformat()
        self.capsys.readouterr()
        given = arguments if "--since" in arguments else ("--since", since, *arguments)
        assert code == main(given, {**self.environ, **settings})
        told = self.capsys.readouterr()
        return told.err if code in {1, 2} else told.out

    def statuses(self, *runs: dict[str, Any]) -> list[str]:
        return [self.app.read(run["runId"])["status"] for run in runs]

    def sent(self) -> int:
        """Starts that this app has sent."""
        return sum("RunDesktopFlow" in each for each in self.app.dataverse)

    def url(self, *, base: str = BASE, run_id: str | None = None) -> str:
        """Of a run that was never started, or of the one whose id is given."""
        named = a_run(callback=CallbackClaim(base=base, key_version="1"))
        named = replace(named, id=run_id or named.id)
        url = callback_url(self.app.app.signatures, named)
        assert url is not None
        return url


@pytest.fixture
def keys() -> str:
    """Of one test alone: nothing that another one has started is signed with it."""
    return f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}"


@pytest.fixture
def scene(
    instances: MakeInstances, keys: str, azurite: str, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> Iterator[Scene]:
    (app,) = instances(1, SIGNING_KEYS=keys)
    name = app.app.settings.runs_table
    environ = {**stack.settings, "SIGNING_KEYS": keys, "RUNS_TABLE": name, "PUBLIC_BASE_URL": BASE}
    table = WholeTable(azurite, name)
    yield Scene(app, table, environ, app.define(), capsys)
    table.close()


@pytest.fixture
def paused(instances: MakeInstances, keys: str) -> Metered:
    """Another instance, which lets every start wait."""
    return instances(1, SIGNING_KEYS=keys, STARTS="paused")[0]


def counted(told: str) -> dict[str, int]:
    """By the first words of each line."""
    rows = (line.split(None, 1) for line in told.splitlines() if line[:4] == "    ")
    return {text.split(":")[0]: int(number.replace(",", "")) for number, text in rows}


OPEN = "runs were missing and have not ended"
ENDED = "runs were missing and have ended"
DO_NOT = "Do NOT let starts go on"
BROUGHT = "runs did not know their session"
OTHERS = "sessions bear the callback URL of a run that has another one"
SHUT = "runs had been ended as not started before their session was found"
THERE = "runs are there, and know their session"


def test_a_lost_table_is_written_anew(scene: Scene) -> None:
    """Open runs are followed to their end, ended ones can be read, outputs too; nothing is started; again, and nothing is written."""
    app = scene.app
    running, ending, ended = (app.started(scene.flow) for _ in range(3))
    app.end(ended["sessionId"], {"B": "kept"})
    app.passes(1)
    scene.table.lose()
    first, again = scene.rebuilt(), scene.rebuilt()
    app.end(ending["sessionId"])
    app.passes(1)

    assert {OPEN: 2, ENDED: 1} == {
        name: number for name, number in counted(first).items() if "missing" in name
    }
    assert {THERE: 3} == {name: number for name, number in counted(again).items() if name.startswith("runs")}
    assert ["Running", "Succeeded", "Succeeded"] == scene.statuses(running, ending, ended)
    assert {"B": "kept"} == outputs(app, ended)
    assert 3 == scene.sent()
    assert 3 == len(app.sessions(scene.flow))


def outputs(app: Metered, run: dict[str, Any]) -> Any:
    stored = app.app.store.get(run["runId"])
    assert stored is not None
    assert stored.run.session_id is not None
    return app.app.sessions.outputs(stored.run.session_id, app.app.read_deadline())


def test_a_run_that_is_written_anew_has_all_its_rows(scene: Scene) -> None:
    """It is listed where it was listed, its callback is taken, and what a session cannot tell is as if it had not been said."""
    app = scene.app
    run = app.started(scene.flow, connection=CONNECTION, key="once", clientReference="4711")
    before = app.app.store.get(run["runId"])
    scene.table.lose()
    scene.rebuilt()
    after = app.app.store.get(run["runId"])
    keys = {row["RowKey"] for row in scene.table.copied()}
    app.end(run["sessionId"])

    assert before is not None
    assert after is not None
    assert set(rows_of(after.run)) == keys
    assert [run["runId"]] == [each["runId"] for each in app.listed(flowId=scene.flow, status="Running")]
    for member in ("flow_id", "session_id", "connection", "mode", "created_at", "callback"):
        assert getattr(before.run, member) == getattr(after.run, member), member
    assert (None, None) == (after.run.idempotency, after.run.client_reference)
    assert 204 == app.notified(run["sessionId"])
    assert ["Succeeded"] == scene.statuses(run)


def test_an_older_copy_is_brought_up_to_date(scene: Scene) -> None:
    """Runs that are only in Dataverse are written; those of the copy keep what the copy knows of them."""
    app = scene.app
    old = app.started(scene.flow, clientReference="known")
    copy = scene.table.copied()
    since = app.started(scene.flow)
    scene.table.put_back(copy)
    told = counted(scene.rebuilt())
    for run in (old, since):
        app.end(run["sessionId"])
    app.passes(1)

    assert (1, 1) == (told[OPEN], told[THERE])
    assert ["Succeeded"] * 2 == scene.statuses(old, since)
    assert "known" == app.read(old["runId"])["clientReference"]
    assert 2 == scene.sent()


def test_a_run_that_waits_in_the_copy_and_was_started_since_is_not_started_again(
    scene: Scene, paused: Metered
) -> None:
    """The one danger of an older copy: the queue would send it. Its session is found by the callback URL."""
    app = scene.app
    runs = [paused.started(scene.flow, connection=CONNECTION) for _ in range(2)]
    copy = scene.table.copied()
    app.queue_passes(3)
    assert 2 == scene.sent()
    scene.table.put_back(copy)
    assert ["QueuedForConnection"] * 2 == [app.read(run["runId"])["statusReason"] for run in runs]
    told = scene.rebuilt()
    app.queue_passes(3, 90)
    for session in app.sessions(scene.flow):
        app.end(session["flowsessionid"])
    app.passes(1)

    assert 2 == counted(told)[BROUGHT]
    assert "wait for their turn" not in told
    assert ["Succeeded"] * 2 == scene.statuses(*runs)
    assert 2 == scene.sent()


def test_a_run_whose_time_was_over_before_it_was_found_is_told(scene: Scene, paused: Metered) -> None:
    """The queue of an app that was not stopped has ended it, though it was started since the copy: an end is never changed."""
    run = paused.started(scene.flow, connection=CONNECTION, startWithinSeconds=60)
    copy = scene.table.copied()
    scene.app.queue_passes(3)
    scene.table.put_back(copy)
    paused.queue_passes(120)
    told, again = counted(scene.rebuilt()), counted(scene.rebuilt())

    assert (1, 1) == (told[SHUT], again[SHUT])
    assert THERE not in told
    assert (["Failed"], None) == (scene.statuses(run), scene.app.read(run["runId"])["sessionId"])


def test_a_run_that_was_never_started_goes_on_waiting(scene: Scene, paused: Metered) -> None:
    """It is told of, and started once: when starts go on."""
    scene.app.started(scene.flow)
    run = paused.started(scene.flow, connection=CONNECTION)
    scene.table.put_back(scene.table.copied())
    told = scene.rebuilt()
    scene.app.queue_passes(3)

    assert 1 == counted(told)["runs wait for their turn, and are started once starts go on."]
    assert DO_NOT not in told
    assert scene.app.read(run["runId"])["sessionId"] in sessions_of(scene)
    assert 2 == scene.sent()


def sessions_of(scene: Scene) -> list[str]:
    return [session["flowsessionid"] for session in scene.app.sessions(scene.flow)]


def test_a_run_that_waits_and_has_no_callback_url_is_named(
    scene: Scene, instances: MakeInstances, keys: str
) -> None:
    """Nothing in Dataverse can tell whether it was started since: people have to."""
    scene.app.started(scene.flow)
    (silent,) = instances(1, SIGNING_KEYS=keys, STARTS="paused", PUBLIC_BASE_URL="")
    run = silent.started(scene.flow, connection=CONNECTION)
    told = scene.rebuilt(code=3)

    assert DO_NOT in told
    assert (
        f"of them have no callback URL, so nothing tells whether they were started since: {run['runId']}\n"
        in told
    )


class Copy(NamedTuple):
    """One run that is there, and one that waits in the copy and was started since."""

    scene: Scene
    waiting: dict[str, Any]

    def refused(self, *arguments: str, **settings: str) -> str:
        """What is said where runs must not be started, which the queue would do otherwise; all of it on one line."""
        told = self.scene.rebuilt(*arguments, code=3, **settings)
        assert f"{1:>9} runs wait for their turn.\n{DO_NOT}: a run that waits" in told
        assert "are started" not in told
        return told


@pytest.fixture
def copy(scene: Scene, paused: Metered) -> Copy:
    scene.app.started(scene.flow)
    waiting = paused.started(scene.flow, connection=CONNECTION)
    rows = scene.table.copied()
    scene.app.queue_passes(3)
    assert 2 == scene.sent()
    scene.table.put_back(rows)
    return Copy(scene, waiting)


def test_an_operator_who_is_shown_too_little_begins_nothing(copy: Copy) -> None:
    """Dataverse would leave the session of the run that waits out of its lists; whoever may read all of them goes on."""
    copy.scene.app.switch(privilegeDepths={"prvReadflowsession": "Basic"})
    shallow = copy.scene.rebuilt(code=2)
    copy.scene.app.switch(missingPrivileges=["prvReadflowsession"])
    none = copy.scene.rebuilt("--dry-run", code=2)
    copy.scene.app.switch(privilegeDepths={}, missingPrivileges=[])

    assert "holds prvReadflowsession at Basic only, so Dataverse leaves sessions out" in shallow
    assert "holds prvReadflowsession not at all" in none
    assert "Give whoever runs this a role with prvReadflowsession at Global" in shallow
    assert 1 == counted(copy.scene.rebuilt())[BROUGHT]


@pytest.mark.parametrize(
    "fault",
    [
        {"operation": "RetrieveUserPrivileges", "do": "status", "status": 403, "code": "0x80040220"},
        {"operation": "WhoAmI", "do": "lose-response"},
    ],
    ids=["is not told", "is lost"],
)
def test_what_the_operator_may_see_has_to_be_proven(
    scene: Scene, paused: Metered, fault: dict[str, Any]
) -> None:
    """Else what is seen is written, and nothing that waits may start. Where nothing waits, it is told and no more."""
    scene.app.started(scene.flow)
    scene.table.lose()
    scene.app.fault(**fault)
    alone = scene.rebuilt()
    paused.started(scene.flow, connection=CONNECTION)
    scene.app.fault(**fault)
    told = scene.rebuilt(code=3)

    assert 1 == counted(alone)[OPEN]
    assert DO_NOT not in alone
    assert f"{DO_NOT}: a run that waits may have been started already.\n  * It is not known whether" in told


def test_nothing_that_waits_starts_where_no_session_of_ours_is_seen(copy: Copy) -> None:
    """Dataverse hides them, or does not keep callback URLs, or the settings are another deployment's."""
    copy.scene.app.switch(accessLevel="User")
    told = copy.refused()
    copy.scene.app.switch(accessLevel="Owner")

    assert "Not one session of ours was seen since" in told


@pytest.mark.parametrize("version", ["1", "2"], ids=["of the same number", "of another number"])
def test_nothing_that_waits_starts_where_a_key_is_missing(copy: Copy, keys: str, version: str) -> None:
    """The session that a lost key has signed could be that of the run that waits; with that key behind, it is."""
    other = f"{version}:{base64.b64encode(secrets.token_bytes(32)).decode()}"

    told = copy.refused(SIGNING_KEYS=other)
    assert "1 of them are named by sessions that are not believed to be theirs" in told
    assert f"somebody has made them up: {copy.waiting['runId']}\n" in told
    if version == "2":
        assert 1 == counted(copy.scene.rebuilt(SIGNING_KEYS=f"{other},{keys}"))[BROUGHT]


def test_nothing_that_waits_starts_where_an_address_is_missing(copy: Copy) -> None:
    """It was sent from an earlier PUBLIC_BASE_URL."""
    moved = "https://moved.example.com"

    assert f"somebody has made them up: {copy.waiting['runId']}\n" in copy.refused(PUBLIC_BASE_URL=moved)
    assert 1 == counted(copy.scene.rebuilt("--base", BASE, PUBLIC_BASE_URL=moved))[BROUGHT]


def test_nothing_that_waits_starts_where_its_address_has_changed_since(scene: Scene, paused: Metered) -> None:
    """A session that is ours names the run by an address that the run was not given."""
    before = "https://before.example.com"
    scene.app.started(scene.flow)
    run_id = paused.started(scene.flow, connection=CONNECTION)["runId"]
    scene.app.seed(1, 4, scene.url(base=before, run_id=run_id))

    assert f"somebody has made them up: {run_id}\n" in scene.rebuilt("--base", before, code=3)


def test_another_deployment_in_the_same_environment_holds_nothing_back(scene: Scene, paused: Metered) -> None:
    """Its keys have the same names as ours, or others; its sessions name none of our runs."""
    scene.app.started(scene.flow)
    paused.started(scene.flow, connection=CONNECTION)
    url = scene.url(base="https://another.example.com")
    scene.app.seed(1, 4, url[:-1] + ("0" if url[-1] != "0" else "1"))
    scene.app.seed(1, 4, url.replace("/1-", "/2-"))
    told = scene.rebuilt()

    assert DO_NOT not in told
    assert counted(told)["sessions bear a URL like ours with a false signature"] >= 1
    assert counted(told)["sessions are signed with a key that is not in SIGNING_KEYS"] >= 1


def test_nothing_that_waits_starts_where_it_is_older_than_what_was_looked_at(copy: Copy) -> None:
    """Its session may be older as well."""
    time.sleep(2)  # Dataverse tells times in whole seconds
    late = SYSTEM_CLOCK.now().isoformat()
    told = copy.refused("--since", late)
    (since,) = re.findall(r"begin again with --since (\S+)", told)

    assert 1 == counted(copy.scene.rebuilt("--since", since))[BROUGHT]


def test_a_dry_run_lets_nothing_start(copy: Copy) -> None:
    """A run that would be brought up to date waits in the table still, and is not counted among those that are to be started."""
    told = copy.scene.rebuilt("--dry-run", code=3)

    assert (1, 0) == (counted(told)[BROUGHT], counted(told)["runs wait for their turn."])
    assert "1 more runs wait in the table, and were started" in told
    assert "are started once" not in told


def test_a_throttled_run_is_not_followed_a_second_time(
    scene: Scene, instances: MakeInstances, keys: str
) -> None:
    """In the copy the run that follows it is not there yet; in Dataverse it is, and has a session."""
    (app,) = instances(1, SIGNING_KEYS=keys, RETRY_THROTTLED_RUNS="1")
    run = app.started(scene.flow, connection=CONNECTION)
    app.end(run["sessionId"], code=8, errorcode="DesktopFlowsActionThrottled")
    assert 204 == app.notified(run["sessionId"])
    copy = scene.table.copied()
    app.passes(1)
    app.queue_passes(90)
    assert 2 == len(app.sessions(scene.flow))
    scene.table.put_back(copy)
    told = counted(scene.rebuilt())
    app.passes(1)
    app.queue_passes(3, 90)

    assert 1 == told[OPEN]
    assert 2 == len(app.sessions(scene.flow))
    assert 2 == len(app.listed(flowId=scene.flow))


def test_a_start_that_was_unsure_in_the_copy_is_settled(scene: Scene) -> None:
    """The copy was made between the intent and its answer."""
    app = scene.app
    app.fault("RunDesktopFlow", "lose-response")
    run = app.started(scene.flow)
    told = counted(scene.rebuilt())

    assert run["sessionId"] is None
    assert 1 == told[BROUGHT]
    assert app.only_session(scene.flow) == app.read(run["runId"])["sessionId"]
    assert 1 == scene.sent()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(
            lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
            "sessions bear a URL like ours with a false signature",
            id="a false signature",
        ),
        pytest.param(
            lambda url: url.replace("/1-", "/2-"),
            "sessions are signed with a key that is not in SIGNING_KEYS",
            id="a key that is not ours",
        ),
        pytest.param(
            lambda url: url.replace(BASE, "https://elsewhere.example.com"),
            "sessions are signed by us for another address",
            id="another's address",
        ),
        pytest.param(
            lambda _: "https://elsewhere.example.com/hook",
            "sessions bear no callback URL of ours",
            id="no URL of ours",
        ),
    ],
)
def test_what_no_signature_proves_is_not_written(
    scene: Scene, change: Callable[[str], str], told: str
) -> None:
    """Anybody who may start a desktop flow may write anything into a callback URL."""
    before = counted(scene.rebuilt())
    scene.app.seed(1, 2, change(scene.url()))
    after = counted(scene.rebuilt())

    assert 1 == after.get(told, 0) - before.get(told, 0)
    assert [] == scene.table.copied()


def test_an_earlier_address_is_ours_when_it_is_named(scene: Scene) -> None:
    """The deployment has moved: what was started from its old place is written once that is given."""
    before = "https://before.example.com"
    scene.app.seed(1, 2, scene.url(base=before))

    assert 1 == counted(scene.rebuilt("--base", before))[OPEN]


def test_a_run_that_is_there_takes_no_session_of_another_url(scene: Scene) -> None:
    """Signed by us for the same run, but at an address that the run was not given."""
    before = "https://before.example.com"
    scene.app.fault("RunDesktopFlow", "drop-connection")
    run_id = scene.app.started(scene.flow)["runId"]
    scene.app.seed(1, 4, scene.url(base=before, run_id=run_id))
    told = counted(scene.rebuilt("--base", before))

    assert 1 == told[OTHERS]
    assert scene.app.read(run_id)["sessionId"] is None


def test_a_copied_callback_url_wins_no_run(scene: Scene) -> None:
    """Whoever reads a session can start a flow with its URL. The session that was created first is the run's."""
    run = scene.app.started(scene.flow)
    time.sleep(1)  # Dataverse tells times in whole seconds
    scene.app.seed(1, 4, scene.app.session(run["sessionId"])["callbackurl"])
    scene.table.lose()
    foretold = counted(scene.rebuilt("--dry-run"))
    told, again = counted(scene.rebuilt()), counted(scene.rebuilt())

    assert (1, 1, 1) == tuple(each[OTHERS] for each in (foretold, told, again))
    assert foretold == told
    assert run["sessionId"] == scene.app.read(run["runId"])["sessionId"]
    assert "Succeeded" not in scene.statuses(run)


def test_a_copied_callback_url_wins_no_run_that_is_older_than_since(scene: Scene) -> None:
    """Its own session was created before the time that is begun with. One that was sent after that is written as any other."""
    run = scene.app.started(scene.flow)
    time.sleep(2)  # Dataverse tells times in whole seconds
    since = SYSTEM_CLOCK.now()
    scene.app.fault("RunDesktopFlow", "drop-connection")
    late = scene.app.started(scene.flow)
    stored = scene.app.app.store.get(late["runId"])
    assert stored is not None
    time.sleep(1)
    scene.app.seed(1, 4, scene.app.session(run["sessionId"])["callbackurl"])
    scene.app.seed(1, 4, callback_url(scene.app.app.signatures, stored.run))
    scene.table.lose()
    told = counted(scene.rebuilt("--since", (since + timedelta(seconds=1)).isoformat()))
    after = counted(scene.rebuilt())

    assert (1, 1) == (told[OTHERS], told[ENDED])
    assert (1, 1, 1) == (after[OTHERS], after[OPEN], after[THERE])
    assert run["sessionId"] == scene.app.read(run["runId"])["sessionId"]


def test_a_dry_run_writes_nothing(scene: Scene, paused: Metered) -> None:
    """It says what would be written, and is right."""
    scene.app.started(scene.flow)
    waiting = paused.started(scene.flow, connection=CONNECTION)
    copy = scene.table.copied()
    missing = [row for row in copy if waiting["runId"] in row["RowKey"]]
    scene.app.queue_passes(3)
    scene.table.put_back(missing)
    told = scene.rebuilt("--dry-run", code=3)
    left = scene.table.copied()

    assert told.startswith("Nothing was written: this is what would be.\n")
    assert missing == left
    assert counted(told) == {
        **counted(scene.rebuilt()),
        **{name: 0 for name in counted(told) if "wait" in name},
    }


def test_days_without_sessions_are_passed_over_in_silence(scene: Scene) -> None:
    """Of thirty days those are told that have something, and a dry run does not say that it has written."""
    scene.app.started(scene.flow)
    scene.table.lose()
    foretold, told = progress(scene, "--dry-run"), progress(scene)

    assert len({line[:10] for line in foretold + told}) <= 2  # the tests may go on over midnight
    assert foretold[-1].endswith(" of ours, 1 would be written")
    assert told[-1].endswith(" of ours, 1 written")


def progress(scene: Scene, *arguments: str) -> list[str]:
    """The lines beside the sum, for the last thirty days."""
    since = (SYSTEM_CLOCK.now() - timedelta(days=30)).isoformat()
    scene.capsys.readouterr()
    assert 0 == main(("--since", since, *arguments), scene.environ)
    return scene.capsys.readouterr().err.splitlines()


def test_a_row_of_a_newer_version_is_left_alone(scene: Scene) -> None:
    """It can be read by the version that wrote it."""
    run = scene.app.started(scene.flow)
    newer = [{**row, "layout": LAYOUT + 1} for row in scene.table.copied()]
    scene.table.put_back(newer)
    told = counted(scene.rebuilt())

    assert 1 == told["runs were written by a newer version"]
    assert {LAYOUT + 1} == {row["layout"] for row in scene.table.copied()}
    assert run["runId"] in str(scene.table.copied())


def test_rows_left_over_do_not_keep_a_run_from_being_written(scene: Scene) -> None:
    """A copy that was made while the app wrote can hold a run's other rows without its own."""
    run = scene.app.started(scene.flow)
    torn = [row for row in scene.table.copied() if not row["RowKey"].startswith("run|")]
    scene.table.put_back(torn)
    told = counted(scene.rebuilt())
    scene.app.end(run["sessionId"])
    scene.app.passes(1)

    assert 1 == told[OPEN]
    assert ["Succeeded"] == scene.statuses(run)


def test_only_sessions_of_the_application_user(scene: Scene) -> None:
    """Asked for by its creator, another's session is not even listed."""
    scene.app.started(scene.flow)
    scene.table.lose()
    user = scene.app.app.catalogue.identity(scene.app.app.read_deadline()).user_id

    assert OPEN not in counted(scene.rebuilt("--created-by", str(uuid.uuid4())))
    assert 1 == counted(scene.rebuilt("--created-by", user))[OPEN]


def test_what_may_pass_is_waited_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dataverse asks to wait, breaks off and fails meanwhile: the day is done again, and counted once."""
    monkeypatch.setattr(days, "_PAUSES", (0.0,) * 4)
    scene.app.started(scene.flow)
    scene.table.lose()
    scene.app.fault("ListSessions", "status", status=429, code="0x80072322", retryAfter=1)
    scene.app.fault("ListSessions", "lose-response")
    scene.app.fault("ListSessions", "status", status=503)

    assert 1 == counted(scene.rebuilt())[OPEN]


def test_a_refusal_stops_it_and_says_where_to_go_on(scene: Scene) -> None:
    """No right to read sessions: asking again mends nothing."""
    scene.app.fault("ListSessions", "status", times=None, status=403, code="0x80040220")
    since = "2026-01-05T00:00:00+00:00"

    assert f"Stopped: Dataverse answered 403 0x80040220. Go on with --since {since}" in scene.rebuilt(
        "--since", since, code=1
    )


@pytest.mark.parametrize(
    ("settings", "arguments", "told"),
    [
        ({"SIGNING_KEYS": ""}, (), "The setting SIGNING_KEYS is missing."),
        ({"PUBLIC_BASE_URL": ""}, (), "PUBLIC_BASE_URL is not set"),
        ({"RETENTION_DAYS": "0"}, (), "Runs are kept for ever"),
    ],
)
def test_what_it_needs_to_know_is_asked_for(
    scene: Scene, settings: dict[str, str], arguments: tuple[str, ...], told: str
) -> None:
    """Before anything is read."""
    scene.capsys.readouterr()

    assert 2 == main(arguments, {**scene.environ, **settings})
    assert scene.capsys.readouterr().err.startswith(told)


def test_it_can_be_stopped_by_hand(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle of a day: it says where to go on, and what it has written stays."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(days, "_day", interrupted)

    assert "Stopped: by hand. Go on with --since 2026-01-05T00:00:00+00:00" in scene.rebuilt(
        "--since", "2026-01-05", code=1
    )


def test_days_leave_no_gap() -> None:
    """Each begins where the last one ended, at midnight, and the last has no end."""
    since, now = datetime(2026, 11, 20, 17, 5, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
    parts = list(days._days(since, now))

    assert since == parts[0][0]
    assert [end for _, end in parts[:-1]] == [begin for begin, _ in parts[1:]]
    assert [(23, None)] == [(begin.day, end) for begin, end in parts[-1:]]


def test_an_operator_brings_a_token(scene: Scene, keys: str) -> None:
    """The command by itself, signed in by DATAVERSE_TOKEN alone; neither token nor keys are in what it says."""
    scene.app.started(scene.flow)
    scene.table.lose()
    token = scene.app.app.api._tokens.get(scene.app.app.read_deadline())
    without = {name: value for name, value in os.environ.items() if not name.startswith("IDENTITY_")}
    own = {name: value for name, value in scene.environ.items() if not name.startswith("IDENTITY_")}
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "infra.rebuild",
            "--since",
            (SYSTEM_CLOCK.now() - timedelta(hours=1)).isoformat(),
        ],
        cwd=places.CHECKOUT,
        env={**without, **own, TOKEN: token},
        capture_output=True,
        text=True,
        check=True,
    )

    assert 1 == counted(run.stdout)[OPEN]
    assert not [secret for secret in (token, keys[2:]) if secret in run.stdout + run.stderr]
