"""Collects a value from each of many runs; the list goes on in a run of its own when it is full."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.asks import COLLECTED, FULL, SECONDS, Ask, Collect
from integrations.flows.expressions import Evaluate, Op, check_op, compile_op, fit_op
from integrations.flows.steps.context import (
    UNKNOWN,
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

WITHIN_MAX = timedelta(days=7)


class AggregateConfig(StepConfig):
    value: Op = Field(title="Value", description="What each run adds to the list.")
    group: Op | None = Field(
        None, title="One list for each", description="The customer, the day, … Empty: one list for all."
    )
    count: int = Field(100, ge=1, le=10_000, title="Full at", description="So many values.")
    size_kb: int = Field(
        1024, ge=1, le=10_240, title="Or at", description="So many kilobytes of values, as JSON."
    )
    within: float = Field(5, gt=0, title="Or after", description="Counted from the first value of the list.")
    unit: Literal["seconds", "minutes", "hours"] = Field("minutes", title="Unit")

    @model_validator(mode="after")
    def _is_not_too_long(self) -> "AggregateConfig":
        if self.within_s > WITHIN_MAX.total_seconds():
            raise ValueError(f"A list is collected for {WITHIN_MAX.days} days at most.")
        return self

    @property
    def within_s(self) -> float:
        return self.within * SECONDS[self.unit]


class AggregateRunner:
    """At “full” its output is ``{"count", "group", "opened_at", "items"}``, and there is no other."""

    __slots__ = ("_config", "_group", "_value")

    def __init__(self, config: AggregateConfig, value: Evaluate, group: Evaluate | None) -> None:
        self._config = config
        self._value = value
        self._group = group

    def ask(self, scope: Scope, facts: RunFacts) -> Ask:
        config = self._config
        return Collect(
            value=self._value(scope, facts),
            group=self._group(scope, facts) if self._group is not None else None,
            count=config.count,
            size_bytes=config.size_kb << 10,
            within_s=config.within_s,
        )


class AggregateStep(StepKind[AggregateConfig]):
    kind = "aggregate"
    title = "Collect"
    summary = "Collects a value from many runs and goes on with the list."
    group = "logic"
    effect = Effect.ASK
    Config = AggregateConfig
    ways = (FULL, COLLECTED)
    fresh = (FULL,)

    @override
    def check(self, config: AggregateConfig, env: StepEnv) -> list[Problem]:
        problems = check_op(config.value, "value")
        return problems + (check_op(config.group, "group") if config.group is not None else [])

    @override
    def typed(self, config: AggregateConfig, env: StepEnv, scope: Schema) -> Typed:
        value = fit_op(config.value, scope, "value")
        problems = list(value.problems)
        if config.group is not None:
            problems += fit_op(config.group, scope, "group").problems
        item = UNKNOWN.root if value.made.repeats else value.made
        fields = (
            SchemaField("count", Type.INTEGER, required=True, minimum=Decimal(1)),
            SchemaField("group", Type.ANY, required=True, nullable=True),
            SchemaField("opened_at", Type.TEXT, required=True),
            replace(item, name="items", repeats=True, required=True, nullable=True),
        )
        told = object_schema([SchemaField("collected", Type.BOOLEAN, required=True)])
        return Typed({FULL: object_schema(fields, scope.definitions), COLLECTED: told}, problems)

    @override
    def compile(self, config: AggregateConfig, env: StepEnv) -> AggregateRunner:
        group = compile_op(config.group, "config.group") if config.group is not None else None
        return AggregateRunner(config, compile_op(config.value, "config.value"), group)


STEP = AggregateStep()
