"""Makes a new document from the outputs of the steps before, by the rules of a mapping."""

from pydantic import Field
from typing_extensions import override

from integrations.errors import ConfigError, Problem
from integrations.flows.expressions import Evaluate, Plan, check_plan, compile_map, fit_plan
from integrations.flows.map_target import MapTarget, check_target, softened, target_schema
from integrations.flows.steps.context import (
    NEXT,
    Effect,
    RunFacts,
    Scope,
    StepConfig,
    StepEnv,
    StepKind,
    StepOutput,
    Typed,
)
from integrations.schema.model import Schema


class MapConfig(StepConfig):
    plan: Plan = Field(title="Rules", description="Each rule fills one field of the new document.")
    target: MapTarget | None = Field(
        None,
        title="Target",
        description="What the document is to be. Its fields are shown in the mapper and checked.",
        json_schema_extra={"format": "map-target"},
    )
    partner: str = Field(
        "",
        title="Partner",
        description="Whose codes the lookup tables translate, where a rule does not say. Empty for none.",
    )


class MapRunner:
    __slots__ = ("_map",)

    def __init__(self, mapping: Evaluate) -> None:
        self._map = mapping

    def run(self, scope: Scope, facts: RunFacts) -> StepOutput:
        return StepOutput(self._map(scope, facts))


class MapStep(StepKind[MapConfig]):
    kind = "map"
    title = "Map"
    summary = "Makes a new document from what came before, field by field."
    group = "data"
    effect = Effect.NONE
    Config = MapConfig

    @override
    def check(self, config: MapConfig, env: StepEnv) -> list[Problem]:
        problems = check_plan(config.plan, "plan")
        if config.target is not None:
            problems += check_target(config.target, "target")
        if config.partner:
            try:
                env.partner(config.partner)
            except ConfigError as error:
                problems.append(Problem(error.code, error.message, "partner", error.hint))
        return problems

    @override
    def typed(self, config: MapConfig, env: StepEnv, scope: Schema) -> Typed:
        target = target_schema(config.target) if config.target is not None else None
        found = fit_plan(config.plan, scope, target, "plan")
        return Typed({NEXT: Schema(found.made, scope.definitions)}, softened(found.problems))

    @override
    def compile(self, config: MapConfig, env: StepEnv) -> MapRunner:
        return MapRunner(compile_map(config.plan, "config.plan", config.partner))


STEP = MapStep()
