"""A flow version made ready to run: once per version, then kept by the engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from integrations.delivery.retry import Mode, RetryPolicy
from integrations.errors import ConfigError, FlowError
from integrations.flows.places import join
from integrations.flows.snapshots import from_json
from integrations.flows.steps.context import CallConfig, CallRunner, Effect, Runner, StepEnv
from integrations.flows.steps.registry import step_kind
from integrations.flows.validation import parse_config
from integrations.graph.bypass import bypassed
from integrations.graph.flow import Flow, Node, Settings, is_trigger
from integrations.graph.order import order


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """One step, ready.

    next: the step each port leads to; a missing port ends the path. index: its place in the plan's order; the
    ledger may name steps by it. mode, timeout_s and retry matter for calls only.
    """

    key: str
    kind: str
    index: int
    runner: Runner
    effect: Effect
    next: Mapping[str, str]
    retry: RetryPolicy
    timeout_s: float
    mode: Mode


@dataclass(frozen=True, slots=True)
class CompiledFlow:
    """A whole version, ready. start: the trigger's key. steps: in plan order, a step after all before it."""

    steps: Mapping[str, CompiledStep]
    start: str
    settings: Settings


def compile_version(definition: Mapping[str, object] | Flow, env: StepEnv) -> CompiledFlow:
    """Compile a definition that `validate` accepts. Raises FlowError with place ``steps.<key>…``."""
    flow = bypassed(definition if isinstance(definition, Flow) else from_json(definition))
    nodes = {node.key: node for node in flow.nodes}
    triggers = [node.key for node in flow.nodes if is_trigger(node)]
    if len(triggers) != 1 or len(nodes) != len(flow.nodes):
        raise FlowError("flow.not_valid", "A flow that runs has one trigger, and each key once.")
    onward: dict[str, dict[str, str]] = {key: {} for key in nodes}
    for edge in flow.edges:
        onward[edge.source][edge.port] = edge.target
    policy = RetryPolicy(flow.settings.retry)
    steps = {
        key: compile_step(nodes[key], index, onward[key], policy, env)
        for index, key in enumerate(order(flow))
    }
    return CompiledFlow(steps, triggers[0], flow.settings)


def compile_step(
    node: Node, index: int, onward: Mapping[str, str], policy: RetryPolicy, env: StepEnv
) -> CompiledStep:
    config = parse_config(node)
    kind = step_kind(node.kind)
    try:
        runner = kind.compile(config, env)
    except ConfigError as error:
        place = join(f"steps.{node.key}", error.place)
        raise FlowError(
            error.code, error.message, hint=error.hint, place=place, problems=error.problems
        ) from error
    own = config if isinstance(config, CallConfig) else None
    calls = kind.effect is Effect.CALL
    return CompiledStep(
        key=node.key,
        kind=node.kind,
        index=index,
        runner=runner,
        effect=kind.effect,
        next=onward,
        retry=policy if own is None or own.retry is None else RetryPolicy(own.retry),
        timeout_s=cast("CallRunner", runner).timeout_s if calls else 0.0,
        mode=cast("CallRunner", runner).mode if calls else Mode.IDEMPOTENT,
    )
