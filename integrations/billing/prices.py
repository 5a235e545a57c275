"""Which prices hold when, and which plan a tenant has."""

from datetime import datetime
from uuid import UUID

from integrations.billing.models import PricePlan, Subscription
from integrations.billing.months import Month, Part, parts_of
from integrations.errors import ConfigError
from integrations.pricing.plans import FREE, Plan, read_plan


def plan_at(code: str, moment: datetime) -> Plan:
    """Give the version of a plan in force at a moment. Raises ConfigError ``billing.unknown_plan``."""
    row = PricePlan.objects.filter(code=code, valid_from__lte=moment).order_by("-valid_from").first()
    if row is None:
        raise ConfigError("billing.unknown_plan", "There is no such plan.", place="plan")
    return _plan(row)


def plans_at(moment: datetime) -> list[Plan]:
    """List the plans in force at a moment, by name of their code."""
    rows = PricePlan.objects.filter(valid_from__lte=moment).order_by("code", "-valid_from").distinct("code")
    return [_plan(row) for row in rows]


def parts(tenant_id: UUID, month: Month) -> tuple[Part, ...]:
    """Cut a month at the tenant's changes of plan; inside `bind`."""
    chosen = Subscription.objects.filter(tenant_id=tenant_id, starts_at__lt=month.stop).order_by("starts_at")
    return parts_of(month, list(chosen.values_list("starts_at", "plan")), default=FREE.key)


def _plan(row: PricePlan) -> Plan:
    return read_plan(
        {
            "key": row.code,
            "title": row.title,
            "currency": row.currency,
            "limit": row.limit,
            "tiers": row.tiers,
        }
    )
