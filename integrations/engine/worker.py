"""The engine inside a worker process: one asyncio loop that claims runs and runs them concurrently.

Celery's threads only bring the ids of runs that were committed; everything else happens here. Without any
message the engine still finds every ready run by itself, once a second.
"""

import asyncio
import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import uvloop
from psycopg import Error

from integrations.connectors.egress import EgressPolicy
from integrations.connectors.transports.mail import MailServer
from integrations.delivery import retry
from integrations.delivery.states import DeadReason, State
from integrations.engine import arrays, files, frames
from integrations.engine.books import Tables
from integrations.engine.breakers import Breakers
from integrations.engine.calls import Calls
from integrations.engine.changes import CHANGES_S, Changes
from integrations.engine.ciphers import make_ciphers
from integrations.engine.collecting import Collecting
from integrations.engine.database import (
    NAME_TENANTS,
    Connection,
    pool,
    rows,
    statements,
    tenants_text,
    transaction,
)
from integrations.engine.executor import Executor
from integrations.engine.gates import Gates
from integrations.engine.ledger import End, Lease, Ledger
from integrations.engine.live import Live
from integrations.engine.memory import Memory
from integrations.engine.models import Lane
from integrations.engine.places import document_place
from integrations.engine.programs import Programs
from integrations.engine.recovery import LEASE_S, Recovery
from integrations.engine.replay import Replays
from integrations.engine.replies import Replies
from integrations.engine.tallies import WRITE_S, Tallies
from integrations.engine.upkeep import Upkeep
from integrations.engine.work import Work, take_up
from integrations.errors import SevenMError
from integrations.flows.steps.context import Document
from integrations.tenants.ids import moment_of
from integrations.vault.cipher import TenantCipher
from integrations.vault.envelope import UnreadableError
from integrations.vault.keyring import Keyring
from integrations.vault.sealed import Unsealer

if TYPE_CHECKING:
    from concurrent.futures import Future

log = logging.getLogger(__name__)

SQL: Final = statements("work")
FILES: Final = statements("files")
FILES_S: Final = 1.0
LISTS_S: Final = 1.0
REPLAY_AHEAD: Final = 600
"""Released dead letters that wait in this worker; more are released as these end."""
RENEW_S: Final = 3.0
SEARCH_S: Final = 1.0
CLAIM_MAX: Final = 200
SEARCH_MAX: Final = 1000
SEARCHED: Final = (Lane.SYNC, Lane.ASYNC, Lane.REPLAY, Lane.BULK)
ANNOUNCED_MAX: Final = 50_000
STOP_S: Final = 25.0
CAPACITY: Final[dict[Lane, int]] = {
    Lane.SYNC: 3000,
    Lane.ASYNC: 1000,
    Lane.REPLAY: 64,
    Lane.BULK: 150,
    Lane.MAINTENANCE: 50,
}
"""Runs of each lane that one worker holds at once; the rest waits in PostgreSQL."""
BACKGROUND: Final = (Lane.ASYNC, Lane.REPLAY, Lane.BULK, Lane.MAINTENANCE)
STARTS: Final = 4


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """What the wiring gives. conninfo: of the engine's role. layer: Channels'. keep_s: of a dead letter.

    digest_key: of what is kept of keys in place of themselves. mail: None where the installation sends none.
    """

    conninfo: str
    redis_url: str
    keyring: Keyring
    unsealer: Unsealer
    policy: EgressPolicy
    sandbox_url: str
    layer: Any
    keep_s: float
    digest_key: bytes = field(repr=False)
    mail: MailServer | None = None
    pool_size: int = 8


class Worker:
    """The engine of one worker process. `start` and `stop` are for Celery's thread, `announce` for any."""

    def __init__(
        self,
        config: WorkerConfig,
    ) -> None:
        self._config = config
        self._keep_s = config.keep_s
        self.lease_id = secrets.randbits(62)
        self._thread = threading.Thread(target=self._main, name="engine", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._announced: dict[Lane, deque[UUID]] = {lane: deque(maxlen=ANNOUNCED_MAX) for lane in Lane}
        self._active: dict[UUID, tuple[Lease, asyncio.Task[None]]] = {}
        self._inside = dict.fromkeys(Lane, 0)
        self._stopping = False
        self._failed: BaseException | None = None

    def start(self) -> None:
        """Start the loop and wait until it works."""
        self._thread.start()
        self._ready.wait(timeout=30)
        if self._failed is not None:
            raise RuntimeError("the engine did not start") from self._failed

    def announce(self, lane: Lane, run_ids: Iterable[UUID]) -> None:
        """Name runs that are ready; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take_note, lane, list(run_ids))

    def stop_claiming(self) -> None:
        """Begin to stop; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._begin_stop)

    def stop(self) -> None:
        """Claim nothing more, finish what runs within 25 s, hand back the rest."""
        self.stop_claiming()
        self._thread.join(timeout=STOP_S + 4)

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _main(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._serve())
        except BaseException as error:  # the thread's boundary: the process must not go on without its engine
            self._failed = error
            log.exception("engine.ended")
            raise
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._wanted_now = asyncio.Event()
        self._wanted = asyncio.Event()
        config = self._config
        self.pool = pool(config.conninfo, size=config.pool_size, name="engine")
        await self.pool.open()
        self.gates = Gates()
        self.live = Live(config.layer)
        self.replies = Replies(config.redis_url, self.live.changed)
        self.tallies = Tallies(self.pool, self.live)
        self.ciphers = make_ciphers(self.pool, config.keyring)
        self.programs = Programs(self.pool)
        self.tables = Tables(self.pool)
        self.changes = Changes(self.pool, (self.programs.forget, self.tables.forget))
        self.breakers = Breakers(self.pool, self.gates, self.wake)
        self.calls = Calls(
            self.pool,
            self.ciphers,
            self.gates,
            self.breakers,
            policy=config.policy,
            unsealer=config.unsealer,
            sandbox_url=config.sandbox_url,
            mail=config.mail,
        )
        self.recovery = Recovery(self.pool, self.lease_id, keep_s=self._keep_s)
        self.ledger = Ledger(self.pool, self.lease_id, self._after)
        self.collecting = Collecting(self.pool, self.ciphers, self.wake)
        memory = Memory(self.pool, config.digest_key, self.collecting)
        self.executor = Executor(self.ledger, self.calls, memory, self.pool, keep_s=self._keep_s)
        self.upkeep = Upkeep(self.pool, self.programs, self.ciphers, self.wake)
        self.replays = Replays(self.pool, self.wake, lambda: REPLAY_AHEAD - self._ahead(Lane.REPLAY))
        self.gates.share_among(await self.recovery.be_heard())
        tasks = [
            asyncio.create_task(part, name=name)
            for name, part in (
                ("ledger", self.ledger.run()),
                ("claim sync", self._forever(self._claim_sync, 0.0)),
                ("claim rest", self._forever(self._claim_rest, 0.0)),
                ("search", self._forever(self._search, SEARCH_S)),
                ("renew", self._forever(self._renew, RENEW_S)),
                ("changes", self._forever(self.changes.hear, CHANGES_S)),
                ("breakers", self._forever(self.breakers.tick, 0.5)),
                ("replays", self._forever(self.replays.tick, 0.25)),
                ("files", self._forever(self._split_files, FILES_S)),
                ("schedules", self._forever(self.upkeep.fire_schedules, 1.0)),
                ("plans", self._forever(self.upkeep.plan_schedules, 5.0)),
                ("expiry", self._forever(self.upkeep.expire, 30.0)),
                ("lists", self._forever(self.collecting.send_due, LISTS_S)),
                ("tallies", self._forever(self.tallies.write, WRITE_S)),
                ("replies", self.replies.run()),
                ("live", self.live.run()),
            )
        ]
        self._ready.set()
        try:
            await self._until_stopped(tasks)
            await self._wind_down()
        finally:
            await _cancel(tasks)
            await self.calls.close()
            await self.replies.close()
            await self.pool.close()

    async def _until_stopped(self, tasks: list[asyncio.Task[None]]) -> None:
        """Wait for the stop. A part that ends ends the engine: who cannot write must not hold leases."""
        stopped = asyncio.create_task(self._stopped.wait())
        ended, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        for task in ended - {stopped}:
            log.error("engine.part_ended part=%s", task.get_name())
            await task

    async def _forever(self, part: Callable[[], Coroutine[Any, Any, None]], every_s: float) -> None:
        """Repeat a part for ever; PostgreSQL being away is waited out, and a bug ends no part."""
        while True:
            try:
                await part()
            except (Error, TimeoutError, OSError) as error:
                log.warning("engine.part_failed part=%s error=%s", part.__name__, type(error).__name__)
                await asyncio.sleep(0.5)
            except Exception:  # the worker loop: a part that ended would be missed by nobody
                log.exception("engine.part_broke part=%s", part.__name__)
                await asyncio.sleep(1.0)
            if every_s:
                await asyncio.sleep(every_s)

    def _take_note(self, lane: Lane, run_ids: list[UUID]) -> None:
        self._announced[lane].extend(run_ids)
        self._want(lane)

    def wake(self, ready: Iterable[tuple[UUID, int]]) -> None:
        """Name ready runs from inside the loop, each with its lane."""
        for run_id, number in ready:
            lane = Lane(number)
            self._announced[lane].append(run_id)
            self._want(lane)

    def _want(self, lane: Lane) -> None:
        (self._wanted_now if lane is Lane.SYNC else self._wanted).set()

    def _begin_stop(self) -> None:
        self._stopping = True
        self._stopped.set()

    def room(self, lane: Lane) -> int:
        """Give the number of runs of a lane that fit in now."""
        return CAPACITY[lane] - self._inside[lane] - len(self._announced[lane])

    def _ahead(self, lane: Lane) -> int:
        return self._inside[lane] + len(self._announced[lane])

    def ask_for_upkeep(self) -> None:
        """Do the seldom parts of the upkeep soon; from any thread."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self.upkeep.seldom(), self._loop).add_done_callback(_log_failure)

    async def _split_files(self) -> None:
        """Split files that arrived and that nobody splits, one at a time, in a thread beside the loop."""
        async with transaction(self.pool) as connection:
            found = await rows(connection, FILES["find_open"], {"grace_s": 0.0})
        for batch_id, tenant_id in found:
            if self._stopping:
                return
            batch = await asyncio.to_thread(files.claim, self._config.conninfo, batch_id, tenant_id)
            if batch is None:
                continue
            program = await self.programs.program(tenant_id, batch.version_id)
            cipher = await self.ciphers.get(tenant_id, "data")
            await asyncio.to_thread(files.split, self._config.conninfo, batch, program, cipher, self.announce)
            self.live.changed([tenant_id], ("batches", "runs"))

    async def _claim_sync(self) -> None:
        """Claim runs that callers wait for; nothing else stands before them."""
        await self._wanted_now.wait()
        self._wanted_now.clear()
        await self._claim(Lane.SYNC)

    async def _claim_rest(self) -> None:
        await self._wanted.wait()
        self._wanted.clear()
        for lane in BACKGROUND:
            await self._claim(lane)

    async def _claim(self, lane: Lane) -> None:
        waiting = self._announced[lane]
        room = min(CLAIM_MAX, CAPACITY[lane] - self._inside[lane], len(waiting))
        if room <= 0 or self._stopping:
            return
        claimed = await self._lease([waiting.popleft() for _ in range(room)])
        for started, (lease, sealed, ledger) in enumerate(claimed, start=1):
            self._begin(lease, sealed, ledger)
            if lane is not Lane.SYNC and started % STARTS == 0:
                await asyncio.sleep(0)  # a hundred starts in one turn would make callers wait for all of them
        if waiting:
            self._want(lane)

    async def _lease(self, run_ids: list[UUID]) -> list[tuple[Lease, bytes | None, list[tuple[Any, ...]]]]:
        """Claim runs; give each with its input and what it finished before, in one round trip or two."""
        params = {
            "ids": arrays.uuids(sorted(set(run_ids) - self._active.keys())),
            "lease": self.lease_id,
            "lease_s": LEASE_S,
        }
        async with self.pool.connection() as connection:
            claimed = [(Lease(*row[:-1]), row[-1]) for row in await rows(connection, SQL["claim"], params)]
            again = [lease for lease, _ in claimed if lease.resume]
            ledger = await self._read_ledger(connection, again) if again else {}
        return [(lease, sealed, ledger.get(lease.run_id, [])) for lease, sealed in claimed]

    async def _read_ledger(
        self, connection: Connection, leases: list[Lease]
    ) -> dict[UUID, list[tuple[Any, ...]]]:
        found: dict[UUID, list[tuple[Any, ...]]] = {}
        params = {"ids": arrays.uuids([lease.run_id for lease in leases])}
        async with connection.transaction():
            tenants = tenants_text({lease.tenant_id for lease in leases})
            await connection.execute(NAME_TENANTS, {"tenants": tenants})
            for row in await rows(connection, SQL["read_ledger"], params):
                found.setdefault(row[0], []).append(row)
        return found

    def _begin(self, lease: Lease, sealed: bytes | None, ledger: list[tuple[Any, ...]]) -> None:
        lane = Lane(lease.lane)
        self._inside[lane] += 1
        task = asyncio.create_task(self._execute(lease, sealed, ledger))
        self._active[lease.run_id] = (lease, task)

    async def _execute(self, lease: Lease, sealed: bytes | None, ledger: list[tuple[Any, ...]]) -> None:
        work = await self._prepare(lease, sealed, ledger)
        del sealed, ledger  # thousands of runs wait at once: each keeps only what it still needs
        if work is not None:
            await self.executor.execute(work)
            if lease.lost:
                self._let_go(lease)

    async def _prepare(
        self, lease: Lease, sealed: bytes | None, ledger: list[tuple[Any, ...]]
    ) -> Work | None:
        """Open a run's input and what it finished before; None where the run ended here."""
        try:
            program = self.programs.held(lease.version_id) or await self.programs.program(
                lease.tenant_id, lease.version_id
            )
            cipher = self.ciphers.peek(lease.tenant_id, "data") or await self.ciphers.get(
                lease.tenant_id, "data"
            )
            if sealed is None:
                raise UnreadableError("run.input_gone", "The document of this run is not kept any more.")
            frame = await self._open(cipher, lease, sealed)
            head, bodies = frames.unpack(frame)
            document = Document(
                bodies[0], head.get("headers", {}), head.get("query", {}), head.get("name", "")
            )
            work = Work(lease, program, cipher, moment_of(lease.run_id).astimezone(UTC), document)
            if program.tables:
                work.give_tables(
                    self.tables.held(lease.tenant_id, program.tables)
                    or await self.tables.load(lease.tenant_id, program.tables)
                )
            if ledger:
                take_up(work, ledger)
        except SevenMError as error:
            self._end_unstarted(lease, error)
            return None
        except (
            Error,
            TimeoutError,
        ) as error:  # the database went away: somebody takes the run up when the lease ends
            log.warning("run.not_started run=%s error=%s", lease.run_id, type(error).__name__)
            self._let_go(lease)
            return None
        return work

    async def _open(self, cipher: TenantCipher, lease: Lease, sealed: bytes) -> bytes:
        """Open the input; a key that was rotated meanwhile is fetched."""
        place = document_place(lease.run_id, lease.input_kind)
        try:
            return cipher.open(*place, sealed)
        except UnreadableError:
            return await self.ciphers.open(lease.tenant_id, "data", place, sealed)

    def _end_unstarted(self, lease: Lease, error: SevenMError) -> None:
        self.ledger.end(
            End(
                lease,
                State.DEAD,
                dead_reason=retry.reason_of(error)
                if not isinstance(error, UnreadableError)
                else DeadReason.CONFIG,
                error_code=error.code,
                error_message=error.message,
                keep_s=self._keep_s,
            )
        )

    def _let_go(self, lease: Lease) -> None:
        if self._active.pop(lease.run_id, None) is not None:
            lane = Lane(lease.lane)
            self._inside[lane] -= 1
            if self._announced[lane]:
                self._want(lane)

    def _after(self, ends: list[End], lost: list[Lease]) -> None:
        """Tell the callers of durable ends, wake the next of their order, make room."""
        self.replies.publish(ends)
        keys = [
            end.lease.ordering_key
            for end in ends
            if end.lease.ordering_key is not None
            and end.state in {State.SUCCEEDED, State.DEAD, State.CANCELLED}
        ]
        for end in ends:
            self.tallies.add(end)
            self._let_go(end.lease)
        for lease in lost:
            self._let_go(lease)
        if keys and self._loop is not None:
            task = self._loop.create_task(self._wake_next(keys))
            task.add_done_callback(_log_failure)

    async def _wake_next(self, keys: list[int]) -> None:
        async with transaction(self.pool) as connection:
            found = await rows(connection, SQL["find_next_in_order"], {"keys": keys})
        self.wake(found)

    async def _search(self) -> None:
        """Find what no message told of: lost leases, waits that are over, ready runs."""
        self.wake(await self.recovery.return_lost())
        self.wake(await self.recovery.wake_due())
        while not self._stopping:
            limit = min(SEARCH_MAX, sum(max(0, self.room(lane)) for lane in SEARCHED))
            if limit <= 0:
                return
            found = await self.recovery.find_ready(limit)
            taken = [
                (run_id, lane)
                for run_id, lane in found
                if run_id not in self._active and self.room(Lane(lane)) > 0
            ]
            self.wake(taken)
            if len(found) < limit or not taken:
                return
            await asyncio.sleep(0.05)

    async def _renew(self) -> None:
        """Keep the leases of what runs here, hear of cancellations, and be counted among the living."""
        self.gates.share_among(await self.recovery.be_heard())
        if self._active:
            for run_id in await self.recovery.renew(sorted(self._active)) & self._active.keys():
                self._active[run_id][0].cancel_asked = True

    async def _wind_down(self) -> None:
        """Finish what runs, for 25 s at most; what is left goes back without counting as a crash."""
        tasks = [task for _, task in self._active.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_S - 3)
        leftover = [run_id for run_id, (_, task) in self._active.items() if not task.done()]
        for run_id in leftover:
            self._active[run_id][1].cancel()
        try:
            async with asyncio.timeout(3):
                await self.ledger.drained()
                await self.tallies.write()
                await self.recovery.leave(leftover)
        except (Error, TimeoutError) as error:
            log.warning("engine.stop_unclean error=%s", type(error).__name__)
        log.info("engine.stopped handed_back=%d at=%s", len(leftover), datetime.now(UTC).isoformat())


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel until all have ended: a client library may swallow one cancellation (seen in channels-redis)."""
    for _ in range(6):
        for task in tasks:
            task.cancel()
        _, left = await asyncio.wait(tasks, timeout=0.5)
        if not left:
            return


def _log_failure(task: "asyncio.Task[None] | Future[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.warning("engine.task_failed error=%s", type(task.exception()).__name__)
