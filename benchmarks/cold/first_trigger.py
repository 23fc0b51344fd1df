"""python first_trigger.py FOLDER FLOW [MODULE ...]: how long a start takes in a fresh process, in seconds, step by step, as JSON.

The app of this folder is imported and indexed, and the function that it has registered as trigger_run is called, as the worker
library does it. Modules that are named are imported before that, each as a step of its own. The interpreter's own start is not counted.
"""

import time

began = time.perf_counter()

import importlib
import json
import secrets
import sys
from itertools import pairwise
from types import SimpleNamespace

ends = [("", began)]


def done(step: str) -> None:
    ends.append((step, time.perf_counter()))


folder, flow, *modules = sys.argv[1:]
sys.path.append(folder)

import azure.functions as func

done("azure.functions")
registered = {
    each.get_function_name(): each for each in importlib.import_module("function_app").app.get_functions()
}
done("function_app")

if modules:
    once = importlib.import_module("shared.cold_start").once
    for name in modules:
        once(lambda name=name: importlib.import_module(name))()
        done(name)

request = func.HttpRequest(
    method="POST",
    url=f"http://127.0.0.1/api/flows/{flow}/runs",
    headers={"Content-Type": "application/json"},
    route_params={"flowId": flow},
    body=json.dumps(
        {"connectionName": secrets.token_hex(8), "runMode": "unattended", "inputs": {"InvoiceNumber": "4711"}}
    ).encode(),
)
answer = registered["trigger_run"].get_user_function()(request, SimpleNamespace(invocation_id="1"))
done("trigger_run")
assert json.loads(answer.get_body())["sessionId"], answer.get_body()
print(json.dumps({step: end - begin for (_, begin), (step, end) in pairwise(ends)}))
