"""Lists of sessions: filters, order, pages."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.simulator.client import Simulator, error_of


def _seeded(dataverse: Simulator, count: int, statuscode: int = 2) -> tuple[str, list[str]]:
    flow = str(uuid.uuid4())
    ids = dataverse.control(
        "POST",
        "sessions:seed",
        json={
            "count": count,
            "statuscode": statuscode,
            "flowId": flow,
            "callbackUrlTemplate": f"https://desk.example/{flow}/{{index}}",
        },
    ).json()["ids"]
    return flow, ids


def _page(
    dataverse: Simulator, address: str, query: dict[str, str] | None = None, size: int | None = None
) -> dict[str, Any]:
    headers = {"Prefer": f"odata.maxpagesize={size}"} if size else {}
    answer = dataverse.api("GET", address, params=query, headers=headers)
    assert answer.headers.get("Preference-Applied") == headers.get("Prefer")
    page: dict[str, Any] = answer.json()
    return page


def test_sessions_are_found_by_the_url_they_were_given(dataverse: Simulator) -> None:
    """Letter case does not matter, quotes are doubled, and the row appears at once."""
    flow = dataverse.flow()
    url = f"https://desk.example/o'brien/{flow}"
    session = dataverse.started(flow, callbackUrl=url)

    quoted = url.replace("'", "''")
    assert dataverse.listed(f"callbackurl eq '{quoted}'") == [session]
    assert dataverse.listed(f"callbackurl eq '{quoted.upper()}'") == [session]


def test_sessions_are_found_by_flow_time_and_creator(dataverse: Simulator) -> None:
    """The fall-back of a client whose answer was lost."""
    flow = dataverse.flow()
    me = dataverse.get("WhoAmI").json()["UserId"]
    session = dataverse.started(flow)
    since = dataverse.session(session)["createdon"]
    later = (datetime.fromisoformat(since) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    condition = f"_regardingobjectid_value eq {flow} and _createdby_value eq '{me}' and runmode eq 1"
    assert dataverse.listed(f"{condition} and createdon ge {since}") == [session]
    assert dataverse.listed(f"{condition} and createdon ge {later}") == []


def test_sets_of_ids_are_looked_up_with_in(dataverse: Simulator) -> None:
    """Microsoft.Dynamics.CRM.In with double or single quotes, and through parameter aliases."""
    _, ids = _seeded(dataverse, 5)
    for quote in ('"', "'"):
        values = ",".join(f"{quote}{each}{quote}" for each in ids[:3])
        condition = f"Microsoft.Dynamics.CRM.In(PropertyName='flowsessionid',PropertyValues=[{values}])"
        assert set(dataverse.listed(condition)) == set(ids[:3])

    aliased = dataverse.listed(
        "Microsoft.Dynamics.CRM.In(PropertyName=@p1,PropertyValues=@p2)",
        **{"@p1": "'flowsessionid'", "@p2": f'["{ids[4]}"]'},
    )
    assert aliased == [ids[4]]


def test_changes_are_found_by_modifiedon(dataverse: Simulator) -> None:
    """Only what was touched since, oldest change first if asked so."""
    flow, ids = _seeded(dataverse, 3)
    dataverse.advance(60)
    since = dataverse.control("GET", "clock").json()["now"][:19] + "Z"
    for each in (ids[2], ids[0]):
        dataverse.advance(2)
        dataverse.move(each, 4)

    found = dataverse.listed(
        f"_regardingobjectid_value eq {flow} and modifiedon ge {since}", **{"$orderby": "modifiedon"}
    )

    assert found == [ids[2], ids[0]]


def test_pages_follow_next_links_without_gaps_or_repeats(dataverse: Simulator) -> None:
    """In the order of the primary key when no other is asked for; the size preferred is applied."""
    flow, ids = _seeded(dataverse, 25)
    query = {"$filter": f"_regardingobjectid_value eq {flow}", "$count": "true"}
    page = _page(dataverse, "flowsessions", query, size=10)
    assert page["@odata.count"] == 25
    sizes, found = [], []
    while True:
        sizes.append(len(page["value"]))
        found += [row["flowsessionid"] for row in page["value"]]
        if "@odata.nextLink" not in page:
            break
        page = _page(dataverse, page["@odata.nextLink"], size=10)

    assert sizes == [10, 10, 5]
    assert found == sorted(ids)


def test_a_last_page_that_is_full_links_nowhere(dataverse: Simulator) -> None:
    """Twenty rows are two pages of ten, not three."""
    flow, _ = _seeded(dataverse, 20)
    first = _page(dataverse, "flowsessions", {"$filter": f"_regardingobjectid_value eq {flow}"}, size=10)
    second = _page(dataverse, first["@odata.nextLink"], size=10)

    assert len(second["value"]) == 10
    assert "@odata.nextLink" not in second


def test_a_page_never_holds_more_than_five_thousand_rows(dataverse: Simulator) -> None:
    """Without a preference, and with one for more."""
    flow, _ = _seeded(dataverse, 5001)
    query = {"$filter": f"_regardingobjectid_value eq {flow}", "$select": "flowsessionid"}

    assert len(_page(dataverse, "flowsessions", query)["value"]) == 5000
    page = _page(dataverse, "flowsessions", query, size=9000)
    assert len(page["value"]) == 5000
    assert len(_page(dataverse, page["@odata.nextLink"])["value"]) == 1


def test_top_cuts_the_list_and_leaves_no_next_link(dataverse: Simulator) -> None:
    """$top is a limit, not a page."""
    flow, ids = _seeded(dataverse, 5)

    page = _page(dataverse, "flowsessions", {"$filter": f"_regardingobjectid_value eq {flow}", "$top": "2"})

    assert [row["flowsessionid"] for row in page["value"]] == sorted(ids)[:2]
    assert "@odata.nextLink" not in page


def test_order_takes_several_columns_and_directions(dataverse: Simulator) -> None:
    """Rows without a value come first; equal rows come by primary key."""
    flow = dataverse.flow()
    waiting = [dataverse.started(flow) for _ in range(2)]
    ended = dataverse.started(flow)
    for each in waiting:
        dataverse.move(each, 3)
    dataverse.move(ended, 4)

    condition = f"_regardingobjectid_value eq {flow}"
    by_end = dataverse.listed(condition, **{"$orderby": "completedon asc,flowsessionid desc"})
    by_status = dataverse.listed(condition, **{"$orderby": "statuscode desc"})

    assert by_end == [*sorted(waiting, reverse=True), ended]
    assert by_status == [ended, *sorted(waiting)]


def test_the_order_of_guids_is_a_setting(dataverse: Simulator) -> None:
    """SQL Server compares the last group first: a client must not count on the order of the text."""
    flow, ids = _seeded(dataverse, 50)
    dataverse.settings(guidOrder="sqlserver")

    found = dataverse.listed(f"_regardingobjectid_value eq {flow}")

    assert found == sorted(ids, key=lambda guid: bytes.fromhex(guid[-12:]))


def test_guids_are_compared_in_the_order_they_are_sorted_in(dataverse: Simulator) -> None:
    """A page that begins after an id goes on where the page before ended, in either order."""
    flow, _ = _seeded(dataverse, 50)
    condition = f"_regardingobjectid_value eq {flow}"
    for order in ("text", "sqlserver"):
        dataverse.settings(guidOrder=order)
        every = dataverse.listed(condition)
        assert dataverse.listed(f"{condition} and flowsessionid gt {every[20]}") == every[21:]
        assert dataverse.listed(f"{condition} and flowsessionid le {every[20]}") == every[:21]


def test_wildcards_in_eq_are_a_setting(dataverse: Simulator) -> None:
    """A callback URL with an underscore finds itself only, unless eq honours wildcards."""
    flow = dataverse.flow()
    exact = dataverse.started(flow, callbackUrl=f"https://desk.example/{flow}/a_b")
    other = dataverse.started(flow, callbackUrl=f"https://desk.example/{flow}/axb")
    condition = f"callbackurl eq 'https://desk.example/{flow}/a_b'"

    assert dataverse.listed(condition) == [exact]
    dataverse.settings(wildcardsInEq=True)
    assert set(dataverse.listed(condition)) == {exact, other}


@pytest.mark.parametrize(
    "query",
    [
        {"$filter": "statuscode eq"},
        {"$filter": "statuscode eq 'x'"},
        {"$filter": "createdon ge 'yesterday'"},
        {"$filter": "flowsessionid eq 5"},
        {"$filter": ""},
        {"$filter": "(" * 200 + "statuscode eq 2" + ")" * 200},
        {"$orderby": "statuscode sideways"},
        {"$orderby": "nothing"},
        {"$orderby": "outputs"},
        {"$select": "statuscode,nothing"},
        {"$select": ""},
        {"$top": "many"},
        {"$expand": "flowsession_FileAttachments"},
        {"unknown": "1"},
    ],
    ids=str,
)
def test_queries_that_make_no_sense_are_refused(dataverse: Simulator, query: dict[str, str]) -> None:
    """400 with the code of a bad query, whatever is wrong."""
    assert error_of(dataverse.get("flowsessions", **query)) == (400, "0x80060888")


def test_a_url_may_be_32_kibibytes_long(dataverse: Simulator) -> None:
    """Beyond that 414."""
    fitting = "x" * 32_000

    assert dataverse.listed(f"callbackurl eq '{fitting}'") == []
    assert dataverse.get("flowsessions", **{"$filter": f"callbackurl eq '{fitting * 2}'"}).status_code == 414
