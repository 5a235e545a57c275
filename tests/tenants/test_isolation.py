"""The web role bound to A reads and writes nothing of B, by ORM or raw SQL; unbound, nothing at all (X-2)."""

from contextlib import contextmanager

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from integrations.errors import AccessError, ConflictError
from integrations.tenants import services
from integrations.tenants.apikeys import Peppers
from integrations.tenants.binding import BIND_SQL, BIND_TENANTS_SQL, bind, bound_tenant, tenants_text
from integrations.tenants.ids import new_id
from integrations.tenants.models import ApiKey, AuditEvent, AuditSeal, Invitation, Member, Role, Tenant
from integrations.tenants.rls import tenant_table_sql
from tests import factories

PEPPERS = Peppers(1, {1: bytes(32)})
OWNED = [Tenant, Member, Invitation, ApiKey, AuditEvent]


def filled(name):
    """A tenant with a row in each table."""
    person = factories.user()
    tenant = factories.tenant(name, owner=person)
    owner = factories.member(tenant.pk, person_id=person.pk)
    services.invite(by=owner, email="new@example.test", role=Role.VIEWER)
    services.create_api_key(by=owner, name="ci", scopes=["flow.view"], peppers=PEPPERS)
    return tenant


@contextmanager
def refused(*kinds):
    """A database error, after which the test's transaction goes on."""
    with pytest.raises(kinds or DatabaseError), transaction.atomic():
        yield


@pytest.fixture
def two(db):
    return filled("A"), filled("B")


@pytest.mark.parametrize("model", OWNED)
def test_the_orm_sees_only_the_bound_tenant(two, as_role, model):
    mine, _ = two
    with as_role("web"), bind(mine.pk):
        owners = {getattr(row, "tenant_id", row.pk) for row in model.objects.all()}
    assert owners == {mine.pk}


TABLES = ["tenants_tenant", "tenants_member", "tenants_invitation", "tenants_apikey", "tenants_auditevent"]


@pytest.mark.parametrize("table", TABLES)
def test_raw_sql_sees_only_the_bound_tenant(two, as_role, table):
    mine, other = two
    column = "id" if table == "tenants_tenant" else "tenant_id"
    parts = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
    foreign = sql.SQL("SELECT count(*) FROM {table} WHERE {column} = %s").format(**parts)
    everything = sql.SQL("SELECT DISTINCT {column} FROM {table} WHERE {column} = %s OR true").format(**parts)
    with as_role("web"), bind(mine.pk), connection.cursor() as cursor:
        cursor.execute(foreign, [other.pk])
        assert cursor.fetchone() == (0,)
        cursor.execute(everything, [other.pk])
        assert cursor.fetchall() == [(mine.pk,)]


@pytest.mark.parametrize("model", OWNED)
@pytest.mark.parametrize("role", ["web", "engine"])
def test_without_a_tenant_every_read_is_an_error(two, as_role, model, role):
    with as_role(role), refused():
        model.objects.count()


def test_without_a_tenant_every_write_is_an_error(two, as_role):
    mine, _ = two
    with as_role("web"):
        with refused():
            Tenant.objects.filter(pk=mine.pk).update(name="x")
        with refused():
            Member.objects.filter(tenant=mine).delete()
        with refused():
            Tenant.objects.create(name="x", slug="x")


def test_the_web_changes_nothing_of_another_tenant(two, as_role):
    mine, other = two
    with as_role("web"), bind(mine.pk):
        assert Tenant.objects.filter(pk=other.pk).update(name="taken") == 0
        assert ApiKey.objects.filter(tenant_id=other.pk).update(name="taken") == 0
        assert Member.objects.filter(tenant_id=other.pk).delete() == (0, {})
        with refused():
            Member.objects.create(tenant_id=other.pk, user=factories.user(), role="owner")
        with refused():
            Member.objects.filter(tenant_id=mine.pk).update(tenant_id=other.pk)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE tenants_member SET role = 'viewer' WHERE tenant_id = %s", [other.pk])
            assert cursor.rowcount == 0
    other.refresh_from_db()
    assert other.name == "B"
    assert Member.objects.filter(tenant=other, role="owner").count() == 1


def test_an_insert_that_names_another_tenant_cannot_probe_for_its_rows(two, as_role):
    mine, other = two
    taken = Member.objects.get(tenant=other)
    with as_role("web"), bind(mine.pk), refused(DatabaseError) as _:
        Member.objects.create(tenant_id=other.pk, user_id=taken.user_id, role="owner")


def test_the_web_has_no_right_to_change_audit_rows(two, as_role):
    mine, _ = two
    with as_role("web"), bind(mine.pk):
        with refused():
            AuditEvent.objects.filter(tenant_id=mine.pk).update(action="nothing")
        with refused():
            AuditEvent.objects.filter(tenant_id=mine.pk).delete()
        with refused():
            AuditSeal.objects.create(
                tenant_id=mine.pk, sequence=1, event_id=new_id(), previous_hash=b"", hash=b""
            )


def test_the_engine_sees_the_tenants_that_it_named(two, as_role):
    mine, other = two
    third = filled("C")
    with as_role("engine"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BIND_TENANTS_SQL, [tenants_text([mine.pk, other.pk])])
        assert set(Tenant.objects.values_list("pk", flat=True)) == {mine.pk, other.pk}
        assert third.pk not in set(Member.objects.values_list("tenant_id", flat=True))


@pytest.mark.parametrize("value", ["", "{}", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_setting_that_names_no_tenant_opens_nothing(two, as_role, value):
    with as_role("web"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sevenm.tenant', %s, true)", [value])
        try:
            with transaction.atomic():
                assert Tenant.objects.count() == 0
        except DatabaseError:
            assert "00000000" not in value


def test_a_pooled_connection_keeps_no_tenant_after_its_transaction(connect, transactional_db):
    tenant = filled("A")
    web = connect("web")
    with web.transaction():
        web.execute(BIND_SQL, (str(tenant.pk), tenants_text([tenant.pk])))
        assert web.execute("SELECT count(*) FROM tenants_tenant").fetchone() == (1,)
    with pytest.raises(psycopg.errors.InvalidTextRepresentation), web.transaction():
        web.execute("SELECT count(*) FROM tenants_tenant")


def test_the_web_cannot_become_another_role(connect):
    web = connect("web")
    for statement in ("SET ROLE sevenm_owner", "SET SESSION AUTHORIZATION postgres", "CREATE TABLE x ()"):
        with pytest.raises(psycopg.Error), web.transaction():
            web.execute(statement)


def test_bind_ends_with_its_block(two):
    mine, _ = two
    with bind(mine.pk), bind(mine.pk):
        assert bound_tenant() == mine.pk
    with pytest.raises(AccessError):
        bound_tenant()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('sevenm.tenant', true)")
        assert cursor.fetchone()[0] in ("", None)


def test_a_transaction_works_for_one_tenant_only(two):
    mine, other = two
    with bind(mine.pk), pytest.raises(ConflictError) as refusal, bind(other.pk):
        pass
    assert refusal.value.code == "tenant.already_bound"


def test_naming_no_tenant_is_an_error():
    with pytest.raises(AccessError):
        tenants_text([])


@pytest.mark.parametrize("table", ["a; DROP TABLE b", 'a"b', "A", ""])
def test_the_generator_takes_plain_names_only(table):
    with pytest.raises(ValueError, match="plain name"):
        tenant_table_sql(table)
