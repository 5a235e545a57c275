"""Prices, who has which plan, and how much was used. The meter itself is the run: `engine_run.billable`."""

from django.db import models
from django.db.models.functions import Now
from typing_extensions import override

from integrations.tenants.ids import new_id
from integrations.tenants.models import Tenant


class PricePlan(models.Model):
    """One version of a price list, never changed. tiers: as `pricing.read_plan` reads them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    valid_from = models.DateTimeField()
    title = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    limit = models.PositiveIntegerField(null=True)
    tiers = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="billing_priceplan_version_once"),
            models.UniqueConstraint(fields=["code", "valid_from"], name="billing_priceplan_one_at_a_time"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.title} {self.version}"


class Subscription(models.Model):
    """From when on a tenant has a plan, until its next row. Before the first one it has the free plan."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    plan = models.CharField(max_length=40)
    starts_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "starts_at"], name="billing_subscription_one_at_a_time")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.plan} from {self.starts_at:%Y-%m-%d %H:%M}"


class UsageHour(models.Model):
    """Billable runs of one flow within one hour, counted from the runs. The hour is that of the run's id."""

    pk = models.CompositePrimaryKey("tenant_id", "hour", "flow_id")
    tenant_id = models.UUIDField()
    hour = models.DateTimeField()
    flow_id = models.UUIDField()
    quantity = models.PositiveBigIntegerField()

    class Meta:
        db_table = "billing_usagehour"

    @override
    def __str__(self) -> str:
        return f"{self.flow_id} {self.hour:%Y-%m-%d %H}: {self.quantity}"


class Counted(models.Model):
    """One row: up to when the runs are counted into hours. What came later is counted when somebody looks."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="billing_counted_is_one_row")]

    @override
    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d %H:%M}"
