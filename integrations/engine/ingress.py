"""The front door for documents: plain ASGI, nothing between the socket and the group commit but checks.

    POST /in/<hook>                a document, or a file for a flow with a file trigger
    GET  /in/<hook>/runs/<run>     the outcome of a run, for those who may call the hook

A request is answered 202, or with the flow's reply, only after it is committed to PostgreSQL.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from hashlib import blake2b
from time import monotonic
from typing import Any, Final, TypeAlias
from uuid import UUID

import redis.asyncio
from psycopg import Error
from redis.exceptions import RedisError

from integrations.delivery import shaping
from integrations.delivery.keys import ordering_key
from integrations.delivery.states import State
from integrations.engine import answers, frames, replies
from integrations.engine.allowances import Allowances, Plans
from integrations.engine.announce import Announcer
from integrations.engine.answers import Answer, Outcome
from integrations.engine.changes import CHANGES_S, Changes
from integrations.engine.database import Pool
from integrations.engine.files import Uploads
from integrations.engine.hooks import Hook, Hooks
from integrations.engine.intake import Accepted, Arrival, Intake, find_first, outcomes
from integrations.engine.models import Lane, Mode, Origin
from integrations.engine.reading import (
    Receive,
    Scope,
    at_path,
    check_type,
    idempotency_key,
    read_body,
    read_headers,
    read_query,
    require_method,
)
from integrations.errors import (
    AccessError,
    ConflictError,
    SevenMError,
    UnavailableError,
)
from integrations.flows.steps.context import Document, StepOutput
from integrations.tenants.ids import new_id

log = logging.getLogger(__name__)

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

WAITERS_MAX: Final = 12_000
LOOK_S: Final = 0.5
LOOK_WELL_S: Final = 5.0
AGED_S: Final = 4.0
LARGE_BYTES: Final = 64 << 10
"""What is larger is read in a thread, where the door has a choice: nobody else should wait for it."""

Taken: TypeAlias = tuple[UUID, Outcome | None]
"""The run, and how it ended where that was waited for and known in time."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests a second and at once that one hook may receive by this process."""

    per_s: float = 5000.0
    burst: float = 10_000.0


class Ingress:
    """The ASGI application. `start` and `stop` frame its life on the server's loop."""

    def __init__(
        self,
        pool: Pool,
        hooks: Hooks,
        announcer: Announcer,
        redis_url: str,
        *,
        digest_key: bytes,
        plans: Plans | None = None,
        rates: Rates | None = None,
        waiters_max: int = WAITERS_MAX,
    ) -> None:
        self._waiters_max = waiters_max
        self.id = secrets.randbits(62)
        self._pool = pool
        self._hooks = hooks
        self._announcer = announcer
        self._redis = redis.asyncio.from_url(redis_url, socket_connect_timeout=2.0)
        self._digest_key = digest_key
        self._intake = Intake(pool)
        self._allowances = None if plans is None else Allowances(plans)
        self._uploads = Uploads(pool)
        self._waiters: dict[UUID, tuple[UUID, float, list[asyncio.Future[Outcome]]]] = {}
        self._foreign: set[UUID] = set()
        self._rate = shaping.Rate((rates or Rates()).per_s, (rates or Rates()).burst)
        self._buckets: dict[str, shaping.Bucket] = {}
        self._is_listening = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open the pool and begin to commit, listen and look."""
        await self._pool.open()
        self._announcer.start()
        self._tasks = [
            asyncio.create_task(self._intake.run(), name="intake"),
            asyncio.create_task(self._listen(), name="replies"),
            asyncio.create_task(self._look(), name="look"),
            asyncio.create_task(self._hear_changes(), name="changes"),
        ]

    async def stop(self) -> None:
        """Store what waits, then end."""
        await self._intake.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._announcer.stop()
        await self._redis.aclose()
        await self._pool.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request under ``/in/``."""
        try:
            status, headers, body = await self._answer(scope, receive)
        except SevenMError as error:
            status, headers, body = answers.problem(error)
        except Exception:  # the boundary: the caller gets an answer and the process goes on
            log.exception("ingress.bug path_length=%d", len(scope["path"]))
            status, headers, body = answers.problem(answers.bug())
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        parts = scope["path"].split("/")
        headers = read_headers(scope["headers"])
        hook = await self._hooks.find(parts[2])
        if len(parts) == 5 and parts[3] == "runs":
            require_method(scope, "GET")
            return await self._show(hook, headers, parts[4])
        if len(parts) != 3:
            raise AccessError
        require_method(scope, "POST")
        self._slow_down(hook)
        if hook.is_file:
            await self._hooks.admit_key(hook, headers)
            if self._allowances is not None and not await self._allowances.take(hook.tenant_id):
                raise self._allowances.refusal(hook.tenant_id)
            batch_id = await self._uploads.receive(hook, headers, scope["query_string"], receive)
            return answers.json_answer(202, {"batch": str(batch_id), "state": "received"})
        run_id, outcome = await self.take(hook, self._read(hook, headers, scope["query_string"], receive))
        return answers.accepted(hook, run_id) if outcome is None else answers.outcome(hook, run_id, outcome)

    async def take(self, hook: Hook, reading: Awaitable[Arrival]) -> Taken:
        """Store what is read, by whichever door it came; wait for its outcome where the flow's sender does.

        Raises what reading raises; LimitError where the plan is used up; ConflictError for a key with another
        body; UnavailableError where it was not stored, or nobody knows.
        """
        arrival = await reading
        if self._allowances is not None and not await self._allowances.take(hook.tenant_id):
            first = await find_first(self._pool, arrival)
            if first is None:
                raise self._allowances.refusal(hook.tenant_id)
            return await self._first_outcome(hook, first)
        run_id, lane = arrival.run_id, arrival.lane
        waiter = self._wait_for(run_id, hook.tenant_id) if hook.is_sync else None
        try:
            accepting = self._intake.accept(arrival)
            del arrival, reading  # thousands of callers wait at once: each keeps only what it still needs
            accepted = await accepting
            if accepted.is_first:
                self._announcer.announce(lane, (run_id,))
                return await self._finish(hook, run_id, waiter)
            return await self._first_outcome(hook, accepted)
        finally:
            self._waiters.pop(run_id, None)

    async def _read(
        self, hook: Hook, headers: dict[bytes, bytes], query_string: bytes, receive: Receive
    ) -> Arrival:
        """Read, verify and seal a request. Nothing of it is stored yet."""
        check_type(headers, hook)
        body = await read_body(headers, receive, hook.max_bytes)
        message_id = await self._hooks.admit(hook, headers, body)
        query = read_query(query_string)
        kept = {
            name: headers[name.encode()].decode("latin-1")
            for name in hook.kept_headers
            if name.encode() in headers
        }
        received = hook.trigger.receive(Document(body, kept, query))
        arrival = self._arrival(hook, body, kept, query, idempotency_key(headers) or message_id)
        self._order(hook, arrival, received)
        return arrival

    async def read_message(self, hook: Hook, body: bytes, key: str) -> Arrival:
        """Seal what came by another door than HTTP, which knows who sent it. key: its name, "" for none.

        Raises InputError where the trigger cannot read it, UnavailableError where it comes too fast.
        """
        self._slow_down(hook)
        document = Document(body)
        if len(body) > LARGE_BYTES:
            received = await asyncio.to_thread(hook.trigger.receive, document)
        else:
            received = hook.trigger.receive(document)
        arrival = self._arrival(hook, body, {}, {}, key)
        self._order(hook, arrival, received)
        return arrival

    def _order(self, hook: Hook, arrival: Arrival, received: StepOutput) -> None:
        if hook.ordering_path is not None:
            named = at_path(received.value, hook.ordering_path)
            if named is not None:
                arrival.ordering_key = ordering_key(self._digest_key, hook.flow_id, str(named))

    def _arrival(
        self, hook: Hook, body: bytes, headers: dict[str, str], query: dict[str, str], key: str
    ) -> Arrival:
        run_id = new_id()
        frame = frames.pack({"headers": headers, "query": query}, body)
        arrival = Arrival(
            run_id,
            hook.tenant_id,
            hook.flow_id,
            hook.version_id,
            Lane.SYNC if hook.is_sync else Lane.ASYNC,
            Mode.SYNC if hook.is_sync else Mode.ASYNC,
            Origin.HOOK,
            hook.cipher.seal("engine_document", "input", run_id, frame),
            len(body),
            skip_dead=hook.skips_dead,
            reply_to=self.id if hook.is_sync else None,
        )
        if key:
            arrival.key = self._digest(hook.token.encode() + b"\0" + key.encode())
            arrival.key_body = self._digest(body)
        return arrival

    def _digest(self, text: bytes) -> bytes:
        return blake2b(text, digest_size=20, key=self._digest_key).digest()

    def _wait_for(self, run_id: UUID, tenant_id: UUID) -> asyncio.Future[Outcome]:
        if len(self._waiters) >= self._waiters_max:
            raise UnavailableError("ingress.full", "Too many callers wait for an outcome.", retry_after_s=1.0)
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        held = self._waiters.get(run_id)
        if held is None:
            self._waiters[run_id] = (tenant_id, monotonic(), [future])
        else:
            held[2].append(future)
        return future

    async def _finish(self, hook: Hook, run_id: UUID, waiter: asyncio.Future[Outcome] | None) -> Taken:
        """Go on at once, or wait for the outcome until the flow's deadline."""
        if waiter is None:
            return run_id, None
        try:
            async with asyncio.timeout(hook.deadline_s):
                return run_id, await waiter
        except TimeoutError:
            return run_id, None

    async def _first_outcome(self, hook: Hook, accepted: Accepted) -> Taken:
        """Give a repeated request what the first one got."""
        if not accepted.is_same:
            raise ConflictError(
                "ingress.key_reused",
                "This idempotency key was used for a different body.",
                hint="Use a new key for a new request.",
            )
        if not hook.is_sync:
            return accepted.run_id, None
        waiter = self._wait_for(accepted.run_id, hook.tenant_id)
        self._foreign.add(accepted.run_id)
        try:
            await self._look_for([accepted.run_id])
            return await self._finish(hook, accepted.run_id, waiter)
        finally:
            self._foreign.discard(accepted.run_id)

    async def _show(self, hook: Hook, headers: dict[bytes, bytes], run_id: str) -> Answer:
        """Give the state of a run, and its reply to a caller with an API key."""
        try:
            wanted = UUID(run_id)
        except ValueError:
            raise AccessError from None
        may_read = await self._hooks.may_read(hook, headers)
        state = await self._hooks.state_of(hook, wanted)
        if state is None:
            raise AccessError
        found = await outcomes(self._pool, [wanted], [hook.tenant_id]) if may_read else []
        if found and found[0][3] is not None:
            return answers.outcome(hook, wanted, Outcome(found[0][2], found[0][3]))
        return answers.json_answer(200, {"run": str(wanted), "state": State(state).name.lower()})

    def _slow_down(self, hook: Hook) -> None:
        now = monotonic()
        bucket, taken = shaping.take(
            self._buckets.get(hook.token) or shaping.full(self._rate, now), self._rate, now
        )
        if len(self._buckets) > 50_000:
            self._buckets.clear()
        self._buckets[hook.token] = bucket
        if not taken:
            raise UnavailableError(
                "ingress.rate", "This hook receives more requests than it may.", status=429, retry_after_s=1.0
            )

    async def _listen(self) -> None:
        """Hear of outcomes from the workers; while the line is broken, `_look` finds them."""
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as line:
                    await line.subscribe(replies.channel(self.id))
                    self._is_listening = True
                    while True:
                        message = await line.get_message(timeout=30.0)
                        if message is not None:
                            self._hear(replies.unpack(message["data"]))
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("ingress.line_broken error=%s", type(error).__name__)
            self._is_listening = False
            await asyncio.sleep(0.5)

    def _hear(self, found: Iterable[tuple[UUID, int, bytes | None]]) -> None:
        for run_id, state, reply in found:
            held = self._waiters.get(run_id)
            if held is not None:
                for future in held[2]:
                    if not future.done():
                        future.set_result(Outcome(state, reply))

    async def _hear_changes(self) -> None:
        """Forget what was compiled of tenants whose connections or partners changed."""
        changes = Changes(self._pool, (self._hooks.forget,))
        while True:
            try:
                await changes.hear()
            except (Error, TimeoutError) as error:
                log.warning("ingress.changes_not_heard error=%s", type(error).__name__)
            await asyncio.sleep(CHANGES_S)

    async def _look(self) -> None:
        """Look into PostgreSQL for outcomes that no message brought."""
        looked = 0.0
        while True:
            await asyncio.sleep(LOOK_S)
            now = monotonic()
            if self._is_listening and now - looked < LOOK_WELL_S:
                wanted = list(self._foreign)
            else:
                looked = now
                aged_s = AGED_S if self._is_listening else 0.0
                wanted = [run_id for run_id, held in self._waiters.items() if now - held[1] > aged_s]
            try:
                for start in range(0, len(wanted), 1000):
                    await self._look_for(wanted[start : start + 1000])
            except (Error, TimeoutError) as error:
                log.warning("ingress.look_failed error=%s", type(error).__name__)

    async def _look_for(self, run_ids: list[UUID]) -> None:
        tenants = {self._waiters[run_id][0] for run_id in run_ids if run_id in self._waiters}
        if tenants:
            self._hear(
                (run_id, state, reply)
                for run_id, _, state, reply in await outcomes(self._pool, run_ids, tenants)
            )
