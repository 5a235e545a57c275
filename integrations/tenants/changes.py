"""Telling the engine that something its compiled flows depend on has changed."""

from uuid import UUID

from django.db.models.functions import Now

from integrations.tenants.models import Change


def changed(tenant_id: UUID) -> None:
    """Note a change of a connection, a partner or a table; inside `bind`, in the same transaction."""
    Change.objects.update_or_create(tenant_id=tenant_id, defaults={"changed_at": Now()})
