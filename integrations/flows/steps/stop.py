"""Ends the run here, as done; or only the turn of a for-each that it stands in."""

from pydantic import Field
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.steps.context import (
    Effect,
    PureRunner,
    RunFacts,
    Scope,
    StepConfig,
    StepEnv,
    StepKind,
    StepOutput,
    Stop,
    Stopped,
)


class StopConfig(StepConfig):
    what: Stop = Field(
        Stop.RUN,
        title="What ends",
        description="“run”: all of it. “iteration”: this turn of the loop around it; the next one follows.",
    )
    reason: str = Field(
        "",
        max_length=200,
        title="Reason",
        description="Why, in your words; shown with the run, so without data.",
    )


class StopRunner(PureRunner):
    """Its output is ``{"stopped": reason}``: the result of that turn, or what a waiting caller gets."""

    __slots__ = ("_output",)

    def __init__(self, config: StopConfig) -> None:
        self._output = StepOutput({"stopped": config.reason}, stop=Stopped(config.what, config.reason))

    @override
    def run(self, scope: Scope, facts: RunFacts) -> StepOutput:
        return self._output


class StopStep(StepKind[StopConfig]):
    kind = "stop"
    title = "Stop"
    summary = "Ends the run here, as done. To end it as failed, use “Stop with an error”."
    group = "flow"
    effect = Effect.NONE
    Config = StopConfig
    ways = ()

    @override
    def check(self, config: StopConfig, env: StepEnv) -> list[Problem]:
        return []

    @override
    def compile(self, config: StopConfig, env: StepEnv) -> StopRunner:
        return StopRunner(config)


STEP = StopStep()
