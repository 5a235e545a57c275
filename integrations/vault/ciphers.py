"""Ciphers of the tenants at work, kept for a short time. The caller fetches the rows; this only unwraps.

The engine gives its own ``load`` and ``add``, each one bound transaction that is committed when it returns:

    async def load(tenant_id, purpose) -> list[WrappedKey]    # LOAD_SQL, then wrapped_key(*row) of each
    async def add(key) -> None                                # ADD_SQL with add_values(key)
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar
from uuid import UUID

from integrations.tenants.ids import new_id
from integrations.vault.cipher import TenantCipher
from integrations.vault.envelope import UnreadableError
from integrations.vault.keyring import Keyring, WrappedKey

LIFETIME_S = 30.0
MOST = 10_000
LOAD_SQL = (
    "SELECT tenant_id, purpose, version, root_version, wrapped, state FROM vault_tenantkey"
    " WHERE tenant_id = %s AND purpose = %s ORDER BY version"
)
ADD_SQL = (
    "INSERT INTO vault_tenantkey (id, tenant_id, purpose, version, root_version, wrapped, state)"
    " VALUES (%s, %s, %s, %s, %s, %s, 'current') ON CONFLICT DO NOTHING"
)

Load = Callable[[UUID, str], Awaitable[Sequence[WrappedKey]]]
Add = Callable[[WrappedKey], Awaitable[None]]
Value = TypeVar("Value")


def wrapped_key(  # noqa: PLR0917  the columns of one row
    tenant_id: UUID, purpose: str, version: int, root_version: int, wrapped: bytes, state: str
) -> WrappedKey:
    """Read a row of LOAD_SQL."""
    is_current, is_destroyed = state == "current", state == "destroyed"
    return WrappedKey(
        tenant_id,
        purpose,
        version,
        root_version,
        bytes(wrapped),
        is_current=is_current,
        is_destroyed=is_destroyed,
    )


def add_values(key: WrappedKey) -> tuple[UUID | str | int | bytes, ...]:
    """Give the parameters of ADD_SQL."""
    return (new_id(), key.tenant_id, key.purpose, key.version, key.root_version, key.wrapped)


def may_begin(rows: Iterable[WrappedKey]) -> bool:
    """Say whether a first key may be made: only where there never was one; a shredded tenant gets none."""
    return not any(True for _ in rows)


class Kept(Generic[Value]):
    """At most MOST values, each for at most its time to live; the one used longest ago goes first."""

    def __init__(
        self, *, lifetime_s: float = LIFETIME_S, most: int = MOST, clock: Callable[[], float] = monotonic
    ) -> None:
        self._lifetime_s, self._most, self._clock = lifetime_s, most, clock
        self._held: OrderedDict[tuple[UUID, str], tuple[float, Value]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[UUID, str]) -> Value | None:
        with self._lock:
            found = self._held.get(key)
            if found is None or found[0] < self._clock():
                return None
            self._held.move_to_end(key)
            return found[1]

    def put(self, key: tuple[UUID, str], value: Value) -> None:
        with self._lock:
            self._held[key] = (self._clock() + self._lifetime_s, value)
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def forget(self, tenant_id: UUID) -> None:
        with self._lock:
            for key in [key for key in self._held if key[0] == tenant_id]:
                del self._held[key]


class Ciphers:
    """For one event loop: the first to ask loads, the others wait for it."""

    def __init__(
        self, keyring: Keyring, load: Load, add: Add, *, kept: Kept[TenantCipher] | None = None
    ) -> None:
        self._keyring, self._load, self._add = keyring, load, add
        self._kept = kept if kept is not None else Kept()
        self._loading: dict[tuple[UUID, str], asyncio.Task[TenantCipher]] = {}

    def peek(self, tenant_id: UUID, purpose: str) -> TenantCipher | None:
        """Give the cipher if it is at hand, without waiting."""
        return self._kept.get((tenant_id, purpose))

    async def get(self, tenant_id: UUID, purpose: str) -> TenantCipher:
        """Give the cipher; a tenant's first one is made. Raises UnreadableError for a shredded tenant."""
        return self.peek(tenant_id, purpose) or await self.fresh(tenant_id, purpose)

    async def fresh(self, tenant_id: UUID, purpose: str) -> TenantCipher:
        """Load again; for a key version that the kept cipher does not know."""
        key = (tenant_id, purpose)
        task = self._loading.get(key)
        if task is None:
            task = asyncio.ensure_future(self._fetch(tenant_id, purpose))
            self._loading[key] = task
            task.add_done_callback(lambda _: self._loading.pop(key, None))
        return await asyncio.shield(task)

    async def open(
        self, tenant_id: UUID, purpose: str, place: tuple[str, str, UUID | str], sealed: bytes
    ) -> bytes:
        """Open a value (place: table, column, row id); loads the keys again after a rotation."""
        cipher = await self.get(tenant_id, purpose)
        try:
            return cipher.open(*place, sealed)
        except UnreadableError as unreadable:
            if unreadable.code != "vault.unknown_key":
                raise
        return (await self.fresh(tenant_id, purpose)).open(*place, sealed)

    def forget(self, tenant_id: UUID) -> None:
        self._kept.forget(tenant_id)

    async def _fetch(self, tenant_id: UUID, purpose: str) -> TenantCipher:
        rows = await self._load(tenant_id, purpose)
        if may_begin(rows):
            await self._add(self._keyring.new_tenant_key(tenant_id, purpose))
            rows = await self._load(tenant_id, purpose)
        cipher = self._keyring.cipher(rows)
        self._kept.put((tenant_id, purpose), cipher)
        return cipher
