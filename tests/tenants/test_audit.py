"""The chain finds every change of what was sealed (SECURITY X-7)."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from integrations.errors import AccessError
from integrations.tenants import audit
from integrations.tenants.access import system
from integrations.tenants.audit import Head, canonical_json
from integrations.tenants.binding import bind
from integrations.tenants.ids import new_id
from integrations.tenants.models import AuditEvent, AuditSeal

pytestmark = pytest.mark.django_db


def told(tenant_id, count=5):
    """A sealed chain of so many events."""
    for number in range(count):
        with bind(tenant_id):
            audit.record(system(tenant_id), "flow.published", "flow:1", version=number, note="ok", live=True)
    assert audit.seal(tenant_id) == count
    return tenant_id


def test_an_untouched_chain_has_no_problems():
    tenant_id = told(new_id())
    report = audit.verify_chain(tenant_id)
    assert (report.sealed, report.unsealed, report.problems) == (5, 0, ())
    assert audit.seal(tenant_id) == 0


def test_a_chain_goes_on_where_it_ended():
    tenant_id = told(new_id(), 2)
    with bind(tenant_id):
        audit.record(system(tenant_id), "run.cancelled", new_id())
    assert audit.verify_chain(tenant_id).unsealed == 1
    assert audit.seal(tenant_id) == 1
    assert audit.verify_chain(tenant_id).sealed == 3


TAMPERING = {
    "action": "UPDATE tenants_auditevent SET action = 'flow.viewed' WHERE id = %(event)s",
    "time": "UPDATE tenants_auditevent SET at = at - interval '1 second' WHERE id = %(event)s",
    "actor": "UPDATE tenants_auditevent SET actor_label = 'somebody else' WHERE id = %(event)s",
    "actor id": "UPDATE tenants_auditevent SET actor_id = gen_random_uuid() WHERE id = %(event)s",
    "origin": "UPDATE tenants_auditevent SET origin = '::1' WHERE id = %(event)s",
    "outcome": "UPDATE tenants_auditevent SET outcome = 'refused' WHERE id = %(event)s",
    "object": "UPDATE tenants_auditevent SET object = 'flow:2' WHERE id = %(event)s",
    "a fact": "UPDATE tenants_auditevent SET facts = facts || '{\"version\": 9}' WHERE id = %(event)s",
    "a fact's type": "UPDATE tenants_auditevent SET facts = facts || '{\"live\": 1}' WHERE id = %(event)s",
    "row gone": "DELETE FROM tenants_auditevent WHERE id = %(event)s",
    "link gone": "DELETE FROM tenants_auditseal WHERE event_id = %(event)s",
    "link and row gone": "WITH gone AS (DELETE FROM tenants_auditseal WHERE event_id = %(event)s)"
    " DELETE FROM tenants_auditevent WHERE id = %(event)s",
    "link rewritten": "UPDATE tenants_auditseal SET hash = sha256('x') WHERE event_id = %(event)s",
    "links swapped": "UPDATE tenants_auditseal SET sequence = CASE sequence WHEN 3 THEN 30 ELSE sequence END"
    " WHERE event_id = %(event)s",
}


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING)
def test_every_tampering_is_found(statement):
    tenant_id = told(new_id())
    event = AuditSeal.objects.get(tenant_id=tenant_id, sequence=3).event_id
    with connection.cursor() as cursor:
        cursor.execute(statement, {"event": event})
        assert cursor.rowcount == 1
    assert audit.verify_chain(tenant_id).problems != ()


def test_a_chain_cut_short_is_found_by_a_head_kept_elsewhere():
    tenant_id = told(new_id())
    kept = audit.verify_chain(tenant_id).head
    assert audit.verify_chain(tenant_id, kept=kept).problems == ()
    last = AuditSeal.objects.get(tenant_id=tenant_id, sequence=5)
    AuditEvent.objects.filter(pk=last.event_id).delete()
    last.delete()
    assert audit.verify_chain(tenant_id).problems == ()
    assert len(audit.verify_chain(tenant_id, kept=kept).problems) == 1
    assert audit.verify_chain(tenant_id, kept=Head(0, bytes(32))).problems == ()


def test_chains_of_tenants_are_their_own(as_role):
    told(new_id(), 3)
    tenant_id = new_id()
    with bind(tenant_id):
        audit.record(system(tenant_id), "tenant.created")
    with as_role("engine"):
        assert audit.seal_all() == 1
    assert AuditSeal.objects.get(tenant_id=tenant_id).sequence == 1


def test_a_row_that_was_written_before_the_newest_seal_is_still_sealed():
    tenant_id = told(new_id(), 2)
    with bind(tenant_id):
        late = audit.record(system(tenant_id), "flow.published")
    AuditEvent.objects.filter(pk=late.pk).update(at=late.at - timedelta(hours=2))
    assert audit.seal(tenant_id) == 1


def test_the_row_goes_with_its_transaction():
    tenant_id = new_id()
    with transaction.atomic(), bind(tenant_id):
        audit.record(system(tenant_id), "flow.published")
        transaction.set_rollback(True)
    assert not AuditEvent.objects.filter(tenant_id=tenant_id).exists()


def test_an_audit_row_outside_of_a_bound_transaction_is_refused():
    with pytest.raises(AccessError):
        audit.record(system(new_id()), "flow.published")
    with bind(new_id()), pytest.raises(AccessError):
        audit.record(system(new_id()), "flow.published")


@pytest.mark.parametrize("fact", [1.5, b"x", {"a": 1}, ["a"]])
def test_facts_are_ids_and_settings_only(fact):
    tenant_id = new_id()
    with bind(tenant_id), pytest.raises(TypeError):
        audit.record(system(tenant_id), "flow.published", what=fact)


def test_the_engine_writes_the_same_row_without_the_orm(as_role):
    tenant_id = new_id()
    with as_role("engine"), bind(tenant_id), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            audit.RECORD_SQL, audit.record_values(system(tenant_id), "run.dead", "run:1", attempt=3)
        )
    assert audit.seal(tenant_id) == 1
    assert audit.verify_chain(tenant_id).problems == ()
    assert AuditEvent.objects.get(tenant_id=tenant_id).facts == {"attempt": 3}


def test_canonical_json_has_one_text_for_one_value():
    assert (
        canonical_json({"b": 1, "a": "ü"}) == canonical_json({"a": "ü", "b": 1}) == '{"a":"ü","b":1}'.encode()
    )
