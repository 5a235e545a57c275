"""Changing keys while the product runs. Run as the owner, who sees all rows (``sevenm keys rotate``).

Both rotations are a loop of small compare-and-swap updates: a row that somebody else changed meanwhile keeps
that change and is found by the next pass. Stopped at any moment, calling again goes on where it stood. Old
keys stay readable until ``destroy_retired``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from integrations.errors import ConflictError
from integrations.tenants import audit
from integrations.tenants.access import Actor, require, system
from integrations.tenants.binding import bind
from integrations.tenants.models import INSTALLATION_ID
from integrations.vault.cipher import TenantCipher
from integrations.vault.columns import EncryptedColumn, registered
from integrations.vault.envelope import HEADER_BYTES, START, UnreadableError, place_prefix, row_part
from integrations.vault.keyring import Keyring, WrappedKey, append_root, drop_roots, key_file
from integrations.vault.models import KeyState, TenantKey
from integrations.vault.purposes import Purpose
from integrations.vault.services import load_cipher

BATCH = 500
PASSES = 3
BACKUP_AGE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Progress:
    """rewrapped: values done in this pass. skipped: changed by somebody else, left for the next pass.

    unreadable: altered, or registered with the wrong row id; the old key stays until they are put right.
    """

    table: str
    rewrapped: int
    skipped: int = 0
    unreadable: int = 0


Report = Callable[[Progress], None]


def _silent(_: Progress) -> None:
    """Nobody watches."""


def rotate_root(
    keyring: Keyring, folder: Path, purpose: Purpose, *, by: Actor | None = None, report: Report = _silent
) -> int:
    """Make a new root key, wrap every tenant key by it, and give its version.

    A rotation that was stopped is finished first, and is all that this call then does.
    """
    actor = by or system(INSTALLATION_ID, "keys rotate")
    require(actor, "key.rotate")
    if not _behind(keyring, purpose).exists():
        with bind(INSTALLATION_ID):
            audit.record(actor, "key.root_rotation_begun", f"root:{purpose}")
        append_root(key_file(folder, purpose))
    rewrapped = 0
    while rows := list(_behind(keyring, purpose).order_by("id")[:BATCH]):
        rewrapped += sum(_wrap_again(keyring, row) for row in rows)
        report(Progress("vault_tenantkey", rewrapped))
    version = keyring.current_root(purpose)
    with bind(INSTALLATION_ID):
        audit.record(actor, "key.root_rotated", f"root:{purpose}", version=version, keys=rewrapped)
    return version


def rotate_tenant(
    keyring: Keyring, tenant_id: UUID, purpose: Purpose, *, by: Actor | None = None, report: Report = _silent
) -> int:
    """Make a new version of a tenant's key, re-wrap the data keys of every registered column, and give it.

    A rotation that was stopped is finished first, and is all that this call then does.
    """
    actor = by or system(tenant_id, "keys rotate")
    require(actor, "key.rotate")
    if actor.tenant_id != tenant_id:
        raise ConflictError("vault.other_tenant", "The actor works in another tenant.")
    load_cipher(keyring, tenant_id, purpose)
    with bind(tenant_id):
        rows = {row.state: row for row in _keys(tenant_id, purpose).select_for_update()}
        if KeyState.READABLE not in rows:
            _begin(keyring, rows[KeyState.CURRENT], actor)
    cipher = load_cipher(keyring, tenant_id, purpose)
    _rewrap_all(cipher, report)
    with bind(tenant_id):
        _keys(tenant_id, purpose).filter(state=KeyState.READABLE).update(
            state=KeyState.RETIRED, changed_at=Now()
        )
        audit.record(actor, "key.rotated", f"{purpose}:{tenant_id}", version=cipher.current)
    return cipher.current


def destroy_retired(
    keyring: Keyring,
    tenant_id: UUID,
    purpose: Purpose,
    *,
    by: Actor | None = None,
    older_than: timedelta = BACKUP_AGE,
) -> list[int]:
    """Destroy retired versions that no value uses and no backup needs; give which.

    What was still written under one, by a process that had not heard of the rotation, is re-wrapped first.
    """
    actor = by or system(tenant_id, "keys rotate")
    require(actor, "key.rotate")
    if purpose == Purpose.AUTH:
        raise ConflictError("vault.auth_keys_stay", "Second factors are not re-wrapped; their keys stay.")
    _rewrap_all(load_cipher(keyring, tenant_id, purpose), _silent)
    with bind(tenant_id):
        old = _keys(tenant_id, purpose).filter(state=KeyState.RETIRED, changed_at__lte=Now() - older_than)
        versions = sorted(old.select_for_update().values_list("version", flat=True))
        if versions:
            old.update(state=KeyState.DESTROYED, wrapped=b"", changed_at=Now())
            gone = " ".join(map(str, versions))
            audit.record(actor, "key.destroyed", f"{purpose}:{tenant_id}", versions=gone)
    return versions


def drop_unused_roots(folder: Path, purpose: Purpose, *, by: Actor | None = None) -> list[int]:
    """Destroy root versions that wrap no key and pepper no API key; give which."""
    actor = by or system(INSTALLATION_ID, "keys rotate")
    require(actor, "key.rotate")
    used = set(
        TenantKey.objects.filter(~Q(state=KeyState.DESTROYED), purpose=purpose).values_list(
            "root_version", flat=True
        )
    )
    if purpose == Purpose.AUTH:
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT pepper_version FROM tenants_apikey WHERE revoked_at IS NULL")
            used |= {row[0] for row in cursor.fetchall()}
    with bind(INSTALLATION_ID):
        audit.record(actor, "key.roots_dropped", f"root:{purpose}", kept=" ".join(map(str, sorted(used))))
    return drop_roots(key_file(folder, purpose), keep=used)


def _keys(tenant_id: UUID, purpose: str) -> QuerySet[TenantKey]:
    return TenantKey.objects.filter(tenant_id=tenant_id, purpose=purpose)


def _behind(keyring: Keyring, purpose: str) -> QuerySet[TenantKey]:
    return TenantKey.objects.filter(~Q(state=KeyState.DESTROYED), purpose=purpose).exclude(
        root_version=keyring.current_root(purpose)
    )


def _wrap_again(keyring: Keyring, row: TenantKey) -> int:
    held = WrappedKey(
        row.tenant_id, row.purpose, row.version, row.root_version, bytes(row.wrapped), is_current=True
    )
    anew = keyring.wrap(row.tenant_id, row.purpose, row.version, keyring.unwrap(held))
    return TenantKey.objects.filter(id=row.id, wrapped=row.wrapped).update(
        wrapped=anew.wrapped, root_version=anew.root_version, changed_at=Now()
    )


def _begin(keyring: Keyring, current: TenantKey, actor: Actor) -> None:
    versions = _keys(current.tenant_id, current.purpose).order_by("-version")
    newest = versions.values_list("version", flat=True)[0]
    anew = keyring.new_tenant_key(current.tenant_id, current.purpose, newest + 1)
    TenantKey.objects.filter(id=current.id).update(state=KeyState.READABLE, changed_at=Now())
    TenantKey.objects.create(
        tenant_id=anew.tenant_id,
        purpose=anew.purpose,
        version=anew.version,
        root_version=anew.root_version,
        wrapped=anew.wrapped,
    )
    audit.record(actor, "key.rotation_begun", f"{anew.purpose}:{anew.tenant_id}", version=anew.version)


def _rewrap_all(cipher: TenantCipher, report: Report) -> None:
    """Pass over every registered column until a pass meets nothing: what was written meanwhile is done too.

    At most PASSES: processes that have not heard of the new key write under the old one for 30 s, and what
    they write after the last pass is done by ``destroy_retired``. Raises UnreadableError at the end of a pass
    that met values which do not open.
    """
    for _ in range(PASSES):
        total = Progress("", 0)
        for column in registered(cipher.purpose):
            done = _rewrap_column(cipher, column, report)
            total = Progress("", *(a + b for a, b in zip(_counts(total), _counts(done), strict=True)))
        if total.unreadable:
            raise UnreadableError(
                "vault.unreadable_values",
                f"{total.unreadable} values do not open; the old key is kept for them.",
                hint="Find them with the progress of this command, restore them, and run it again.",
            )
        if not total.rewrapped and not total.skipped:
            return


def _counts(progress: Progress) -> tuple[int, int, int]:
    return progress.rewrapped, progress.skipped, progress.unreadable


def _rewrap_column(cipher: TenantCipher, column: EncryptedColumn, report: Report) -> Progress:
    """Visit a column once, batch by batch in the order of the primary key, each in its own transaction."""
    prefix = place_prefix(cipher.tenant_id, cipher.purpose, column.table, column.sealed_as)
    progress = Progress(f"{column.table}.{column.sealed_as}", 0)
    after: tuple[UUID | str, ...] | None = None
    while True:
        with bind(cipher.tenant_id), connection.cursor() as cursor:
            cursor.execute(select(column, is_first=after is None), _select_values(cipher, after))
            rows = cursor.fetchall()
            rewrapped = unreadable = 0
            for *keys, row_id, header in rows:
                old = bytes(header)
                try:
                    anew = cipher.rewrap(prefix + row_part(row_id), old)
                except UnreadableError:
                    unreadable += 1
                    continue
                cursor.execute(_update(column), [anew, cipher.tenant_id, *keys, old])
                rewrapped += cursor.rowcount
        if rows:
            after = tuple(rows[-1][: len(column.keys)])
            progress = replace(
                progress,
                rewrapped=progress.rewrapped + rewrapped,
                skipped=progress.skipped + len(rows) - rewrapped - unreadable,
                unreadable=progress.unreadable + unreadable,
            )
            report(progress)
        if len(rows) < BATCH:
            return progress


def select(column: EncryptedColumn, *, is_first: bool) -> str:
    """Write the query of one batch. Parameters: tenant, START, current version, keys to go on after."""
    keys = ", ".join(column.keys)
    head = f"substring({column.column} FROM 1 FOR {HEADER_BYTES})"
    marks = ", ".join(["%s"] * len(column.keys))
    beyond = "" if is_first else f"AND ({keys}) > ({marks})"
    return (
        f"SELECT {keys}, {column.row_id}, {head} FROM {column.table}"  # noqa: S608  registered names
        f" WHERE {column.tenant} = %s AND {column.where}"
        f" AND substring({column.column} FROM 1 FOR 4) = %s"
        f" AND substring({column.column} FROM 5 FOR 4) <> %s {beyond}"
        f" ORDER BY {keys} LIMIT {BATCH}"
    )


def _select_values(cipher: TenantCipher, after: tuple[UUID | str, ...] | None) -> list[UUID | str | bytes]:
    return [cipher.tenant_id, START, cipher.current.to_bytes(4, "big"), *(after or ())]


def _update(column: EncryptedColumn) -> str:
    """Swap the header alone, if it is still the one that was read; the body does not travel."""
    same = " AND ".join(f"{key} = %s" for key in column.keys)
    return (
        f"UPDATE {column.table}"  # noqa: S608  registered names
        f" SET {column.column} = overlay({column.column} PLACING %s FROM 1 FOR {HEADER_BYTES})"
        f" WHERE {column.tenant} = %s AND {same}"
        f" AND substring({column.column} FROM 1 FOR {HEADER_BYTES}) = %s"
    )
