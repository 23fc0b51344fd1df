"""The simulator as a process: how it says that it is ready, and how it ends."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.simulator.client import PROMPT, ROOT


@contextmanager
def _process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "local.dataverse"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        yield process
        process.kill()


def _ready(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    announced: dict[str, str] = json.loads(process.stdout.readline())
    return announced


def test_it_announces_itself_in_one_line(tmp_path: object) -> None:
    """URL, token endpoint and its secret, as JSON; by then it answers."""
    with _process() as process:
        announced = _ready(process)
        answer = requests.get(f"{announced['url']}/simulator/clock", timeout=PROMPT)

    assert set(announced) == {"url", "identityEndpoint", "identityHeader"}
    assert announced["url"].startswith("http://127.0.0.1:")
    assert answer.status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    """Exit code 0, nothing more on stdout, no traceback on stderr."""
    with _process() as process:
        _ready(process)
        process.send_signal(number)
        output, errors = process.communicate(timeout=PROMPT)

    assert (process.returncode, output, errors) == (0, "", "")


def test_it_ends_with_its_parent() -> None:
    """The end of its stdin is the end of it."""
    with _process() as process:
        _ready(process)
        assert process.stdin is not None
        process.stdin.close()

        assert process.wait(PROMPT) == 0


def test_it_does_not_wait_for_those_who_are_kept_waiting() -> None:
    """A request that a fault delays for an hour, and a callback that is being retried, hold nothing up."""
    with _process() as process:
        url = _ready(process)["url"]
        rule = {"operation": "*", "do": "delay", "seconds": 3600}
        requests.post(f"{url}/simulator/faults", json=rule, timeout=PROMPT).raise_for_status()
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{url}/api/data/v9.2/WhoAmI", timeout=0.1)
        process.send_signal(signal.SIGTERM)

        assert process.wait(PROMPT) == 0
