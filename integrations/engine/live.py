"""Telling open pages that something changed: four times a second at most for each tenant."""

import asyncio
import logging
from collections.abc import Iterable
from itertools import count
from typing import Any, Final
from uuid import UUID

log = logging.getLogger(__name__)

EVERY_S: Final = 0.25
AWAY_S: Final = 2.0
TOPICS: Final = ("runs", "flows")


class Live:
    """Gathers which tenants changed; pages read again by themselves."""

    def __init__(self, layer: Any) -> None:  # noqa: ANN401  Channels names no type for its layers
        self._layer = layer
        self._changed: dict[UUID, set[str]] = {}
        self._something = asyncio.Event()
        self._cursor = count(1)

    def changed(self, tenant_ids: Iterable[UUID], topics: Iterable[str] = TOPICS) -> None:
        """Note tenants with something new."""
        for tenant_id in tenant_ids:
            self._changed.setdefault(tenant_id, set()).update(topics)
        self._something.set()

    async def run(self) -> None:
        """Tell until cancelled; a channel layer that is away loses hints, nothing else."""
        while True:
            await self._something.wait()
            self._something.clear()
            batch, self._changed = self._changed, {}
            for tenant_id, topics in batch.items():
                message = {"type": "live.changed", "topics": sorted(topics), "cursor": next(self._cursor)}
                try:
                    async with asyncio.timeout(AWAY_S):
                        await self._layer.group_send(f"tenant.{tenant_id}", message)
                except Exception as error:  # noqa: BLE001  any broker's error: pages read again when they reconnect
                    log.warning("live.failed error=%s", type(error).__name__)
                    await asyncio.sleep(AWAY_S)
            await asyncio.sleep(EVERY_S)
