"""Celery's doors to the desk. Each may be lost or come twice."""

from celery import shared_task
from django.conf import settings

from integrations.connectors.checks import egress_policy
from integrations.desk import notify
from integrations.desk.services import notices

NOTIFY = "desk.notify"
FORGET = "desk.forget_notices"


@shared_task(name=NOTIFY, ignore_result=True, time_limit=60)
def tell() -> None:
    """Tell people about alerts."""
    notify.make_round(egress_policy(), site_url=settings.SEVENM.public_url)


@shared_task(name=FORGET, ignore_result=True, time_limit=60)
def forget() -> None:
    """Delete old messages."""
    notices.forget_everywhere()
