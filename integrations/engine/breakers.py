"""Circuit breakers that all workers share: one row per destination that does not answer.

A worker whose gate opens writes the row; the others read it within a second. When a probe is due, one parked
run is released, and the worker that runs it wins the probe by compare and swap. No row means that the
destination is up: then everything that waits for it is released, oldest first, as fast as the gate's ramp and
the lanes take it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from psycopg import Error

from integrations.delivery import breaker
from integrations.delivery.breaker import Phase
from integrations.engine.database import Pool, rows, statements, transaction
from integrations.engine.gates import Gate, Gates

log = logging.getLogger(__name__)

SQL: Final = statements("breakers")
RELEASE_MAX: Final = 400
REDRIVE_MAX: Final = 200


class Breakers:
    """This worker's part in opening, probing and closing."""

    def __init__(self, pool: Pool, gates: Gates, wake: Callable[[Iterable[tuple[UUID, int]]], None]) -> None:
        self._pool = pool
        self._gates = gates
        self._wake = wake
        self._shown: dict[UUID, UUID] = {}
        self._recovered: dict[UUID, UUID] = {}
        self._writes: set[asyncio.Task[None]] = set()

    async def win_probe(self, gate: Gate) -> bool:
        """Be the one worker that sends the probe."""
        async with transaction(self._pool, [gate.tenant_id]) as connection:
            won = await rows(
                connection,
                SQL["win_probe"],
                {"destination": gate.destination, "lost_s": breaker.PROBE_TIMEOUT_S},
            )
        return bool(won)

    def moved(self, gate: Gate) -> None:
        """Tell the others that this worker's gate opened or closed."""
        task = asyncio.get_running_loop().create_task(self._tell(gate))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def _tell(self, gate: Gate) -> None:
        state, now_s = gate.state, asyncio.get_running_loop().time()
        try:
            async with transaction(self._pool, [gate.tenant_id]) as connection:
                if state.phase is Phase.OPEN:
                    await connection.execute(
                        SQL["open_breaker"],
                        {
                            "destination": gate.destination,
                            "tenant": gate.tenant_id,
                            "wait_s": max(0.0, state.probe_at_s - now_s),
                            "probes": state.probes,
                            "connector": gate.connector,
                        },
                    )
                    log.warning(
                        "breaker.opened destination=%s connector=%s", gate.destination, gate.connector
                    )
                elif state.phase in {Phase.RAMPING, Phase.CLOSED}:  # a small cap needs no ramp
                    closed = await connection.execute(SQL["close_breaker"], {"destination": gate.destination})
                    if closed.rowcount:
                        self._recovered[gate.destination] = gate.tenant_id
                        log.warning(
                            "breaker.closed destination=%s connector=%s", gate.destination, gate.connector
                        )
        except (Error, TimeoutError) as error:
            log.warning("breaker.not_told destination=%s error=%s", gate.destination, type(error).__name__)

    async def tick(self) -> None:
        """Learn from the others, release a run for each probe that is due, drain what waits for nobody."""
        now_s = asyncio.get_running_loop().time()
        async with transaction(self._pool) as connection:
            known = await rows(connection, SQL["read_breakers"])
        open_now: dict[UUID, UUID] = {}
        for destination, tenant_id, phase, probes, since_s, probe_in_s in known:
            open_now[destination] = tenant_id
            gate = self._gates.find(destination)
            if gate is not None and phase == Phase.OPEN:
                gate.learn_open(now_s, probe_in_s, probes)
            is_due = (phase == Phase.OPEN and probe_in_s <= 0) or (
                phase == Phase.PROBING and since_s > breaker.PROBE_TIMEOUT_S
            )
            if is_due:
                await self._release(destination, tenant_id, 1)
        for destination in self._shown.keys() - open_now.keys():
            self._recovered[destination] = self._shown[destination]
            gate = self._gates.find(destination)
            if gate is not None:
                gate.learn_closed(now_s)
        self._shown = open_now
        await self._drain(open_now)

    async def _drain(self, open_now: dict[UUID, UUID]) -> None:
        async with transaction(self._pool) as connection:
            orphaned = await rows(connection, SQL["parked_for_nobody"])
        for destination, tenant_id in orphaned:
            self._recovered.setdefault(destination, tenant_id)
        for destination, tenant_id in list(self._recovered.items()):
            if destination in open_now:
                del self._recovered[destination]
                continue
            gate = self._gates.find(destination)
            if gate is not None and len(gate.live_waiting) + len(gate.replay_waiting) >= RELEASE_MAX:
                continue
            released = await self._release(destination, tenant_id, RELEASE_MAX)
            if not released and not await self._redrive(destination, tenant_id):
                del self._recovered[destination]

    async def _release(self, destination: UUID, tenant_id: UUID, limit: int) -> int:
        async with transaction(self._pool, [tenant_id]) as connection:
            released = await rows(
                connection, SQL["release_parked"], {"destination": destination, "limit": limit}
            )
        self._wake(released)
        return len(released)

    async def _redrive(self, destination: UUID, tenant_id: UUID) -> int:
        async with transaction(self._pool, [tenant_id]) as connection:
            released = await rows(
                connection,
                SQL["redrive_unavailable"],
                {"destination": destination, "tenant": tenant_id, "limit": REDRIVE_MAX},
            )
        self._wake(released)
        return len(released)
