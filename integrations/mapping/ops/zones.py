"""Time zones by their IANA names, from the data pinned with 7M, so that every machine knows the same ones.

Results carry the offset that held at that instant, not the zone: they are values that any format can write.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from integrations.errors import MappingError
from integrations.mapping.ops.number import EXACT
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.values import Kind, Value

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROS: Final[dict[str, int]] = {"seconds": 1_000_000, "milliseconds": 1_000}
MAX_MILLISECONDS: Final = 10**15


@cache
def _names() -> frozenset[str]:
    return frozenset((files("tzdata") / "zones").read_text().split())


@cache
def _load(name: str) -> ZoneInfo:
    with (files("tzdata.zoneinfo").joinpath(*name.split("/"))).open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


def zone(name: str) -> ZoneInfo:
    """Give a zone by its IANA name. Raises MappingError ``mapping.zone``."""
    if name not in _names():
        raise MappingError(
            "mapping.zone",
            "There is no time zone of this name.",
            hint="Use a name such as Europe/Berlin, Asia/Bangkok or UTC.",
        )
    return _load(name)


def _fixed(moment: datetime) -> datetime:
    """Put the offset of the moment in the place of its zone."""
    return moment.replace(tzinfo=timezone(moment.utcoffset() or timedelta()), fold=0)


def beyond() -> MappingError:
    """Give the error for a date that no calendar here has."""
    return MappingError("mapping.date", "The date would be before the year 1 or after the year 9999.")


def _to_zone(moment: datetime, name: str) -> datetime:
    if moment.tzinfo is None:
        raise MappingError(
            "mapping.date", "The time has no zone that could be changed.", hint="Use at_zone to give it one."
        )
    try:
        return _fixed(moment.astimezone(zone(name)))
    except (OverflowError, ValueError) as error:
        raise beyond() from error


def _at_zone(moment: datetime, name: str, change: str) -> datetime:
    place = zone(name)
    clock = moment.replace(tzinfo=place, fold=0)
    later = clock.replace(fold=1)
    try:
        if clock.utcoffset() != later.utcoffset() and change == "refuse":
            raise MappingError(
                "mapping.date",
                "The clock showed this time twice or never, because it was changed on that day.",
                hint="Choose which one is meant: earlier or later.",
            )
        return _fixed((later if change == "later" else clock).astimezone(UTC).astimezone(place))
    except OverflowError as error:
        raise beyond() from error


def _from_epoch(number: int | Decimal, unit: str) -> datetime:
    if not -MAX_MILLISECONDS <= number <= MAX_MILLISECONDS:
        raise beyond()
    try:
        return EPOCH + timedelta(microseconds=int(EXACT.multiply(number, MICROS[unit])))
    except OverflowError as error:
        raise beyond() from error


def _to_epoch(moment: datetime, unit: str) -> int:
    if moment.tzinfo is None:
        raise MappingError("mapping.date", "The time has no zone.", hint="Use at_zone to give it one.")
    return (moment - EPOCH) // timedelta(microseconds=MICROS[unit])


def _to_date(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _at_time(day: date, hours: int, minutes: int, seconds: int) -> datetime:
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 60):
        raise MappingError("mapping.argument", "A time is from 00:00:00 to 23:59:59.")
    return datetime(day.year, day.month, day.day, hours, minutes, seconds, tzinfo=UTC)


DATETIME: Final = Arg("datetime", Kind.DATETIME)
ZONE: Final = Arg("zone", Kind.TEXT, vet=zone)
UNIT: Final = Arg("unit", Kind.TEXT, default="seconds", fixed=True, choices=tuple(MICROS))
NOON: Final[Value] = ["parse_datetime", "2026-07-01T12:00:00Z"]

OPS: Final = (
    Op(
        key="to_zone",
        title="In time zone",
        help="The same instant as the clocks of a time zone show it. The zone is an IANA name.",
        args=(DATETIME, ZONE),
        result=Kind.DATETIME,
        run=_to_zone,
        is_flat=True,
        examples=(
            Example(
                ["to_zone", NOON, "Asia/Bangkok"],
                datetime(2026, 7, 1, 19, tzinfo=timezone(timedelta(hours=7))),
            ),
            Example(["format_date", ["to_zone", NOON, "Europe/Berlin"], "HH:mmZ"], "14:00+02:00"),
            Example(
                ["to_zone", NOON, ["get", "zone"]], source={"zone": "Mars/Olympus"}, error="mapping.zone"
            ),
            Example(["to_zone", NOON, "Mars/Olympus"], error="mapping.zone"),
        ),
    ),
    Op(
        key="at_zone",
        title="As time of zone",
        help="What the clock shows, taken as the time of a zone; a zone that was there is left out. Where "
        "the clocks are changed, a time that occurred twice or never is the earlier one, the later one, or "
        "an error.",
        args=(
            DATETIME,
            ZONE,
            Arg(
                "clock change",
                Kind.TEXT,
                default="earlier",
                fixed=True,
                choices=("earlier", "later", "refuse"),
            ),
        ),
        result=Kind.DATETIME,
        run=_at_zone,
        is_flat=True,
        examples=(
            Example(["to_string", ["at_zone", NOON, "Europe/Berlin"]], "2026-07-01T12:00:00+02:00"),
            Example(
                ["to_string", ["at_zone", ["parse_datetime", "2026-10-25T02:30:00"], "Europe/Berlin"]],
                "2026-10-25T02:30:00+02:00",
            ),
            Example(
                [
                    "to_string",
                    ["at_zone", ["parse_datetime", "2026-10-25T02:30:00"], "Europe/Berlin", "later"],
                ],
                "2026-10-25T02:30:00+01:00",
            ),
            Example(
                ["at_zone", ["parse_datetime", "2026-03-29T02:30:00"], "Europe/Berlin", "refuse"],
                error="mapping.date",
            ),
        ),
    ),
    Op(
        key="from_epoch",
        title="From Unix time",
        help="The instant so many seconds or milliseconds after the beginning of 1970, UTC.",
        args=(Arg("number", Kind.NUMBER), UNIT),
        result=Kind.DATETIME,
        run=_from_epoch,
        is_flat=True,
        examples=(
            Example(["from_epoch", 1772368200], datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
            Example(
                ["from_epoch", 1772368200500, "milliseconds"],
                datetime(2026, 3, 1, 12, 30, 0, 500000, tzinfo=UTC),
            ),
            Example(["from_epoch", 10**16], error="mapping.date"),
        ),
    ),
    Op(
        key="to_epoch",
        title="To Unix time",
        help="The whole seconds or milliseconds from the beginning of 1970, UTC, to an instant.",
        args=(DATETIME, UNIT),
        result=Kind.INTEGER,
        run=_to_epoch,
        is_flat=True,
        examples=(Example(["to_epoch", ["now"]], 1772368200),),
    ),
    Op(
        key="to_date",
        title="Date only",
        help="The date without the time, as it is in the time's own zone.",
        args=(Arg("date", Kind.MOMENT),),
        result=Kind.DATE,
        run=_to_date,
        is_flat=True,
        examples=(Example(["to_date", ["now"]], date(2026, 3, 1)),),
    ),
    Op(
        key="at_time",
        title="At a time of day",
        help="A date at a time of the day, in UTC; use at_zone for another zone.",
        args=(
            Arg("date", Kind.MOMENT),
            Arg("hours", Kind.INTEGER),
            Arg("minutes", Kind.INTEGER, default=0),
            Arg("seconds", Kind.INTEGER, default=0),
        ),
        result=Kind.DATETIME,
        run=_at_time,
        is_flat=True,
        examples=(
            Example(["at_time", ["now"], 17, 45], datetime(2026, 3, 1, 17, 45, tzinfo=UTC)),
            Example(["at_time", ["now"], 24], error="mapping.argument"),
        ),
    ),
)
