"""The table is an older copy of itself: it is brought up to date, and nothing that waits in it is started a second time."""

import base64
import re
import secrets
import time
from typing import Any, NamedTuple

import pytest

from shared.clock import SYSTEM_CLOCK
from tests.contract.conftest import MakeInstances
from tests.support.metered import BASE, Metered
from tests.support.rebuilding import (
    BROUGHT,
    CONNECTION,
    DO_NOT,
    OPEN,
    SHUT,
    THERE,
    Scene,
    counted,
)


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
