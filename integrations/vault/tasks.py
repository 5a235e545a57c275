"""Celery's door to credentials that the web sealed. It may be lost or come twice."""

from celery import shared_task

from integrations.vault import services

REWRAP = "vault.rewrap"


@shared_task(name=REWRAP, ignore_result=True, time_limit=60)
def rewrap() -> None:
    """Turn sealed credentials into envelopes of their tenants' keys."""
    services.rewrap_everywhere()
