"""Answers on their way from the worker to the caller that waits in another process, by Redis, sealed.

A lost message costs the caller half a second: the ingress also looks into PostgreSQL for the runs it waits
for.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

import redis.asyncio
from redis.exceptions import RedisError

from integrations.engine.ledger import End

log = logging.getLogger(__name__)

CHANNEL: Final = "sevenm:replies:{}"
WAITING_MAX: Final = 20_000
AWAY_S: Final = 1.0


def channel(ingress: int) -> str:
    return CHANNEL.format(ingress)


def pack(frames: list[tuple[UUID, int, bytes | None]]) -> bytes:
    """Lay out (run, state, sealed reply) one after another: 16 + 1 + 4 bytes and the reply."""
    return b"".join(
        run_id.bytes + bytes((state,)) + len(reply or b"").to_bytes(4, "big") + (reply or b"")
        for run_id, state, reply in frames
    )


def unpack(message: bytes) -> list[tuple[UUID, int, bytes | None]]:
    """Give what `pack` laid out."""
    found, at = [], 0
    while at < len(message):
        size = int.from_bytes(message[at + 17 : at + 21], "big")
        reply = message[at + 21 : at + 21 + size] or None
        found.append((UUID(bytes=message[at : at + 16]), message[at + 16], reply))
        at += 21 + size
    return found


class Replies:
    """The worker's side: gathers answers and publishes them, one message per ingress and turn."""

    def __init__(self, redis_url: str, changed: Callable[[set[UUID]], None]) -> None:
        self._redis = redis.asyncio.from_url(redis_url, socket_timeout=2.0, socket_connect_timeout=2.0)
        self._waiting: dict[int, list[tuple[UUID, int, bytes | None]]] = {}
        self._something = asyncio.Event()
        self._changed = changed

    def publish(self, ends: list[End]) -> None:
        """Take ends that are durable."""
        tenants = set()
        for end in ends:
            tenants.add(end.lease.tenant_id)
            if end.lease.reply_to is not None and end.state >= 4:
                queue = self._waiting.setdefault(end.lease.reply_to, [])
                if len(queue) < WAITING_MAX:
                    queue.append((end.lease.run_id, int(end.state), end.reply))
                    self._something.set()
        if tenants:
            self._changed(tenants)

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            await self._something.wait()
            self._something.clear()
            batch, self._waiting = self._waiting, {}
            for ingress, found in batch.items():
                try:
                    await self._redis.publish(channel(ingress), pack(found))
                except (RedisError, OSError, TimeoutError) as error:
                    log.warning("replies.failed count=%d error=%s", len(found), type(error).__name__)
                    await asyncio.sleep(AWAY_S)

    async def close(self) -> None:
        await self._redis.aclose()
