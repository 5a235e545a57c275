"""Celery's door to testing a connection."""

from uuid import UUID

from celery import shared_task

from integrations.connectors import checks

CHECK = "connectors.check"


@shared_task(name=CHECK, ignore_result=True, time_limit=60)
def check(tenant_id: str, connection_id: str) -> None:
    """Test one connection."""
    checks.check(UUID(tenant_id), UUID(connection_id))
