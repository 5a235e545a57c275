"""Connections: a tenant's access to one service."""

from django.db import models
from django.db.models.functions import Now
from typing_extensions import override

from integrations.tenants.ids import new_id
from integrations.tenants.models import Tenant


class Mode(models.TextChoices):
    LIVE = "live", "Live"
    SANDBOX = "sandbox", "The vendor's test system"
    TWIN = "twin", "7M's twin"


class Status(models.TextChoices):
    NEW = "new", "Not tested yet"
    CHECKING = "checking", "Being tested"
    OK = "ok", "Works"
    FAILED = "failed", "Does not work"
    NO_SECRET = "no_secret", "Credentials are missing"


class Connection(models.Model):
    """config holds nothing secret. secret: JSON of the secret fields, sealed; None after the host changed.

    base_url: where the credentials may go. detail: the outcome of the last test, in words.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    connector = models.CharField(max_length=60)
    name = models.CharField(max_length=80)
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.LIVE)
    config = models.JSONField(default=dict)
    base_url = models.CharField(max_length=500)
    secret = models.BinaryField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.NEW)
    detail = models.CharField(max_length=500, blank=True)
    checked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="connectors_connection_name_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="connectors_connection_of_tenant"),
            models.CheckConstraint(
                condition=models.Q(mode__in=Mode.values), name="connectors_connection_mode"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="connectors_connection_status"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name
