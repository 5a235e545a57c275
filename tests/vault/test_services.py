import pytest
from django.db import connection, transaction

from integrations.errors import AccessError, ConfigError, ConflictError
from integrations.tenants import audit, queries
from integrations.tenants import services as tenants
from integrations.tenants.binding import bind
from integrations.tenants.ids import new_id
from integrations.tenants.models import AuditEvent
from integrations.vault import services
from integrations.vault.ciphers import wrapped_key
from integrations.vault.envelope import UnreadableError
from integrations.vault.keyring import Keyring, append_root, key_file
from integrations.vault.models import KeyState, TenantKey
from integrations.vault.purposes import WEB_PURPOSES, Purpose
from integrations.vault.sealed import read_public
from tests import factories

pytestmark = pytest.mark.django_db


def add_note(tenant_id, column, value):
    row_id = new_id()
    with bind(tenant_id), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO vaulttest_note (id, tenant_id, {column}) VALUES (%s, %s, %s)",  # noqa: S608  two columns
            [row_id, tenant_id, value(row_id)],
        )
    return row_id


def test_a_value_opens_for_its_tenant_and_nobody_else(ring, as_role):
    tenant_id, other, row_id = new_id(), new_id(), new_id()
    with as_role("web"):
        sealed = services.seal(tenant_id, "data", "t", "c", row_id, b"secret")
        assert services.open_(tenant_id, "data", "t", "c", row_id, sealed) == b"secret"
        with pytest.raises(UnreadableError):
            services.open_(other, "data", "t", "c", row_id, sealed)
        with pytest.raises(UnreadableError):
            services.open_(tenant_id, "ingress", "t", "c", row_id, sealed)


def test_the_first_use_makes_one_key_of_each_purpose(ring):
    tenant_id = new_id()
    for _ in range(3):
        services.seal(tenant_id, "data", "t", "c", new_id(), b"")
    services.seal(tenant_id, "cred", "t", "c", new_id(), b"")
    assert sorted(TenantKey.objects.values_list("purpose", "version", "state")) == [
        ("cred", 1, "current"),
        ("data", 1, "current"),
    ]


def test_no_key_in_the_database_is_readable_there(ring):
    tenant_id = new_id()
    cipher = services.cipher_for(tenant_id, "data")
    wrapped = bytes(TenantKey.objects.get().wrapped)
    key = ring.unwrap(wrapped_key(tenant_id, "data", 1, 1, wrapped, "current"))
    assert key not in wrapped
    assert cipher.current == 1


def test_a_key_of_a_transaction_that_was_undone_is_not_kept(ring):
    tenant_id = new_id()
    with transaction.atomic():
        services.seal(tenant_id, "data", "t", "c", new_id(), b"lost with the transaction")
        transaction.set_rollback(True)
    assert not TenantKey.objects.exists()
    row_id = new_id()
    sealed = services.seal(tenant_id, "data", "t", "c", row_id, b"kept")
    services.use_keys(ring)
    assert services.open_(tenant_id, "data", "t", "c", row_id, sealed) == b"kept"


def test_without_keys_nothing_is_sealed():
    services.use_keys(None)
    with pytest.raises(ConfigError) as refusal:
        services.seal(new_id(), "data", "t", "c", new_id(), b"x")
    assert refusal.value.code == "vault.no_keys"


def test_the_web_stores_a_credential_and_cannot_open_it(ring, folder, notes, as_role):
    tenant_id = factories.tenant().pk
    services.use_keys(Keyring(folder, WEB_PURPOSES), sealer=read_public(folder))
    with as_role("web"):
        row_id = add_note(
            tenant_id,
            "secret",
            lambda row: services.seal_credential(tenant_id, "vaulttest_note", "secret", row, b"sk_live"),
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM vaulttest_note WHERE id = %s", [row_id])
        stored = bytes(cursor.fetchone()[0])
    with pytest.raises(ConfigError):
        services.open_credential(tenant_id, "vaulttest_note", "secret", row_id, stored)
    with pytest.raises(ConfigError):
        services.seal(tenant_id, "cred", "vaulttest_note", "secret", row_id, b"forged")


def test_the_worker_turns_sealed_credentials_into_envelopes(ring, notes, as_role):
    tenant_id = factories.tenant().pk
    place = (tenant_id, "vaulttest_note", "secret")
    row_id = add_note(tenant_id, "secret", lambda row: services.seal_credential(*place, row, b"sk_live"))
    add_note(tenant_id, "secret", lambda row: services.seal(tenant_id, "cred", *place[1:], row, b"old"))
    with as_role("engine"):
        assert services.rewrap_pending(tenant_id) == 1
        assert services.rewrap_pending(tenant_id) == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM vaulttest_note WHERE id = %s", [row_id])
        stored = bytes(cursor.fetchone()[0])
    assert stored[:2] == b"7M"
    assert services.open_credential(*place, row_id, stored) == b"sk_live"


def test_a_shredded_tenant_reads_and_writes_nothing_more(ring):
    person = factories.user()
    tenant_id = factories.tenant(owner=person).pk
    row_id = new_id()
    sealed = services.seal(tenant_id, "data", "t", "c", row_id, b"gone")
    assert services.shred_tenant(by=queries.actor_for(person, tenant_id)) == 1
    with pytest.raises(UnreadableError):
        services.open_(tenant_id, "data", "t", "c", row_id, sealed)
    for purpose in Purpose:
        with pytest.raises(UnreadableError):
            services.seal(tenant_id, purpose, "t", "c", row_id, b"new")
    keys = TenantKey.objects.filter(tenant_id=tenant_id)
    assert {(key.state, bytes(key.wrapped)) for key in keys} == {(KeyState.DESTROYED, b"")}
    assert AuditEvent.objects.filter(tenant_id=tenant_id, action="tenant.shredded").count() == 1


def test_only_an_owner_shreds(ring):
    tenant_id = factories.tenant().pk
    services.seal(tenant_id, "data", "t", "c", new_id(), b"")
    with pytest.raises(AccessError):
        services.shred_tenant(by=factories.member(tenant_id, "builder"))
    assert TenantKey.objects.get(tenant_id=tenant_id).state == KeyState.CURRENT


def test_api_keys_outlive_a_new_root(ring, folder):
    person = factories.user()
    tenant_id = factories.tenant(owner=person).pk
    owner = queries.actor_for(person, tenant_id)
    made = tenants.create_api_key(
        by=owner, name="x", scopes=["flow.view"], peppers=services.api_key_peppers()
    )
    append_root(key_file(folder, Purpose.AUTH))
    peppers = services.api_key_peppers()
    assert peppers.current == 2
    assert queries.api_key_actor(made.text, peppers=peppers).tenant_id == tenant_id


def test_the_web_adds_keys_and_changes_none(ring, as_role):
    tenant_id = new_id()
    with as_role("web"), bind(tenant_id):
        services.seal(tenant_id, "data", "t", "c", new_id(), b"")
        for change in (
            lambda: TenantKey.objects.update(state="destroyed"),
            lambda: TenantKey.objects.all().delete(),
        ):
            with pytest.raises(Exception, match="permission denied"), transaction.atomic():
                change()


def test_work_for_one_tenant_cannot_seal_for_another(ring):
    with bind(new_id()), pytest.raises(ConflictError):
        services.seal(new_id(), "data", "t", "c", new_id(), b"")
    assert audit.verify_chain(new_id()).problems == ()
