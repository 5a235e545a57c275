"""Running dead letters again: an order is a row, carried out in pieces that fit beside live traffic.

A replay keeps each run's idempotency keys and its ledger: steps that finished are not done again.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any, Final
from uuid import UUID

from integrations.engine.database import Pool, rows, statements, transaction

log = logging.getLogger(__name__)

SQL: Final = statements("upkeep")
PIECE: Final = 250


class Replays:
    """This worker's part in carrying out orders."""

    def __init__(
        self, pool: Pool, wake: Callable[[Iterable[tuple[UUID, int]]], None], room: Callable[[], int]
    ) -> None:
        self._pool = pool
        self._wake = wake
        self._room = room

    async def tick(self) -> None:
        """Release the next piece of every order, as far as there is room."""
        async with transaction(self._pool) as connection:
            orders = await rows(connection, SQL["find_replays"])
        for replay_id, tenant_id in orders:
            await self._carry_on(replay_id, tenant_id)

    async def _carry_on(self, replay_id: UUID, tenant_id: UUID) -> None:
        async with transaction(self._pool, [tenant_id]) as connection:
            held = await rows(connection, SQL["hold_replay"], {"id": replay_id})
            if not held:
                return
            _, chosen, from_start, current, pace, cursor, released, age_s = held[0]
            limit = min(PIECE, self._room())
            if pace:
                limit = min(limit, int(pace * age_s) + 1 - released)
            if limit <= 0:
                return
            found = await rows(
                connection,
                SQL["release_dead"],
                {
                    **selection(chosen),
                    "tenant": tenant_id,
                    "after": cursor,
                    "until": replay_id,
                    "current": current,
                    "from_start": from_start,
                    "replay": replay_id,
                    "limit": limit,
                },
            )
            await connection.execute(
                SQL["note_replay"],
                {
                    "id": replay_id,
                    "released": len(found),
                    "cursor": max((row[0] for row in found), default=None),
                    "done": not found,
                },
            )
        self._wake(found)


def selection(chosen: dict[str, Any]) -> dict[str, Any]:
    """Give the parameters of a stored choice: ids, flow, code, step, destination; None leaves one open."""
    ids = chosen.get("ids")
    return {
        "ids": [UUID(run_id) for run_id in ids] if ids is not None else None,
        "flow": _uuid(chosen.get("flow")),
        "code": chosen.get("code"),
        "step": chosen.get("step"),
        "destination": _uuid(chosen.get("destination")),
    }


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
