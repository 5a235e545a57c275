"""A keyring, and a table with an encrypted column that only these tests have."""

import pytest
from django.db import connection

from integrations.tenants.rls import tenant_table_sql
from integrations.vault import columns, sealed, services
from integrations.vault.columns import EncryptedColumn
from integrations.vault.keyring import Keyring, create_missing
from integrations.vault.purposes import Purpose

NOTES = EncryptedColumn("vaulttest_note", "body", Purpose.DATA)
SECRETS = EncryptedColumn("vaulttest_note", "secret", Purpose.CRED)
TABLE = (
    "CREATE TABLE vaulttest_note (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, body bytea, secret bytea);"
    + tenant_table_sql("vaulttest_note")
)


@pytest.fixture(autouse=True)
def _keys_given_back(keys_given_back):
    """Tests here give this process keys of their own."""


@pytest.fixture
def folder(tmp_path):
    create_missing(tmp_path, Purpose)
    sealed.create_missing_pair(tmp_path)
    return tmp_path


@pytest.fixture
def ring(folder):
    """All keys, as the operator has them, given to this process."""
    made = Keyring(folder, Purpose)
    services.use_keys(made, sealer=sealed.read_public(folder), unsealer=sealed.read_private(folder))
    return made


@pytest.fixture
def notes(request):
    """The table, for as long as the test; registered for rotation."""
    request.getfixturevalue("transactional_db" if "role_url" in request.fixturenames else "db")
    columns.register(NOTES)
    columns.register(SECRETS)
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    yield
    columns.forget(NOTES)
    columns.forget(SECRETS)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE vaulttest_note")
