"""Sealing and opening for code that uses the ORM, with the keyring that the wiring gave this process."""

import logging
import resource
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import connection, transaction

from integrations.errors import ConfigError
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.apikeys import Peppers
from integrations.tenants.binding import bind
from integrations.tenants.queries import active_tenants
from integrations.vault.cipher import TenantCipher
from integrations.vault.ciphers import ADD_SQL, LOAD_SQL, Kept, add_values, may_begin, wrapped_key
from integrations.vault.columns import registered
from integrations.vault.envelope import Place, UnreadableError
from integrations.vault.keyring import Keyring
from integrations.vault.models import KeyState, TenantKey
from integrations.vault.purposes import Purpose
from integrations.vault.sealed import MAGIC, Sealer, Unsealer, is_sealed

log = logging.getLogger(__name__)

PEPPER_LABEL = "api key pepper"


@dataclass(slots=True)
class _Process:
    """What this process holds; set once by the wiring, before the first request."""

    keyring: Keyring | None = None
    sealer: Sealer | None = None
    unsealer: Unsealer | None = None
    kept: Kept[TenantCipher] | None = None


_process = _Process()


def use_keys(keyring: Keyring, *, sealer: Sealer | None = None, unsealer: Unsealer | None = None) -> None:
    """Give this process its keys: the web a sealer, the worker an unsealer. It dumps no core from now on."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    _process.keyring, _process.sealer, _process.unsealer = keyring, sealer, unsealer
    _process.kept = Kept()


def keyring() -> Keyring:
    """Raise ConfigError where the wiring gave none: nothing is ever stored unencrypted instead."""
    if _process.keyring is None:
        raise ConfigError("vault.no_keys", "This process was started without keys.")
    return _process.keyring


def seal(  # noqa: PLR0917  the five parts of a place, and the value
    tenant_id: UUID, purpose: str, table: str, column: str, row_id: UUID | str, plaintext: bytes
) -> bytes:
    """Encrypt a value for its place."""
    return cipher_for(tenant_id, purpose).seal(table, column, row_id, plaintext)


def open_(  # noqa: PLR0917  the five parts of a place, and the value
    tenant_id: UUID, purpose: str, table: str, column: str, row_id: UUID | str, sealed: bytes
) -> bytes:
    """Decrypt a value of its place. Raises UnreadableError."""
    try:
        return cipher_for(tenant_id, purpose).open(table, column, row_id, sealed)
    except UnreadableError as unreadable:
        if unreadable.code != "vault.unknown_key":
            raise
    return cipher_for(tenant_id, purpose, fresh=True).open(table, column, row_id, sealed)


def seal_credential(tenant_id: UUID, table: str, column: str, row_id: UUID | str, secret: bytes) -> bytes:
    """Seal a credential so that only the worker can open it."""
    if _process.sealer is None:
        raise ConfigError("vault.no_keys", "This process cannot store credentials.")
    return _process.sealer.seal(Place(tenant_id, Purpose.CRED, table, column, row_id), secret)


def open_credential(tenant_id: UUID, table: str, column: str, row_id: UUID | str, stored: bytes) -> bytes:
    """Open a credential in the worker, whether it was re-wrapped already or not."""
    if not is_sealed(stored):
        return open_(tenant_id, Purpose.CRED, table, column, row_id, stored)
    if _process.unsealer is None:
        raise ConfigError("vault.no_keys", "This process cannot open credentials.")
    return _process.unsealer.unseal(Place(tenant_id, Purpose.CRED, table, column, row_id), stored)


def rewrap_pending(tenant_id: UUID) -> int:
    """Turn credentials that the web sealed into envelopes, in the worker; give how many. Safe to repeat."""
    done = 0
    for column in registered(Purpose.CRED):
        name, row = column.column, column.row_id
        pending = f"{column.tenant} = %s AND substring({name} FROM 1 FOR 2) = '{MAGIC.decode()}'::bytea"
        found = f"SELECT {row}, {name} FROM {column.table} WHERE {pending} LIMIT 1000"  # noqa: S608  registered
        replace = f"UPDATE {column.table} SET {name} = %s WHERE {pending} AND {row} = %s AND {name} = %s"  # noqa: S608  registered
        with bind(tenant_id), connection.cursor() as cursor:
            cursor.execute(found, [tenant_id])
            for row_id, value in cursor.fetchall():
                sealed = bytes(value)
                secret = open_credential(tenant_id, column.table, column.sealed_as, row_id, sealed)
                kept = seal(tenant_id, Purpose.CRED, column.table, column.sealed_as, row_id, secret)
                cursor.execute(replace, [kept, tenant_id, row_id, sealed])
                done += cursor.rowcount
    return done


def rewrap_everywhere() -> int:
    """Do the same for every active tenant; one whose values do not open is logged, and the others go on."""
    done = 0
    for tenant_id in active_tenants():
        try:
            done += rewrap_pending(tenant_id)
        except UnreadableError as error:
            log.warning("vault.not_rewrapped tenant=%s code=%s", tenant_id, error.code)
    return done


def cipher_for(tenant_id: UUID, purpose: str, *, fresh: bool = False) -> TenantCipher:
    """Give a tenant's cipher, kept for 30 s; the first is made. Raises UnreadableError once shredded."""
    ring, kept = keyring(), _process.kept
    found = None if fresh or kept is None else kept.get((tenant_id, purpose))
    if found is None:
        found = load_cipher(ring, tenant_id, purpose)
        if kept is not None and not connection.in_atomic_block:
            kept.put((tenant_id, purpose), found)
        elif kept is not None:  # its key may have been made in this transaction, and vanish with it
            transaction.on_commit(partial(kept.put, (tenant_id, purpose), found))
    return found


def load_cipher(ring: Keyring, tenant_id: UUID, purpose: str) -> TenantCipher:
    """Read and unwrap a tenant's keys, past every cache; the first one is made."""
    with bind(tenant_id), connection.cursor() as cursor:
        cursor.execute(LOAD_SQL, [tenant_id, purpose])
        rows = [wrapped_key(*row) for row in cursor.fetchall()]
        if may_begin(rows):
            cursor.execute(ADD_SQL, add_values(ring.new_tenant_key(tenant_id, purpose)))
            cursor.execute(LOAD_SQL, [tenant_id, purpose])
            rows = [wrapped_key(*row) for row in cursor.fetchall()]
    return ring.cipher(rows)


def api_key_peppers() -> Peppers:
    """Derive the peppers of API keys, one for each root version that is still there."""
    ring = keyring()
    versions = ring.root_versions(Purpose.AUTH)
    derived = {version: ring.derive(Purpose.AUTH, PEPPER_LABEL, version=version) for version in versions}
    return Peppers(ring.current_root(Purpose.AUTH), derived)


def shred_tenant(*, by: Actor) -> int:
    """Destroy every key of a tenant: what it stored can be read by nobody, and it can store nothing more.

    Runs as the owner. Gives how many keys went. Key-store backups end after their 7 days; until then it is
    unreadable in production only. Caches of other processes end within 30 s.
    """
    require(by, "tenant.shred")
    with bind(by.tenant_id):
        destroyed = (
            TenantKey.objects.filter(tenant_id=by.tenant_id)
            .exclude(state=KeyState.DESTROYED)
            .update(state=KeyState.DESTROYED, wrapped=b"")
        )
        held = set(TenantKey.objects.filter(tenant_id=by.tenant_id).values_list("purpose", flat=True))
        TenantKey.objects.bulk_create(  # a purpose not used so far gets its tombstone as well
            TenantKey(
                tenant_id=by.tenant_id,
                purpose=purpose,
                version=1,
                root_version=1,
                wrapped=b"",
                state=KeyState.DESTROYED,
            )
            for purpose in set(Purpose) - held
        )
        audit.record(by, "tenant.shredded", f"tenants.tenant:{by.tenant_id}", keys=destroyed)
    if _process.kept is not None:
        _process.kept.forget(by.tenant_id)
    return destroyed
