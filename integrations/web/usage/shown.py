"""What the page of usage shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from integrations.billing import queries
from integrations.billing.months import month_of, read_month
from integrations.billing.queries import WHAT_COUNTS, StatementLine, Usage
from integrations.errors import AccessError
from integrations.tenants.access import Actor


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of the plan's price list. used: of this month, in it."""

    words: str
    unit_price: object
    used: int


@dataclass(frozen=True, slots=True)
class UsageShown:
    """before, after: the months beside it as ``2026-11``; after is empty on the running one."""

    usage: Usage
    what_counts: str
    before: str
    after: str
    is_running: bool
    days: Sequence[int]
    busiest: int
    tiers: Sequence[Tier]

    @property
    def tone(self) -> str:
        """The tone of the plan's bar: marked from 80 % on, and when it is full."""
        used, limit = self.usage.used, self.usage.limit or 0
        return "bad" if used >= limit else "wait" if used >= 0.8 * limit else ""


@dataclass(frozen=True, slots=True)
class LineShown:
    usage: Usage
    line: StatementLine


def usage(by: Actor, month: str) -> UsageShown:
    now = datetime.now(UTC)
    wanted = read_month(month) if month else month_of(now)
    found = queries.usage(by, wanted, now=now)
    days = [day.quantity for day in found.per_day]
    is_running = wanted.stop > now
    return UsageShown(
        found,
        WHAT_COUNTS,
        month_of(wanted.start - timedelta(days=1)).text,
        "" if is_running else month_of(wanted.stop).text,
        is_running,
        days,
        max(days, default=0),
        _tiers(found),
    )


def line(by: Actor, month: str, number: int) -> LineShown:
    """Give a line of a month's statement. Raises AccessError where there is none such."""
    found = queries.usage(by, month)
    if not 1 <= number <= len(found.lines):
        raise AccessError
    return LineShown(found, found.lines[number - 1])


def _tiers(found: Usage) -> list[Tier]:
    tiers, first = [], 1
    used = {line.first: line.quantity for line in found.lines if line.plan == found.plan.key}
    for tier in found.plan.tiers:
        words = f"{first:,} to {tier.last:,}" if tier.last else f"from {first:,}"
        tiers.append(Tier(words, tier.unit_price, used.get(first, 0)))
        first = (tier.last or 0) + 1
    return tiers
