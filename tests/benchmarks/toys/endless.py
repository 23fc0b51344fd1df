"""A case that starts a process of its own and measures until it is stopped."""

import sys
import time

from benchmarks.case import Bench, Case, Result
from local import environment, processes
from local.processes import Child

_SLEEP = "import time; print('ready', flush=True); time.sleep(600)"


def run(bench: Bench) -> Result:
    child = Child("sleeper", [sys.executable, "-c", _SLEEP], environment.for_child(), bench.log)
    try:
        child.first_line()
        bench.say(f"child {child.pid}")
        while True:
            time.sleep(1)
    finally:
        processes.stop([child], seconds=2)


CASE = Case("endless", "It does not end", run)
