"""Group commit: all requests of the last few milliseconds become durable in one transaction."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from psycopg import Error

from integrations.engine import arrays
from integrations.engine.database import NAME_TENANTS, UNFIT, Connection, Pool, rows, statements, tenants_text
from integrations.engine.models import Lane
from integrations.errors import UnavailableError

log = logging.getLogger(__name__)

SQL: Final = statements("intake")
GROUP_MAX: Final = 400
WINDOW_S: Final[dict[int, float]] = {
    Lane.SYNC: 0.002,
    Lane.ASYNC: 0.010,
    Lane.REPLAY: 0.006,
    Lane.BULK: 0.006,
}
"""How long after the previous commit the next may start; the first request after a pause never waits."""


@dataclass(slots=True)
class Arrival:
    """A request that was read and verified, sealed and ready to be stored."""

    run_id: UUID
    tenant_id: UUID
    flow_id: UUID
    version_id: UUID
    lane: int
    mode: int
    origin: int
    body: bytes
    size_bytes: int
    ordering_key: int | None = None
    skip_dead: bool = False
    reply_to: int | None = None
    batch_id: UUID | None = None
    batch_number: int | None = None
    key: bytes | None = None
    key_body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """run_id: of the first request with this idempotency key. is_same: that one had the same body."""

    run_id: UUID
    is_first: bool = True
    is_same: bool = True


@dataclass(slots=True)
class Waiting:
    """An arrival and the caller that waits for its commit."""

    arrival: Arrival
    done: asyncio.Future[Accepted] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Intake:
    """Stores arrivals in groups. Bounded: above that many arrivals or bytes callers must come again."""

    def __init__(self, pool: Pool, *, waiting_max: int = 4000, waiting_bytes_max: int = 64 << 20) -> None:
        self._pool = pool
        self._waiting: list[Waiting] = []
        self._bytes = 0
        self._waiting_max = waiting_max
        self._waiting_bytes_max = waiting_bytes_max
        self._something = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False

    async def accept(self, arrival: Arrival) -> Accepted:
        """Give the run once it is committed. Raises UnavailableError when it is not, or nobody knows."""
        if len(self._waiting) >= self._waiting_max or self._bytes >= self._waiting_bytes_max or self._closing:
            raise UnavailableError(
                "intake.full", "Too many requests wait to be stored.", sent=False, retry_after_s=1.0
            )
        waiting = Waiting(arrival)
        self._waiting.append(waiting)
        self._bytes += len(arrival.body)
        self._idle.clear()
        self._something.set()
        done = waiting.done
        del (
            arrival,
            waiting,
        )  # the caller may wait long for the outcome after this; the body must not wait with it
        return await done

    async def run(self) -> None:
        """Commit groups until cancelled."""
        loop = asyncio.get_running_loop()
        last = 0.0
        while True:
            await self._something.wait()
            window_s = min(WINDOW_S[waiting.arrival.lane] for waiting in self._waiting)
            pause_s = last + window_s - loop.time()
            if pause_s > 0 and len(self._waiting) < GROUP_MAX:
                await asyncio.sleep(pause_s)
            last = loop.time()
            group, self._waiting = self._waiting[:GROUP_MAX], self._waiting[GROUP_MAX:]
            self._bytes -= sum(len(waiting.arrival.body) for waiting in group)
            if not self._waiting:
                self._something.clear()
            await self._commit(group)
            if not self._waiting:
                self._idle.set()

    async def close(self) -> None:
        """Take nothing new and wait until all that waits is stored."""
        self._closing = True
        await self._idle.wait()

    async def _commit(self, group: list[Waiting]) -> None:
        try:
            answers = await store(self._pool, [waiting.arrival for waiting in group])
        except UNFIT as error:
            if len(group) > 1:  # one bad row must not refuse the others
                middle = len(group) // 2
                await self._commit(group[:middle])
                await self._commit(group[middle:])
                return
            log.warning("intake.refused run=%s error=%s", group[0].arrival.run_id, type(error).__name__)
            _fail(group, UnavailableError("intake.refused", "The request could not be stored.", sent=False))
        except (Error, TimeoutError) as error:
            log.warning("intake.failed rows=%d error=%s", len(group), type(error).__name__)
            _fail(
                group,
                UnavailableError("intake.failed", "The request could not be stored now.", retry_after_s=2.0),
            )
        except Exception:  # the ingress' boundary: these callers are told, and the next group is stored
            log.exception("intake.bug rows=%d", len(group))
            _fail(group, UnavailableError("intake.failed", "The request could not be stored."))
        else:
            for waiting, answer in zip(group, answers, strict=True):
                if not waiting.done.done():
                    waiting.done.set_result(answer)


def _fail(group: Iterable[Waiting], error: UnavailableError) -> None:
    for waiting in group:
        if not waiting.done.done():
            waiting.done.set_exception(error)


async def store(pool: Pool, group: list[Arrival]) -> list[Accepted]:
    """Commit the arrivals in one statement and give the run of each, in order."""
    async with pool.connection() as connection:
        lost = await insert(connection, group)
        if not lost:
            return [Accepted(arrival.run_id) for arrival in group]
        unseen = [arrival.key for arrival in group if lost.get(arrival.run_id, _SEEN) is None]
        winners = await _winners(connection, group, unseen) if unseen else {}
    return [_answer(arrival, lost, winners) for arrival in group]


async def find_first(pool: Pool, arrival: Arrival) -> Accepted | None:
    """Give the run that this request's key was accepted for before."""
    if arrival.key is None:
        return None
    async with pool.connection() as connection:
        found = (await _winners(connection, [arrival], [arrival.key])).get(arrival.key)
    return None if found is None else Accepted(found[0], is_first=False, is_same=found[1] == arrival.key_body)


_SEEN: Final = (UUID(int=0), b"")


async def _winners(
    connection: Connection, group: list[Arrival], keys: list[bytes | None]
) -> dict[bytes, tuple[UUID, bytes]]:
    """Read the winners that committed while the group was stored."""
    async with connection.transaction():
        tenants = tenants_text({arrival.tenant_id for arrival in group})
        await connection.execute(NAME_TENANTS, {"tenants": tenants})
        found = await rows(connection, SQL["read_keys"], {"keys": arrays.byteas(keys)})
    return {bytes(key): (run_id, bytes(body)) for key, run_id, body in found}


async def insert(connection: Connection, group: list[Arrival]) -> dict[UUID, tuple[UUID, bytes] | None]:
    """Write runs and inputs; give those that lost their key, each with the winner where it is seen."""
    found = await rows(connection, SQL["accept"], columns(group))
    return {run_id: None if winner is None else (winner, bytes(body)) for run_id, winner, body in found}


def columns(group: list[Arrival]) -> dict[str, object]:
    """Give the parameters of the statement ``accept``."""
    return {
        "named": tenants_text({arrival.tenant_id for arrival in group}),
        "ids": arrays.uuids([arrival.run_id for arrival in group]),
        "tenants": arrays.uuids([arrival.tenant_id for arrival in group]),
        "flows": arrays.uuids([arrival.flow_id for arrival in group]),
        "versions": arrays.uuids([arrival.version_id for arrival in group]),
        "lanes": arrays.smallints([arrival.lane for arrival in group]),
        "modes": arrays.smallints([arrival.mode for arrival in group]),
        "origins": arrays.smallints([arrival.origin for arrival in group]),
        "orders": arrays.bigints([arrival.ordering_key for arrival in group]),
        "skips": arrays.booleans([arrival.skip_dead for arrival in group]),
        "replies": arrays.bigints([arrival.reply_to for arrival in group]),
        "sizes": arrays.integers([arrival.size_bytes for arrival in group]),
        "batches": arrays.uuids([arrival.batch_id for arrival in group]),
        "numbers": arrays.integers([arrival.batch_number for arrival in group]),
        "keys": arrays.byteas([arrival.key for arrival in group]),
        "key_bodies": arrays.byteas([arrival.key_body for arrival in group]),
        "bodies": arrays.byteas([arrival.body for arrival in group]),
    }


def _answer(
    arrival: Arrival,
    lost: dict[UUID, tuple[UUID, bytes] | None],
    winners: dict[bytes, tuple[UUID, bytes]],
) -> Accepted:
    if arrival.run_id not in lost:
        return Accepted(arrival.run_id)
    run_id, body = lost[arrival.run_id] or winners[arrival.key or b""]
    return Accepted(run_id, is_first=False, is_same=body == arrival.key_body)


async def outcomes(
    pool: Pool, run_ids: list[UUID], tenant_ids: Iterable[UUID]
) -> list[tuple[UUID, UUID, int, bytes | None]]:
    """Give (run, tenant, state, sealed reply) of those runs that ended or wait for a person."""
    async with pool.connection() as connection, connection.transaction():
        await connection.execute(NAME_TENANTS, {"tenants": tenants_text(tenant_ids)})
        found = await rows(connection, SQL["read_outcomes"], {"ids": run_ids})
    return [(run_id, tenant_id, state, body) for run_id, tenant_id, state, body in found]
