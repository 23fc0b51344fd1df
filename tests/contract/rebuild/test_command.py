"""What the command does for whoever gives it: dry runs, progress, what may pass, stops, and what it has to be told."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from infra.rebuild import days
from infra.rebuild.cli import main
from infra.rebuild.clients import TOKEN
from local import places
from shared.clock import SYSTEM_CLOCK
from tests.support.metered import Metered
from tests.support.rebuilding import (
    CONNECTION,
    OPEN,
    Scene,
    counted,
)


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
