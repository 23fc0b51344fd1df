"""python imports.py FOLDER MODULE ...: what it takes to import these modules, as JSON. An app among them is indexed as well.

Seconds, from the first line on: the interpreter's own start is not counted; and the resident memory of the process, in bytes.
The folder stands last on the path.
"""

import time

began = time.perf_counter()

import importlib
import sys

sys.path.append(sys.argv[1])
for name in sys.argv[2:]:
    module = importlib.import_module(name)
    if name == "function_app":
        module.app.get_functions()
seconds = time.perf_counter() - began

import json
import os
from pathlib import Path

resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
print(json.dumps({"seconds": seconds, "resident": resident}))
