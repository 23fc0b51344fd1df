"""A cold worker that gets everything at once loads its modules whole."""

import gc
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from shared.cold_start import once

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys, threading
sys.setswitchinterval(1e-5)
import azure.functions as func
import trigger_run, status_poller, callback_handler, cancel_run, run_status, flow_catalog, health
from types import SimpleNamespace

context = SimpleNamespace(invocation_id="1")
def request(): return func.HttpRequest(method="GET", url="http://127.0.0.1/api", body=b"")
calls = [
    lambda: trigger_run.trigger_run(request(), context), lambda: callback_handler.callback_handler(request(), context),
    lambda: status_poller.status_poller(SimpleNamespace(past_due=False), context), lambda: run_status.list_runs(request(), context),
    lambda: health.health(request()), lambda: flow_catalog.list_flows(request(), context), lambda: cancel_run.cancel_run(request(), context),
]
problems = []
def run(call):
    try:
        call()
    except Exception as problem:
        problems.append(type(problem).__name__)
threads = [threading.Thread(target=run, args=(call,)) for call in calls]
for thread in threads: thread.start()
for thread in threads: thread.join()
import requests, shared.dataverse.web_api
assert requests.Session and shared.dataverse.web_api.requests is requests
print(sorted(problems))
"""


def test_everything_at_once_on_a_cold_worker() -> None:
    """Seven bindings called by seven threads: no import fails; without settings each answers so, and the timer raises it."""
    for _ in range(5):
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env={"PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )

        assert "['SettingError']" == run.stdout.strip(), run.stderr


def test_what_is_loaded_is_loaded_once() -> None:
    """Threads that ask at the same time all get what one of them has loaded."""
    loads: list[object] = []
    together = Barrier(8)

    @once
    def loaded() -> object:
        loads.append(object())
        return loads[-1]

    def asked(_: int) -> object:
        together.wait()
        return loaded()

    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(asked, range(8)))

    assert 1 == len(loads)
    assert loads * 8 == got


def test_what_failed_to_load_is_tried_again() -> None:
    """An import that fails is raised to whoever asked, and leaves the collector on."""
    failures = [ImportError("not now")]

    @once
    def loaded() -> str:
        if failures:
            raise failures.pop()
        return "loaded"

    with pytest.raises(ImportError, match="not now"):
        loaded()
    assert gc.isenabled()
    assert "loaded" == loaded()


def test_the_collector_leaves_what_is_loaded_alone() -> None:
    """It is off while modules are loaded, on afterwards, and never looks through them."""
    seen: list[bool] = []

    @once
    def loaded() -> list[object]:
        seen.append(gc.isenabled())
        return [object()]

    gc.unfreeze()
    kept = loaded()

    assert [False] == seen
    assert gc.isenabled()
    assert not any(each is kept for each in gc.get_objects())
