"""A flow walked without the engine: what each step gets and gives, while the caller answers its calls.

It obeys what `engine/executor.py` does: ports, error ports, loops, replies. It waits for nothing, repeats
nothing and writes nothing. A test runs the same flows through both and compares them byte for byte.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar, cast

from integrations.delivery import retry
from integrations.delivery.retry import RetryPolicy
from integrations.delivery.states import DeadReason
from integrations.errors import LimitError, SevenMError
from integrations.flows.compile import CompiledFlow, CompiledStep
from integrations.flows.ends import CATCHING, StepFailedError, StoppedError
from integrations.flows.exact_json import json_bytes
from integrations.flows.steps.context import (
    ERROR,
    NEXT,
    Call,
    Document,
    Effect,
    Reply,
    RunFacts,
    Scope,
    StepOutput,
    Stop,
    Value,
)
from integrations.flows.supposed import supposed
from integrations.flows.visits import (
    VISITS_MAX,
    Answer,
    Answers,
    Bounds,
    Facts,
    Iteration,
    NeedsAnswerError,
    Outcome,
    Pin,
    Rehearsal,
    UnfinishedError,
    Visit,
    VisitState,
)
from integrations.graph.flow import DONE

ONCE: Final = RetryPolicy(())
"""A rehearsal asks once: what a run would try again has failed here."""

T = TypeVar("T")


def rehearse(
    flow: CompiledFlow,
    document: Document | None,
    *,
    facts: Facts,
    answer: Answers,
    pins: Mapping[str, Pin] | None = None,
    until: str = "",
    bounds: Bounds | None = None,
) -> Rehearsal:
    """Walk a flow from its trigger. until: the step after which the walk ends, "" to go to the end.

    document: what the trigger receives; None where the trigger is pinned. Raises nothing of ours: what goes
    wrong is the outcome.
    """
    walk = _Walk(flow, document, facts, answer, pins or {}, until, bounds or Bounds())
    return walk.told(lambda: walk.through(flow.start, {}, ()))


def rehearse_step(
    flow: CompiledFlow,
    key: str,
    scope: Scope,
    *,
    facts: Facts,
    answer: Answers,
    pins: Mapping[str, Pin] | None = None,
    document: Document | None = None,
    bounds: Bounds | None = None,
) -> Rehearsal:
    """Do one step with a scope, whatever is pinned for it. A loop is walked through."""
    others = {name: pin for name, pin in (pins or {}).items() if name != key}
    walk = _Walk(flow, document, facts, answer, others, key, bounds or Bounds())
    return walk.told(lambda: walk.along(key, dict(scope), ()))


class _EndedError(Exception):
    """The walk is over before its end."""

    def __init__(
        self, outcome: Outcome, value: Value = None, step: str = "", error: SevenMError | None = None
    ) -> None:
        super().__init__(outcome)
        self.outcome, self.value, self.step, self.error = outcome, value, step, error


class _Walk:
    """One rehearsal on its way."""

    def __init__(  # noqa: PLR0917  what `rehearse` was given
        self,
        flow: CompiledFlow,
        document: Document | None,
        facts: Facts,
        answer: Answers,
        pins: Mapping[str, Pin],
        until: str,
        bounds: Bounds,
    ) -> None:
        self._flow, self._document, self._facts = flow, document, facts
        self._answer, self._pins, self._until, self._bounds = answer, pins, until, bounds
        self._within = ""
        self._visits: list[Visit] = []
        self._entered: dict[str, Value] = {}
        self._walked = 0
        self._reply: Reply | None = None

    def told(self, walk: Callable[[], Value]) -> Rehearsal:
        """Walk, and tell how it ended."""
        started = self._bounds.clock()
        outcome, step = Outcome.SUCCEEDED, ""
        value: Value = None
        error: SevenMError | None = None
        reply: Reply | None = None
        try:
            value = walk()
            reply = self._reply or self._last_value_reply(value)
        except StepFailedError as failed:
            outcome, step, error = Outcome.FAILED, failed.step, failed.error
            reply = failed.reply or error_reply(failed)
        except StoppedError as stopped:
            value = stopped.value
            reply = self._reply or self._last_value_reply(value)
        except _EndedError as ended:
            outcome, value, step, error = ended.outcome, ended.value, ended.step, ended.error
            reply = self._reply
        return Rehearsal(
            outcome,
            tuple(self._visits),
            value,
            reply,
            self._bounds.clock() - started,
            error,
            step,
            is_complete=self._walked <= VISITS_MAX,
            entered=self._entered,
        )

    def _last_value_reply(self, value: Value) -> Reply | None:
        if self._flow.settings.reply != "sync":
            return None
        return Reply(200, {"content-type": "application/json"}, json_bytes(value))

    def through(self, start: str | None, scope: Scope, iteration: Iteration) -> Value:
        """Walk a flow; a failure without a way of its own starts the error handler."""
        try:
            return self.along(start, scope, iteration)
        except StepFailedError as failed:
            handler = self._flow.steps.get(self._flow.handler or "")
            if handler is None or NEXT not in handler.next:
                raise
            return self._handled(handler, failed, scope, iteration)

    def _handled(
        self, handler: CompiledStep, failed: StepFailedError, scope: Scope, iteration: Iteration
    ) -> Value:
        runner: Any = handler.runner
        self._reply = None
        scope[handler.key] = failed.told()
        self._note(handler, iteration, VisitState.OK, StepOutput(failed.told()))
        try:
            value = self.along(handler.next[NEXT], scope, iteration)
        except StepFailedError as second:
            failed.say(after=f" Then the error handler failed at “{second.step}”: {second.words}")
            raise failed from second
        if runner.then == "fail":
            failed.reply = self._reply
            raise failed
        return value

    def along(self, start: str | None, scope: Scope, iteration: Iteration) -> Value:
        """Follow the edges from `start` until one leads nowhere; give the last step's output."""
        key = start
        value: Value = None
        while key is not None:
            step = self._flow.steps[key]
            self._count(key)
            output = self._visit(step, scope, iteration)
            value = scope[key] = output.value
            if output.reply is not None:
                self._reply = output.reply
            if key == self._until and not self._within:
                raise _EndedError(Outcome.REACHED, value)
            if output.stop is not None:
                raise StoppedError(self._name(step), output.stop, value)
            key = step.next.get(output.port)
        return value

    def _count(self, key: str) -> None:
        self._walked += 1
        if self._walked > self._bounds.steps:
            raise _failed(f"{self._within}{key}", too_long(self._bounds.steps))
        if self._bounds.is_late():
            late = LimitError(
                "trial.too_long",
                "The trial takes too long, so it was ended here.",
                hint="Try with a smaller document, or pin what takes long.",
                place=f"steps.{key}",
            )
            raise _failed(f"{self._within}{key}", late)

    def _visit(self, step: CompiledStep, scope: Scope, iteration: Iteration) -> StepOutput:
        """Do a step and note how it went."""
        pin = self._pins.get(step.key) if not self._within else None
        if pin is not None:
            output = StepOutput(pin.value, pin.port or usual_port(step))
            self._note(step, iteration, VisitState.PINNED, output)
            return output
        started = self._bounds.clock()
        told: list[Answer] = []
        try:
            output = self._done(step, scope, iteration, told)
        except StepFailedError as failed:
            if step.effect not in CATCHING or ERROR not in step.next:
                raise
            output = StepOutput(failed.told(), ERROR)
        except SevenMError as error:
            duration_s = self._bounds.clock() - started
            return self._not_done(step, iteration, error, duration_s, told[0] if told else None)
        duration_s = self._bounds.clock() - started
        self._note(step, iteration, VisitState.OK, output, duration_s, told[0] if told else None)
        return output

    def _not_done(
        self,
        step: CompiledStep,
        iteration: Iteration,
        error: SevenMError,
        duration_s: float,
        answer: Answer | None,
    ) -> StepOutput:
        """Leave by the error port, or end the walk."""
        if isinstance(error, NeedsAnswerError):
            self._note(step, iteration, VisitState.ASKS, None, duration_s, answer, error)
            raise _EndedError(Outcome.ASKS, None, self._name(step), error)
        in_doubt = answer is not None and isinstance(retry.decide(ONCE, 1, error, step.mode), retry.InDoubt)
        way_on = ERROR in step.next and not in_doubt and not isinstance(error, UnfinishedError)
        failed = _failed(self._name(step), error)
        output = StepOutput(failed.told(), ERROR) if way_on else None
        self._note(step, iteration, VisitState.FAILED, output, duration_s, answer, error)
        if in_doubt:
            raise _EndedError(Outcome.IN_DOUBT, None, self._name(step), error)
        if output is None:
            raise failed
        return output

    def _done(self, step: CompiledStep, scope: Scope, iteration: Iteration, told: list[Answer]) -> StepOutput:
        runner: Any = step.runner
        match step.effect:
            case Effect.NONE:
                output: StepOutput = self._computed(step, iteration, lambda facts: runner.run(scope, facts))
                return output
            case Effect.CALL:
                return self._called(step, scope, iteration, told)
            case Effect.LOOP:
                return self._looped(step, scope, iteration)
            case Effect.ASK:
                return self._computed(
                    step, iteration, lambda facts: supposed(step, runner.ask(scope, facts), scope, facts)
                )
            case Effect.PARALLEL:
                return self._branched(step, scope, iteration)
            case Effect.FLOW:
                return self._nested(step, scope, iteration)
            case Effect.TRIGGER | Effect.HANDLER:
                return self._received(step)

    def _name(self, step: CompiledStep) -> str:
        return f"{self._within}{step.key}"

    def _computed(self, step: CompiledStep, iteration: Iteration, compute: Callable[[RunFacts], T]) -> T:
        facts = self._facts
        facts.books.where = (self._name(step), iteration)
        return compute(
            RunFacts(
                facts.run_id,
                facts.tenant_id,
                facts.now,
                iteration,
                lookups=facts.lookups,
                books=facts.books,
            )
        )

    def _received(self, step: CompiledStep) -> StepOutput:
        if self._document is None:
            raise NeedsAnswerError(
                "trial.no_document",
                "The trigger has no document to begin with.",
                hint="Choose a sample, or pin the trigger's output.",
                place=f"steps.{step.key}",
            )
        runner: Any = step.runner
        output: StepOutput = runner.receive(self._document)
        return output

    def _called(
        self, step: CompiledStep, scope: Scope, iteration: Iteration, told: list[Answer]
    ) -> StepOutput:
        runner: Any = step.runner
        call: Call = self._computed(step, iteration, lambda facts: runner.request(scope, facts))
        named = replace(step, key=self._name(step)) if self._within else step
        answer = self._answer(named, call, iteration)
        told.append(answer)
        if answer.error is not None:
            raise answer.error
        output: StepOutput = runner.response(answer.status, answer.headers, answer.body)
        return output

    def _looped(self, step: CompiledStep, scope: Scope, iteration: Iteration) -> StepOutput:
        runner: Any = step.runner
        body = step.next.get("each")
        results: list[Value] = []
        items = self._computed(step, iteration, lambda facts: runner.items(scope, facts))
        for index, item in enumerate(items):
            inner = {**scope, step.key: self._inside(step, runner.enter(item, index))}
            if body is None:
                continue
            try:
                results.append(self.along(body, inner, (*iteration, index)))
            except StoppedError as stopped:
                if stopped.what is not Stop.ITEM:
                    raise
                results.append(stopped.value)
        output: StepOutput = runner.done(results)
        return output

    def _inside(self, step: CompiledStep, value: Value) -> Value:
        """Note what the steps inside another find at its key."""
        if not self._within:
            self._entered[step.key] = value
        return value

    def _branched(self, step: CompiledStep, scope: Scope, iteration: Iteration) -> StepOutput:
        """Walk the branches one after the other, each to its end as a run does."""
        runner: Any = step.runner
        results: dict[str, Value] = {}
        ends: list[StepFailedError | StoppedError | _EndedError] = []
        for branch in runner.branches:
            try:
                inner = {**scope, step.key: self._inside(step, runner.enter(branch))}
                results[branch] = self.along(step.next.get(branch), inner, iteration)
            except (StepFailedError, StoppedError) as end:
                ends.append(end)
            except _EndedError as end:
                if end.outcome is not Outcome.IN_DOUBT:
                    raise
                ends.append(end)
        if ends:
            raise min(ends, key=_rank)
        output: StepOutput = runner.done(results)
        return output

    def _nested(self, step: CompiledStep, scope: Scope, iteration: Iteration) -> StepOutput:
        """Walk another flow with a scope of its own."""
        runner: Any = step.runner
        inner = cast("CompiledFlow", step.inner)
        start = inner.steps[inner.start]
        document = self._computed(step, iteration, lambda facts: runner.document(scope, facts))
        before = (self._flow, self._within, self._reply)
        self._flow, self._within, self._reply = inner, f"{self._name(step)}/", None
        try:
            value = self.through(start.next.get(NEXT), {start.key: document}, iteration)
        except StoppedError as stopped:
            value = stopped.value
        except StepFailedError as failed:
            key = failed.step.removeprefix(self._within).partition("/")[0]
            failed.say(before=f"At “{inner.steps[key].title}”: ")
            failed.reply = None
            raise
        finally:
            reply = self._reply
            self._flow, self._within, self._reply = before
        output: StepOutput = runner.result(value, reply)
        return output

    def _note(  # noqa: PLR0917  what a visit is made of
        self,
        step: CompiledStep,
        iteration: Iteration,
        state: VisitState,
        output: StepOutput | None,
        duration_s: float = 0.0,
        answer: Answer | None = None,
        error: SevenMError | None = None,
    ) -> None:
        if len(self._visits) >= VISITS_MAX:
            return
        value, port = (output.value, output.port) if output is not None else (None, "")
        self._visits.append(Visit(self._name(step), iteration, state, port, duration_s, value, error, answer))


def usual_port(step: CompiledStep) -> str:
    """Give the port by which a pinned step is left."""
    if step.effect in {Effect.LOOP, Effect.PARALLEL}:
        return DONE
    drawn = [port for port in step.next if port != ERROR]
    return NEXT if NEXT in drawn or not drawn else drawn[0]


def error_reply(failed: StepFailedError) -> Reply:
    """Tell a waiting caller that the run is dead: 502 where another system is the cause, else 422."""
    status = 502 if failed.reason in {DeadReason.UNAVAILABLE, DeadReason.REFUSED} else 422
    told = {"error": {"code": failed.error.code, "message": failed.words, "step": failed.step}}
    return Reply(status, {"content-type": "application/json"}, json_bytes(told))


def _failed(step: str, error: SevenMError) -> StepFailedError:
    return StepFailedError(step, error, retry.reason_of(error))


def _rank(end: Exception) -> tuple[int, bool]:
    """Order the ends of branches as `engine/outcomes.py` does."""
    if isinstance(end, StepFailedError):
        return 1, end.reason is DeadReason.UNAVAILABLE
    return (2, end.what is not Stop.RUN) if isinstance(end, StoppedError) else (0, False)


def too_long(steps: int) -> SevenMError:
    """Say that a run walked too many steps."""
    return SevenMError(
        "flow.too_many_steps", f"The run walked more than {steps} steps.", hint="Send smaller documents."
    )
