"""Celery's door to the audit chain. It may be lost or come twice."""

from celery import shared_task

from integrations.tenants import audit

SEAL = "tenants.seal_audit"


@shared_task(name=SEAL, ignore_result=True, time_limit=60)
def seal_audit() -> None:
    """Chain the audit rows that wait for it."""
    audit.seal_all()
