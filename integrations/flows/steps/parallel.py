"""Walks several branches at the same time and goes on when all of them have ended."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field as Setting
from pydantic import StringConstraints
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.steps.context import (
    ERROR,
    UNKNOWN,
    Effect,
    StepConfig,
    StepEnv,
    StepKind,
    StepOutput,
    Typed,
    Value,
    object_schema,
)
from integrations.graph.flow import DONE
from integrations.schema.model import Field, Schema, Type

BRANCHES_MAX = 10
Port = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]


class Branch(StepConfig):
    port: Port = Setting(title="Name", description="The way out that leads into it: stock, invoice, …")
    title: str = Setting(
        "", max_length=60, title="Title", description="What the canvas shows. Empty: the name."
    )


class ParallelConfig(StepConfig):
    branches: tuple[Branch, ...] = Setting(
        min_length=2,
        max_length=BRANCHES_MAX,
        title="Branches",
        description="All of them start at once. Inside, let the last step lead nowhere.",
    )
    wait_for: Literal["all"] = Setting(
        "all", title="Go on when", description="“all”: when every branch has ended."
    )


class ParallelRunner:
    """Inside, the step's key holds ``{"branch"}``; at "done" the last output of each branch by its name."""

    __slots__ = ("branches",)

    def __init__(self, branches: tuple[str, ...]) -> None:
        self.branches = branches

    def enter(self, branch: str) -> Value:
        return {"branch": branch}

    def done(self, results: Mapping[str, Value]) -> StepOutput:
        return StepOutput(dict(results), DONE)


class ParallelStep(StepKind[ParallelConfig]):
    kind = "parallel"
    title = "Parallel"
    summary = "Does several things at the same time and goes on when all are done."
    group = "logic"
    effect = Effect.PARALLEL
    Config = ParallelConfig

    @override
    def ports(self, config: ParallelConfig) -> tuple[str, ...]:
        return (*(branch.port for branch in config.branches), DONE)

    @override
    def draft_ports(self, config: Mapping[str, object]) -> tuple[str, ...]:
        return (*self.regions(config), DONE)

    @override
    def regions(self, config: Mapping[str, object]) -> tuple[str, ...]:
        branches = config.get("branches")
        named = (
            [branch.get("port") for branch in branches if isinstance(branch, Mapping)]
            if isinstance(branches, list | tuple)
            else []
        )
        return tuple(dict.fromkeys(p for p in named if isinstance(p, str) and p not in {"", DONE, ERROR}))

    @override
    def check(self, config: ParallelConfig, env: StepEnv) -> list[Problem]:
        problems = []
        taken = {DONE, ERROR}
        for number, branch in enumerate(config.branches):
            if branch.port in taken:
                message = f"The name “{branch.port}” is taken."
                problems.append(Problem("parallel.port_taken", message, f"branches[{number}].port"))
            taken.add(branch.port)
        return problems

    @override
    def typed(self, config: ParallelConfig, env: StepEnv, scope: Schema) -> Typed:
        inside = object_schema([Field("branch", Type.TEXT, required=True, min_length=1)])
        outputs = dict.fromkeys((branch.port for branch in config.branches), inside)
        return Typed(outputs)

    @override
    def ended(self, config: ParallelConfig, typed: Typed, ends: Mapping[str, Schema]) -> Typed:
        found = [(branch.port, ends.get(branch.port, UNKNOWN)) for branch in config.branches]
        fields = [replace(end.root, name=port, required=True, nullable=True) for port, end in found]
        definitions = {name: field for _, end in found for name, field in end.definitions.items()}
        return replace(typed, outputs={**typed.outputs, DONE: object_schema(fields, definitions)})

    @override
    def compile(self, config: ParallelConfig, env: StepEnv) -> ParallelRunner:
        return ParallelRunner(tuple(branch.port for branch in config.branches))


STEP = ParallelStep()
