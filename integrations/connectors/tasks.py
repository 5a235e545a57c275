"""Celery's doors to using a connection outside of a run."""

from uuid import UUID

from celery import shared_task

from integrations.connectors import checks

CHECK = "connectors.check"
CHOICES = "connectors.choices"


@shared_task(name=CHECK, ignore_result=True, time_limit=60)
def check(tenant_id: str, connection_id: str) -> None:
    """Test one connection."""
    checks.check(UUID(tenant_id), UUID(connection_id))


@shared_task(name=CHOICES, ignore_result=True, time_limit=60)
def load_choices(tenant_id: str, connection_id: str, operation: str, field: str) -> None:
    """Load what a field can be, and keep it sealed for a while."""
    checks.load_choices(UUID(tenant_id), UUID(connection_id), operation, field)
