"""Running one run: walk the compiled flow from its trigger, step by step, and say how it ended.

Pure steps are computed again after a crash; calls that finished are read from the ledger and never made
twice. The worker that holds the lease makes the retries itself, on a timer, never blocking a thread.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final, TypeAlias, TypeVar, cast
from uuid import UUID

from psycopg import Error as DatabaseError

from integrations.delivery import retry
from integrations.delivery.retry import Mode
from integrations.delivery.states import DeadReason, State, Waiting
from integrations.engine import frames
from integrations.engine.books import ROUNDS_MAX
from integrations.engine.database import Pool
from integrations.engine.ledger import End, Lease, Ledger
from integrations.engine.memory import Memory
from integrations.engine.models import Origin
from integrations.engine.outcomes import worst_of
from integrations.engine.passes import caught, joined, passed
from integrations.engine.sending import Sending
from integrations.engine.work import (
    Caller,
    CancelledRunError,
    DoubtError,
    LeaseLostError,
    ParkError,
    Way,
    Work,
)
from integrations.errors import FlowError, SevenMError
from integrations.flows.answers import decode_json
from integrations.flows.asks import FULL, Ask
from integrations.flows.compile import CompiledFlow, CompiledStep
from integrations.flows.ends import CATCHING, StepFailedError, StoppedError
from integrations.flows.exact_json import json_bytes
from integrations.flows.steps.context import (
    ERROR,
    NEXT,
    Call,
    Effect,
    Reply,
    RunFacts,
    Scope,
    StepOutput,
    Stop,
    Value,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

STEPS_MAX: Final = 100_000
"""Steps that one run may walk, loops included."""
BREATH: Final = 50
"""Steps without a call after which other runs get their turn."""
Doing: TypeAlias = Callable[[Work, Way, CompiledStep, Scope], Awaitable[StepOutput]]


class Executor:
    """Walks runs of this worker."""

    def __init__(self, ledger: Ledger, caller: Caller, memory: Memory, pool: Pool, *, keep_s: float) -> None:
        self._ledger = ledger
        self._sending = Sending(ledger, caller)
        self._memory = memory
        self._pool = pool
        self._keep_s = keep_s
        self._doing: dict[Effect, Doing] = {
            Effect.TRIGGER: self._receive,
            Effect.CALL: self._call,
            Effect.LOOP: self._loop,
            Effect.PARALLEL: self._parallel,
            Effect.FLOW: self._subflow,
            Effect.ASK: self._ask,
        }

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
        way = Way(work.program.flow, work.facts)
        try:
            way, start, scope = _opening(work, way)
            value = await self._flow(work, way, start, scope)
        except StepFailedError as failed:
            end = self._dead(
                work,
                failed.step,
                failed.error.code,
                failed.words,
                failed.reason,
                destination=failed.destination,
            )
            return self._with_reply(work, end, failed.reply or _error_reply(failed))
        except StoppedError as stopped:
            said = (stopped.step, stopped.reason) if stopped.reason else ("", "")
            end = End(lease, State.SUCCEEDED, error_step=said[0], error_message=said[1])
            return self._with_reply(work, end, way.reply or _last_value_reply(lease, stopped.value))
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
        end = End(lease, State.SUCCEEDED)
        if (handled := work.handled) is not None:
            end = replace(
                end, error_code=handled.error.code, error_step=handled.step, error_message=handled.words
            )
        return self._with_reply(work, end, way.reply or _last_value_reply(lease, value))

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
        return replace(end, reply=work.cipher.seal("engine_document", "reply", work.lease.run_id, frame))

    async def _flow(self, work: Work, way: Way, start: str | None, scope: Scope) -> Value:
        """Walk a flow from `start`; a failure without a way of its own starts the error handler."""
        try:
            return await self._walk(work, way, start, scope)
        except StepFailedError as failed:
            handler = way.flow.steps[way.flow.handler] if way.flow.handler is not None else None
            if handler is None or NEXT not in handler.next:
                raise
            return await self._handled(work, way, handler, failed, scope)

    async def _handled(
        self, work: Work, way: Way, handler: CompiledStep, failed: StepFailedError, scope: Scope
    ) -> Value:
        runner: Any = handler.runner
        way.reply = None
        scope[handler.key] = failed.told()
        try:
            value = await self._walk(work, way, handler.next[NEXT], scope)
        except StepFailedError as second:
            failed.say(after=f" Then the error handler failed at “{second.step}”: {second.words}")
            raise failed from second
        if runner.then == "fail":
            failed.reply = way.reply
            raise failed
        if not way.within:
            work.handled = failed
        return value

    async def _walk(self, work: Work, way: Way, start: str | None, scope: Scope) -> Value:
        """Follow the edges from `start` until one leads nowhere; give the last step's output."""
        steps = way.flow.steps
        key = start
        value: Value = None
        while key is not None:
            step = steps[key]
            work.walked += 1
            if work.walked % BREATH == 0:
                await asyncio.sleep(0)
            if work.walked > STEPS_MAX:
                raise StepFailedError(way.name(step), _too_long(), DeadReason.CONFIG)
            output = await self._step(work, way, step, scope)
            value = output.value
            scope[key] = value
            if output.reply is not None:
                way.reply = output.reply
            passed(work.lease, way, step, output.port)
            if output.stop is not None:
                raise StoppedError(way.name(step), output.stop, value)
            key = step.next.get(output.port)
        return value

    async def _step(self, work: Work, way: Way, step: CompiledStep, scope: Scope) -> StepOutput:
        runner: Any = step.runner
        try:
            if step.effect is Effect.NONE:
                return await self._computed(work, way, step, lambda facts: runner.run(scope, facts))
            return await self._doing[step.effect](work, way, step, scope)
        except ParkError as parked:
            parked.step = parked.step or step.key
            raise
        except StepFailedError as failed:
            is_own = failed.step == way.name(step) or step.effect in CATCHING
            if ERROR not in step.next or not is_own:
                raise
            caught(work.lease, way, step, failed)
            return StepOutput(failed.told(), ERROR)
        except SevenMError as error:
            ended = StepFailedError(way.name(step), error, retry.reason_of(error))
            if ERROR not in step.next:
                raise ended from error
            caught(work.lease, way, step, ended)
            return StepOutput(ended.told(), ERROR)

    async def _receive(self, work: Work, way: Way, step: CompiledStep, scope: Scope) -> StepOutput:  # noqa: ARG002  as the others
        runner: Any = step.runner
        document, work.document = work.document, None  # thousands of runs wait at once, each with its own
        return runner.receive(document)  # type: ignore[no-any-return]

    async def _computed(
        self, work: Work, way: Way, step: CompiledStep, compute: Callable[[RunFacts], T]
    ) -> T:
        """Compute a part of a step, again where it asked the books for what they had not got."""
        books, where = work.books, (way.name(step), way.iteration)
        for _ in range(ROUNDS_MAX):
            books.where = where
            try:
                result = compute(way.facts)
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

    async def _ask(self, work: Work, way: Way, step: CompiledStep, scope: Scope) -> StepOutput:
        """Answer what a step asks for, as often as the run comes to it; park the run where it must wait."""
        runner: Any = step.runner
        work.check_still_wanted()
        ask: Ask = await self._computed(work, way, step, lambda facts: runner.ask(scope, facts))
        try:
            return await self._memory.answer(work, way.name(step), way.turns, ask)
        except (DatabaseError, TimeoutError) as error:
            raise _gone(work, error) from None

    async def _loop(self, work: Work, way: Way, step: CompiledStep, scope: Scope) -> StepOutput:
        runner: Any = step.runner
        body = step.next.get("each")
        results: list[Value] = []
        items = await self._computed(work, way, step, lambda facts: runner.items(scope, facts))
        for index, item in enumerate(items):
            if body is None:
                continue
            passed(work.lease, way, step, "each")
            turn = way.turn(index)
            try:
                results.append(
                    await self._walk(work, turn, body, {**scope, step.key: runner.enter(item, index)})
                )
            except StoppedError as stopped:
                if stopped.what is not Stop.ITEM:
                    raise
                results.append(stopped.value)
            finally:
                way.reply = turn.reply or way.reply
        output: StepOutput = runner.done(results)
        return output

    async def _parallel(self, work: Work, way: Way, step: CompiledStep, scope: Scope) -> StepOutput:
        """Walk all branches to their ends, at the same time; what the worst of them ended with counts."""
        runner: Any = step.runner
        ways = [way.beside() for _ in runner.branches]
        for beside, branch in zip(ways, runner.branches, strict=True):
            passed(work.lease, beside, step, branch)
        ended = await asyncio.gather(
            *(
                self._walk(work, beside, step.next.get(branch), {**scope, step.key: runner.enter(branch)})
                for beside, branch in zip(ways, runner.branches, strict=True)
            ),
            return_exceptions=True,
        )
        for beside in ways:
            way.reply = beside.reply or way.reply
        worst = worst_of(ended)
        is_caught = isinstance(worst, StepFailedError) and ERROR in step.next
        if worst is None or is_caught or isinstance(worst, StoppedError):
            joined(work.lease, way, ways)
        if worst is not None:
            raise worst
        output: StepOutput = runner.done(dict(zip(runner.branches, ended, strict=True)))
        return output

    async def _subflow(self, work: Work, way: Way, step: CompiledStep, scope: Scope) -> StepOutput:
        """Walk another flow with a scope of its own; its failures name the step that runs it."""
        runner: Any = step.runner
        inner = cast("CompiledFlow", step.inner)
        start = inner.steps[inner.start]
        inside = way.into(step, inner)
        document = await self._computed(work, way, step, lambda facts: runner.document(scope, facts))
        try:
            value = await self._flow(work, inside, start.next.get(NEXT), {start.key: document})
        except StoppedError as stopped:
            value = stopped.value
        except ParkError as parked:
            parked.step = step.key
            raise
        except StepFailedError as failed:
            key = failed.step.removeprefix(inside.within).partition("/")[0]
            failed.say(before=f"At “{inner.steps[key].title}”: ")
            failed.reply = None
            raise
        output: StepOutput = runner.result(value, inside.reply)
        return output

    async def _call(self, work: Work, way: Way, step: CompiledStep, scope: Scope) -> StepOutput:
        runner: Any = step.runner
        name = way.name(step)
        done = work.finished.get((name, way.turns))
        if done is not None and not (done.is_repeated and step.mode is Mode.IDEMPOTENT):
            return runner.response(done.status, done.headers, done.body)  # type: ignore[no-any-return]
        call: Call = await self._computed(work, way, step, lambda facts: runner.request(scope, facts))
        return await self._sending.send(work, way, step, call)


def _opening(work: Work, way: Way) -> tuple[Way, str | None, Scope]:
    """Give where a run begins, and what is known there: at its trigger; behind a list that was collected."""
    document = work.document
    if work.lease.origin != Origin.COLLECTED or document is None:
        return way, way.flow.start, {}
    name = document.name
    *within, key = name.split("/")
    try:
        for outer in within:
            way = way.into(step, inner) if (inner := (step := way.flow.steps[outer]).inner) else way
        onward = way.flow.steps[key].next
        return way, onward.get(FULL), {key: decode_json(document.body)}
    except KeyError:
        gone = FlowError("run.step_gone", f"This version of the flow has no step “{name}” to go on from.")
        raise StepFailedError(name, gone, DeadReason.CONFIG) from None
    except SevenMError as error:
        raise StepFailedError(name, error, retry.reason_of(error)) from error


def _gone(work: Work, error: Exception) -> LeaseLostError:
    """Let go of a run while PostgreSQL is away: somebody takes it up when the lease ends."""
    log.warning("run.no_database run=%s error=%s", work.lease.run_id, type(error).__name__)
    work.lease.lost = True
    return LeaseLostError()


def _too_long() -> SevenMError:
    return SevenMError(
        "flow.too_many_steps", f"The run walked more than {STEPS_MAX} steps.", hint="Send smaller documents."
    )


def _error_reply(failed: StepFailedError) -> Reply:
    """Tell a waiting caller that the run is dead: 502 where another system is the cause, else 422."""
    status = 502 if failed.reason in {DeadReason.UNAVAILABLE, DeadReason.REFUSED} else 422
    body = json_bytes({"error": {"code": failed.error.code, "message": failed.words, "step": failed.step}})
    return Reply(status, {"content-type": "application/json"}, body)


def _last_value_reply(lease: Lease, value: Value) -> Reply | None:
    """Give a waiting caller of a flow without a respond step the last step's output."""
    if lease.reply_to is None:
        return None
    return Reply(200, {"content-type": "application/json"}, json_bytes(value))
