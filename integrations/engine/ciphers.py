"""The vault's ciphers over the engine's own connections."""

from collections.abc import Sequence
from uuid import UUID

from integrations.engine.database import Pool, transaction
from integrations.vault import ciphers
from integrations.vault.ciphers import Ciphers
from integrations.vault.keyring import Keyring, WrappedKey


def make_ciphers(pool: Pool, keyring: Keyring) -> Ciphers:
    """Give ciphers that load tenant keys through `pool`."""

    async def load(tenant_id: UUID, purpose: str) -> Sequence[WrappedKey]:
        async with transaction(pool, [tenant_id]) as connection:
            cursor = await connection.execute(ciphers.LOAD_SQL, (tenant_id, purpose))
            return [ciphers.wrapped_key(*row) for row in await cursor.fetchall()]

    async def add(key: WrappedKey) -> None:
        async with transaction(pool, [key.tenant_id]) as connection:
            await connection.execute(ciphers.ADD_SQL, ciphers.add_values(key))

    return Ciphers(keyring, load, add)
