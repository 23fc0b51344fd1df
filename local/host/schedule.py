"""NCRONTAB: when a timer is due.

{second} {minute} {hour} {day} {month} {day-of-week}, or five fields without the second. A field is a comma-separated list
of `*`, values, ranges `a-b`, each with an optional step `/n` (`a/n` runs from a to the field's end). Months and days of
the week may be named. Unlike in classic cron, day and day-of-week must both hold. Times are UTC, as on Flex Consumption.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

# fmt: off
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)
# fmt: on
_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_SHORT, _LONG = 5, 6
# 29 February on a given day of the week comes back after 40 years at the latest.
_HORIZON = timedelta(days=41 * 366)
_DAY = timedelta(days=1)


class ScheduleError(ValueError):
    """The expression is no NCRONTAB, or names a moment that never comes."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def values(self, text: str) -> frozenset[int]:
        return frozenset(value for part in text.split(",") for value in self._part(part))

    def _part(self, part: str) -> range:
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        low = self.low if span == "*" else self._value(first)
        high = self._value(last) if dash else self.high if span == "*" or slash else low
        every = self._step(step) if slash else 1
        if low > high:
            raise ScheduleError(f"the {self.name} range {span!r} runs backwards")
        return range(low, high + 1, every)

    def _value(self, text: str) -> int:
        for number, name in enumerate(self.names, start=self.low):
            if text.lower() in (name, name[:3]):
                return number
        if not text.isdecimal() or not self.low <= int(text) <= self.high:
            raise ScheduleError(f"{text!r} is no {self.name}; it must be {self.low} to {self.high}")
        return int(text)

    def _step(self, text: str) -> int:
        if not text.isdecimal() or int(text) == 0:
            raise ScheduleError(f"{text!r} is no step of the {self.name}")
        return int(text)


_FIELDS = (
    _Field("second", 0, 59),
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 6, _WEEKDAYS),
)


@dataclass(frozen=True, slots=True)
class Schedule:
    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @classmethod
    def parse(cls, expression: str) -> "Schedule":
        fields = expression.split()
        if len(fields) not in (_SHORT, _LONG):
            raise ScheduleError(f"{expression!r} has {len(fields)} fields; a schedule has five or six")
        if len(fields) == _SHORT:
            fields.insert(0, "0")
        schedule = cls(*(field.values(text) for field, text in zip(_FIELDS, fields, strict=True)))
        schedule.next_after(datetime.now(UTC))
        return schedule

    def next_after(self, moment: datetime) -> datetime:
        """The first occurrence later than this moment."""
        start = moment.replace(microsecond=0) + timedelta(seconds=1)
        day = start.replace(hour=0, minute=0, second=0)
        while day - start < _HORIZON:
            time = self._first_time(max(start, day)) if self._holds_on(day) else None
            if time is not None:
                hour, minute, second = time
                return day.replace(hour=hour, minute=minute, second=second)
            day += _DAY
        raise ScheduleError("the schedule names a day that never comes")

    def _first_time(self, earliest: datetime) -> tuple[int, int, int] | None:
        wanted = (earliest.hour, earliest.minute, earliest.second)
        hours = sorted(hour for hour in self.hours if hour >= earliest.hour)
        times = product(hours, sorted(self.minutes), sorted(self.seconds))
        return next((time for time in times if time >= wanted), None)

    def _holds_on(self, day: datetime) -> bool:
        weekday = day.isoweekday() % 7
        return day.month in self.months and day.day in self.days and weekday in self.weekdays
