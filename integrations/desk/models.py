"""Where alerts go, what people did about them, and the messages about them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from typing_extensions import override

from integrations.tenants.ids import new_id
from integrations.tenants.models import Tenant


class RouteKind(models.TextChoices):
    EMAIL = "email", "E-mail"
    WEBHOOK = "webhook", "Webhook"


class AlertRoute(models.Model):
    """An address that alerts go to. Without any of kind e-mail, owners and builders are told by e-mail.

    secret: signs the messages of a webhook; sealed for purpose ``cred`` at (desk_alertroute, secret, id).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=RouteKind.choices)
    target = models.CharField(max_length=500)
    secret = models.BinaryField(null=True)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "target"], name="desk_alertroute_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=RouteKind.values), name="desk_alertroute_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(kind=RouteKind.EMAIL) | models.Q(secret__isnull=False),
                name="desk_alertroute_signs",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.target}"


class FollowUp(models.Model):
    """What people and 7M did about an alert. warned_h: hours left at the last warning, or 0."""

    alert_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=254, blank=True)
    warned_h = models.PositiveSmallIntegerField(default=0)

    @override
    def __str__(self) -> str:
        return str(self.alert_id)


class NoticeKind(models.TextChoices):
    RAISED = "raised", "New alerts"
    DIGEST = "digest", "Alerts that go on"
    EXPIRING = "expiring", "Dead letters that expire soon"
    APPROVAL = "approval", "A decision that a run waits for"


class Notice(models.Model):
    """One message to one address, tried until it is taken or given up.

    facts: what it says, never a payload. due_at: when it is tried next; None once it is sent or given up.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    route_id = models.UUIDField(null=True)
    channel = models.CharField(max_length=8, choices=RouteKind.choices)
    target = models.CharField(max_length=500)
    kind = models.CharField(max_length=8, choices=NoticeKind.choices)
    alert_ids = ArrayField(models.UUIDField())
    facts = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, db_default=Now())
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant_id", "due_at"],
                name="desk_notice_due",
                condition=models.Q(due_at__isnull=False),
            ),
            models.Index(fields=["tenant_id", "-id"], name="desk_notice_listed"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind} to {self.channel}"
