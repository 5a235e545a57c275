"""Answers what steps ask the engine to keep: waits, keys that were here before, questions, lists.

A run is walked again from its trigger whenever it is resumed, and comes to its asking steps again. What was
found the first time stands in a note of the run, the step and its place, and is found again. A wait that is
not over parks the run until then; a decision of a person is called out to it (`recovery`).
"""

import asyncio
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from integrations.delivery.states import Waiting
from integrations.engine.collecting import Collecting
from integrations.engine.database import Connection, Pool, rows, statements, transaction
from integrations.engine.questions import asked, decided
from integrations.engine.work import ParkError, Work
from integrations.flows.asks import DUPLICATE, EXPIRED, Ask, Collect, Once, Pause, Question
from integrations.flows.key_text import key_text
from integrations.flows.steps.context import NEXT, StepOutput, Value

SQL: Final = statements("memory")
TIMER_S: Final = 1.0
"""A wait up to this long is not worth a row: it is waited for in the lease, and again after a crash."""


class Memory:
    """Answers the asking steps of this worker's runs. key: of the digests that keys are kept as."""

    def __init__(self, pool: Pool, key: bytes, collecting: Collecting) -> None:
        self._pool = pool
        self._key = key
        self._collecting = collecting

    async def answer(self, work: Work, step: str, iteration: str, ask: Ask) -> StepOutput:
        """Give output and port. Raises ParkError while there is no answer yet."""
        where = {
            "tenant": work.lease.tenant_id,
            "run": work.lease.run_id,
            "step": step,
            "iteration": iteration,
        }
        match ask:
            case Pause():
                return await self._pause(where, ask)
            case Once():
                return await self._once(work, where, ask)
            case Question():
                return await self._question(work, where, ask)
            case Collect():
                digest = self._digest(work, step, ask.group)
                return await self._collecting.add(work, where, ask, UUID(bytes=digest[:16]))

    async def _pause(self, where: Mapping[str, Any], ask: Pause) -> StepOutput:
        if ask.until is None and ask.seconds <= TIMER_S:
            await asyncio.sleep(ask.seconds)
            return StepOutput({"until": None})
        async with transaction(self._pool, [where["tenant"]]) as connection:
            await connection.execute(SQL["note_wait"], {**where, "until": ask.until, "seconds": ask.seconds})
            _, due_at, left_s, _ = await self._note(connection, where)
        if left_s > 0:
            raise ParkError(Waiting.DELAY, left_s, None)
        return StepOutput({"until": due_at})

    async def _once(self, work: Work, where: Mapping[str, Any], ask: Once) -> StepOutput:
        async with transaction(self._pool, [where["tenant"]]) as connection:
            found = await rows(connection, SQL["read_note"], where)
            if found:
                port = found[0][0]
            else:
                key = self._digest(work, where["step"], ask.key)
                first = await rows(connection, SQL["see"], {**where, "key": key, "within_s": ask.within_s})
                port = NEXT if first else DUPLICATE
                await connection.execute(SQL["note_port"], {**where, "port": port})
        return StepOutput({"duplicate": port == DUPLICATE}, port)

    async def _question(self, work: Work, where: Mapping[str, Any], ask: Question) -> StepOutput:
        async with transaction(self._pool, [where["tenant"]]) as connection:
            await connection.execute(SQL["note_wait"], {**where, "until": None, "seconds": ask.deadline_s})
            await connection.execute(SQL["ask_people"], {**where, **asked(work, ask)})
            port, _, left_s, is_called = await self._note(connection, where)
            if not port and left_s <= 0:
                port = EXPIRED
                await connection.execute(SQL["expire_question"], where)
                await connection.execute(SQL["note_port"], {**where, "port": port})
            elif is_called:
                await connection.execute(SQL["hear_note"], {**where, "fence": work.lease.fence})
            found = await rows(connection, SQL["read_decision"], where) if port else []
        if not found:
            raise ParkError(Waiting.APPROVAL, left_s, None)
        return StepOutput(decided(work.cipher, found[0]), port)

    @staticmethod
    async def _note(connection: Connection, where: Mapping[str, Any]) -> tuple[Any, ...]:
        ((port, due_at, left_s, is_called),) = await rows(connection, SQL["read_note"], where)
        return port, due_at, left_s, is_called

    def _digest(self, work: Work, step: str, value: Value) -> bytes:
        """Digest a value of one flow and step: the same in every run, and of no use to who has no key."""
        lease = work.lease
        text = b"\0".join(
            (lease.tenant_id.bytes, lease.flow_id.bytes, step.encode(), key_text(value).encode())
        )
        return blake2b(text, digest_size=32, key=self._key, person=b"7m memory").digest()
