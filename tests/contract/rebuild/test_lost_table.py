"""The table is lost: runs are written anew from Dataverse, followed to their end, and nothing is started."""

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.callbacks import callback_url
from shared.clock import SYSTEM_CLOCK
from shared.storage.rows import LAYOUT, rows_of
from tests.support.metered import BASE, Metered
from tests.support.rebuilding import CONNECTION, ENDED, OPEN, OTHERS, THERE, Scene, counted


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
