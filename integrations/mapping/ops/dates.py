"""Reading and writing dates by pattern: ``YYYY-MM-DD HH:mm:ss``, or ``iso`` for ISO 8601.

Parts of a pattern: YYYY YY (69 to 99 are 1969 to 1999) MM M MMM (Jan) DD D DDD (day of the year) HH H mm ss
SSS (milliseconds) Z (time zone: Z, +07:00 or +0700). ``T`` and everything that is not a letter stand for
themselves; other letters go between single quotes. Without a time zone, a time is UTC.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

import re2

from integrations.errors import MappingError
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.values import Kind

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TOKENS: Final = re2.compile(r"YYYY|YY|MMM|MM|M|DDD|DD|D|HH|H|mm|ss|SSS|Z|T|'[^']*'|[^A-Za-z']")
READERS: Final[dict[str, str]] = {
    "YYYY": "[0-9]{4}",
    "YY": "[0-9]{2}",
    "MMM": "[A-Za-z]{3}",
    "MM": "[0-9]{2}",
    "M": "[0-9]{1,2}",
    "DDD": "[0-9]{3}",
    "DD": "[0-9]{2}",
    "D": "[0-9]{1,2}",
    "HH": "[0-9]{2}",
    "H": "[0-9]{1,2}",
    "mm": "[0-9]{2}",
    "ss": "[0-9]{2}",
    "SSS": "[0-9]{3}",
    "Z": "Z|[+-][0-9]{2}:?[0-9]{2}",
}
WRITERS: Final[dict[str, Callable[[datetime], str]]] = {
    "YYYY": lambda at: f"{at.year:04}",
    "YY": lambda at: f"{at.year % 100:02}",
    "MMM": lambda at: MONTHS[at.month - 1],
    "MM": lambda at: f"{at.month:02}",
    "M": lambda at: str(at.month),
    "DDD": lambda at: f"{at.timetuple().tm_yday:03}",
    "DD": lambda at: f"{at.day:02}",
    "D": lambda at: str(at.day),
    "HH": lambda at: f"{at.hour:02}",
    "H": lambda at: str(at.hour),
    "mm": lambda at: f"{at.minute:02}",
    "ss": lambda at: f"{at.second:02}",
    "SSS": lambda at: f"{at.microsecond // 1000:03}",
    "Z": lambda at: at.isoformat()[-6:] if at.utcoffset() else "Z",
}
MAX_DAYS: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Pattern:
    """A date pattern, ready for use. tokens: its parts in order, literal ones included."""

    tokens: tuple[str, ...]
    fields: tuple[str, ...]
    reader: Callable[[str], "re2._Match | None"]


def compile_pattern(text: str) -> Pattern:
    """Read a date pattern. Raises MappingError ``mapping.pattern``."""
    if text == "iso":
        return Pattern((), (), lambda _: None)
    tokens: list[str] = []
    start = 0
    while start < len(text):
        found = TOKENS.match(text[start:]) if len(text) <= 100 and text.isprintable() else None
        if found is None:
            raise _bad_pattern()
        tokens.append(found.group())
        start += len(found.group())
    fields = tuple(token for token in tokens if token in READERS)
    if not fields or len(set(fields)) < len(fields):
        raise _bad_pattern()
    reader = "".join(
        f"({READERS[token]})" if token in READERS else re2.escape(_plain(token)) for token in tokens
    )
    return Pattern(tuple(tokens), fields, re2.compile(reader).fullmatch)


def _plain(token: str) -> str:
    return token[1:-1] if token.startswith("'") else token


def _bad_pattern() -> MappingError:
    return MappingError(
        "mapping.pattern",
        "The date pattern cannot be used.",
        hint="For example YYYY-MM-DD HH:mm:ss, DD.MM.YY, YYYYDDD or iso; quote other letters singly.",
    )


def _bad_date() -> MappingError:
    return MappingError(
        "mapping.date", "The text is not a date of this pattern.", hint="Check the pattern of the date."
    )


def read_datetime(text: str, pattern: Pattern) -> datetime:
    """Read an instant; UTC where the text names no time zone. Raises MappingError ``mapping.date``."""
    try:
        read = _by_pattern(text, pattern) if pattern.tokens else datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read
    except (ValueError, OverflowError) as error:
        raise _bad_date() from error


def read_date(text: str, pattern: Pattern) -> date:
    """Read a date; a time in the text is read and left out. Raises MappingError ``mapping.date``."""
    return read_datetime(text, pattern).date()


def _by_pattern(text: str, pattern: Pattern) -> datetime:
    found = pattern.reader(text) if text.isascii() or text.isprintable() else None
    if found is None:
        raise ValueError
    parts = dict(zip(pattern.fields, found.groups(), strict=True))
    moment = datetime(
        _year(parts),
        _month(parts),
        int(parts.get("DD") or parts.get("D") or 1),
        int(parts.get("HH") or parts.get("H") or 0),
        int(parts.get("mm", 0)),
        int(parts.get("ss", 0)),
        int(parts.get("SSS", 0)) * 1000,
        tzinfo=_zone(parts.get("Z", "Z")),
    )
    return _on_day_of_year(moment, int(parts["DDD"])) if "DDD" in parts else moment


def _year(parts: dict[str, str]) -> int:
    if "YYYY" in parts:
        return int(parts["YYYY"])
    short = int(parts["YY"]) if "YY" in parts else -1
    if short < 0:
        raise ValueError
    return short + (1900 if short >= 69 else 2000)


def _month(parts: dict[str, str]) -> int:
    if "MMM" in parts:
        return MONTHS.index(parts["MMM"].capitalize()) + 1
    return int(parts.get("MM") or parts.get("M") or 1)


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _on_day_of_year(moment: datetime, day: int) -> datetime:
    found = moment.replace(month=1, day=1) + timedelta(days=day - 1)
    if found.year != moment.year or day < 1:
        raise ValueError
    return found


def write(moment: date, pattern: Pattern) -> str:
    """Write a date or an instant; a date has the time 00:00:00 UTC."""
    if not pattern.tokens:
        return moment.isoformat()
    at = (
        moment
        if isinstance(moment, datetime)
        else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    )
    return "".join(WRITERS[token](at) if token in WRITERS else _plain(token) for token in pattern.tokens)


def _add_days(moment: date, days: int) -> date:
    if abs(days) > MAX_DAYS:
        raise _beyond()
    try:
        return moment + timedelta(days=days)
    except OverflowError as error:
        raise _beyond() from error


def _beyond() -> MappingError:
    return MappingError("mapping.date", "The date would be before the year 1 or after the year 9999.")


def _days_between(start: date, end: date) -> int:
    return (_day(end) - _day(start)).days


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


TEXT: Final = Arg("text", Kind.TEXT)
PATTERN: Final = Arg("pattern", Kind.TEXT, default="iso", fixed=True, prepare=compile_pattern)
MOMENT: Final = Arg("date", Kind.MOMENT)

OPS: Final = (
    Op(
        key="parse_date",
        title="Read date",
        help="The date that a text shows, by a pattern such as DD.MM.YYYY, or iso.",
        args=(TEXT, PATTERN),
        result=Kind.DATE,
        run=read_date,
        examples=(
            Example(["parse_date", "31.12.2025", "DD.MM.YYYY"], date(2025, 12, 31)),
            Example(["parse_date", "2026-03-01"], date(2026, 3, 1)),
            Example(["parse_date", "1 Mar 98", "D MMM YY"], date(1998, 3, 1)),
            Example(["parse_date", "2026060", "YYYYDDD"], date(2026, 3, 1)),
            Example(["parse_date", "30.02.2026", "DD.MM.YYYY"], error="mapping.date"),
            Example(["parse_date", "0000-01-01"], error="mapping.date"),
        ),
    ),
    Op(
        key="parse_datetime",
        title="Read date with time",
        help="The instant that a text shows, by a pattern such as YYYY-MM-DD HH:mm:ss Z, or iso. UTC "
        "unless a time zone is read.",
        args=(TEXT, PATTERN),
        result=Kind.DATETIME,
        run=read_datetime,
        examples=(
            Example(["parse_datetime", "2026-03-01T12:30:00Z"], datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
            Example(
                ["parse_datetime", "01/03/2026 19:30 +0700", "DD/MM/YYYY HH:mm Z"],
                datetime(2026, 3, 1, 19, 30, tzinfo=timezone(timedelta(hours=7))),
            ),
            Example(["parse_datetime", "2026-03-01T23:59:60Z"], error="mapping.date"),
        ),
    ),
    Op(
        key="format_date",
        title="Write date",
        help="A date as text, by a pattern such as DD.MM.YYYY, or iso.",
        args=(MOMENT, PATTERN),
        result=Kind.TEXT,
        run=write,
        examples=(
            Example(["format_date", ["now"], "YYYY-MM-DD'T'HH:mm:ssZ"], "2026-03-01T12:30:00Z"),
            Example(["format_date", ["parse_date", "2026-03-01"], "DD MMM YY"], "01 Mar 26"),
            Example(["format_date", ["now"]], "2026-03-01T12:30:00+00:00"),
            Example(["format_date", "2026-03-01"], error="mapping.type"),
        ),
    ),
    Op(
        key="add_days",
        title="Add days",
        help="The date so many days later, or earlier for a negative number.",
        args=(MOMENT, Arg("days", Kind.INTEGER)),
        result=Kind.MOMENT,
        run=_add_days,
        examples=(
            Example(["add_days", ["parse_date", "2026-02-27"], 2], date(2026, 3, 1)),
            Example(["add_days", ["now"], 99999999999], error="mapping.date"),
        ),
    ),
    Op(
        key="days_between",
        title="Days between",
        help="The number of days from the first date to the second; times of the day are left out.",
        args=(Arg("start", Kind.MOMENT), Arg("end", Kind.MOMENT)),
        result=Kind.INTEGER,
        run=_days_between,
        examples=(
            Example(["days_between", ["parse_date", "2026-02-27"], ["parse_date", "2026-03-01"]], 2),
            Example(["days_between", ["now"], ["parse_date", "2026-02-28"]], -1),
        ),
    ),
)
