"""Counting in the calendar: months, parts of a date, periods, and business days with holidays."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.allowance import Allowance
from integrations.mapping.ops.dates import MOMENT
from integrations.mapping.ops.number import QUOTIENT
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.ops.zones import beyond
from integrations.mapping.values import Kind, Value

MAX_BUSINESS_DAYS: Final = 10_000
PARTS: Final[dict[str, Callable[[date], int]]] = {
    "year": lambda day: day.year,
    "quarter": lambda day: (day.month + 2) // 3,
    "month": lambda day: day.month,
    "week": lambda day: day.isocalendar().week,
    "week_year": lambda day: day.isocalendar().year,
    "day": lambda day: day.day,
    "weekday": lambda day: day.isoweekday(),
    "day_of_year": lambda day: day.timetuple().tm_yday,
    "hour": lambda day: day.hour if isinstance(day, datetime) else 0,
    "minute": lambda day: day.minute if isinstance(day, datetime) else 0,
    "second": lambda day: day.second if isinstance(day, datetime) else 0,
}
PERIODS: Final = ("week", "month", "quarter", "year")
UNITS: Final = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def _add_months(moment: date, months: int) -> date:
    if abs(months) > 120_000:
        raise beyond()
    count = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(count, 12)
    if not 1 <= year <= 9999:
        raise beyond()
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def _add_time(moment: datetime, amount: int, unit: str) -> datetime:
    try:
        return moment + timedelta(seconds=amount * UNITS[unit])
    except OverflowError as error:
        raise beyond() from error


def _time_between(start: datetime, end: datetime, unit: str) -> int | Decimal:
    if (start.tzinfo is None) != (end.tzinfo is None):
        raise MappingError(
            "mapping.type",
            "Cannot compare a time with and one without a time zone.",
            hint="Use at_zone to give it one.",
        )
    micros, size = (end - start) // timedelta(microseconds=1), UNITS[unit] * 1_000_000
    return micros // size if micros % size == 0 else QUOTIENT.divide(micros, size)


def _start_of(day: date, period: str) -> date:
    if period == "week":
        return day - timedelta(days=min(day.isoweekday() - 1, day.toordinal() - 1))
    month = {"month": day.month, "quarter": day.month - (day.month - 1) % 3, "year": 1}[period]
    return date(day.year, month, 1)


def _end_of(day: date, period: str) -> date:
    if period == "week":
        return day + timedelta(days=min(7 - day.isoweekday(), date.max.toordinal() - day.toordinal()))
    start = _start_of(day, period)
    last = start.month + {"month": 0, "quarter": 2, "year": 11}[period]
    return date(day.year, last, monthrange(day.year, last)[1])


def _period(run: Callable[[date, str], date]) -> Callable[[date, str], date]:
    return lambda moment, period: run(moment.date() if isinstance(moment, datetime) else moment, period)


def weekend(days: str) -> frozenset[int]:
    """Read the days of rest, such as ``67``. Raises MappingError ``mapping.argument``."""
    if not set(days) <= set("1234567") or len(set(days)) >= 7:
        raise MappingError(
            "mapping.argument",
            "The weekend is written by the numbers of its days, Monday being 1, and leaves a day to work.",
            hint="67 is Saturday and Sunday, 56 Friday and Saturday.",
        )
    return frozenset(map(int, days))


def _holidays(allowance: Allowance, given: str | list[Value]) -> frozenset[date]:
    """Read holidays: the dates of a list, or the keys of a lookup table."""
    if isinstance(given, str):
        table = allowance.env.lookups.get(given)
        if table is None:
            raise MappingError(
                "mapping.lookup_table",
                "The table of holidays that this rule names does not exist.",
                hint="Add a table with one date such as 2026-12-25 as each key.",
            )
        allowance.work(len(table))
        given = [*table]
    return frozenset(map(_holiday, given))


def _holiday(found: Value) -> date:
    if isinstance(found, datetime):
        return found.date()
    if isinstance(found, date):
        return found
    try:
        return date.fromisoformat(found if isinstance(found, str) else "")
    except ValueError as error:
        raise MappingError(
            "mapping.date", "A holiday must be a date.", hint="Write it like 2026-12-25."
        ) from error


def _is_business_day(
    allowance: Allowance, moment: date, holidays: str | list[Value], rest: frozenset[int]
) -> bool:
    return _is_open(moment, _holidays(allowance, holidays), rest)


def _add_business_days(
    allowance: Allowance, moment: date, days: int, holidays: str | list[Value], rest: frozenset[int]
) -> date:
    """Go so many business days on or back; 0 gives the day itself, or the next business day after it."""
    if abs(days) > MAX_BUSINESS_DAYS:
        raise MappingError(
            "mapping.argument", f"No more than {MAX_BUSINESS_DAYS:,} business days can be added."
        )
    closed = _holidays(allowance, holidays)
    step = timedelta(days=-1 if days < 0 else 1)
    left, at = abs(days), moment
    try:
        while left > 0 or not _is_open(at, closed, rest):
            allowance.work(1)
            at += step
            left -= _is_open(at, closed, rest)
    except OverflowError as error:
        raise beyond() from error
    return at


def _is_open(at: date, closed: frozenset[date], rest: frozenset[int]) -> bool:
    return at.isoweekday() not in rest and _holiday(at) not in closed


def _business_days_between(
    allowance: Allowance, start: date, end: date, holidays: str | list[Value], rest: frozenset[int]
) -> int:
    """Count the business days after the first date up to the second; negative where the second is earlier."""
    first, last = _holiday(start), _holiday(end)
    if first > last:
        return -_business_days_between(allowance, end, start, holidays, rest)
    weeks, over = divmod((last - first).days, 7)
    count = weeks * (7 - len(rest))
    count += sum((first.isoweekday() + n - 1) % 7 + 1 not in rest for n in range(1, over + 1))
    closed = _holidays(allowance, holidays)
    return count - sum(first < day <= last and day.isoweekday() not in rest for day in closed)


HOLIDAYS: Final = Arg("holidays", Kind.LIST | Kind.TEXT)
WEEKEND: Final = Arg("weekend", Kind.TEXT, default="67", fixed=True, prepare=weekend)
FRIDAY: Final[Value] = ["parse_date", "2026-12-24"]
XMAS: Final[Value] = ["lit", ["2026-12-25", "2026-12-26"]]

OPS: Final = (
    Op(
        key="add_months",
        title="Add months",
        help="The same day so many months later, or earlier for a negative number; the last day of a month "
        "that is too short.",
        args=(MOMENT, Arg("months", Kind.INTEGER)),
        result=Kind.MOMENT,
        run=_add_months,
        is_flat=True,
        examples=(
            Example(["add_months", ["parse_date", "2026-01-31"], 1], date(2026, 2, 28)),
            Example(["add_months", ["parse_date", "2026-01-31"], -2], date(2025, 11, 30)),
            Example(["add_months", ["now"], 100000], error="mapping.date"),
        ),
    ),
    Op(
        key="add_time",
        title="Add time",
        help="The time so many seconds, minutes, hours or days of 24 hours later.",
        args=(
            Arg("datetime", Kind.DATETIME),
            Arg("amount", Kind.INTEGER),
            Arg("unit", Kind.TEXT, fixed=True, choices=tuple(UNITS)),
        ),
        result=Kind.DATETIME,
        run=_add_time,
        is_flat=True,
        examples=(
            Example(["to_string", ["add_time", ["now"], -30, "minutes"]], "2026-03-01T12:00:00+00:00"),
            Example(["add_time", ["now"], 10**15, "hours"], error="mapping.date"),
        ),
    ),
    Op(
        key="time_between",
        title="Time between",
        help="How many seconds, minutes, hours or days of 24 hours passed from one time to another.",
        args=(
            Arg("start", Kind.DATETIME),
            Arg("end", Kind.DATETIME),
            Arg("unit", Kind.TEXT, fixed=True, choices=tuple(UNITS)),
        ),
        result=Kind.NUMBER,
        run=_time_between,
        is_flat=True,
        examples=(
            Example(["time_between", ["parse_datetime", "2026-03-01T00:00:00Z"], ["now"], "minutes"], 750),
            Example(
                ["time_between", ["parse_datetime", "2026-03-01T00:00:00Z"], ["now"], "hours"],
                Decimal("12.5"),
            ),
        ),
    ),
    Op(
        key="date_part",
        title="Part of date",
        help="A part of a date as a number: year, quarter, month, week and week_year (ISO 8601), day, "
        "weekday (Monday is 1), day_of_year, hour, minute, second.",
        args=(MOMENT, Arg("part", Kind.TEXT, fixed=True, choices=tuple(PARTS))),
        result=Kind.INTEGER,
        run=lambda moment, part: PARTS[part](moment),
        is_flat=True,
        examples=(
            Example(["date_part", ["now"], "weekday"], 7),
            Example(["date_part", ["parse_date", "2027-01-01"], "week"], 53),
            Example(["date_part", ["parse_date", "2026-05-01"], "quarter"], 2),
        ),
    ),
    Op(
        key="start_of",
        title="Start of period",
        help="The first day of the week (Monday), month, quarter or year of a date.",
        args=(MOMENT, Arg("period", Kind.TEXT, fixed=True, choices=PERIODS)),
        result=Kind.DATE,
        run=_period(_start_of),
        is_flat=True,
        examples=(
            Example(["start_of", ["now"], "week"], date(2026, 2, 23)),
            Example(["start_of", ["parse_date", "2026-05-17"], "quarter"], date(2026, 4, 1)),
        ),
    ),
    Op(
        key="end_of",
        title="End of period",
        help="The last day of the week (Sunday), month, quarter or year of a date.",
        args=(MOMENT, Arg("period", Kind.TEXT, fixed=True, choices=PERIODS)),
        result=Kind.DATE,
        run=_period(_end_of),
        is_flat=True,
        examples=(
            Example(["end_of", ["parse_date", "2028-02-02"], "month"], date(2028, 2, 29)),
            Example(["end_of", ["now"], "year"], date(2026, 12, 31)),
        ),
    ),
    Op(
        key="is_business_day",
        title="Is a business day",
        help="Whether a date is neither a holiday nor on the weekend. Holidays are a list of dates, or the "
        "name of a lookup table whose keys are dates such as 2026-12-25. The weekend is written by the "
        "numbers of its days: 67 is Saturday and Sunday.",
        args=(MOMENT, HOLIDAYS, WEEKEND),
        result=Kind.BOOLEAN,
        run=_is_business_day,
        needs_allowance=True,
        examples=(
            Example(["is_business_day", FRIDAY, XMAS], gives=True),
            Example(["is_business_day", ["now"], ["lit", []]], gives=False),
            Example(["is_business_day", ["now"], ["lit", []], "56"], gives=True),
            Example(["is_business_day", ["now"], "no such table"], error="mapping.lookup_table"),
            Example(["is_business_day", ["now"], ["lit", []], "sunday"], error="mapping.argument"),
        ),
    ),
    Op(
        key="add_business_days",
        title="Add business days",
        help="The date so many business days later, or earlier for a negative number. Adding 0 gives the "
        "date itself if it is a business day, else the next one.",
        args=(MOMENT, Arg("days", Kind.INTEGER), HOLIDAYS, WEEKEND),
        result=Kind.MOMENT,
        run=_add_business_days,
        needs_allowance=True,
        examples=(
            Example(["add_business_days", FRIDAY, 1, XMAS], date(2026, 12, 28)),
            Example(["add_business_days", ["parse_date", "2026-12-28"], -1, XMAS], date(2026, 12, 24)),
            Example(["add_business_days", ["parse_date", "2026-12-26"], 0, XMAS], date(2026, 12, 28)),
            Example(["add_business_days", FRIDAY, 0, XMAS], date(2026, 12, 24)),
            Example(["add_business_days", ["now"], 10**9, XMAS], error="mapping.argument"),
        ),
    ),
    Op(
        key="business_days_between",
        title="Business days between",
        help="The number of business days after the first date up to the second one; negative when the "
        "second is earlier.",
        args=(Arg("start", Kind.MOMENT), Arg("end", Kind.MOMENT), HOLIDAYS, WEEKEND),
        result=Kind.INTEGER,
        run=_business_days_between,
        needs_allowance=True,
        examples=(
            Example(["business_days_between", FRIDAY, ["parse_date", "2027-01-04"], XMAS], 6),
            Example(["business_days_between", ["parse_date", "2027-01-04"], FRIDAY, XMAS], -6),
        ),
    ),
)
