"""A tenant with a flow, and another one that must see none of it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.tenants.models import AuditEvent
from tests import factories
from tests.desk import rows


@pytest.fixture
def shop(db):
    return factories.tenant()


@pytest.fixture
def flow(shop):
    return rows.flow(shop.pk)


@pytest.fixture
def owner(shop):
    return factories.member(shop.pk)


@pytest.fixture
def viewer(shop):
    return factories.member(shop.pk, "viewer")


@pytest.fixture
def stranger(db):
    """The owner of another tenant."""
    return factories.member(factories.tenant("Andean Wool").pk)


@pytest.fixture
def trail(shop):
    """Give the audit rows of the shop: action, object and facts, oldest first."""

    def read(action=""):
        found = AuditEvent.objects.filter(tenant_id=shop.pk).exclude(action="tenant.created").order_by("id")
        found = found.filter(action=action) if action else found
        return [(event.action, event.object, event.facts) for event in found]

    return read


@pytest.fixture
def counting():
    """Count the statements of a block, without those that open transactions and bind them."""

    class Count(CaptureQueriesContext):
        @property
        def reads(self):
            return [
                query["sql"]
                for query in self.captured_queries
                if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "SELECT set_config"))
            ]

    return lambda: Count(connection)


@pytest.fixture
def committed(transactional_db):
    """Let other connections see rows; the engine's tables, which Django does not manage, are emptied."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE engine_run, engine_document, engine_attempt, engine_alert, engine_replay, engine_batch"
            " CASCADE"
        )
