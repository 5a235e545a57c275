"""What happened to a run, written in groups: attempts, replies and the state it ended in, in one transaction.

Every write names the fence number and the lease it was made under; a worker that lost its lease changes
nothing and is told so. While PostgreSQL is away the writes wait, and the runs they belong to hold their
place.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from uuid import UUID

from psycopg import Error

from integrations.delivery.states import DeadReason, State
from integrations.engine import arrays
from integrations.engine.database import UNFIT, Pool, rows, statements, tenants_text
from integrations.engine.models import Lane, Outcome

log = logging.getLogger(__name__)

SQL: Final = statements("work")
GROUP_MAX: Final = 400
WINDOW_S: Final = 0.020
"""Between two commits when nobody waits for them; a waiting caller or step is served at once."""
AGAIN_S: Final = 0.5
LEASE_ORDINALS: Final = 10_000
"""Attempts are numbered from the fence times this; one lease that makes more runs into the next numbers."""


@dataclass(slots=True, eq=False)
class Lease:
    """One run in the hands of this worker.

    walked: steps that it had passed, and that are counted, when it was claimed. passed: those it passes now;
    marks, took_us and failures are what `tallies` counts of them.
    """

    run_id: UUID
    tenant_id: UUID
    flow_id: UUID
    version_id: UUID
    fence: int
    lane: int
    mode: int
    origin: int
    resume: bool
    ledger_from: int
    input_kind: int
    reply_to: int | None
    ordering_key: int | None
    crash_count: int
    batch_id: UUID | None
    parked_us: int
    accepted_at: Any
    cancel_asked: bool
    walked: int = 0
    lost: bool = False
    downstream_us: int = 0
    attempts: int = 0
    passed: int = 0
    marks: dict[tuple[str, str, int], int] = field(default_factory=dict)
    took_us: dict[str, int] = field(default_factory=dict)
    failures: dict[str, tuple[str, str]] = field(default_factory=dict)

    def next_ordinal(self) -> int:
        """Give the next attempt's number without asking the database: the fence keeps leases apart."""
        self.attempts += 1
        return self.fence * LEASE_ORDINALS + self.attempts


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One ended (or, with Outcome.STARTED, begun) call. exchange: the sealed frame of request and answer."""

    lease: Lease
    ordinal: int
    step: str
    iteration: str
    number: int
    outcome: Outcome
    status: int
    destination: UUID | None
    connector: str
    operation: str
    ended_at_s: float
    duration_us: int
    error_code: str = ""
    message: str = ""
    exchange: bytes | None = None


@dataclass(frozen=True, slots=True)
class End:
    """Where a run goes when its worker lets go. reply: sealed, for the caller. keep_s: of a dead letter.

    waits_at: the step at which it waits.
    """

    lease: Lease
    state: State
    reply: bytes | None = None
    due_s: float = 0.0
    waiting: str = ""
    waits_for: UUID | None = None
    waits_at: str = ""
    parked_us: int = 0
    dead_reason: DeadReason | None = None
    error_code: str = ""
    error_step: str = ""
    error_message: str = ""
    destination: UUID | None = None
    keep_s: float = 0.0

    @property
    def is_plain(self) -> bool:
        """Tell whether there is nothing to say but that the run has succeeded."""
        return self.state is State.SUCCEEDED and not self.error_message


@dataclass(slots=True)
class Group:
    """What one transaction writes."""

    attempts: list[AttemptRow] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    waiters: list[tuple[Lease, asyncio.Future[bool]]] = field(default_factory=list)
    is_urgent: bool = False

    def __len__(self) -> int:
        return len(self.attempts) + len(self.ends)


class Ledger:
    """Gathers what runs did and commits it in groups."""

    def __init__(self, pool: Pool, lease_id: int, after: Callable[[list[End], list[Lease]], None]) -> None:
        self._pool = pool
        self._lease_id = lease_id
        self._after = after
        self._group = Group()
        self._something = asyncio.Event()
        self._urgent = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def record(self, attempt: AttemptRow) -> None:
        """Write an attempt with the next group, and before the end of its run."""
        self._group.attempts.append(attempt)
        self._wake(urgent=False)

    async def commit(self, lease: Lease) -> bool:
        """Wait until all that was recorded of this run is durable; False when it is not ours any more."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._group.waiters.append((lease, done))
        self._wake(urgent=True)
        return await done

    def end(self, end: End) -> None:
        """Write the end of a run; `after` hears of those that were still ours, once they are durable."""
        self._group.ends.append(end)
        self._wake(urgent=end.lease.lane == Lane.SYNC or end.lease.ordering_key is not None)

    def _wake(self, *, urgent: bool) -> None:
        self._idle.clear()
        self._something.set()
        if urgent:
            self._urgent.set()

    async def drained(self) -> None:
        """Wait until everything recorded so far is written."""
        await self._idle.wait()

    async def run(self) -> None:
        """Commit groups until cancelled."""
        loop = asyncio.get_running_loop()
        last = 0.0
        while True:
            await self._something.wait()
            pause_s = last + WINDOW_S - loop.time()
            if pause_s > 0 and not self._urgent.is_set():
                try:
                    async with asyncio.timeout(pause_s):
                        await self._urgent.wait()
                except TimeoutError:
                    pass
            last = loop.time()
            group, self._group = self._group, Group()
            self._something.clear()
            self._urgent.clear()
            await self._commit(group)
            if not self._something.is_set():
                self._idle.set()

    async def _commit(self, group: Group) -> None:
        ours: set[UUID] = set()
        while True:
            try:
                ours = await self._write(group)
            except UNFIT as error:
                await self._commit_apart(group, error)
                return
            except (Error, TimeoutError) as error:
                log.warning("ledger.failed rows=%d error=%s", len(group), type(error).__name__)
                await asyncio.sleep(AGAIN_S)
            else:
                break
        for lease, done in group.waiters:
            if not done.done():
                done.set_result(not lease.lost)
        self._after(
            [end for end in group.ends if end.lease.run_id in ours],
            [end.lease for end in group.ends if end.lease.run_id not in ours],
        )

    async def _commit_apart(self, group: Group, error: Exception) -> None:
        """Write each run by itself: a row that PostgreSQL refuses ends its own run dead, and no other."""
        parts: dict[UUID, Group] = {}
        for attempt in group.attempts:
            parts.setdefault(attempt.lease.run_id, Group()).attempts.append(attempt)
        for end in group.ends:
            parts.setdefault(end.lease.run_id, Group()).ends.append(end)
        for lease, done in group.waiters:
            parts.setdefault(lease.run_id, Group()).waiters.append((lease, done))
        if len(parts) > 1:
            for part in parts.values():
                await self._commit(part)
            return
        (run_id,) = parts
        log.error("ledger.refused run=%s error=%s", run_id, type(error).__name__)
        lease = group.attempts[0].lease if group.attempts else group.ends[0].lease
        is_refused_twice = any(end.error_code == "engine.unrecordable" for end in group.ends)
        lease.lost = True
        for _, done in group.waiters:
            if not done.done():
                done.set_result(False)
        if is_refused_twice:
            self._after([], [lease])
        else:
            end = End(
                lease,
                State.DEAD,
                dead_reason=DeadReason.BUG,
                error_code="engine.unrecordable",
                error_message="The result of this run could not be recorded.",
                keep_s=72 * 3600.0,
            )
            await self._commit(Group(ends=[end]))

    async def _write(self, group: Group) -> set[UUID]:
        """Write one statement and give the runs whose end was written."""
        replies = [end for end in group.ends if end.reply is not None]
        good = [end for end in group.ends if end.is_plain]
        bad = [end for end in group.ends if not end.is_plain]
        tenants = {attempt.lease.tenant_id for attempt in group.attempts}
        tenants.update(end.lease.tenant_id for end in group.ends)
        params: dict[str, object] = {"named": tenants_text(tenants), "lease": self._lease_id}
        if group.attempts:
            params |= _call_columns(group.attempts, asyncio.get_running_loop().time())
        if replies:
            params |= _reply_columns(replies)
        if good:
            params |= _good_columns(good)
        if bad:
            params |= _bad_columns(bad)
        statement = _settle(bool(group.attempts), bool(replies), bool(good), bool(bad))
        async with self._pool.connection() as connection:
            written = await rows(connection, statement, params)
        kept = {run_id for is_end, run_id in written if not is_end}
        ours = {run_id for is_end, run_id in written if is_end}
        for attempt in group.attempts:
            if attempt.lease.run_id not in kept:
                _lose(attempt.lease)
        for end in group.ends:
            if end.lease.run_id not in ours:
                _lose(end.lease)
        return ours


@cache
def _settle(has_attempts: bool, has_replies: bool, has_good: bool, has_bad: bool) -> str:  # noqa: FBT001
    """Put a statement together from the parts that a group needs; PostgreSQL prepares each once."""
    parts, ends = [SQL["settle_start"]], ["SELECT false, NULL::uuid WHERE false"]
    if has_attempts:
        parts.append(SQL["settle_attempts"])
        ends.append("SELECT false, run_id FROM recorded")
    if has_replies:
        parts.append(SQL["settle_replies"])
    if has_good:
        parts.append(SQL["settle_good"])
        ends.append("SELECT true, id FROM succeeded")
    if has_bad:
        parts.append(SQL["settle_bad"])
        ends.append("SELECT true, id FROM ended")
    return ",\n".join(parts) + "\n" + "\nUNION ALL ".join(ends)


def _call_columns(attempts: list[AttemptRow], now_s: float) -> dict[str, object]:
    return {
        "call_runs": arrays.uuids([attempt.lease.run_id for attempt in attempts]),
        "call_ordinals": arrays.integers([attempt.ordinal for attempt in attempts]),
        "call_tenants": arrays.uuids([attempt.lease.tenant_id for attempt in attempts]),
        "call_flows": arrays.uuids([attempt.lease.flow_id for attempt in attempts]),
        "call_steps": arrays.texts([attempt.step for attempt in attempts]),
        "call_iterations": arrays.texts([attempt.iteration for attempt in attempts]),
        "call_numbers": arrays.smallints([attempt.number for attempt in attempts]),
        "call_outcomes": arrays.smallints([attempt.outcome for attempt in attempts]),
        "call_statuses": arrays.smallints([attempt.status for attempt in attempts]),
        "call_destinations": arrays.uuids([attempt.destination for attempt in attempts]),
        "call_connectors": arrays.texts([attempt.connector for attempt in attempts]),
        "call_operations": arrays.texts([attempt.operation for attempt in attempts]),
        "call_agos": arrays.floats(
            [now_s - attempt.ended_at_s + attempt.duration_us / 1e6 for attempt in attempts]
        ),
        "call_durations": arrays.integers([attempt.duration_us for attempt in attempts]),
        "call_codes": arrays.texts([attempt.error_code for attempt in attempts]),
        "call_messages": arrays.texts([attempt.message for attempt in attempts]),
        "call_exchanges": arrays.byteas([attempt.exchange for attempt in attempts]),
        "call_fences": arrays.integers([attempt.lease.fence for attempt in attempts]),
    }


def _reply_columns(ends: list[End]) -> dict[str, object]:
    return {
        "reply_runs": arrays.uuids([end.lease.run_id for end in ends]),
        "reply_tenants": arrays.uuids([end.lease.tenant_id for end in ends]),
        "reply_bodies": arrays.byteas([end.reply for end in ends]),
        "reply_fences": arrays.integers([end.lease.fence for end in ends]),
    }


def _good_columns(ends: list[End]) -> dict[str, object]:
    return {
        "good_ids": arrays.uuids([end.lease.run_id for end in ends]),
        "good_fences": arrays.integers([end.lease.fence for end in ends]),
        "good_downstreams": arrays.bigints([end.lease.downstream_us for end in ends]),
    }


def _bad_columns(ends: list[End]) -> dict[str, object]:
    return {
        "bad_ids": arrays.uuids([end.lease.run_id for end in ends]),
        "bad_fences": arrays.integers([end.lease.fence for end in ends]),
        "bad_states": arrays.smallints([end.state for end in ends]),
        "bad_downstreams": arrays.bigints([end.lease.downstream_us for end in ends]),
        "bad_dues": arrays.floats([end.due_s for end in ends]),
        "bad_waitings": arrays.texts([end.waiting for end in ends]),
        "bad_waits": arrays.uuids([end.waits_for for end in ends]),
        "bad_parkeds": arrays.bigints([end.parked_us for end in ends]),
        "bad_reasons": arrays.texts([end.dead_reason or "" for end in ends]),
        "bad_codes": arrays.texts([end.error_code for end in ends]),
        "bad_steps": arrays.texts([end.error_step for end in ends]),
        "bad_messages": arrays.texts([end.error_message for end in ends]),
        "bad_destinations": arrays.uuids([end.destination for end in ends]),
        "bad_keeps": arrays.floats([end.keep_s for end in ends]),
        "bad_walked": arrays.integers([max(end.lease.walked, end.lease.passed) for end in ends]),
        "bad_waits_at": arrays.texts([end.waits_at for end in ends]),
    }


def _lose(lease: Lease) -> None:
    lease.lost = True
    log.warning("ledger.lease_lost run=%s fence=%d", lease.run_id, lease.fence)
