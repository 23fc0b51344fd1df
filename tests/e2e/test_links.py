"""Links: absolute, made when they are given, and from nothing that anybody may send."""

import pytest

from tests.e2e.client import Client, Json, body_of
from tests.e2e.dataverse import Dataverse
from tests.e2e.deployments import ENVIRONMENT_ID

OURS = ("self", "result", "outputs", "cancel")
FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Original-Host": "evil.example",
    "Forwarded": "host=evil.example;proto=https",
}


def links(client: Client, run: Json, **headers: str) -> dict[str, str]:
    """The links of a run, asked for with these headers."""
    answer = client.send("GET", f"/runs/{run['runId']}", headers=headers)
    given: dict[str, str] = body_of(answer, 200)["links"]
    return given


def test_each_link_leads_where_it_says(client: Client, dataverse: Dataverse) -> None:
    """Followed as they stand: the run, its result, its outputs, and a cancel that comes too late."""
    run = client.wait(client.started(dataverse.flow(outputValues={"Total": 1})))

    given = run["links"]

    assert body_of(client.get(given["self"]), 200) == run
    assert body_of(client.get(given["result"], keyed=False), 200) == {"run": run, "outputs": {"Total": 1}}
    assert body_of(client.get(given["outputs"]), 200) == {"Total": 1}
    assert body_of(client.send("POST", given["cancel"]), 200) == run


def test_with_a_public_base_the_host_that_was_asked_does_not_matter(
    client: Client, dataverse: Dataverse
) -> None:
    """PUBLIC_BASE_URL alone is what links begin with."""
    run = client.started(dataverse.endless_flow())

    assert links(client, run, Host="localhost", **FORWARDED) == run["links"]


@pytest.mark.parametrize("headers", [{}, FORWARDED])
def test_without_one_links_begin_with_the_host_that_was_asked(
    impatient: Client, dataverse: Dataverse, headers: dict[str, str]
) -> None:
    """The request's own host and nothing else; two callers who use two names each get their own."""
    run = impatient.started(dataverse.endless_flow())

    asked = links(impatient, run, **headers)
    by_name = links(impatient, run, Host="deskhand.test:8080", **headers)

    assert all(asked[name].startswith(f"{impatient.base}/") for name in OURS)
    assert all(by_name[name].startswith("http://deskhand.test:8080/api/") for name in OURS)


def test_a_link_into_the_portal_needs_the_environment_s_id(
    client: Client, impatient: Client, dataverse: Dataverse
) -> None:
    """With the setting a started run links to its session in Power Automate, without it the link is null."""
    flow = dataverse.endless_flow()
    run = impatient.started(flow)

    portal = f"https://make.powerautomate.com/manage/environments/{ENVIRONMENT_ID}"
    assert run["links"]["portal"] == f"{portal}/uiflows/{flow}/runs/{run['sessionId']}"
    assert client.started(flow)["links"]["portal"] is None


def test_nothing_to_show_in_the_portal_before_there_is_a_session(
    impatient: Client, dataverse: Dataverse
) -> None:
    """A start whose answer was lost has no link yet."""
    dataverse.fault("RunDesktopFlow", "drop-connection", times=1)

    assert impatient.started(dataverse.flow())["links"]["portal"] is None
