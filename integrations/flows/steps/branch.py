"""Chooses the way by conditions: the first case that holds, or else."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StringConstraints
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.expressions import Evaluate, Op, check_op, compile_op, fit_op
from integrations.flows.steps.context import (
    ERROR,
    Effect,
    RunFacts,
    Scope,
    StepConfig,
    StepEnv,
    StepKind,
    StepOutput,
    Typed,
    object_schema,
)
from integrations.schema.model import Field as SchemaField
from integrations.schema.model import Schema, Type

ELSE = "else"
Port = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]


class Case(StepConfig):
    port: Port = Field(title="Name", description="The way out that is taken: yes, domestic, large_order, …")
    condition: Op = Field(alias="if", title="Condition", description="Holds when it is true.")


class BranchConfig(StepConfig):
    cases: tuple[Case, ...] = Field(
        min_length=1,
        max_length=20,
        title="Cases",
        description="Tried in this order; the first that holds wins.",
    )


class BranchRunner:
    """Its output is ``{"case": port}``. A condition that is anything but true does not hold."""

    __slots__ = ("_cases", "_else")

    def __init__(self, cases: list[tuple[Evaluate, StepOutput]]) -> None:
        self._cases = tuple(cases)
        self._else = _taken(ELSE)

    def run(self, scope: Scope, facts: RunFacts) -> StepOutput:
        for condition, taken in self._cases:
            if condition(scope, facts) is True:
                return taken
        return self._else


def _taken(port: str) -> StepOutput:
    return StepOutput({"case": port}, port)


class BranchStep(StepKind[BranchConfig]):
    kind = "branch"
    title = "Branch"
    summary = "Chooses the way by conditions."
    group = "logic"
    effect = Effect.NONE
    Config = BranchConfig

    @override
    def ports(self, config: BranchConfig) -> tuple[str, ...]:
        return (*(case.port for case in config.cases), ELSE)

    @override
    def draft_ports(self, config: Mapping[str, object]) -> tuple[str, ...]:
        cases = config.get("cases")
        named = (
            [case.get("port") for case in cases if isinstance(case, Mapping)]
            if isinstance(cases, list)
            else []
        )
        return (*dict.fromkeys(port for port in named if isinstance(port, str) and port), ELSE)

    @override
    def check(self, config: BranchConfig, env: StepEnv) -> list[Problem]:
        problems = []
        taken = {ELSE, ERROR}
        for number, case in enumerate(config.cases):
            if case.port in taken:
                message = f"The name “{case.port}” is taken."
                problems.append(Problem("branch.port_taken", message, f"cases[{number}].port"))
            taken.add(case.port)
            problems += check_op(case.condition, f"cases[{number}].if")
        return problems

    @override
    def typed(self, config: BranchConfig, env: StepEnv, scope: Schema) -> Typed:
        case = SchemaField("case", Type.TEXT, required=True)
        taken = object_schema([case])
        problems = [
            problem
            for number, case in enumerate(config.cases)
            for problem in fit_op(case.condition, scope, f"cases[{number}].if").problems
        ]
        return Typed(dict.fromkeys(self.ports(config), taken), problems)

    @override
    def compile(self, config: BranchConfig, env: StepEnv) -> BranchRunner:
        cases = config.cases
        return BranchRunner(
            [
                (compile_op(case.condition, f"config.cases[{number}].if"), _taken(case.port))
                for number, case in enumerate(cases)
            ]
        )


STEP = BranchStep()
