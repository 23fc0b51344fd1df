"""python warm_worker.py FOLDER FLOW RUNS: the resident memory of a worker that has done all its work and is idle.

The app of this folder is imported and indexed, and the functions that it has registered are called, by as many threads as a worker
has: so many runs are started, read, ended by their callbacks and read again; then both timers fire, and lists are read. As JSON: bytes, and how many runs have ended.
"""

import importlib
import json
import os
import secrets
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_CONNECTIONS = 8
_IDLE_SECONDS = 1.0
_KEPT_FREE = 2
"""Threads of a worker that starts leave to others: one more start would have to wait for its turn."""

folder, flow, runs = sys.argv[1:]
sys.path.append(folder)

import azure.functions as func

app = importlib.import_module("function_app").app
functions = {each.get_function_name(): each.get_user_function() for each in app.get_functions()}
batch = secrets.token_hex(4)


def call(function: str, body: object = None, params: dict[str, str] | None = None, **route: str) -> Any:
    request = func.HttpRequest(
        method="GET" if body is None else "POST",
        url="http://127.0.0.1/api",
        headers={"Content-Type": "application/json"},
        params=params or {},
        route_params=route,
        body=b"" if body is None else json.dumps(body).encode(),
    )
    return json.loads(functions[function](request, SimpleNamespace(invocation_id="1")).get_body() or b"null")


def lived(number: int) -> None:
    order = {"runMode": "unattended", "inputs": {"InvoiceNumber": "4711"}}
    order["connectionName"] = f"{batch}-{number % _CONNECTIONS}"
    run = call("trigger_run", order, flowId=flow).get("runId")
    if run is None:  # refused: the machine was too busy to send it in time
        return
    call("get_run", runId=run)
    call("callback_handler", {}, runId=run, signature=signature(run))
    call("get_run_result", runId=run)


def signature(run: str) -> Any:
    """As it stands in the callback URL that Dataverse was given."""
    purpose = importlib.import_module("shared.signatures").Purpose.CALLBACK
    return importlib.import_module("shared.wiring").deskhand().signatures.sign(purpose, run)


def fired(timer: str) -> None:
    functions[timer](SimpleNamespace(past_due=False))


with ThreadPoolExecutor(int(os.environ["PYTHON_THREADPOOL_THREAD_COUNT"]) - _KEPT_FREE) as threads:
    threads.submit(lived, 0).result()
    list(threads.map(lived, range(1, int(runs))))
    for timer in ("status_poller", "start_waiting") * 2:
        threads.submit(fired, timer).result()
    for reading in ("list_runs", "list_flows", "list_connection_references", "health"):
        threads.submit(call, reading).result()
    time.sleep(_IDLE_SECONDS)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    ended = len(call("list_runs", params={"status": "Succeeded", "maxPageSize": "1000"})["value"])
    print(json.dumps({"resident": pages * os.sysconf("SC_PAGE_SIZE"), "ended": ended}), flush=True)
    os._exit(0)
