"""Tells the first run that brings a key from those that bring it again."""

from pydantic import Field
from typing_extensions import override

from integrations.errors import Problem, SchemaError
from integrations.flows.asks import DUPLICATE, Ask, Once
from integrations.flows.expressions import Evaluate, Op, check_op, compile_op, fit_op
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

HOURS_MAX = 720


class DedupeConfig(StepConfig):
    key: Op = Field(title="Key", description="What must not come twice: the number of the order, say.")
    within: float = Field(
        24,
        gt=0,
        le=HOURS_MAX,
        title="Within",
        description="Hours for which a key is remembered, 720 at most.",
    )


class DedupeRunner:
    """Its output is ``{"duplicate"}``, true or false. Of the key only a digest is kept."""

    __slots__ = ("_key", "_within_s")

    def __init__(self, key: Evaluate, within_s: float) -> None:
        self._key = key
        self._within_s = within_s

    def ask(self, scope: Scope, facts: RunFacts) -> Ask:
        found = self._key(scope, facts)
        if found is None or found in ("", [], {}):
            raise SchemaError(
                "dedupe.no_key",
                "There is no value to know the document by.",
                place="config.key",
                hint="Check the path, or send such documents another way with a branch before.",
            )
        return Once(found, self._within_s)


class DedupeStep(StepKind[DedupeConfig]):
    kind = "dedupe"
    title = "Drop duplicates"
    summary = "Knows what was here before, by a key."
    group = "logic"
    effect = Effect.ASK
    Config = DedupeConfig
    ways = (NEXT, DUPLICATE)

    @override
    def check(self, config: DedupeConfig, env: StepEnv) -> list[Problem]:
        return check_op(config.key, "key")

    @override
    def typed(self, config: DedupeConfig, env: StepEnv, scope: Schema) -> Typed:
        told = object_schema([SchemaField("duplicate", Type.BOOLEAN, required=True)])
        return Typed({NEXT: told, DUPLICATE: told}, fit_op(config.key, scope, "key").problems)

    @override
    def compile(self, config: DedupeConfig, env: StepEnv) -> DedupeRunner:
        return DedupeRunner(compile_op(config.key, "config.key"), config.within * 3600)


STEP = DedupeStep()
