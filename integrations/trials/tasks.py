"""Celery's doors to shadow runs. Each may be lost or come twice."""

from uuid import UUID

from celery import shared_task

from integrations.trials import models
from integrations.trials.services import shadows

GO_ON = "trials.shadow"
FORGET = "trials.forget"


@shared_task(name=GO_ON, ignore_result=True, time_limit=120)
def go_on(tenant_id: str, shadow_id: str) -> None:
    """Go on with a shadow run."""
    row = shadows.go_on(UUID(tenant_id), UUID(shadow_id))
    if row is not None and not row.is_done:
        go_on.delay(tenant_id, shadow_id)


@shared_task(name=FORGET, ignore_result=True, time_limit=60)
def forget() -> None:
    """Delete old reports."""
    shadows.forget_everywhere()


def hand_over(row: models.Shadow) -> None:
    """Have a worker go on with a report that is not done."""
    if not row.is_done:
        go_on.delay(str(row.tenant_id), str(row.id))
