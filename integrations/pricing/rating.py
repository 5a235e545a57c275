"""From a number of requests to a statement, and from the month so far to its end, exactly."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

from integrations.pricing.plans import Plan

# Wide enough for any count times any price: nothing is rounded before the one rounding of ``payable``.
_EXACT = Context(prec=60)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class TierLine:
    """What the requests number ``first`` to ``last`` of the month cost."""

    first: int
    last: int
    quantity: int
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """A month's requests by tier. ``total`` is the exact sum of the lines' amounts."""

    lines: tuple[TierLine, ...]
    total: Decimal
    currency: str

    @property
    def quantity(self) -> int:
        """The number of requests on it."""
        return sum(line.quantity for line in self.lines)

    @property
    def payable(self) -> Decimal:
        """The total in whole cents, halves up; the only rounding there is."""
        return self.total.quantize(_CENT, rounding=ROUND_HALF_UP, context=_EXACT)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The month's end if it goes on like this. limit_at: when the plan's limit will be reached, or None."""

    quantity: int
    statement: Statement
    limit_at: datetime | None


def rate(plan: Plan, quantity: int) -> Statement:
    """Rate a month's requests by graduated tiers: each request costs what its own tier says.

    >>> from integrations.pricing.plans import PAY_AS_YOU_GO
    >>> rate(PAY_AS_YOU_GO, 10_001).total
    Decimal('300.02')

    quantity: 0 or more, the billable requests counted. Lines are those of the tiers reached, in order;
    none at 0. Requests past a plan's limit (a few that were accepted at the same moment) are rated like
    all others.
    """
    if quantity < 0:
        raise ValueError("A quantity cannot be below zero.")
    lines = []
    first = 1
    for tier in plan.tiers:
        last = quantity if tier.last is None else min(quantity, tier.last)
        if last < first:
            break
        count = last - first + 1
        lines.append(TierLine(first, last, count, tier.unit_price, _EXACT.multiply(count, tier.unit_price)))
        first = last + 1
    total = Decimal("0.00")
    for line in lines:
        total = _EXACT.add(total, line.amount)
    return Statement(tuple(lines), total, plan.currency)


def remaining(plan: Plan, quantity: int) -> int | None:
    """How many more requests the plan accepts this month, None where it has no limit."""
    return None if plan.limit is None else max(0, plan.limit - quantity)


def forecast(plan: Plan, quantity: int, *, start: datetime, now: datetime, end: datetime) -> Forecast:
    """Extrapolate the month linearly: requests keep coming as fast as they did on average so far.

    start, end: the month's bounds. now: between them; before the start or at it nothing is extrapolated.
    The quantity is never below what was counted, and stops at the plan's limit. A first day counts whole:
    two requests in a month that is seconds old say nothing of a million.
    """
    elapsed, whole = now - start, end - start
    if elapsed <= timedelta(0) or now >= end or quantity == 0:
        return Forecast(quantity, rate(plan, quantity), None)
    elapsed = max(elapsed, min(whole, _A_DAY))
    # In whole microseconds, so that no float rounds a large count; halves go up.
    done, all_of_it = elapsed // _TICK, whole // _TICK
    expected = (2 * quantity * all_of_it + done) // (2 * done)
    limit_at = None
    if plan.limit is not None and expected > plan.limit:
        expected = max(quantity, plan.limit)
        if quantity < plan.limit:
            limit_at = start + _TICK * (done * plan.limit // quantity)
    return Forecast(expected, rate(plan, expected), limit_at)


_TICK = timedelta(microseconds=1)
_A_DAY = timedelta(days=1)
