"""How lost work is found: leases that run out, waits that end, runs that nobody was told of.

All times are compared in SQL with the database's clock: a worker whose own clock is wrong changes nothing.
"""

from typing import Any, Final
from uuid import UUID

from integrations.delivery import retry
from integrations.engine import arrays
from integrations.engine.database import Connection, Pool, rows, statements, tenants_text, transaction

SQL: Final = statements("work")
MEMORY: Final = statements("memory")
LEASE_S: Final = 10.0
GRACE_S: Final = 1.0
"""A ready run that nobody claimed for this long has lost its announcement."""
ALIVE_S: Final = 9.0
PIECE: Final = 500

Ready = list[tuple[Any, ...]]
"""Rows of (run, lane)."""


class Recovery:
    """One worker's part in finding what was lost."""

    def __init__(self, pool: Pool, lease_id: int, *, keep_s: float) -> None:
        self._pool, self._lease_id, self._keep_s = pool, lease_id, keep_s

    async def return_lost(self) -> Ready:
        """Take runs back whose lease ran out; one that broke its worker four times is taken out as poison."""
        async with transaction(self._pool) as connection:
            lost = await rows(connection, SQL["find_lost"], {"limit": PIECE})
            again = [row for row in lost if row[4] + 1 <= retry.CRASHES_MAX]
            poison = [row for row in lost if row[4] + 1 > retry.CRASHES_MAX]
            returned = await self._return(connection, again) if again else []
            if poison:
                await connection.execute(
                    SQL["bury_poison"],
                    {
                        "ids": arrays.uuids([row[0] for row in poison]),
                        "tenants": tenants_text({row[1] for row in poison}),
                        "keep_s": self._keep_s,
                    },
                )
        return returned

    async def _return(self, connection: Connection, lost: Ready) -> Ready:
        ids = arrays.uuids([row[0] for row in lost])
        fences = arrays.integers([row[3] for row in lost])
        return await rows(connection, SQL["return_lost"], {"ids": ids, "fences": fences})

    async def wake_due(self) -> Ready:
        """Make runs ready whose wait is over, or for whom somebody has decided."""
        async with transaction(self._pool) as connection:
            due = await rows(connection, SQL["wake_due"], {"limit": PIECE})
            return due + await rows(connection, MEMORY["wake_called"], {"limit": PIECE})

    async def find_ready(self, limit: int) -> Ready:
        """Find ready runs that nobody claimed, tenants in turn."""
        async with transaction(self._pool) as connection:
            return await rows(connection, SQL["find_ready"], {"grace_s": GRACE_S, "limit": limit})

    async def renew(self, run_ids: list[UUID]) -> set[UUID]:
        """Keep the leases of these runs; give those that a person asked to stop."""
        params = {"ids": arrays.uuids(run_ids), "lease": self._lease_id, "lease_s": LEASE_S}
        async with transaction(self._pool) as connection:
            return {run_id for run_id, asked in await rows(connection, SQL["renew_leases"], params) if asked}

    async def be_heard(self) -> int:
        """Be counted among the living workers; give their number."""
        async with transaction(self._pool) as connection:
            await connection.execute(SQL["hear_worker"], {"worker": self._lease_id})
            ((alive,),) = await rows(connection, SQL["count_workers"], {"alive_s": ALIVE_S})
        return int(alive)

    async def leave(self, leftover: list[UUID]) -> None:
        """Hand unfinished runs back without counting it as a crash, and be counted no more."""
        async with transaction(self._pool) as connection:
            if leftover:
                ids = arrays.uuids(leftover)
                await connection.execute(SQL["hand_back"], {"ids": ids, "lease": self._lease_id})
            await connection.execute(SQL["leave"], {"worker": self._lease_id})
