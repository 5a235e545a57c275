"""Gives names to values, for the steps that follow."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field as Setting
from pydantic import StringConstraints
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.expressions import Evaluate, Op, check_op, compile_op, fit_op
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
    Value,
    object_schema,
)
from integrations.schema.model import Field, Schema

VARIABLES_MAX = 50
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class Variable(StepConfig):
    name: Name = Setting(title="Name", description="Small letters, digits and _: total, delivery_days.")
    value: Op = Setting(
        title="Value", description="A value, a field of earlier data or a formula. It may use names above it."
    )


class SetVariableConfig(StepConfig):
    variables: tuple[Variable, ...] = Setting(
        min_length=1,
        max_length=VARIABLES_MAX,
        title="Variables",
        description="Worked out in this order. Later steps find them under this step.",
    )


class SetVariableRunner:
    """Its output is an object of the names; on the way, an entry reads those above it by their bare names."""

    __slots__ = ("_variables",)

    def __init__(self, variables: list[tuple[str, Evaluate]]) -> None:
        self._variables = tuple(variables)

    def run(self, scope: Scope, facts: RunFacts) -> StepOutput:
        made: dict[str, Value] = {}
        seen = dict(scope)
        for name, evaluate in self._variables:
            made[name] = seen[name] = evaluate(seen, facts)
        return StepOutput(made)


class SetVariableStep(StepKind[SetVariableConfig]):
    kind = "set_variable"
    title = "Set variables"
    summary = "Gives names to values that later steps use."
    group = "data"
    effect = Effect.NONE
    Config = SetVariableConfig

    @override
    def check(self, config: SetVariableConfig, env: StepEnv) -> list[Problem]:
        problems = []
        taken: set[str] = set()
        for number, variable in enumerate(config.variables):
            place = f"variables[{number}]"
            if variable.name in taken:
                message = f"The name “{variable.name}” is taken."
                problems.append(Problem("set_variable.name_taken", message, f"{place}.name"))
            taken.add(variable.name)
            problems += check_op(variable.value, f"{place}.value")
        return problems

    @override
    def typed(self, config: SetVariableConfig, env: StepEnv, scope: Schema) -> Typed:
        made: list[Field] = []
        problems: list[Problem] = []
        for number, variable in enumerate(config.variables):
            found = fit_op(variable.value, _with(scope, made), f"variables[{number}].value")
            problems += found.problems
            made.append(replace(found.made, name=variable.name, required=True, nullable=True))
        return Typed({NEXT: object_schema(made, scope.definitions)}, problems)

    @override
    def compile(self, config: SetVariableConfig, env: StepEnv) -> SetVariableRunner:
        return SetVariableRunner(
            [
                (variable.name, compile_op(variable.value, f"config.variables[{number}].value"))
                for number, variable in enumerate(config.variables)
            ]
        )


def _with(scope: Schema, made: list[Field]) -> Schema:
    """Give the scope as an entry finds it: the names above it hide steps of the same name."""
    names = {field.name for field in made}
    others = [field for field in scope.root.fields if field.name not in names]
    return Schema(replace(scope.root, fields=(*others, *made)), scope.definitions)


STEP = SetVariableStep()
