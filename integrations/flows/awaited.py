"""Which calls must be durable before their run goes on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from integrations.flows.steps.context import Effect

if TYPE_CHECKING:
    from integrations.flows.compile import CompiledStep

_CALLING: Final = frozenset({Effect.CALL})
_ACTING: Final = frozenset({Effect.CALL, Effect.ASK})


def awaited_calls(steps: Mapping[str, "CompiledStep"], handler: str | None) -> frozenset[str]:
    """Give the steps after whose calls another call may follow, or a step that keeps something.

    Their result is committed before the run goes on, so that a crash repeats at most the calls in flight. The
    last call of a run needs no commit of its own: it is recorded in the transaction that ends the run. A step
    that runs another flow stands for the calls of that flow.
    """
    calling = {key for key, step in steps.items() if _has(step, _CALLING)}
    acting = {key for key, step in steps.items() if _has(step, _ACTING)}
    inside = {
        key
        for step in steps.values()
        for port in step.regions
        if port in step.next
        for key in _reachable(steps, step.next[port])
    }
    handling = _reachable(steps, handler) if handler else set[str]()
    is_handled = not handling.isdisjoint(acting)
    return frozenset(
        key
        for key in calling
        if key in inside
        or (is_handled and key not in handling)
        or any(not acting.isdisjoint(_reachable(steps, target)) for target in steps[key].next.values())
    )


def _has(step: "CompiledStep", effects: frozenset[Effect]) -> bool:
    if step.inner is not None:
        return any(_has(inner, effects) for inner in step.inner.steps.values())
    return step.effect in effects


def _reachable(steps: Mapping[str, "CompiledStep"], start: str) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        key = todo.pop()
        if key not in seen:
            seen.add(key)
            todo.extend(steps[key].next.values())
    return seen
