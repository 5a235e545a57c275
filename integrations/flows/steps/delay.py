"""Lets a run wait: for some seconds, or for days, through any restart."""

from pydantic import Field, model_validator
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.asks import SECONDS, WAIT_MAX, Ask, Pause, Unit, nobody_waits
from integrations.flows.steps.context import (
    NEXT,
    Effect,
    RunFacts,
    Scope,
    StepConfig,
    StepEnv,
    StepKind,
    Typed,
    object_schema,
)
from integrations.schema.model import Field as SchemaField
from integrations.schema.model import Schema, Type


class DelayConfig(StepConfig):
    amount: float = Field(gt=0, title="Wait for", description="How long, from when the run first comes here.")
    unit: Unit = Field("minutes", title="Unit")

    @model_validator(mode="after")
    def _is_not_too_long(self) -> "DelayConfig":
        if self.seconds > WAIT_MAX.total_seconds():
            raise ValueError(f"A run waits {WAIT_MAX.days} days at most.")
        return self

    @property
    def seconds(self) -> float:
        return self.amount * SECONDS[self.unit]


class DelayRunner:
    """Its output is ``{"until"}``, when the wait was over; null after a wait of up to a second."""

    __slots__ = ("_pause",)

    def __init__(self, seconds: float) -> None:
        self._pause = Pause(seconds)

    def ask(self, scope: Scope, facts: RunFacts) -> Ask:  # noqa: ARG002  the protocol's
        return self._pause


class DelayStep(StepKind[DelayConfig]):
    kind = "delay"
    title = "Delay"
    summary = "Waits for some time, then goes on."
    group = "logic"
    effect = Effect.ASK
    Config = DelayConfig

    @override
    def check(self, config: DelayConfig, env: StepEnv) -> list[Problem]:
        return nobody_waits(env.settings, config.seconds, "amount")

    @override
    def typed(self, config: DelayConfig, env: StepEnv, scope: Schema) -> Typed:
        return Typed({NEXT: object_schema([SchemaField("until", Type.MOMENT, nullable=True)])})

    @override
    def compile(self, config: DelayConfig, env: StepEnv) -> DelayRunner:
        return DelayRunner(config.seconds)


STEP = DelayStep()
