"""What is asked of a host in the cases about single small requests, and of the plain application beside it."""

import json
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from benchmarks.crowd import Ask
from shared.callbacks import callback_url
from shared.run.ids import newest_first, shard_of
from shared.run.model import Run
from shared.signatures import Signatures

_NOBODYS = "0" * 64


def callbacks(runs: Iterable[Run], signatures: Signatures) -> Iterator[Ask]:
    """As Dataverse sends them."""
    for run in runs:
        yield _sent(urlsplit(callback_url(signatures, run) or "").path, run)


def forged(runs: Iterable[Run], signatures: Signatures) -> Iterator[Ask]:
    """The same, with a signature that only looks like one."""
    for run in runs:
        path, _, version = urlsplit(callback_url(signatures, run) or "").path.rpartition("/")
        yield _sent(f"{path}/{version.partition('-')[0]}-{_NOBODYS}", run)


def empty(runs: Iterable[Run]) -> Iterator[Ask]:
    """To the function that just answers: as large as a forged callback."""
    for run in runs:
        yield _sent(f"/api/empty/{run.id}/1-{_NOBODYS}", run)


def posted(runs: Iterable[Run]) -> Iterator[Ask]:
    """To the function that reads the run's row: as large as a callback."""
    for run in runs:
        yield _sent(f"/api/posted/{_place(run)}", run)


def reads(runs: Iterable[Run], key: str) -> Iterator[Ask]:
    for run in runs:
        yield Ask("GET", f"/api/runs/{run.id}", {"x-functions-key": key})


def bare_reads(runs: Iterable[Run], key: str) -> Iterator[Ask]:
    for run in runs:
        yield Ask("GET", f"/api/read/{_place(run)}", {"x-functions-key": key})


def start(flow_id: str, connection: str, key: str) -> Ask:
    body = {"connectionName": connection, "runMode": "unattended"}
    headers = {"x-functions-key": key, "Content-Type": "application/json"}
    return Ask("POST", f"/api/flows/{flow_id}/runs", headers, json.dumps(body))


def _place(run: Run) -> str:
    """Of its row. No character of it has to be escaped, which the host would have to undo."""
    time, _, run_id = newest_first(run.id).partition("|")
    return f"{shard_of(run.id)}/{time}/{run_id}"


def _sent(path: str, run: Run) -> Ask:
    """With the headers and the body of the documentation."""
    body = {
        "statuscode": 4,
        "statecode": 0,
        "startedon": f"{run.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "completedon": f"{run.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "flowsessionid": run.session_id,
    }
    headers = {
        "User-Agent": "EnterpriseConnectors/1.0",
        "Content-Type": "application/json; charset=utf-8",
        "x-ms-workflow-id": run.flow_id,
        "x-ms-run-id": run.session_id or "",
    }
    return Ask("POST", path, headers, json.dumps(body))
