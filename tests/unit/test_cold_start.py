"""A cold worker that gets everything at once loads its modules whole."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys, threading
sys.setswitchinterval(1e-5)
import azure.functions as func
import trigger_run, status_poller, callback_handler, cancel_run, run_status, flow_catalog, health
from types import SimpleNamespace

def request(): return func.HttpRequest(method="GET", url="http://127.0.0.1/api", body=b"")
calls = [
    lambda: trigger_run.trigger_run(request()), lambda: callback_handler.callback_handler(request()),
    lambda: status_poller.status_poller(SimpleNamespace(past_due=False)), lambda: run_status.list_runs(request()),
    lambda: health.health(request()), lambda: flow_catalog.list_flows(request()), lambda: cancel_run.cancel_run(request()),
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
