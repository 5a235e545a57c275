"""Running one run: walk the compiled flow from its trigger, step by step, and say how it ended.

Pure steps are computed again after a crash; calls that finished are read from the ledger and never made
twice. The worker that holds the lease makes the retries itself, on a timer, never blocking a thread.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final, TypeVar
from uuid import UUID

from psycopg import Error as DatabaseError

from integrations.delivery import retry
from integrations.delivery.keys import idempotency_key
from integrations.delivery.retry import Mode
from integrations.delivery.states import DeadReason, State, Waiting
from integrations.engine import frames
from integrations.engine.books import ROUNDS_MAX
from integrations.engine.database import Pool
from integrations.engine.gates import ClosedGateError, Gate, ProbeError
from integrations.engine.ledger import AttemptRow, End, Lease, Ledger
from integrations.engine.memory import Memory
from integrations.engine.models import Lane, Origin, Outcome
from integrations.engine.tallies import bucket_of
from integrations.engine.work import (
    Answer,
    Caller,
    CancelledRunError,
    DoubtError,
    LeaseLostError,
    ParkError,
    Prepared,
    StepFailedError,
    Work,
)
from integrations.errors import FlowError, RefusedError, SevenMError, UnavailableError
from integrations.flows.answers import decode_json
from integrations.flows.asks import FULL, Ask
from integrations.flows.compile import CompiledStep
from integrations.flows.steps.context import (
    ERROR,
    Call,
    Effect,
    Reply,
    RunFacts,
    Scope,
    StepOutput,
    Value,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

STEPS_MAX: Final = 100_000
"""Steps that one run may walk, loops included."""
BREATH: Final = 50
"""Steps without a call after which other runs get their turn."""
PARKED_S: Final = 300.0
"""A run that waits for a destination is looked at again after this long even if nobody wakes it."""
NO_OUTPUT: Final = StepOutput(None)


class Executor:
    """Walks runs of this worker."""

    def __init__(self, ledger: Ledger, caller: Caller, memory: Memory, pool: Pool, *, keep_s: float) -> None:
        self._ledger = ledger
        self._caller = caller
        self._memory = memory
        self._pool = pool
        self._keep_s = keep_s
        self._time = asyncio.get_running_loop().time

    async def execute(self, work: Work) -> None:
        """Run to an end and hand that to the ledger. Raises nothing: what goes wrong is the run's end."""
        lease = work.lease
        try:
            end = await self._to_end(work)
        except LeaseLostError:
            return
        except asyncio.CancelledError:
            raise
        except Exception as error:  # the boundary: a bug in a step ends its run, not the worker
            log.exception("run.bug run=%s", lease.run_id)
            end = self._dead(
                work,
                "",
                "engine.bug",
                f"Something in 7M broke on this run. ({type(error).__name__})",
                DeadReason.BUG,
            )
        if not lease.lost:
            self._ledger.end(end)

    async def _to_end(self, work: Work) -> End:
        lease = work.lease
        try:
            start, scope = _opening(work)
            value = await self._walk(work, start, scope, ())
        except StepFailedError as failed:
            end = self._dead(
                work,
                failed.step,
                failed.error.code,
                _in_words(failed.error),
                failed.reason,
                destination=failed.destination,
            )
            return self._with_reply(work, end, _error_reply(failed))
        except ParkError as parked:
            return End(
                lease,
                State.WAITING,
                due_s=parked.after_s,
                waiting=parked.reason,
                waits_for=parked.destination if parked.reason is Waiting.BREAKER else None,
                waits_at=parked.step,
                parked_us=int(parked.after_s * 1e6) if parked.reason is Waiting.RETRY_AFTER else 0,
            )
        except DoubtError as doubt:
            return End(
                lease,
                State.IN_DOUBT,
                error_code=doubt.code,
                error_step=doubt.step,
                error_message="The destination may or may not have acted, and it cannot be asked twice.",
                destination=doubt.destination,
            )
        except CancelledRunError:
            return End(lease, State.CANCELLED)
        reply = work.reply or _last_value_reply(lease, value)
        return self._with_reply(work, End(lease, State.SUCCEEDED), reply)

    def _dead(
        self,
        work: Work,
        step: str,
        code: str,
        message: str,
        reason: DeadReason,
        *,
        destination: UUID | None = None,
    ) -> End:
        return End(
            work.lease,
            State.DEAD,
            dead_reason=reason,
            error_code=code,
            error_step=step,
            error_message=message,
            destination=destination,
            keep_s=max(self._keep_s, work.program.flow.settings.retention_h * 3600.0),
        )

    def _with_reply(self, work: Work, end: End, reply: Reply | None) -> End:
        if reply is None:
            return end
        frame = frames.pack({"status": reply.status, "headers": dict(reply.headers)}, reply.body)
        sealed = work.cipher.seal("engine_document", "reply", work.lease.run_id, frame)
        return End(
            end.lease,
            end.state,
            reply=sealed,
            dead_reason=end.dead_reason,
            error_code=end.error_code,
            error_step=end.error_step,
            error_message=end.error_message,
            destination=end.destination,
            keep_s=end.keep_s,
        )

    async def _walk(self, work: Work, start: str | None, scope: Scope, iteration: tuple[int, ...]) -> Value:
        """Follow the edges from `start` until one leads nowhere; give the last step's output."""
        steps = work.program.flow.steps
        key = start
        value: Value = None
        while key is not None:
            step = steps[key]
            work.walked += 1
            if work.walked % BREATH == 0:
                await asyncio.sleep(0)
            if work.walked > STEPS_MAX:
                raise StepFailedError(key, _too_long(), DeadReason.CONFIG)
            output = await self._step(work, step, scope, iteration)
            value = output.value
            scope[key] = value
            if output.reply is not None:
                work.reply = output.reply
            _passed(work.lease, step, output.port)
            key = step.next.get(output.port)
        return value

    async def _step(
        self,
        work: Work,
        step: CompiledStep,
        scope: Scope,
        iteration: tuple[int, ...],
    ) -> StepOutput:
        runner: Any = step.runner
        try:
            if step.effect is Effect.NONE:
                return await self._computed(work, step, iteration, lambda facts: runner.run(scope, facts))
            if step.effect is Effect.CALL:
                return await self._call(work, step, scope, iteration)
            if step.effect is Effect.LOOP:
                return await self._loop(work, step, scope, iteration)
            if step.effect is Effect.ASK:
                return await self._ask(work, step, scope, iteration)
            document, work.document = work.document, None  # thousands of runs wait at once, each with its own
            return runner.receive(document)  # type: ignore[no-any-return]
        except ParkError as parked:
            parked.step = parked.step or step.key
            raise
        except StepFailedError as failed:
            if failed.step != step.key or ERROR not in step.next:
                raise
            return _caught(work.lease, step, failed.error)
        except SevenMError as error:
            if ERROR not in step.next:
                raise StepFailedError(step.key, error, retry.reason_of(error)) from error
            return _caught(work.lease, step, error)

    async def _computed(
        self, work: Work, step: CompiledStep, iteration: tuple[int, ...], compute: Callable[[RunFacts], T]
    ) -> T:
        """Compute a part of a step, again where it asked the books for what they had not got."""
        books, facts = work.books, _facts(work, iteration)
        for _ in range(ROUNDS_MAX):
            books.where = (step.key, iteration)
            try:
                result = compute(facts)
            except SevenMError:
                if not books.is_asked:
                    raise
            else:
                if not books.is_asked:
                    return result
            try:
                await books.answer(self._pool, work.lease.tenant_id, work.lease.run_id)
            except (DatabaseError, TimeoutError) as error:
                raise _gone(work, error) from None
        raise SevenMError("books.rounds", "The numbers of this step depend on each other too often.")

    async def _ask(
        self, work: Work, step: CompiledStep, scope: Scope, iteration: tuple[int, ...]
    ) -> StepOutput:
        """Answer what a step asks for, as often as the run comes to it; park the run where it must wait."""
        runner: Any = step.runner
        self._check_still_wanted(work)
        ask: Ask = await self._computed(work, step, iteration, lambda facts: runner.ask(scope, facts))
        try:
            return await self._memory.answer(work, step.key, ".".join(map(str, iteration)), ask)
        except (DatabaseError, TimeoutError) as error:
            raise _gone(work, error) from None

    async def _loop(
        self, work: Work, step: CompiledStep, scope: Scope, iteration: tuple[int, ...]
    ) -> StepOutput:
        runner: Any = step.runner
        body = step.next.get("each")
        results: list[Value] = []
        items = await self._computed(work, step, iteration, lambda facts: runner.items(scope, facts))
        for index, item in enumerate(items):
            inner = dict(scope)
            inner[step.key] = runner.enter(item, index)
            if body is not None:
                _passed(work.lease, step, "each")
                results.append(await self._walk(work, body, inner, (*iteration, index)))
        output: StepOutput = runner.done(results)
        return output

    async def _call(
        self, work: Work, step: CompiledStep, scope: Scope, iteration: tuple[int, ...]
    ) -> StepOutput:
        runner: Any = step.runner
        where = (step.key, ".".join(map(str, iteration)))
        done = work.finished.get(where)
        if done is not None and not (done.is_repeated and step.mode is Mode.IDEMPOTENT):
            return runner.response(done.status, done.headers, done.body)  # type: ignore[no-any-return]
        call: Call = await self._computed(work, step, iteration, lambda facts: runner.request(scope, facts))
        key = idempotency_key(work.lease.run_id, step.key, iteration)
        prepared = await self._caller.prepare(work.lease, call, key, step.timeout_s)
        if where in work.open_calls and call.mode == Mode.AT_MOST_ONCE:
            raise DoubtError(step.key, "delivery.outcome_unknown", prepared.gate.destination)
        attempt = 0
        while True:
            attempt += 1
            self._check_still_wanted(work)
            await self._enter(work, prepared)
            output, error = await self._attempt(work, step, where, call, prepared)
            if error is None:
                if step.key in work.program.awaited:
                    await self._durable(work)
                return output
            decision = retry.decide(step.retry, attempt, error, call.mode, waited_s=work.waited_s)
            match decision:
                case retry.Retry(after_s):
                    await asyncio.sleep(after_s)
                case retry.Park(after_s, reason):
                    raise ParkError(reason, after_s, prepared.gate.destination)
                case retry.InDoubt(code):
                    raise DoubtError(step.key, code, prepared.gate.destination)
                case retry.Dead(_, reason):
                    raise StepFailedError(step.key, error, reason, prepared.gate.destination)

    def _check_still_wanted(self, work: Work) -> None:
        if work.lease.lost:
            raise LeaseLostError
        if work.lease.cancel_asked:
            raise CancelledRunError

    async def _enter(self, work: Work, prepared: Prepared) -> None:
        """Pass the destination's gate, or park the run durably while its breaker is open."""
        gate, is_replay = prepared.gate, work.lease.lane == Lane.REPLAY
        try:
            await gate.enter(self._time(), is_replay=is_replay)
        except ProbeError:
            if await self._caller.win_probe(gate):
                gate.admit_probe(self._time(), is_replay=is_replay)
                return
            raise ParkError(Waiting.BREAKER, PARKED_S, gate.destination) from None
        except ClosedGateError:
            raise ParkError(Waiting.BREAKER, PARKED_S, gate.destination) from None
        if work.lease.lost:
            gate.leave(self._time(), is_replay=is_replay, succeeded=None)
            raise LeaseLostError

    async def _durable(self, work: Work) -> None:
        if not await self._ledger.commit(work.lease):
            raise LeaseLostError

    async def _attempt(
        self, work: Work, step: CompiledStep, where: tuple[str, str], call: Call, prepared: Prepared
    ) -> tuple[StepOutput, SevenMError | None]:
        """Make one call and record it; give its output and its error: where there is one, no output."""
        lease, gate = work.lease, prepared.gate
        number = work.counted[where] = work.counted.get(where, 0) + 1
        is_replay = lease.lane == Lane.REPLAY
        if call.mode == Mode.AT_MOST_ONCE:
            try:
                self._ledger.record(self._started(lease, where, number, call, gate))
                await self._durable(work)
            except BaseException:
                gate.leave(self._time(), is_replay=is_replay, succeeded=None)
                raise
        started = self._time()
        output = NO_OUTPUT
        error: SevenMError | None = None
        status, headers, body = 0, {}, b""
        succeeded: bool | None = None
        try:
            answer: Answer = await prepared.send()
            status, body = answer.status, answer.body
            headers = {name.lower(): value for name, value in answer.headers.items()}
            succeeded = True
            output = step.runner.response(status, headers, body)  # type: ignore[union-attr]
        except UnavailableError as unavailable:
            error, succeeded = unavailable, False
        except SevenMError as failed:
            error = failed
        finally:
            duration_us = int((self._time() - started) * 1e6)
            lease.downstream_us += duration_us
            lease.took_us[step.key] = lease.took_us.get(step.key, 0) + duration_us
            if gate.leave(self._time(), is_replay=is_replay, succeeded=succeeded):
                self._caller.breaker_moved(gate)
        frame = frames.pack(
            {"request": prepared.shown, "status": status, "headers": headers}, prepared.body, body
        )
        self._ledger.record(
            AttemptRow(
                lease,
                ordinal := lease.next_ordinal(),
                where[0],
                where[1],
                number,
                _outcome(error),
                status,
                gate.destination,
                call.connector,
                call.operation,
                self._time(),
                duration_us,
                error.code if error else "",
                _in_words(error) if error else "",
                work.cipher.seal("engine_attempt", "exchange", f"{lease.run_id}/{ordinal}", frame),
            )
        )
        return output, error

    def _started(
        self, lease: Lease, where: tuple[str, str], number: int, call: Call, gate: Gate
    ) -> AttemptRow:
        return AttemptRow(
            lease,
            lease.next_ordinal(),
            where[0],
            where[1],
            number,
            Outcome.STARTED,
            0,
            gate.destination,
            call.connector,
            call.operation,
            self._time(),
            0,
        )


def _opening(work: Work) -> tuple[str | None, Scope]:
    """Give where a run begins, and what is known there: at its trigger; behind a list that was collected."""
    flow, document = work.program.flow, work.document
    if work.lease.origin != Origin.COLLECTED or document is None:
        return flow.start, {}
    key = document.name
    try:
        if key not in flow.steps:
            raise FlowError("run.step_gone", f"This version of the flow has no step “{key}” to go on from.")
        return flow.steps[key].next.get(FULL), {key: decode_json(document.body)}
    except SevenMError as error:
        raise StepFailedError(key, error, retry.reason_of(error)) from error


def _gone(work: Work, error: Exception) -> LeaseLostError:
    """Let go of a run while PostgreSQL is away: somebody takes it up when the lease ends."""
    log.warning("run.no_database run=%s error=%s", work.lease.run_id, type(error).__name__)
    work.lease.lost = True
    return LeaseLostError()


def _passed(lease: Lease, step: CompiledStep, port: str) -> None:
    """Count a step that the run left by this port, unless that was counted before it waited or died."""
    lease.passed += 1
    took_us = lease.took_us.pop(step.key, 0) if step.effect is Effect.CALL else 0
    if lease.passed > lease.walked:
        mark = (step.key, port, bucket_of(took_us))
        lease.marks[mark] = lease.marks.get(mark, 0) + 1


def _caught(lease: Lease, step: CompiledStep, error: SevenMError) -> StepOutput:
    """Note a failure that the flow goes on from, by the step's port ``error``."""
    if lease.passed >= lease.walked:
        lease.failures[step.key] = (error.code, _in_words(error))
    return _error_output(step, error)


def _facts(work: Work, iteration: tuple[int, ...]) -> RunFacts:
    facts = work.facts
    if not iteration:
        return facts
    return RunFacts(
        facts.run_id,
        facts.tenant_id,
        facts.now,
        iteration,
        is_replay=facts.is_replay,
        lookups=facts.lookups,
        books=facts.books,
    )


def _outcome(error: SevenMError | None) -> Outcome:
    if error is None:
        return Outcome.OK
    if isinstance(error, UnavailableError):
        return Outcome.UNKNOWN if error.sent and not error.status else Outcome.RETRYABLE
    return Outcome.REFUSED if isinstance(error, RefusedError) else Outcome.FAILED


def _error_output(step: CompiledStep, error: SevenMError) -> StepOutput:
    told: Value = {"error": {"code": error.code, "message": _in_words(error), "step": step.key}}
    return StepOutput(told, ERROR)


def _in_words(error: SevenMError) -> str:
    place = f" ({error.place})" if error.place else ""
    return f"{error.message}{place}".replace("\0", "�")[:2000]


def _too_long() -> SevenMError:
    return SevenMError(
        "flow.too_many_steps", f"The run walked more than {STEPS_MAX} steps.", hint="Send smaller documents."
    )


def _error_reply(failed: StepFailedError) -> Reply:
    """Tell a waiting caller that the run is dead: 502 where another system is the cause, else 422."""
    status = 502 if failed.reason in {DeadReason.UNAVAILABLE, DeadReason.REFUSED} else 422
    body = frames.json_bytes(
        {"error": {"code": failed.error.code, "message": _in_words(failed.error), "step": failed.step}}
    )
    return Reply(status, {"content-type": "application/json"}, body)


def _last_value_reply(lease: Lease, value: Value) -> Reply | None:
    """Give a waiting caller of a flow without a respond step the last step's output."""
    if lease.reply_to is None:
        return None
    return Reply(200, {"content-type": "application/json"}, frames.json_bytes(value))
