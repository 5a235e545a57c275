"""Lists of values that many runs bring, each list going on in a run of its own when it is full.

A value, the note that its run brought it, and, when it fills the list, the run that goes on with the list are
one transaction: a crash leaves all of it or nothing (docs/decisions/0019).
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from integrations.engine import frames
from integrations.engine.database import Connection, Pool, rows, statements, transaction
from integrations.engine.intake import Arrival, insert
from integrations.engine.models import Lane, Mode, Origin
from integrations.engine.places import document_place
from integrations.engine.work import Work
from integrations.errors import SevenMError
from integrations.flows.asks import COLLECTED, Collect
from integrations.flows.exact_json import json_bytes
from integrations.flows.steps.context import StepOutput
from integrations.tenants.ids import new_id
from integrations.vault.cipher import TenantCipher
from integrations.vault.ciphers import Ciphers
from integrations.vault.envelope import UnreadableError
from integrations.vault.purposes import Purpose

log = logging.getLogger(__name__)

SQL: Final = statements("memory")
PIECE: Final = 50
Wake = Callable[[Iterable[tuple[UUID, int]]], None]


class Collecting:
    """Adds values to lists and sends full lists on."""

    def __init__(self, pool: Pool, ciphers: Ciphers, wake: Wake) -> None:
        self._pool, self._ciphers, self._wake = pool, ciphers, wake

    async def add(self, work: Work, where: Mapping[str, Any], ask: Collect, key: UUID) -> StepOutput:
        """Add a run's value, once, and send the list on when that fills it."""
        output = StepOutput({"collected": True}, COLLECTED)
        value = json_bytes(ask.value)
        group = json_bytes(ask.group)
        started: UUID | None = None
        async with transaction(self._pool, [where["tenant"]]) as connection:
            if await rows(connection, SQL["read_note"], where):
                return output
            await connection.execute(SQL["note_port"], {**where, "port": COLLECTED})
            ((collection_id, count, size, is_due),) = await rows(
                connection,
                SQL["collect"],
                {
                    **where,
                    "id": new_id(),
                    "key": key,
                    "flow": work.lease.flow_id,
                    "version": work.lease.version_id,
                    "size": len(value),
                    "within_s": ask.within_s,
                },
            )
            sealed = work.cipher.seal(*value_place(collection_id, count), frames.pack({}, group, value))
            await connection.execute(
                SQL["keep_value"], {**where, "collection": collection_id, "number": count, "body": sealed}
            )
            if count >= ask.count or size >= ask.size_bytes or is_due:
                held = await rows(connection, SQL["hold_collection"], {"id": collection_id})
                started = await self._send_on(connection, where["tenant"], collection_id, held[0])
        if started is not None:
            self._wake([(started, Lane.ASYNC)])
        return output

    async def send_due(self) -> None:
        """Send on the lists whose time is over; safe to do twice at once."""
        async with transaction(self._pool) as connection:
            due = await rows(connection, SQL["due_collections"], {"limit": PIECE})
        for collection_id, tenant_id in due:
            try:
                async with transaction(self._pool, [tenant_id]) as connection:
                    held = await rows(connection, SQL["hold_due_collection"], {"id": collection_id})
                    if not held:
                        continue
                    started = await self._send_on(connection, tenant_id, collection_id, held[0])
            except SevenMError as error:  # of one tenant: its keys are gone, say; the others go on
                log.warning("collection.not_sent collection=%s code=%s", collection_id, error.code)
            else:
                self._wake([(started, Lane.ASYNC)])

    async def _send_on(
        self, connection: Connection, tenant_id: UUID, collection_id: UUID, held: tuple[Any, ...]
    ) -> UUID:
        """Make the run that goes on with a list, and take the list away, in the caller's transaction."""
        flow_id, version_id, step, _, opened_at = held
        found = await rows(connection, SQL["collected_values"], {"id": collection_id})
        cipher = await self._ciphers.get(tenant_id, Purpose.DATA)
        try:
            values = await asyncio.to_thread(_opened, cipher, collection_id, found)
        except UnreadableError as unreadable:
            if unreadable.code != "vault.unknown_key":
                raise
            cipher = await self._ciphers.fresh(tenant_id, Purpose.DATA)
            values = await asyncio.to_thread(_opened, cipher, collection_id, found)
        run_id = new_id()
        body = _listed(values, opened_at)
        frame = frames.pack({"headers": {}, "query": {}, "name": step}, body)
        sealed = cipher.seal(*document_place(run_id, 1), frame)
        arrival = Arrival(
            run_id,
            tenant_id,
            flow_id,
            version_id,
            Lane.ASYNC,
            Mode.ASYNC,
            Origin.COLLECTED,
            sealed,
            len(body),
        )
        await insert(connection, [arrival])
        await connection.execute(SQL["close_collection"], {"id": collection_id})
        return run_id


def value_place(collection_id: UUID, number: int) -> tuple[str, str, str]:
    """Give the place of a value that is being collected."""
    return "engine_collected", "body", f"{collection_id}/{number}"


def _opened(cipher: TenantCipher, collection_id: UUID, found: list[tuple[Any, ...]]) -> list[list[bytes]]:
    return [
        frames.unpack(cipher.open(*value_place(collection_id, number), bytes(body)))[1]
        for number, body in found
    ]


def _listed(values: list[list[bytes]], opened_at: Any) -> bytes:  # noqa: ANN401  a time of the database
    """Write the output of port ``full`` from (group, value) in JSON, so that numbers stay exact."""
    items = b",".join(value for _, value in values)
    group = values[0][0] if values else b"null"
    opened = opened_at.isoformat().encode()
    return b'{"count":%d,"group":%s,"opened_at":"%s","items":[%s]}' % (len(values), group, opened, items)
