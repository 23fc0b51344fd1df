from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import polling
from local.host.schedule import Schedule, ScheduleError

MONDAY = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "following"),
    [
        ("* * * * * *", "2026-11-23 10:00:01"),
        ("*/5 * * * * *", "2026-11-23 10:00:05"),
        ("7-20/5 * * * * *", "2026-11-23 10:00:07"),
        ("40/15 * * * * *", "2026-11-23 10:00:40"),
        ("0 */5 * * * *", "2026-11-23 10:05:00"),
        ("*/5 * * * *", "2026-11-23 10:05:00"),
        ("0 10 * * *", "2026-11-24 10:00:00"),
        ("0 30 9-11 * * *", "2026-11-23 10:30:00"),
        ("0 0 9 * * *", "2026-11-24 09:00:00"),
        ("0 0 9,17 * * 1-5", "2026-11-23 17:00:00"),
        ("0 0 9 * * Sat,Sun", "2026-11-28 09:00:00"),
        ("0 0 9 * * saturday", "2026-11-28 09:00:00"),
        ("0 0 0 1 JAN *", "2027-01-01 00:00:00"),
        ("0 0 0 13 * Fri", "2027-08-13 00:00:00"),
        ("0 0 0 29 2 *", "2028-02-29 00:00:00"),
        ("0 0 0 29 2 Mon", "2044-02-29 00:00:00"),
    ],
)
def test_the_next_occurrence(expression: str, following: str) -> None:
    """What each form of a field means, asked on a Monday at ten. Day and day of the week must both hold."""
    assert Schedule.parse(expression).next_after(MONDAY) == datetime.fromisoformat(f"{following}Z")


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "0 fields"),
        ("* * * *", "4 fields"),
        ("* * * * * * *", "7 fields"),
        ("60 * * * * *", "'60' is no second"),
        ("* * 24 * * *", "'24' is no hour"),
        ("* * * 0 * *", "'0' is no day"),
        ("* * * * 13 *", "'13' is no month"),
        ("* * * * * 7", "'7' is no day of the week"),
        ("* * * * Janu *", "'Janu' is no month"),
        ("*/0 * * * * *", "'0' is no step"),
        ("*/x * * * * *", "'x' is no step"),
        ("5-1 * * * * *", "backwards"),
        ("1,,2 * * * * *", "'' is no second"),
        ("-1 * * * * *", "'' is no second"),
        ("0 0 0 31 4 *", "never comes"),
    ],
)
def test_what_is_no_schedule(expression: str, reason: str) -> None:
    """An expression that cannot be followed is refused with what is wrong with it."""
    with pytest.raises(ScheduleError, match=reason):
        Schedule.parse(expression)


def fields(low: int, high: int) -> st.SearchStrategy[str]:
    numbers = st.integers(low, high)
    ranges = st.tuples(numbers, numbers).map(lambda pair: f"{min(pair)}-{max(pair)}")
    parts = st.one_of(st.just("*"), numbers.map(str), ranges)
    steps = st.one_of(st.just(""), st.integers(1, 30).map("/{}".format))
    return st.lists(st.tuples(parts, steps).map("".join), min_size=1, max_size=3).map(",".join)


@given(
    fields(0, 59),
    fields(0, 59),
    fields(0, 23),
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - naive bounds are asked for
)
def test_no_occurrence_is_left_out(second: str, minute: str, hour: str, moment: datetime) -> None:
    """The next occurrence fits the expression, and no second between the moment and it does (looked at for an hour)."""
    schedule = Schedule.parse(f"{second} {minute} {hour} * * *")
    following = schedule.next_after(moment)
    assert fits(schedule, following)
    assert following > moment
    between = moment.replace(microsecond=0) + timedelta(seconds=1)
    end = min(following, between + timedelta(hours=1))
    while between < end:
        assert not fits(schedule, between)
        between += timedelta(seconds=1)


def fits(schedule: Schedule, moment: datetime) -> bool:
    return (
        moment.microsecond == 0
        and moment.second in schedule.seconds
        and moment.minute in schedule.minutes
        and moment.hour in schedule.hours
    )


def test_polling_keeps_its_interval() -> None:
    """Every number of seconds up to an hour is refused, or its schedule comes exactly that often."""
    accepted = []
    for seconds in range(-1, 3700):
        try:
            schedule = Schedule.parse(polling.schedule(seconds))
        except ValueError as error:
            assert "divide 60" in str(error)  # noqa: PT017 - the loop tells which is refused
            continue
        accepted.append(seconds)
        first = schedule.next_after(MONDAY + timedelta(minutes=37))
        assert schedule.next_after(first) - first == timedelta(seconds=seconds)
    minutes = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60]
    assert accepted == [*minutes[:-1], *(60 * minute for minute in minutes)]
