"""Hearing of changes that compiled flows depend on: connections, partners, lookup tables."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final
from uuid import UUID

from integrations.engine.database import Pool, rows, transaction

if TYPE_CHECKING:
    from datetime import datetime

CHANGES_S: Final = 2.0
"""How often a process looks."""
CHANGED: Final = """
SELECT tenant_id, changed_at FROM tenants_change
WHERE changed_at > coalesce(%(since)s, now()) - interval '10 seconds' ORDER BY changed_at LIMIT 10000
"""
"""Looked at a little backwards: a transaction may become visible after a later one."""


class Changes:
    """Tells the caches of this process which tenants changed."""

    def __init__(self, pool: Pool, listeners: Sequence[Callable[[UUID], None]]) -> None:
        self._pool = pool
        self._listeners = listeners
        self._since: datetime | None = None
        self._heard: dict[UUID, datetime] = {}

    async def hear(self) -> None:
        """Look once; each change is told once."""
        async with transaction(self._pool) as connection:
            found = await rows(connection, CHANGED, {"since": self._since})
        news = {tenant_id: at for tenant_id, at in found if self._heard.get(tenant_id) != at}
        for tenant_id in news:
            for listener in self._listeners:
                listener(tenant_id)
        self._heard = dict(found)
        if found:
            self._since = found[-1][1]
