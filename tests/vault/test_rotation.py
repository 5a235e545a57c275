"""Keys change while the product reads and writes; a stopped rotation goes on."""

import threading

import psycopg
import pytest
from django.db import connection

from integrations.errors import AccessError, ConflictError
from integrations.tenants import audit
from integrations.tenants.access import system
from integrations.tenants.binding import BIND_SQL, bind, tenants_text
from integrations.tenants.ids import new_id
from integrations.tenants.models import INSTALLATION_ID, AuditEvent
from integrations.vault import rotation, services
from integrations.vault.ciphers import LOAD_SQL, wrapped_key
from integrations.vault.envelope import UnreadableError, key_version_of
from integrations.vault.keyring import Keyring, key_file, read_root
from integrations.vault.models import TenantKey
from integrations.vault.purposes import Purpose
from tests import factories


def write(tenant_id, text):
    row_id = new_id()
    sealed = services.seal(tenant_id, "data", "vaulttest_note", "body", row_id, text)
    with bind(tenant_id), connection.cursor() as cursor:
        cursor.execute("INSERT INTO vaulttest_note VALUES (%s, %s, %s)", [row_id, tenant_id, sealed])
    return row_id


def stored(tenant_id):
    with bind(tenant_id), connection.cursor() as cursor:
        cursor.execute("SELECT id, body FROM vaulttest_note WHERE tenant_id = %s", [tenant_id])
        return {row_id: bytes(body) for row_id, body in cursor.fetchall()}


def opened(tenant_id):
    place = (tenant_id, "data", "vaulttest_note", "body")
    return {row_id: services.open_(*place, row_id, body) for row_id, body in stored(tenant_id).items()}


def states(tenant_id):
    keys = TenantKey.objects.filter(tenant_id=tenant_id, purpose="data").order_by("version")
    return list(keys.values_list("version", "state"))


class StopError(Exception):
    """The operator's Ctrl-C."""


def stop(_):
    raise StopError


@pytest.fixture
def small_batches():
    """Several batches without writing thousands of rows."""
    before, rotation.BATCH = rotation.BATCH, 4
    yield
    rotation.BATCH = before


@pytest.mark.django_db
def test_a_tenant_key_is_changed_without_touching_bodies(ring, notes, small_batches):
    tenant_id, other = new_id(), new_id()
    texts = {write(tenant_id, b"%d" % number): b"%d" % number for number in range(11)}
    write(other, b"not mine")
    before, foreign = stored(tenant_id), stored(other)
    seen = []
    assert rotation.rotate_tenant(ring, tenant_id, Purpose.DATA, report=seen.append) == 2
    after = stored(tenant_id)
    assert {key_version_of(body) for body in after.values()} == {2}
    assert {row: body[68:] for row, body in after.items()} == {row: body[68:] for row, body in before.items()}
    assert opened(tenant_id) == texts
    assert stored(other) == foreign
    assert (seen[-1].table, seen[-1].rewrapped, seen[-1].skipped) == ("vaulttest_note.body", 11, 0)
    assert states(tenant_id) == [(1, "retired"), (2, "current")]


@pytest.mark.django_db
def test_a_stopped_rotation_goes_on_where_it_stood(ring, notes, small_batches):
    tenant_id = new_id()
    texts = {write(tenant_id, b"%d" % number): b"%d" % number for number in range(10)}
    with pytest.raises(StopError):
        rotation.rotate_tenant(ring, tenant_id, Purpose.DATA, report=stop)
    assert states(tenant_id) == [(1, "readable"), (2, "current")]
    assert sorted(key_version_of(body) for body in stored(tenant_id).values()) == [1] * 6 + [2] * 4
    assert opened(tenant_id) == texts
    seen = []
    assert rotation.rotate_tenant(ring, tenant_id, Purpose.DATA, report=seen.append) == 2
    assert seen[-1].rewrapped == 6
    assert states(tenant_id) == [(1, "retired"), (2, "current")]
    assert opened(tenant_id) == texts


@pytest.mark.django_db
def test_an_altered_value_keeps_the_old_key_and_is_told(ring, notes):
    tenant_id = new_id()
    good, bad = write(tenant_id, b"good"), write(tenant_id, b"bad")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vaulttest_note SET body = set_byte(body, 30, 0) WHERE id = %s", [bad])
        cursor.execute("UPDATE vaulttest_note SET body = set_byte(body, 31, 1) WHERE id = %s", [bad])
    with pytest.raises(UnreadableError) as refusal:
        rotation.rotate_tenant(ring, tenant_id, Purpose.DATA)
    assert refusal.value.code == "vault.unreadable_values"
    assert states(tenant_id) == [(1, "readable"), (2, "current")]
    assert key_version_of(stored(tenant_id)[good]) == 2


@pytest.mark.django_db
def test_a_retired_key_goes_when_no_backup_needs_it_and_nothing_uses_it(ring, notes):
    tenant_id = new_id()
    write(tenant_id, b"x")
    old = services.cipher_for(tenant_id, "data")
    rotation.rotate_tenant(ring, tenant_id, Purpose.DATA)
    row_id = new_id()
    late = old.seal("vaulttest_note", "body", row_id, b"by a process that had not heard")
    with bind(tenant_id), connection.cursor() as cursor:
        cursor.execute("INSERT INTO vaulttest_note VALUES (%s, %s, %s)", [row_id, tenant_id, late])
    assert rotation.destroy_retired(ring, tenant_id, Purpose.DATA) == []
    TenantKey.objects.filter(state="retired").update(changed_at="2020-01-01T00:00:00Z")
    assert rotation.destroy_retired(ring, tenant_id, Purpose.DATA) == [1]
    services.use_keys(ring)
    assert sorted(opened(tenant_id).values()) == [b"by a process that had not heard", b"x"]
    assert states(tenant_id) == [(1, "destroyed"), (2, "current")]


@pytest.mark.django_db
def test_a_root_is_changed_by_wrapping_tenant_keys_again(ring, folder, notes, small_batches):
    tenants = [new_id() for _ in range(6)]
    for tenant_id in tenants:
        write(tenant_id, tenant_id.bytes)
    bodies = {tenant_id: stored(tenant_id) for tenant_id in tenants}
    assert rotation.rotate_root(ring, folder, Purpose.DATA) == 2
    assert set(TenantKey.objects.values_list("root_version", flat=True)) == {2}
    assert rotation.drop_unused_roots(folder, Purpose.DATA) == [1]
    services.use_keys(Keyring(folder, Purpose))
    for tenant_id in tenants:
        assert list(opened(tenant_id).values()) == [tenant_id.bytes]
        assert stored(tenant_id) == bodies[tenant_id]


@pytest.mark.django_db
def test_a_stopped_root_rotation_makes_no_third_root(ring, folder, notes, small_batches):
    for _ in range(6):
        write(new_id(), b"x")
    with pytest.raises(StopError):
        rotation.rotate_root(ring, folder, Purpose.DATA, report=stop)
    assert sorted(TenantKey.objects.values_list("root_version", flat=True)) == [1, 1, 2, 2, 2, 2]
    assert rotation.drop_unused_roots(folder, Purpose.DATA) == []
    assert rotation.rotate_root(ring, folder, Purpose.DATA) == 2
    assert sorted(read_root(key_file(folder, Purpose.DATA))) == [1, 2]


@pytest.mark.django_db
def test_rotations_leave_their_audit_rows(ring, folder, notes):
    tenant_id = new_id()
    rotation.rotate_tenant(ring, tenant_id, Purpose.DATA)
    rotation.rotate_root(ring, folder, Purpose.DATA)
    told = AuditEvent.objects.order_by("id").values_list("tenant_id", "action")
    assert list(told) == [
        (tenant_id, "key.rotation_begun"),
        (tenant_id, "key.rotated"),
        (INSTALLATION_ID, "key.root_rotation_begun"),
        (INSTALLATION_ID, "key.root_rotated"),
    ]
    audit.seal(tenant_id)
    assert audit.verify_chain(tenant_id).problems == ()


@pytest.mark.django_db
def test_only_who_may_rotates(ring, folder):
    tenant_id = new_id()
    with pytest.raises(AccessError):
        rotation.rotate_tenant(ring, tenant_id, Purpose.DATA, by=factories.member(tenant_id, "builder"))
    with pytest.raises(ConflictError):
        rotation.rotate_tenant(ring, tenant_id, Purpose.DATA, by=system(new_id()))
    assert not TenantKey.objects.filter(tenant_id=tenant_id).exists()


DOCUMENT = (
    "INSERT INTO engine_document (run_id, tenant_id, body, kind) VALUES (%(run)s, %(tenant)s, %(value)s, "
)
ATTEMPT = """INSERT INTO engine_attempt
    (run_id, ordinal, tenant_id, flow_id, started_at, number, outcome, step, exchange)
    VALUES (%(run)s, 3, %(tenant)s, %(run)s, now(), 1, 1, 'call', %(value)s)"""
ENGINE_VALUES = {
    "input": (DOCUMENT + "1)", ("engine_document", "input", "{run}")),
    "edited input": (DOCUMENT + "11)", ("engine_document", "edited", "{run}/11")),
    "reply": (DOCUMENT + "2)", ("engine_document", "reply", "{run}")),
    "exchange": (ATTEMPT, ("engine_attempt", "exchange", "{run}/3")),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("insert", "place"), ENGINE_VALUES.values(), ids=ENGINE_VALUES)
def test_what_the_engine_stores_is_rewrapped(ring, insert, place):
    tenant_id, run_id = new_id(), new_id()
    table, column, row = place
    row_id = run_id if row == "{run}" else row.format(run=run_id)
    value = services.seal(tenant_id, "data", table, column, row_id, b"an order")
    with bind(tenant_id), connection.cursor() as cursor:
        cursor.execute(insert, {"run": run_id, "tenant": tenant_id, "value": value})
    rotation.rotate_tenant(ring, tenant_id, Purpose.DATA)
    with connection.cursor() as cursor:
        stored_in = "body" if table == "engine_document" else "exchange"
        cursor.execute(f"SELECT {stored_in} FROM {table} WHERE run_id = %s", [run_id])  # noqa: S608  ours
        after = bytes(cursor.fetchone()[0])
    assert key_version_of(after) == 2
    assert services.open_(tenant_id, "data", table, column, row_id, after) == b"an order"


def writer(conninfo, ring, tenant_id, written, stop_writing):
    """A process of its own: writes and changes rows with its own cache of keys, until told to stop."""
    with psycopg.connect(conninfo) as own:
        while not stop_writing.is_set():
            with own.transaction():
                own.execute(BIND_SQL, (str(tenant_id), tenants_text([tenant_id])))
                cipher = ring.cipher(
                    wrapped_key(*row) for row in own.execute(LOAD_SQL, (tenant_id, "data")).fetchall()
                )
                row_id, text = new_id(), str(len(written)).encode()
                sealed = cipher.seal("vaulttest_note", "body", row_id, text)
                own.execute("INSERT INTO vaulttest_note VALUES (%s, %s, %s)", (row_id, tenant_id, sealed))
                changed = next(iter(written), None)
                if changed is not None:
                    anew = cipher.seal("vaulttest_note", "body", changed, text)
                    own.execute("UPDATE vaulttest_note SET body = %s WHERE id = %s", (anew, changed))
            written[row_id] = text
            if changed is not None:
                written[changed] = text


@pytest.mark.usefixtures("connect", "notes", "small_batches")
def test_nothing_is_lost_when_keys_change_under_load(ring, folder, role_url):
    tenant_id = new_id()
    write(tenant_id, b"first")
    written, stop_writing = {}, threading.Event()
    arguments = (role_url("web"), Keyring(folder, Purpose), tenant_id, written, stop_writing)
    thread = threading.Thread(target=writer, args=arguments)
    thread.start()
    try:
        for _ in range(3):
            rotation.rotate_tenant(ring, tenant_id, Purpose.DATA)
            rotation.rotate_root(ring, folder, Purpose.DATA)
    finally:
        stop_writing.set()
        thread.join(timeout=20)
    rotation.rotate_tenant(ring, tenant_id, Purpose.DATA)
    services.use_keys(Keyring(folder, Purpose))
    found = opened(tenant_id)
    assert len(written) > 5
    assert {row_id: found[row_id] for row_id in written} == written
    assert {key_version_of(body) for body in stored(tenant_id).values()} == {5}
