"""Health: each dependency by name, cheap, and without secrets."""

from functools import partial
from http import HTTPStatus
from typing import Any

from local.stack import Stack
from tests.e2e.client import Client, Json, eventually
from tests.e2e.dataverse import Dataverse

DEPENDENCIES = {"settings", "storage", "dataverse", "clock", "permissions", "callbacks"}


def health(client: Client) -> tuple[int, Json]:
    answer = client.get("/health", keyed=False)
    return answer.status_code, answer.json()


def is_healthy(client: Client) -> bool:
    return health(client)[0] == HTTPStatus.OK


def test_health_is_anonymous_and_names_each_dependency(impatient: Client) -> None:
    """200, one entry each, not to be cached."""
    eventually(lambda: is_healthy(impatient))

    answer = impatient.get("/health", keyed=False)

    assert answer.json()["status"] == "healthy"
    dependencies = answer.json()["dependencies"]
    assert dependencies.keys() == DEPENDENCIES
    assert {each["status"] for each in dependencies.values()} == {"healthy"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_health_tells_no_secret(client: Client, stack: Stack) -> None:
    """Neither keys nor connection strings nor the signing key."""
    text = client.get("/health", keyed=False).text

    secrets = [
        stack.key,
        stack.master_key,
        stack.settings["IDENTITY_HEADER"],
        stack.settings["SIGNING_KEYS"][2:],
    ]
    assert not [secret for secret in secrets if secret in text]
    assert "AccountKey" not in text


def test_health_asks_dataverse_rarely(client: Client, dataverse: Dataverse) -> None:
    """Real work was answered a moment ago: however often health is asked, nothing is probed."""
    client.get(f"/flows/{dataverse.flow()}")
    before = dataverse.asked("WhoAmI", "WhoAmI")

    for _ in range(10):
        health(client)

    assert dataverse.asked("WhoAmI", "WhoAmI") == before


def test_a_dataverse_that_does_not_serve_us_turns_health_red(impatient: Client, dataverse: Dataverse) -> None:
    """503 with a sentence that says what is wrong, and what was wrong last; green again by itself."""
    for word, rule in AILMENTS.items():
        dataverse.heal()
        dataverse.fault("*", **rule)

        red = eventually(partial(named, impatient, word))

        assert red["status"] == "unhealthy"
        assert red["lastSuccessAt"].endswith("Z")
    dataverse.heal()
    eventually(lambda: is_healthy(impatient))


AILMENTS: dict[str, dict[str, Any]] = {
    "error": {"do": "status", "status": 500},
    "identity": {"do": "status", "status": 401},
    "application user": {"do": "status", "status": 403, "code": "0x80072560"},
    "connection": {"do": "drop-connection"},
}


def named(client: Client, word: str) -> Json:
    """The entry for Dataverse, if health is 503 and the entry's sentence holds the word."""
    status, told = health(client)
    entry: Json = told["dependencies"]["dataverse"]
    return entry if status == HTTPStatus.SERVICE_UNAVAILABLE and word in entry.get("message", "") else {}


def test_what_real_work_meets_shows_at_once(client: Client, dataverse: Dataverse) -> None:
    """A request fails and health is red; one succeeds and it is green, without waiting for the next probe."""
    dataverse.refuse("*", 500)
    client.get(f"/flows/{dataverse.flow()}")
    red = health(client)[1]["dependencies"]["dataverse"]
    dataverse.heal()
    client.get(f"/flows/{dataverse.flow()}")

    assert red["status"] == "unhealthy"
    assert health(client)[1]["dependencies"]["dataverse"]["status"] == "healthy"


def test_a_refused_request_is_no_sign_of_illness(client: Client, dataverse: Dataverse) -> None:
    """A caller's mistake, a missing flow, a throttled start: Dataverse serves us all the same."""
    client.get(f"/flows/{dataverse.flow()}")
    dataverse.refuse("RunDesktopFlow", 400, "0x80040265")

    client.start(dataverse.flow())

    assert health(client)[1]["dependencies"]["dataverse"]["status"] == "healthy"
