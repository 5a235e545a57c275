"""Reads: what a tenant used in a month, what it costs, and which runs stand behind each line.

A request belongs to the moment of its run's id. Prices are those in force when the month begins. Whoever
changes plan within a month pays by each plan for the requests made under it, counted from 1 in each; coming
back to a plan goes on where its count stopped.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.db import connection

from integrations.billing import prices
from integrations.billing.months import Month, Part, month_of, read_month
from integrations.billing.sentences import SQL
from integrations.errors import AccessError
from integrations.pricing import rating
from integrations.pricing.plans import Plan
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind

PAGE = 50
WHAT_COUNTS = (
    "One request that 7M accepted counts once: a webhook, a schedule's start, or one record of a file."
    " Retries, replays and test runs are free."
)


@dataclass(frozen=True, slots=True)
class FlowUsage:
    """name: empty where the flow is gone."""

    flow_id: UUID
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class DayUsage:
    day: date
    quantity: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """Requests `first` to `last` under a plan, all at one price. number: its place, from 1."""

    number: int
    plan: str
    plan_title: str
    first: int
    last: int
    quantity: int
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Usage:
    """A month of a tenant. total: exact; payable: in whole cents.

    per_day: every day of the month up to today. forecast_quantity, forecast_payable: at the month's end if
    it goes on like this. used, remaining: of the plan's limit, None without one; limit_at: when it will be
    used up.
    """

    month: Month
    plan: Plan
    quantity: int
    per_flow: tuple[FlowUsage, ...]
    per_day: tuple[DayUsage, ...]
    lines: tuple[StatementLine, ...]
    total: Decimal
    payable: Decimal
    currency: str
    forecast_quantity: int
    forecast_payable: Decimal
    limit: int | None
    used: int
    remaining: int | None
    limit_at: datetime | None


@dataclass(frozen=True, slots=True)
class BilledRun:
    run_id: UUID
    flow_id: UUID
    accepted_at: datetime
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a tenant's plan still takes this month. limit, remaining: None without a limit."""

    plan: str
    limit: int | None
    used: int
    remaining: int | None
    resets_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether one more request may be accepted."""
        return self.remaining is None or self.remaining > 0


@dataclass(frozen=True, slots=True)
class _Counted:
    """A part of a month and its billable runs by hour and flow, oldest first."""

    part: Part
    hours: tuple[tuple[datetime, UUID, int], ...]

    @property
    def quantity(self) -> int:
        return sum(quantity for _, _, quantity in self.hours)


def usage(by: Actor, month: str | Month, *, now: datetime | None = None) -> Usage:
    """Give a month's usage and what it costs. month: ``2026-11``. Raises ConfigError ``billing.month``."""
    require(by, "usage.view")
    month = read_month(month) if isinstance(month, str) else month
    now = now or datetime.now(UTC)
    with bind(by.tenant_id):
        counted = _count(by.tenant_id, month)
        plans = _plans(counted, month)
        names = _flow_names(by.tenant_id, counted)
    current = plans[_part_at(counted, now).part.plan]
    used = _quantities(counted)
    lines = _lines(plans, used)
    total = sum((line.amount for line in lines), Decimal("0.00"))
    ahead = _forecast(counted, current, month, now)
    others = sum((line.amount for line in lines if line.plan != current.key), Decimal("0.00"))
    quantity = sum(used.values())
    return Usage(
        month=month,
        plan=current,
        quantity=quantity,
        per_flow=_per_flow(counted, names),
        per_day=_per_day(counted, month, now),
        lines=lines,
        total=total,
        payable=_cents(total, current.currency),
        currency=current.currency,
        forecast_quantity=quantity - used[current.key] + ahead.quantity,
        forecast_payable=_cents(others + ahead.statement.total, current.currency),
        limit=current.limit,
        used=used[current.key],
        remaining=rating.remaining(current, used[current.key]),
        limit_at=ahead.limit_at,
    )


def line_runs(
    by: Actor, month: str | Month, number: int, *, after: UUID | None = None, limit: int = PAGE
) -> list[BilledRun]:
    """List the runs of a statement's line, oldest first. after: the last one of the page before.

    Raises AccessError when the statement has no such line.
    """
    require(by, "usage.view")
    month = read_month(month) if isinstance(month, str) else month
    limit = min(limit, 200)
    with bind(by.tenant_id):
        counted = _count(by.tenant_id, month)
        lines = _lines(_plans(counted, month), _quantities(counted))
        if not 1 <= number <= len(lines):
            raise AccessError
        line = lines[number - 1]
        found: list[BilledRun] = []
        before = 0
        for piece in counted:
            if piece.part.plan != line.plan:
                continue
            first, last = max(line.first - before, 1), min(line.last - before, piece.quantity)
            before += piece.quantity
            if first <= last and len(found) < limit:
                runs = _runs(by.tenant_id, piece, (first, last), after, limit - len(found))
                found += [BilledRun(*run, line.unit_price) for run in runs]
    return found


def plans(moment: datetime | None = None) -> list[Plan]:
    """List the plans that can be chosen."""
    return prices.plans_at(moment or datetime.now(UTC))


def allowance(tenant_id: UUID, *, now: datetime | None = None) -> Allowance:
    """Say what the tenant's plan still takes this month; works as the web and as the engine role.

    The check before accepting and the run itself are two transactions: a few requests that come at the same
    moment may pass the limit together, and are then rated like all others.
    """
    now = now or datetime.now(UTC)
    month = month_of(now)
    with bind(tenant_id):
        parts = prices.parts(tenant_id, month)
        key = next(part.plan for part in reversed(parts) if part.start <= now)
        plan = prices.plan_at(key, month.start)
        used = 0
        if plan.limit is not None:
            used = sum(_hours(tenant_id, part).quantity for part in parts if part.plan == key)
    return Allowance(plan.key, plan.limit, used, rating.remaining(plan, used), month.stop)


def _count(tenant_id: UUID, month: Month) -> list[_Counted]:
    return [_hours(tenant_id, part) for part in prices.parts(tenant_id, month)]


def _hours(tenant_id: UUID, part: Part) -> _Counted:
    with connection.cursor() as cursor:
        cursor.execute(SQL["hours"], {"tenant": tenant_id, "start": part.start, "stop": part.stop})
        return _Counted(part, tuple(cursor.fetchall()))


def _plans(counted: list[_Counted], month: Month) -> dict[str, Plan]:
    """Give the prices of each plan of the month, in the order in which the tenant had them."""
    return {piece.part.plan: prices.plan_at(piece.part.plan, month.start) for piece in counted}


def _part_at(counted: list[_Counted], now: datetime) -> _Counted:
    return next((piece for piece in reversed(counted) if piece.part.start <= now), counted[0])


def _quantities(counted: list[_Counted]) -> dict[str, int]:
    used: defaultdict[str, int] = defaultdict(int)
    for piece in counted:
        used[piece.part.plan] += piece.quantity
    return dict(used)


def _lines(plans: dict[str, Plan], used: dict[str, int]) -> tuple[StatementLine, ...]:
    rated = [(plan, line) for plan in plans.values() for line in rating.rate(plan, used[plan.key]).lines]
    return tuple(
        StatementLine(
            number,
            plan.key,
            plan.title,
            line.first,
            line.last,
            line.quantity,
            line.unit_price,
            line.amount,
        )
        for number, (plan, line) in enumerate(rated, 1)
    )


def _forecast(counted: list[_Counted], plan: Plan, month: Month, now: datetime) -> rating.Forecast:
    """Extrapolate the running part; what came earlier under the same plan stands."""
    piece = _part_at(counted, now)
    earlier = _quantities(counted)[plan.key] - piece.quantity
    start = piece.part.start
    ahead = rating.forecast(_without_limit(plan), piece.quantity, start=start, now=now, end=month.stop)
    whole = earlier + ahead.quantity
    limit_at = None
    if plan.limit is not None and whole > plan.limit:
        left = max(plan.limit - earlier - piece.quantity, 0)
        if left:
            limit_at = now + left * (now - start) / piece.quantity
        whole = max(plan.limit, earlier + piece.quantity)
    return rating.Forecast(whole, rating.rate(plan, whole), limit_at)


def _without_limit(plan: Plan) -> Plan:
    return Plan(plan.key, plan.title, plan.currency, plan.tiers)


def _cents(total: Decimal, currency: str) -> Decimal:
    return rating.Statement((), total, currency).payable


def _per_flow(counted: list[_Counted], names: dict[UUID, str]) -> tuple[FlowUsage, ...]:
    sums: defaultdict[UUID, int] = defaultdict(int)
    for piece in counted:
        for _, flow_id, quantity in piece.hours:
            sums[flow_id] += quantity
    rows = [FlowUsage(flow_id, names.get(flow_id, ""), quantity) for flow_id, quantity in sums.items()]
    return tuple(sorted(rows, key=lambda row: (-row.quantity, row.name, row.flow_id)))


def _per_day(counted: list[_Counted], month: Month, now: datetime) -> tuple[DayUsage, ...]:
    sums: defaultdict[date, int] = defaultdict(int)
    for piece in counted:
        for hour, _, quantity in piece.hours:
            sums[hour.astimezone(UTC).date()] += quantity
    last = min(month.stop - timedelta(days=1), max(now, month.start)).date()
    days = range((max([last, *sums]) - month.first_day).days + 1)
    return tuple(
        DayUsage(day, sums[day]) for day in (month.first_day + timedelta(days=number) for number in days)
    )


def _flow_names(tenant_id: UUID, counted: list[_Counted]) -> dict[UUID, str]:
    ids = sorted({flow_id for piece in counted for _, flow_id, _ in piece.hours})
    with connection.cursor() as cursor:
        cursor.execute(SQL["flow_names"], {"tenant": tenant_id, "ids": ids})
        return dict(cursor.fetchall())


def _runs(
    tenant_id: UUID, piece: _Counted, places: tuple[int, int], after: UUID | None, limit: int
) -> list[tuple[UUID, UUID, datetime]]:
    """List runs number `places[0]` to `places[1]` of this part."""
    first, last = places
    bounds = {
        "tenant": tenant_id,
        "first": _nth(tenant_id, piece, first),
        "last": None if last == piece.quantity else _nth(tenant_id, piece, last),
        "after": after,
        "stop": piece.part.stop,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(SQL["runs"], bounds)
        found: list[tuple[UUID, UUID, datetime]] = cursor.fetchall()
        return found


def _nth(tenant_id: UUID, piece: _Counted, place: int) -> UUID:
    """Give the run at this place of the part; goes by hours, and skips one hour's runs at most."""
    left = place
    start = piece.part.start
    for hour, rows in groupby(piece.hours, key=itemgetter(0)):
        here = sum(quantity for _, _, quantity in rows)
        start = max(hour, piece.part.start)
        if left <= here:
            break
        left -= here
    with connection.cursor() as cursor:
        cursor.execute(
            SQL["nth"], {"tenant": tenant_id, "start": start, "stop": piece.part.stop, "place": left}
        )
        found = cursor.fetchone()
    if found is None:
        raise AccessError
    run_id: UUID = found[0]
    return run_id
