"""A calendar month in UTC, and the parts of it in which a tenant had one plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from integrations.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Month:
    """stop: the first moment of the next one."""

    start: datetime
    stop: datetime

    @property
    def text(self) -> str:
        """The month as addresses and files write it: ``2026-11``."""
        return f"{self.start:%Y-%m}"

    @property
    def first_day(self) -> date:
        return self.start.date()


@dataclass(frozen=True, slots=True)
class Part:
    """From one choice of a plan to the next, within a month."""

    plan: str
    start: datetime
    stop: datetime


def month_of(moment: datetime) -> Month:
    """Give the month that holds an aware moment."""
    start = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Month(start, (start + timedelta(days=32)).replace(day=1))


def read_month(text: str) -> Month:
    """Read ``2026-11``. Raises ConfigError ``billing.month``."""
    try:
        return month_of(datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC))
    except ValueError as error:
        raise ConfigError("billing.month", "A month is written like 2026-11.", place="month") from error


def parts_of(month: Month, choices: Sequence[tuple[datetime, str]], *, default: str) -> tuple[Part, ...]:
    """Cut a month at the plans chosen in it; choices: when and which, oldest first, older ones included."""
    before = [plan for starts_at, plan in choices if starts_at <= month.start]
    inside = [(starts_at, plan) for starts_at, plan in choices if month.start < starts_at < month.stop]
    edges = [(month.start, before[-1] if before else default), *inside]
    stops = [starts_at for starts_at, _ in edges[1:]] + [month.stop]
    return tuple(Part(plan, start, stop) for (start, plan), stop in zip(edges, stops, strict=True))
