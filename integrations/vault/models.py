from django.db import models
from django.db.models.functions import Now
from typing_extensions import override

from integrations.tenants.ids import new_id
from integrations.vault.purposes import Purpose


class KeyState(models.TextChoices):
    """current seals and opens; readable and retired only open; destroyed is the tombstone of a key."""

    CURRENT = "current", "Current"
    READABLE = "readable", "Readable, values are being re-wrapped"
    RETIRED = "retired", "Retired, no value uses it"
    DESTROYED = "destroyed", "Destroyed"


class TenantKey(models.Model):
    """A version of the key of one tenant and purpose, wrapped by a root key.

    tenant_id is no foreign key: the installation has keys too, and a tombstone must outlive its tenant.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    purpose = models.CharField(max_length=12)
    version = models.PositiveIntegerField()
    root_version = models.PositiveIntegerField()
    wrapped = models.BinaryField(max_length=60)
    state = models.CharField(max_length=10, choices=KeyState.choices, default=KeyState.CURRENT)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "purpose", "version"], name="vault_key_version_once"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "purpose"],
                condition=models.Q(state=KeyState.CURRENT),
                name="vault_key_one_current",
            ),
            models.CheckConstraint(condition=models.Q(purpose__in=Purpose), name="vault_key_purpose"),
            models.CheckConstraint(condition=models.Q(state__in=KeyState.values), name="vault_key_state"),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="vault_key_from_one"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.purpose} {self.version} ({self.state})"
