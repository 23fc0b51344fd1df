import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from local import environment, functions, places, processes
from local.functions import FunctionsHost
from tests.local.conftest import SETTINGS, TOY

FUNCTION = """
@app.route("one")
def one(req: func.HttpRequest) -> func.HttpResponse: return func.HttpResponse()
"""
HEAD = "import azure.functions as func\napp = func.FunctionApp()\n"


def timer(schedule: str) -> str:
    return f'@app.timer_trigger("timer", "{schedule}")\ndef tick(timer: func.TimerRequest) -> None: ...\n'


def start(folder: Path, port: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local.host", "--app", str(folder), "--port", str(port)],
        cwd=places.CHECKOUT,
        env=environment.for_child(),
        input="",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (HEAD + "import no_such_module", "no_such_module"),
        (HEAD + "raise RuntimeError('at import')", "at import"),
        (HEAD, "no functions found"),
        (HEAD + FUNCTION + FUNCTION, "one"),
        (HEAD + FUNCTION.replace("req:", "request:"), "request"),
        (HEAD + timer("%UNSET%"), "the app setting UNSET"),
        (HEAD + timer("*/7 * *"), "3 fields"),
        (HEAD + timer("0 0 0 30 2 *"), "never comes"),
        (HEAD + FUNCTION.replace('"one"', '"one/{id:shape}"'), "shape"),
    ],
)
def test_an_application_that_cannot_be_indexed_ends_the_host(
    tmp_path: Path, source: str, message: str
) -> None:
    """Exit code 2, the reason on standard error, and nothing on standard output."""
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    (tmp_path / "function_app.py").write_text(source)
    ended = start(tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in ended.stderr


def test_a_folder_without_an_application_ends_the_host(tmp_path: Path) -> None:
    """Neither host.json nor function_app.py: exit code 2, and the missing file is named."""
    ended = start(tmp_path)
    assert ended.returncode == 2
    assert "host.json" in ended.stderr
    (tmp_path / "host.json").write_text("{}")
    assert "function_app.py" in start(tmp_path).stderr


def test_a_port_in_use_ends_the_host(toy: FunctionsHost, tmp_path: Path) -> None:
    """Exit code 1, and the port is named."""
    (tmp_path / "host.json").write_text("{}")
    (tmp_path / "function_app.py").write_text(HEAD + FUNCTION)
    port = int(toy.base.rpartition(":")[2].partition("/")[0])
    ended = start(tmp_path, port)
    assert ended.returncode == 1
    assert str(port) in ended.stderr


def test_a_request_under_way_is_answered_before_the_host_stops() -> None:
    """A host that is told to stop answers what it has begun."""
    child = functions.start(TOY, SETTINGS, lambda _: None)
    host = functions.ready(child)
    answers: list[int] = []
    caller = threading.Thread(
        target=lambda: answers.append(requests.get(f"{host.base}/sleep/1000", timeout=10).status_code)
    )
    caller.start()
    time.sleep(0.4)
    processes.stop([child])
    caller.join()
    assert answers == [200]


def test_a_host_ends_with_its_standard_input() -> None:
    """A host whose parent is gone ends by itself: here the pipe is empty and closed from the start."""
    ended = subprocess.run(
        [sys.executable, "-m", "local.host", "--app", str(TOY)],
        cwd=places.CHECKOUT,
        env=environment.for_child(**SETTINGS),
        input="",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 0


def test_a_host_that_was_killed_comes_back_as_it_was() -> None:
    """Started again, a host answers at its old address and opens to its old key."""
    child = functions.start(TOY, SETTINGS, lambda _: None, processes.free_port())
    try:
        before = functions.ready(child)
        child.kill()
        child.start()
        after = functions.ready(child)
        assert before == after
        answer = requests.get(f"{after.base}/sleep/0", headers={"x-functions-key": before.key}, timeout=10)
        assert answer.status_code == 200
    finally:
        child.stop()
