"""What time brings, whoever works: expiry, partitions, old keys and files, schedules that are due.

Every part is safe to run twice at once and safe to miss; workers call `often`, the beat's task `seldom`.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from integrations.engine import frames
from integrations.engine.database import Connection, Pool, rows, statements, transaction
from integrations.engine.intake import Arrival, insert
from integrations.engine.models import Lane, Mode, Origin
from integrations.engine.programs import Programs
from integrations.errors import SevenMError
from integrations.tenants.ids import new_id
from integrations.vault.ciphers import Ciphers

log = logging.getLogger(__name__)

SQL: Final = statements("upkeep")
WORK: Final = statements("work")
MEMORY: Final = statements("memory")
TALLIES: Final = statements("tallies")
TENANTS_AT_ONCE: Final = 500
DAYS_AHEAD: Final = 3
DOCUMENT_DAYS: Final = 7
RUN_MONTHS: Final = 13
KEY_DAYS: Final = 7
PIECE: Final = 500
FORGOTTEN_AT_ONCE: Final = 100_000


class Upkeep:
    """The parts that need the engine's programs and ciphers."""

    def __init__(
        self,
        pool: Pool,
        programs: Programs,
        ciphers: Ciphers,
        wake: Callable[[Iterable[tuple[UUID, int]]], None],
    ) -> None:
        self._pool, self._programs, self._ciphers, self._wake = pool, programs, ciphers, wake

    async def fire_schedules(self) -> None:
        """Start a run of every schedule that is due, in the transaction that moves it on."""
        async with transaction(self._pool) as connection:
            due = await rows(connection, SQL["due_schedules"])
            for flow_id, tenant_id, version_id, step_key, due_at in due:
                try:
                    await self._fire(
                        connection, flow_id, tenant_id, version_id, step_key=step_key, due_at=due_at
                    )
                except SevenMError as error:
                    log.warning("schedule.failed flow=%s code=%s", flow_id, error.code)
                    await connection.execute(SQL["postpone_schedule"], {"flow": flow_id})

    async def _fire(
        self,
        connection: Connection,
        flow_id: UUID,
        tenant_id: UUID,
        version_id: UUID,
        *,
        step_key: str,
        due_at: datetime,
    ) -> None:
        program = await self._programs.program(tenant_id, version_id)
        cipher = await self._ciphers.get(tenant_id, "data")
        run_id = new_id()
        frame = frames.pack({"headers": {}, "query": {"due_at": due_at.isoformat()}, "name": step_key}, b"")
        sealed = cipher.seal("engine_document", "input", run_id, frame)
        arrival = Arrival(
            run_id, tenant_id, flow_id, version_id, Lane.ASYNC, Mode.ASYNC, Origin.SCHEDULE, sealed, 0
        )
        await connection.execute("SELECT set_config('sevenm.tenants', %s, true)", (f"{{{tenant_id}}}",))
        await insert(connection, [arrival])
        runner: Any = program.flow.steps[step_key].runner
        await connection.execute(
            SQL["plan_schedule"],
            {
                "flow": flow_id,
                "tenant": tenant_id,
                "version": version_id,
                "step": step_key,
                "next": runner.next_after(max(due_at, datetime.now(UTC))),
            },
        )

    async def plan_schedules(self) -> None:
        """Follow what was published, switched on and switched off."""
        async with transaction(self._pool) as connection:
            wanted = await rows(connection, SQL["scheduled_flows"])
            known = {row[0]: row[1] for row in await rows(connection, SQL["known_schedules"])}
            await connection.execute(SQL["drop_schedules"], {"flows": [row[1] for row in wanted]})
        for tenant_id, flow_id, version_id in wanted:
            if known.get(flow_id) == version_id:
                continue
            program = await self._programs.program(tenant_id, version_id)
            step_key = program.flow.start
            runner: Any = program.flow.steps[step_key].runner
            async with transaction(self._pool, [tenant_id]) as connection:
                await connection.execute(
                    SQL["plan_schedule"],
                    {
                        "flow": flow_id,
                        "tenant": tenant_id,
                        "version": version_id,
                        "step": step_key,
                        "next": runner.next_after(datetime.now(UTC)),
                    },
                )

    async def expire(self) -> None:
        """Destroy the payloads of dead letters whose time is over; their metadata stays."""
        while True:
            async with transaction(self._pool) as connection:
                due = await rows(connection, SQL["find_expired"], {"limit": PIECE})
            if not due:
                return
            tenants = {tenant_id for _, tenant_id in due}
            async with transaction(self._pool, tenants) as connection:
                gone = await rows(connection, SQL["expire"], {"ids": [run_id for run_id, _ in due]})
                ids = {"ids": [row[0] for row in gone]}
                await connection.execute(SQL["destroy_documents"], ids)
                await connection.execute(SQL["destroy_exchanges"], ids)
                await connection.execute(MEMORY["destroy_questions"], ids)
            log.info("run.expired count=%d", len(gone))
            if len(due) < PIECE:
                return

    async def seldom(self) -> None:
        """Make partitions ahead, drop old ones, forget what is past its time."""
        async with transaction(self._pool) as connection:
            await connection.execute("SELECT engine_make_partitions(%s)", (DAYS_AHEAD,))
        async with transaction(self._pool) as connection:
            await connection.execute("SELECT engine_drop_partitions(%s, %s)", (DOCUMENT_DAYS, RUN_MONTHS))
        async with transaction(self._pool) as connection:
            tenants = [row[0] for row in await rows(connection, "SELECT tenants_ids()")]
            await connection.execute(WORK["forget_workers"])
        for start in range(0, len(tenants), TENANTS_AT_ONCE):
            async with transaction(self._pool, tenants[start : start + TENANTS_AT_ONCE]) as connection:
                await connection.execute(SQL["forget_keys"], {"days": KEY_DAYS})
                await connection.execute(SQL["abandoned_uploads"])
                await connection.execute(TALLIES["forget"])
                await connection.execute(TALLIES["forget_errors"])
                await connection.execute(SQL["drop_chunks"], {"days": DOCUMENT_DAYS})
                await connection.execute(MEMORY["forget_seen"], {"limit": FORGOTTEN_AT_ONCE})
                await connection.execute(MEMORY["forget_questions"], {"days": DOCUMENT_DAYS})
                await connection.execute(MEMORY["drop_questions"], {"months": RUN_MONTHS})
