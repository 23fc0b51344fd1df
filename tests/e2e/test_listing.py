"""The list of runs: newest first, filtered, a page at a time."""

from datetime import datetime, timedelta, timezone
from itertools import chain
from uuid import uuid4

import pytest

from tests.e2e.client import Client, Json, body_of, refusal
from tests.e2e.dataverse import Dataverse

STATUSES = ["NotStarted", "Running", "Canceling", "Succeeded", "Failed", "Canceled"]
SIX = 6


@pytest.fixture
def runs(client: Client, dataverse: Dataverse) -> list[Json]:
    """Six ended runs of one flow, oldest first."""
    dataverse.switch(connectionRateLimit=None)
    flow = dataverse.flow(runSeconds=0)
    started = [client.started(flow, clientReference=f"number {index % 2}") for index in range(SIX)]
    return [client.wait(run) for run in started]


def only(status: str, run: Json) -> dict[str, list[str]]:
    """What the lists by status show where there is one run."""
    return {each: [run["runId"]] if each == status else [] for each in STATUSES}


def ids(runs: list[Json]) -> list[str]:
    return [run["runId"] for run in runs]


def newest_first(runs: list[Json]) -> list[Json]:
    """By time of creation, then by id: two may have begun in one millisecond."""
    return sorted(runs, key=lambda run: (-datetime.fromisoformat(run["createdAt"]).timestamp(), run["runId"]))


def test_the_list_is_newest_first(client: Client, runs: list[Json]) -> None:
    """All runs of a flow, each as it would be read by itself."""
    assert client.listed(flowId=runs[0]["flowId"]) == newest_first(runs)


def test_the_newest_run_of_all_comes_first(client: Client, runs: list[Json]) -> None:
    """Without a filter too."""
    answer = body_of(client.get("/runs", {"maxPageSize": str(SIX)}), 200)

    assert ids(answer["value"]) == ids(newest_first(runs))


@pytest.mark.parametrize("size", [1, 2, 4, 6, 1000])
def test_pages_follow_each_other_to_the_end(client: Client, runs: list[Json], size: int) -> None:
    """Every run once, in order; the last page has no nextLink, and nextLink holds no key."""
    pages, link = [], f"{client.base}/runs?flowId={runs[0]['flowId']}&maxPageSize={size}"
    while link:
        page = body_of(client.get(link), 200)
        pages.append(page["value"])
        link = page.get("nextLink", "")
        assert client.key not in link

    assert ids(list(chain(*pages))) == ids(newest_first(runs))
    assert [len(page) for page in pages[:-1]] == [size] * (len(pages) - 1)
    assert len(pages) == -(-SIX // size)


def test_runs_that_begin_meanwhile_do_not_disturb_the_pages(
    client: Client, dataverse: Dataverse, runs: list[Json]
) -> None:
    """A nextLink is a place in the list, not a count."""
    first = body_of(client.get("/runs", {"flowId": runs[0]["flowId"], "maxPageSize": "4"}), 200)
    client.wait(client.started(runs[0]["flowId"]))

    second = body_of(client.get(first["nextLink"]), 200)

    assert ids(first["value"] + second["value"]) == ids(newest_first(runs))


@pytest.mark.parametrize(
    "filters", [{"clientReference": "number 1"}, {"status": "Succeeded", "clientReference": "number 1"}]
)
def test_filters_are_joined(client: Client, runs: list[Json], filters: dict[str, str]) -> None:
    """What passes all of them, and nothing else."""
    listed = client.listed(flowId=runs[0]["flowId"], **filters)

    assert ids(listed) == ids(newest_first(runs[1::2]))


def test_a_run_is_listed_under_the_status_that_it_has(client: Client, dataverse: Dataverse) -> None:
    """It moves from one to the next, and is never under two."""
    flow = dataverse.endless_flow()
    run = client.wait(client.started(flow), "Running")
    while_running = {status: ids(client.listed(flowId=flow, status=status)) for status in STATUSES}

    dataverse.move(dataverse.session(flow), 8)
    client.wait(run)

    afterwards = {status: ids(client.listed(flowId=flow, status=status)) for status in STATUSES}
    assert while_running == only("Running", run)
    assert afterwards == only("Failed", run)


def test_times_bound_the_list(client: Client, runs: list[Json]) -> None:
    """The one that begins is inside, the one that ends is outside, to the millisecond."""
    flow, times = runs[0]["flowId"], [run["createdAt"] for run in runs]

    listed = client.listed(flowId=flow, createdAfter=times[1], createdBefore=times[4])

    assert ids(listed) == ids(newest_first([run for run in runs if times[1] <= run["createdAt"] < times[4]]))


@pytest.mark.parametrize("offset", [timedelta(0), timedelta(hours=5, minutes=30), timedelta(hours=-8)])
def test_times_may_be_given_with_any_offset(client: Client, runs: list[Json], offset: timedelta) -> None:
    """They mean a moment, however it is written."""
    moment = datetime.fromisoformat(runs[3]["createdAt"]).astimezone(timezone(offset)).isoformat()

    listed = client.listed(flowId=runs[0]["flowId"], createdAfter=moment)

    assert ids(listed) == ids(newest_first([run for run in runs if run["createdAt"] >= runs[3]["createdAt"]]))


@pytest.mark.parametrize(
    "reference", ["a|b", "50%", "\u00fc\u20ac\U0001f600", "a/b\\c#d?e", "'; drop", " edge ", "x" * 128]
)
def test_a_client_reference_is_found_as_it_was_given(
    client: Client, dataverse: Dataverse, reference: str
) -> None:
    """Any characters, exactly: no other reference is found by it."""
    unique = f"{uuid4()}"[:8]
    whole = (reference + unique)[-128:]
    flow = dataverse.flow()
    run = client.started(flow, clientReference=whole)
    client.started(flow, clientReference=whole[:-1])

    assert run["clientReference"] == whole
    assert ids(client.listed(clientReference=whole)) == [run["runId"]]


def test_a_flow_id_filters_in_any_letter_case(client: Client, runs: list[Json]) -> None:
    """As ids are taken everywhere."""
    assert len(client.listed(flowId=runs[0]["flowId"].upper())) == SIX


def test_a_list_of_nothing_is_empty(client: Client) -> None:
    """200 with an empty value and no nextLink."""
    assert body_of(client.get("/runs", {"flowId": str(uuid4())}), 200) == {"value": []}


def test_a_page_holds_fifty_unless_told_otherwise(client: Client, dataverse: Dataverse) -> None:
    """The fifty-first run is on the next page."""
    dataverse.switch(connectionRateLimit=None)
    flow = dataverse.flow(runSeconds=0)
    for _ in range(51):
        client.started(flow)

    page = body_of(client.get("/runs", {"flowId": flow}), 200)

    assert len(page["value"]) == 50
    assert len(body_of(client.get(page["nextLink"]), 200)["value"]) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("maxPageSize", "0"),
        ("maxPageSize", "1001"),
        ("maxPageSize", "-1"),
        ("maxPageSize", "ten"),
        ("maxPageSize", "1.5"),
        ("maxPageSize", "\u0663"),
        ("status", "succeeded"),
        ("status", "Done"),
        ("status", "Failed,Running"),
        ("flowId", "no guid"),
        ("clientReference", "x" * 129),
        ("createdAfter", "yesterday"),
        ("createdAfter", "2026-11-23"),
        ("createdAfter", "2026-11-23T10:00:00"),
        ("createdBefore", "2026-13-23T10:00:00Z"),
        ("createdBefore", "0001-01-01T00:00:00+14:00"),
        ("continuationToken", "made up"),
        ("continuationToken", "bWFkZSB1cA"),
        ("Status", "Failed"),
        ("$filter", "true"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(client: Client, name: str, value: str) -> None:
    """400 InvalidParameter with the parameter as target: no filter is silently left out."""
    refused = refusal(client.get("/runs", {name: value}))

    assert (refused.said, refused.target) == ((400, "InvalidParameter"), name)


def test_a_parameter_given_twice_is_refused(client: Client) -> None:
    """Which of the two was meant cannot be known."""
    assert refusal(client.get("/runs?status=Failed&status=Running")).said == (400, "InvalidParameter")


@pytest.mark.parametrize("past", ["1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
@pytest.mark.parametrize("future", ["9999-12-31T23:59:59Z", "2500-01-01T00:00:00.1234567Z"])
def test_bounds_may_lie_far_away(client: Client, runs: list[Json], past: str, future: str) -> None:
    """Everything lies between them, nothing before the one or after the other."""
    flow = runs[0]["flowId"]

    assert len(client.listed(flowId=flow, createdAfter=past, createdBefore=future)) == SIX
    assert client.listed(flowId=flow, createdAfter=future) == []
    assert client.listed(flowId=flow, createdBefore=past) == []
