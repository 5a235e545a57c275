"""Celery's door to counting latencies: beat knocks, whoever comes second finds nothing to do."""

from celery import shared_task
from django.conf import settings

from integrations.telemetry import services


@shared_task(name="telemetry.roll", ignore_result=True)
def roll() -> None:
    """Count closed minutes, then refresh the public page where it is due."""
    services.roll(region=settings.SEVENM.region)
    services.publish()
