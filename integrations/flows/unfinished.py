"""Drafts made ready to be rehearsed: a step that is not finished keeps no other from being tried."""

from collections.abc import Callable
from typing import Any

from integrations.delivery.retry import Mode, RetryPolicy
from integrations.errors import ConfigError, FlowError
from integrations.flows.compile import CompiledFlow, CompiledStep, Inner, compile_step
from integrations.flows.steps.context import Effect, StepEnv
from integrations.flows.visits import UnfinishedError
from integrations.graph.bypass import bypassed
from integrations.graph.flow import Flow, Node, is_handler, is_trigger


class _Unfinished:
    """In the place of a runner: it says what is missing when the step is come to."""

    def __init__(self, error: ConfigError) -> None:
        self._error = error

    def run(self, scope: object, facts: object) -> Any:  # noqa: ANN401, ARG002  a PureRunner's
        error = self._error
        raise UnfinishedError(error.code, error.message, hint=error.hint, place=error.place) from error


def compile_draft(flow: Flow, env: StepEnv) -> CompiledFlow:
    """Compile a draft as far as it goes; the start is "" where there is no trigger yet.

    Raises FlowError for keys that stand twice, and for several triggers.
    """
    flow = bypassed(flow)
    keys = {node.key for node in flow.nodes}
    triggers = [node.key for node in flow.nodes if is_trigger(node)]
    if len(keys) != len(flow.nodes):
        raise FlowError("flow.duplicate_key", "Two steps have the same key.", hint="Rename one of them.")
    if len(triggers) > 1:
        raise FlowError(
            "flow.two_triggers", "A flow has one trigger.", place=f"steps.{triggers[1]}", hint="Remove one."
        )
    onward: dict[str, dict[str, str]] = {key: {} for key in keys}
    for edge in flow.edges:
        if edge.source in keys and edge.target in keys:
            onward[edge.source][edge.port] = edge.target
    policy = RetryPolicy(flow.settings.retry)
    inner: Inner = {}

    def compiled(node: Node, index: int) -> CompiledStep:
        return compile_step(node, index, onward[node.key], policy, env=env, inner=inner)

    steps = {node.key: _as_far_as_it_goes(node, index, onward[node.key], compiled)
             for index, node in enumerate(flow.nodes)}  # fmt: skip
    handler = next((node.key for node in flow.nodes if is_handler(node)), None)
    return CompiledFlow(steps, triggers[0] if triggers else "", flow.settings, handler)


def _as_far_as_it_goes(
    node: Node, index: int, onward: dict[str, str], compiled: Callable[[Node, int], CompiledStep]
) -> CompiledStep:
    try:
        return compiled(node, index)
    except ConfigError as error:
        return CompiledStep(
            key=node.key,
            kind=node.kind,
            title=node.title or node.key,
            index=index,
            runner=_Unfinished(error),
            effect=Effect.NONE,
            next=onward,
            retry=RetryPolicy(()),
            timeout_s=0.0,
            mode=Mode.IDEMPOTENT,
        )
