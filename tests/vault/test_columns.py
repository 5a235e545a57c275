"""Every column of ciphertext is known to the rotation, and what is registered fits the database."""

import pytest
from django.db import connection

from integrations.vault import columns, rotation
from integrations.vault.columns import EncryptedColumn
from integrations.vault.purposes import Purpose

# Bytes that are not ciphertext under a tenant key.
NOT_SEALED = {
    "engine_idempotency.key": "keyed digest",
    "engine_idempotency.body": "keyed digest of a body",
    "engine_seen.key": "keyed digest of what a step drops duplicates by",
    "tenants_apikey.digest": "HMAC of an API key",
    "tenants_auditseal.hash": "hash",
    "tenants_auditseal.previous_hash": "hash",
    "tenants_invitation.token_hash": "hash of a token",
    "vault_tenantkey.wrapped": "wrapped by a root key, which rotate_root visits",
}


def known():
    return [column for purpose in Purpose for column in columns.registered(purpose)]


@pytest.mark.django_db
def test_every_column_of_bytes_is_registered_or_explained():
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
               JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                 AND a.atttypid = 'bytea'::regtype AND a.attnum > 0"""
        )
        found = {name for (name,) in cursor.fetchall()}
    assert found - {f"{column.table}.{column.column}" for column in known()} == set(NOT_SEALED)


@pytest.mark.django_db
@pytest.mark.parametrize("column", known(), ids=lambda column: f"{column.table}.{column.sealed_as}")
def test_what_is_registered_can_be_read_by_the_rotation(column):
    with connection.cursor() as cursor:
        cursor.execute(rotation.select(column, is_first=True), [None, b"7M", b""])
        assert cursor.fetchall() == []


def test_a_column_is_registered_once():
    one = EncryptedColumn("vaulttest_twice", "body", Purpose.DATA)
    columns.register(one)
    columns.register(one)
    with pytest.raises(ValueError, match="other facts"):
        columns.register(EncryptedColumn("vaulttest_twice", "body", Purpose.DATA, row_id="run_id"))
    columns.forget(one)
    assert one not in columns.registered(Purpose.DATA)


@pytest.mark.parametrize("name", ["a b", "a;b", "", "A"])
def test_names_are_plain(name):
    with pytest.raises(ValueError, match="plain name"):
        EncryptedColumn(name, "body", Purpose.DATA)
