"""python bare_worker.py SIMULATOR TIMES: the resident memory of a process in which as many threads as a worker has used the libraries bare.

So many times a transaction of five rows is written to Table Storage, changed, and Dataverse asked something. In bytes, as JSON.
"""

import json
import os
import secrets
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import azure.functions
import azure.identity
import requests
from azure.data.tables import TableClient

_ROWS = 5
_IDLE_SECONDS = 1.0

simulator, times = sys.argv[1:]
table = TableClient.from_connection_string(os.environ["TABLES_CONNECTION_STRING"], os.environ["RUNS_TABLE"])
table.create_table()
here = threading.local()


def used(_: int) -> None:
    partition, text = secrets.token_hex(8), "x" * 800
    rows = [{"PartitionKey": partition, "RowKey": str(number), "run": text} for number in range(_ROWS)]
    table.submit_transaction([("create", row) for row in rows])
    if not hasattr(here, "session"):
        here.session = requests.Session()
    here.session.get(f"{simulator}/clock", timeout=30).raise_for_status()
    table.submit_transaction([("upsert", row) for row in rows])
    table.get_entity(partition, "0")


with ThreadPoolExecutor(int(os.environ["PYTHON_THREADPOOL_THREAD_COUNT"])) as threads:
    list(threads.map(used, range(int(times))))
    time.sleep(_IDLE_SECONDS)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    print(json.dumps({"resident": pages * os.sysconf("SC_PAGE_SIZE")}), flush=True)
    os._exit(0)
