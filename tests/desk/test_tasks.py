import pytest

from integrations.connectors import checks
from integrations.connectors.egress import development
from integrations.desk import tasks
from integrations.desk.models import AlertRoute, Notice
from integrations.desk.services import alerts
from integrations.engine.apps import SEALED
from integrations.tenants import audit
from integrations.tenants.tasks import seal_audit
from integrations.vault.tasks import rewrap
from sevenm.celery import SCHEDULE, app
from tests.desk import rows

pytestmark = pytest.mark.django_db


def test_everything_on_the_schedule_is_a_task():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in SCHEDULE.values()} <= set(app.tasks)


def test_the_beat_tells_people_of_alerts(flow, as_role):
    checks.use_egress(development())
    rows.alert(flow)
    rows.run(flow)
    with as_role("engine"):
        tasks.tell()
        tasks.forget()
    assert Notice.objects.exclude(sent_at=None).count() == 1


def test_the_beat_seals_the_audit_and_rewraps_what_the_web_sealed(shop, owner, as_role):
    with as_role("web"):
        alerts.create_route(by=owner, kind="webhook", target="https://ops.example.test/7m")
    with as_role("engine"):
        seal_audit()
        rewrap()
    assert audit.verify_chain(shop.pk).unsealed == 0
    assert bytes(AlertRoute.objects.get().secret).startswith(b"7M")


def test_every_document_of_a_run_is_registered_for_rotation():
    assert {column.sealed_as for column in SEALED} == {
        "input",
        "reply",
        "edited",
        "exchange",
        "body",
        "comment",
    }
