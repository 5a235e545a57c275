"""Celery's door to counting usage."""

from celery import shared_task

from integrations.billing import services


@shared_task(name="billing.count", ignore_result=True)
def count() -> None:
    """Count new runs into hours."""
    services.count()
