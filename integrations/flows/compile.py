"""A flow version made ready to run: once per version, then kept by the engine."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from integrations.delivery.retry import Mode, RetryPolicy
from integrations.errors import ConfigError, FlowError
from integrations.flows.snapshots import from_json
from integrations.flows.steps import registry
from integrations.flows.steps.context import CallConfig, Effect, Runner, StepEnv
from integrations.graph.flow import Flow, Json, Node, Settings, is_trigger


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """One step, ready.

    next: the step each port leads to; a missing port ends the path. index: its place in the plan's order; the ledger
    may name steps by it. mode, timeout_s and retry matter for calls only.
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
    """A whole version, ready. start: the trigger's key; steps stand in plan order (a step after all before it)."""

    steps: Mapping[str, CompiledStep]
    start: str
    settings: Settings


def compile_version(definition: Mapping[str, Json] | Flow, env: StepEnv) -> CompiledFlow:
    """Compile a definition that `validate` accepts. Raises FlowError with place ``steps.<key>`` otherwise."""
    raise NotImplementedError
