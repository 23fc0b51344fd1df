import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from local import places
from tests.local.eventually import eventually

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc")


@contextmanager
def up(*options: str) -> Iterator[subprocess.Popen[str]]:
    """`up --json`, started by a script that reads its standard output only."""
    command = [sys.executable, "-m", "local", "up", "--port", "0", "--json", *options]
    with subprocess.Popen(
        command, cwd=places.CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def local(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=places.CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def first_line(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    told: dict[str, str] = json.loads(process.stdout.readline())
    return told


def children_of(pid: int) -> set[int]:
    return {
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdecimal() and parent_of(int(entry.name)) == pid
    }


def parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def none_left(pids: set[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


@linux_only
def test_up_says_one_line_and_leaves_nothing_when_told_to_stop() -> None:
    """Standard output holds one line of JSON whose addresses answer; SIGTERM ends all of it with exit code 0."""
    with up() as process:
        told = first_line(process)
        assert set(told) == {"functions", "key", "masterKey", "dataverse", "tables", "simulator"}
        assert requests.get(f"{told['functions']}/health", timeout=10).status_code in {200, 503}
        assert (
            requests.get(f"{told['simulator']}/settings", timeout=10).json()["allowLoopbackCallbacks"] is True
        )
        assert requests.get(f"{told['dataverse']}/api/data/v9.2/WhoAmI", timeout=10).status_code == 401
        children = children_of(process.pid)
        assert len(children) == 3
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=10)
    assert (process.returncode, rest) == (0, "")
    assert none_left(children)


@linux_only
def test_up_leaves_nothing_when_it_is_killed() -> None:
    """After SIGKILL, when it can clear up nothing itself, every process of the stack ends within seconds."""
    with up() as process:
        first_line(process)
        children = children_of(process.pid)
        assert len(children) == 3
        process.kill()
    eventually(lambda: none_left(children), seconds=8)


def test_up_with_entra_lets_in_whoever_has_a_token_with_the_role() -> None:
    """`local token` prints one; without it, and with the key alone, the app refuses. The line has one member more."""
    with up("--auth", "entra") as process:
        told = first_line(process)
        port = str(urlsplit(told["functions"]).port)
        printed = local("token", "--port", port, "--role", "Runs.Read", "--name", "alice")
        shown: tuple[dict[str, str], ...] = (
            {"Authorization": f"Bearer {printed.stdout.strip()}"},
            {"x-functions-key": told["key"]},
            {},
        )
        answers = [
            requests.get(f"{told['functions']}/runs", headers=headers, timeout=10).status_code
            for headers in shown
        ]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert set(told) == {"functions", "key", "masterKey", "dataverse", "tables", "simulator", "tokens"}
    assert answers == [200, 401, 401]


def test_no_token_where_nothing_runs() -> None:
    """Exit code 1, nothing on standard output, and what is needed."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ended = local("token", "--port", str(port), "--role", "Runs.Read")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "--auth entra" in ended.stderr


def test_up_says_that_its_port_is_taken() -> None:
    """A port on which somebody listens is an error that names it, not a second server beside the first."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = local("up", "--json", "--port", str(port))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"Port {port} is in use" in ended.stderr


@pytest.mark.parametrize("seconds", ["7", "0", "-5", "90", "7200", "x"])
def test_up_refuses_an_interval_that_no_schedule_keeps(seconds: str) -> None:
    """A number of seconds that neither divides 60 nor is whole minutes that do is refused with that rule."""
    ended = local("up", "--poll-seconds", seconds)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "divide 60" in ended.stderr or "no number of seconds" in ended.stderr


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("NOPE=1", "There is no setting NOPE"),
        ("STARTS_PER_MINUTE=0", "STARTS_PER_MINUTE must be a whole number from 1 to 100"),
        ("STARTS", "not NAME=VALUE"),
    ],
)
def test_up_refuses_a_setting_that_cannot_be_used(given: str, sentence: str) -> None:
    """Before anything is started, and named."""
    refused = local("up", "--port", "0", "--set", given)

    assert refused.returncode in {1, 2}
    assert sentence in refused.stderr


def test_a_token_is_of_a_role_that_there_is() -> None:
    """A misspelt one would open nothing, and say so only later."""
    assert "There is no role Nope" in local("token", "--role", "Nope").stderr


def test_logs_that_nobody_reads_hold_nothing_up() -> None:
    """Passing on more lines than a pipe holds, to a reader that never reads, neither waits nor keeps the process."""
    source = (
        "from local.echo import Echo; echo = Echo(); [echo('x' * 100) for _ in range(20000)]; print('done')"
    )
    reading, writing = os.pipe()
    try:
        ended = subprocess.run(
            [sys.executable, "-c", source],
            cwd=places.CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=writing,
            text=True,
            timeout=20,
            check=False,
        )
    finally:
        os.close(reading)
        os.close(writing)
    assert (ended.returncode, ended.stdout) == (0, "done\n")
