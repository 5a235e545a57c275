"""Counts runs into hours, and keeps who has which plan."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from integrations.billing import prices
from integrations.billing.models import Subscription
from integrations.billing.months import month_of
from integrations.billing.sentences import SQL
from integrations.errors import ConflictError
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.ids import moment_of

LAG = timedelta(minutes=2)
"""A run is stored a moment after its id was made."""
AGAIN = timedelta(minutes=10)
"""So far back everything is counted anew each time, for what came in late."""
ONCE_MORE = timedelta(hours=1)
"""And so far back when an hour is over."""
EVERY = timedelta(minutes=5)
PIECE = timedelta(days=7)


def count(*, now: datetime | None = None) -> int:
    """Count the runs since the last time, if that is five minutes ago; give how many hours were counted anew.

    now: else the database's clock.
    """
    with transaction.atomic():
        if not _one("lock")[0]:
            return 0
        clock, counted_until, oldest = _one("progress")
        now = now or clock
        until = (now - LAG).replace(second=0, microsecond=0)
        if counted_until is None:
            low = moment_of(oldest) if oldest is not None else until
        elif until - counted_until < EVERY:
            return 0
        else:
            low = counted_until - (AGAIN if until.hour == counted_until.hour else ONCE_MORE)
        return _count(low, until)


def recount(*, low: datetime, high: datetime) -> int:
    """Count whole hours anew, as far as they were counted before; give how many those were."""
    with transaction.atomic():
        counted_until = _one("progress")[1]
        if counted_until is None:
            return 0
        high = min(high.replace(minute=59, second=59, microsecond=0) + timedelta(seconds=1), counted_until)
        return _count(low, high, is_again=True) if low < high else 0


def choose_plan(*, by: Actor, plan: str, now: datetime | None = None) -> Subscription:
    """Give the tenant another plan from now on. Raises ConfigError, ConflictError when it has this one."""
    require(by, "tenant.edit")
    with bind(by.tenant_id):
        with connection.cursor() as cursor:  # one change of a tenant's plan at a time
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 9))", [f"plan {by.tenant_id}"])
        now = now or _one("clock")[0]
        month = month_of(now)
        chosen = prices.plan_at(plan, month.start)
        before = [part.plan for part in prices.parts(by.tenant_id, month) if part.start <= now][-1]
        if chosen.key == before:
            raise ConflictError("billing.same_plan", "The tenant has this plan already.", place="plan")
        made = Subscription.objects.create(tenant_id=by.tenant_id, plan=chosen.key, starts_at=now)
        audit.record(by, "billing.plan_chosen", made, before=before, plan=chosen.key)
    return made


def _count(low: datetime, high: datetime, *, is_again: bool = False) -> int:
    """Count hour by hour in pieces; the first and the last hour are counted whole and so far, as they are."""
    start = low.replace(minute=0, second=0, microsecond=0)
    at = start
    while at < high:
        until = min(at + PIECE, high)
        _one("count", low=at, high=until)
        at = until
    if not is_again:
        with connection.cursor() as cursor:
            cursor.execute(SQL["note_counted"], {"until": high})
    return -((start - high) // timedelta(hours=1))


def _one(name: str, **values: datetime | UUID) -> tuple:  # type: ignore[type-arg]  # columns differ by statement
    with connection.cursor() as cursor:
        cursor.execute(SQL[name], values)
        found: tuple = cursor.fetchall()[0]  # type: ignore[type-arg]  # as above
        return found
