"""What the functions host logs while a run goes its way, and what stands in the table: no secret, no payload."""

import re
import secrets
from collections.abc import Iterator

import pytest

from local import functions, places, processes
from local.stack import Stack
from shared.clock import SYSTEM_CLOCK
from shared.settings import load
from shared.storage.azure_table import open_table
from shared.storage.clock import StorageClock
from tests.e2e.client import Client
from tests.e2e.dataverse import Dataverse
from tests.support.silence import MAY_STAND, Place, Secret, rows, seen

WORD = {secret: f"w{secrets.token_hex(8)}" for secret in Secret}
INPUTS = {WORD[Secret.INPUT_NAME]: WORD[Secret.INPUT]}
NOISE = WORD[Secret.NOISE]


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def settings(stack: Stack) -> dict[str, str]:
    """A deployment of its own: table, port and signing key."""
    return {
        **stack.settings,
        "RUNS_TABLE": "silent",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{processes.free_port()}",
    }


@pytest.fixture
def client(settings: dict[str, str], log: list[str]) -> Iterator[Client]:
    port = int(settings["PUBLIC_BASE_URL"].rpartition(":")[2])
    with (
        functions.running(places.CHECKOUT, settings, log.append, port) as host,
        Client(host.base, host.key, host.master_key) as client,
    ):
        yield client


def test_the_host_logs_no_secret_and_no_payload(
    client: Client, dataverse: Dataverse, settings: dict[str, str], log: list[str]
) -> None:
    """Starts, forged and genuine callbacks, refusals, lost answers, reads, cancels: then the log and the rows are searched."""
    shape = {"inputs": dict.fromkeys(INPUTS, "string"), "outputs": {WORD[Secret.OUTPUT_NAME]: "string"}}
    outcome = {"outputValues": {WORD[Secret.OUTPUT_NAME]: WORD[Secret.OUTPUT]}}
    dataverse.fault("Callback", "forge", times=1)
    dataverse.fault("RetrieveSession", "status", status=500, times=1)
    flow = dataverse.flow(**shape, **outcome)
    run = client.started(flow, inputs=INPUTS, key=WORD[Secret.IDEMPOTENCY_KEY])
    client.wait(run)
    callback = dataverse.session(flow)["callbackurl"]
    for path in (run["links"]["result"], f"{run['links']['outputs']}?code={client.key}"):
        assert WORD[Secret.OUTPUT] in client.get(path).text
    client.start(flow, inputs=INPUTS | {"Other": NOISE}, key=WORD[Secret.IDEMPOTENCY_KEY])
    client.start(flow, inputs={f"{WORD[Secret.INPUT_NAME]}s": NOISE})
    client.send("POST", f"/flows/{flow}/runs", data=f'{{"{NOISE}": {NOISE}'.encode())
    client.send("POST", callback, keyed=False, data=NOISE.encode())
    client.send("POST", f"{callback[:-1]}x", keyed=False, json={NOISE: NOISE})
    client.get("/runs", keyed=False, headers={"x-functions-key": NOISE})
    for code in ("0x80040265", f"no code: {WORD[Secret.DATAVERSE_TEXT]}"):
        dataverse.refuse("RunDesktopFlow", 400, code, times=1)
        client.start(flow, inputs=INPUTS)
    dataverse.fault("RunDesktopFlow", "lose-response", times=1)
    lost = client.started(dataverse.endless_flow(**shape), inputs=INPUTS)
    client.wait_for(lost, lambda shown: shown["sessionId"])
    dataverse.refuse("CancelDesktopFlowRun", 403, times=1)
    client.cancel(lost)
    client.get("/health", keyed=False)
    table = open_table(load(settings), StorageClock(SYSTEM_CLOCK))
    account_key = re.search("AccountKey=([^;]+)", settings["TABLES_CONNECTION_STRING"])
    assert account_key is not None
    words = WORD | {
        Secret.FUNCTION_KEY: client.key,
        Secret.SIGNING_KEY: settings["SIGNING_KEYS"].partition(":")[2],
        Secret.IDENTITY_HEADER: settings["IDENTITY_HEADER"],
        Secret.ACCOUNT_KEY: account_key[1],
        Secret.CALLBACK_SIGNATURE: callback.rpartition("/")[2],
        Secret.RESULT_SIGNATURE: run["links"]["result"].partition("sig=")[2],
    }

    found = seen(words, {Place.LOG: log, Place.ROW: rows(table)})

    assert not {
        secret: places for secret, places in found.items() if not places <= MAY_STAND.get(secret, set())
    }
    assert [line for line in log if "deskhand.callback" in line]
