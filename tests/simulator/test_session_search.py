"""Indexes give what a look at every session gives."""

import asyncio
import itertools
import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.dataverse.odata.guids import guid_as_text
from local.dataverse.odata.matching import predicate
from local.dataverse.odata.options import ListOptions, list_options
from local.dataverse.odata.paging import page, page_of_ordered
from local.dataverse.odata.parser import parse_filter
from local.dataverse.outcome import Outcome
from local.dataverse.seeding import Seed, seed
from local.dataverse.session import Session
from local.dataverse.settings import Settings
from local.dataverse.status import Statuscode
from local.dataverse.webapi.session_search import _smallest, in_order, search
from local.dataverse.webapi.session_table import FLOWSESSION
from local.dataverse.world import World

FLOWS = ["11111111-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"]


async def _made() -> World:
    """Sessions of two flows, made and moved at different times."""
    world = World()
    dice = random.Random(7)
    for round_ in range(6):
        template = f"https://desk.example/{round_}/{{index}}"
        flow = FLOWS[round_ % 2]
        seed(
            world.life,
            world.clock,
            Seed(count=5, statuscode=round_, flow_id=flow, callback_url_template=template),
        )
        world.clock.advance(timedelta(seconds=60))
        for session in dice.sample(list(world.sessions), 3):
            world.life.move(session, Outcome(Statuscode(dice.randrange(15))))
    for session in dice.sample(list(world.sessions), 4):
        world.life.purge(session)
    return world


@pytest.fixture(scope="module")
def world() -> World:
    return asyncio.run(_made())


def _conditions(world: World) -> list[str]:
    sessions = list(world.sessions)
    moments = sorted(
        {session.modifiedon for session in sessions} | {session.createdon for session in sessions}
    )
    times = [moment.isoformat().replace("+00:00", "Z") for moment in moments]
    ids = [session.id for session in sessions]
    return [
        *(f"{column} {way} {time}" for column in ("createdon", "modifiedon") for way in ("ge", "gt", "lt") for time in times),
        *(f"_regardingobjectid_value eq {flow}" for flow in FLOWS),
        "statuscode lt 4",
        "statuscode eq null",
        "statuscode ne 2",
        "Microsoft.Dynamics.CRM.In(PropertyName='statuscode',PropertyValues=['2','4'])",
        f"flowsessionid eq {ids[3]}",
        f"Microsoft.Dynamics.CRM.In(PropertyName='flowsessionid',PropertyValues=['{ids[0]}','{ids[9]}','{ids[0]}'])",
        "callbackurl eq 'HTTPS://desk.example/1/2'",
        "callbackurl eq null",
        "contains(callbackurl,'/3')",
        "runmode eq 2",
    ]  # fmt: skip


def _filters(conditions: list[str]) -> st.SearchStrategy[str]:
    one = st.sampled_from(conditions)
    return st.recursive(
        one,
        lambda inner: (
            st.builds("({}) {} ({})".format, inner, st.sampled_from(["and", "or"]), inner)
            | st.builds("not ({})".format, inner)
        ),
        max_leaves=5,
    )


def _found_and_meant(world: World, text: str) -> tuple[list[str], list[str]]:
    expression = parse_filter(text, FLOWSESSION)
    matches = predicate(expression)
    found = [session.id for session in search(world.sessions, expression, Settings())]
    return sorted(found), sorted(session.id for session in world.sessions if matches(session))


def test_search_finds_what_any_two_conditions_hold_for(world: World) -> None:
    """Every pair that an index may be chosen by."""
    conditions = _conditions(world)
    for first, second in itertools.product(conditions, conditions):
        found, meant = _found_and_meant(world, f"{first} and {second}")
        assert found == meant, (first, second)


@given(data=st.data())
def test_search_finds_what_the_filter_holds_for(world: World, data: st.DataObject) -> None:
    """Whatever conditions are combined, in whatever way; and nothing twice."""
    text = data.draw(_filters(_conditions(world)))

    found, meant = _found_and_meant(world, text)

    assert found == meant


@pytest.mark.parametrize(
    ("condition", "most"),
    [
        ("callbackurl eq 'https://desk.example/5/2' and statuscode lt 99", 1),
        ("flowsessionid eq {newest} or flowsessionid eq {newest}", None),
        ("flowsessionid eq {newest} and runmode eq 2", 1),
        (f"_regardingobjectid_value eq {FLOWS[1]} and createdon ge {{since}}", 5),
        ("modifiedon ge {since} and runmode eq 2", 11),
        ("statuscode eq 3 and createdon ge 2000-01-01T00:00:00Z", 8),
    ],
)
def test_indexes_leave_few_sessions_to_look_at(world: World, condition: str, most: int | None) -> None:
    """What a client polls for costs no more than it finds; an `or` alone is not looked up."""
    newest = list(world.sessions)[-1]
    since = newest.createdon.isoformat().replace("+00:00", "Z")
    text = condition.format(newest=newest.id, since=since)

    candidates = _smallest(world.sessions, parse_filter(text, FLOWSESSION), Settings())
    looked_at = list(candidates.sessions)

    assert len(looked_at) == candidates.size
    assert len(looked_at) <= (len(world.sessions) if most is None else most)
    assert (len(looked_at) == len(world.sessions)) is (most is None)


def _asked(text: str, order: str, size: int, **more: str) -> ListOptions[Session]:
    query = {"$filter": text} | ({"$orderby": order} if order else {}) | more
    return list_options(query, f"odata.maxpagesize={size}", FLOWSESSION)


ORDERS = [
    "",
    "flowsessionid",
    "createdon",
    "createdon,flowsessionid",
    "createdon desc",
    "modifiedon asc,flowsessionid",
    "modifiedon desc,flowsessionid",
]


@given(data=st.data())
def test_a_walk_in_order_gives_the_page_that_sorting_gives(world: World, data: st.DataObject) -> None:
    """Whatever is asked for, from any place on: the same rows, and a next page where there is one."""
    options = _asked(
        data.draw(_filters(_conditions(world))),
        data.draw(st.sampled_from(ORDERS)),
        data.draw(st.integers(1, 3)),
        **{"$skiptoken": str(data.draw(st.integers(0, 4)))},
        **({"$top": str(data.draw(st.integers(0, 6)))} if data.draw(st.booleans()) else {}),
    )

    walked = in_order(world.sessions, options, Settings())

    if walked is not None:
        sorted_ = page(search(world.sessions, options.filter, Settings()), FLOWSESSION, options, guid_as_text)
        cut = page_of_ordered(walked, options)
        assert (cut.rows, cut.next_position) == (sorted_.rows, sorted_.next_position)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("text", ["statuscode ne 99", "statuscode ne 99 and {past}"])
def test_a_small_page_of_many_is_walked_to(world: World, order: str, text: str) -> None:
    """Not sorted: a client that pages through all sessions pays for each page what the page holds."""
    first = min(session.createdon for session in world.sessions).isoformat().replace("+00:00", "Z")
    past = f"(createdon gt {first} or (createdon eq {first} and flowsessionid gt {FLOWS[0]}))"

    walked = in_order(world.sessions, _asked(text.format(past=past), order, 2), Settings())

    assert walked is not None


@pytest.mark.parametrize(
    ("order", "more"),
    [
        ("createdon,flowsessionid desc", {}),
        ("flowsessionid,createdon", {}),
        ("createdon,modifiedon", {}),
        ("statuscode", {}),
        ("createdon", {"$count": "true"}),
    ],
)
def test_what_no_index_has_is_sorted(world: World, order: str, more: dict[str, str]) -> None:
    """Other orders, and pages that tell how many rows there are."""
    assert in_order(world.sessions, _asked("statuscode ne 99", order, 2, **more), Settings()) is None


def test_few_are_sorted(world: World) -> None:
    """A walk past all the others would take longer."""
    newest = list(world.sessions)[-1]

    options = _asked(f"flowsessionid eq {newest.id}", "createdon", 2)

    assert in_order(world.sessions, options, Settings()) is None
