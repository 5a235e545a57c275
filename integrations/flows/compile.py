"""A flow version made ready to run: once per version, then kept by the engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from integrations.delivery.retry import Mode, RetryPolicy
from integrations.errors import ConfigError, FlowError
from integrations.flows.awaited import awaited_calls
from integrations.flows.places import join
from integrations.flows.snapshots import from_json
from integrations.flows.steps.context import CallConfig, CallRunner, Effect, Runner, StepEnv
from integrations.flows.steps.registry import step_kind
from integrations.flows.steps.subflow import SubflowConfig
from integrations.flows.validation import parse_config
from integrations.graph.bypass import bypassed
from integrations.graph.flow import Flow, Node, Settings, is_handler, is_trigger
from integrations.graph.order import order


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """One step, ready.

    next: the step each port leads to; a missing port ends the path. regions: the ports of `next` that lead
    into regions of its own. index: its place in the plan's order; the ledger may name steps by it. mode,
    timeout_s and retry matter for calls only. inner: the flow that it runs.
    """

    key: str
    kind: str
    title: str
    index: int
    runner: Runner
    effect: Effect
    next: Mapping[str, str]
    retry: RetryPolicy
    timeout_s: float
    mode: Mode
    regions: tuple[str, ...] = ()
    inner: "CompiledFlow | None" = None


@dataclass(frozen=True, slots=True)
class CompiledFlow:
    """A whole version, ready. steps: in plan order, a step after all before it.

    start: the trigger's key. handler: the error handler's, where there is one. awaited: the steps whose calls
    must be durable before the run goes on.
    """

    steps: Mapping[str, CompiledStep]
    start: str
    settings: Settings
    handler: str | None = None
    awaited: frozenset[str] = frozenset()


Inner: TypeAlias = dict[tuple[str, int], CompiledFlow]


def compile_version(
    definition: Mapping[str, object] | Flow, env: StepEnv, inner: Inner | None = None
) -> CompiledFlow:
    """Compile a definition that `validate` accepts. Raises FlowError with place ``steps.<key>…``.

    inner: called flows that are compiled already, each version once.
    """
    inner = {} if inner is None else inner
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
        key: compile_step(nodes[key], index, onward[key], policy, env=env, inner=inner)
        for index, key in enumerate(order(flow))
    }
    handler = next((node.key for node in flow.nodes if is_handler(node)), None)
    return CompiledFlow(steps, triggers[0], flow.settings, handler, awaited_calls(steps, handler))


def compile_step(
    node: Node,
    index: int,
    onward: Mapping[str, str],
    policy: RetryPolicy,
    *,
    env: StepEnv,
    inner: Inner,
) -> CompiledStep:
    config = parse_config(node)
    kind = step_kind(node.kind)
    try:
        runner = kind.compile(config, env)
        called = _compile_called(config, env, inner) if isinstance(config, SubflowConfig) else None
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
        title=node.title or node.key,
        index=index,
        runner=runner,
        effect=kind.effect,
        next=onward,
        retry=policy if own is None or own.retry is None else RetryPolicy(own.retry),
        timeout_s=cast("CallRunner", runner).timeout_s if calls else 0.0,
        mode=cast("CallRunner", runner).mode if calls else Mode.IDEMPOTENT,
        regions=kind.regions(node.config),
        inner=called,
    )


def _compile_called(config: SubflowConfig, env: StepEnv, inner: Inner) -> CompiledFlow:
    ref = env.flow(config.flow, config.version)
    at = (ref.slug, ref.number)
    if at not in inner:
        inner[at] = compile_version(ref.definition, env, inner)
    return inner[at]
