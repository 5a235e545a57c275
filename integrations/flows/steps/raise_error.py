"""Ends the run as a dead letter with the author's own code and message."""

from typing import NoReturn

from pydantic import Field
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.steps.context import (
    Effect,
    PureRunner,
    RaisedError,
    RunFacts,
    Scope,
    StepConfig,
    StepEnv,
    StepKind,
)


class RaiseConfig(StepConfig):
    code: str = Field(
        "flow.raised",
        pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$",
        max_length=60,
        title="Code",
        description="Dead letters are grouped by it: order.no_address",
    )
    message: str = Field(
        min_length=1,
        max_length=300,
        title="Message",
        description="What is wrong and what to do; shown in lists and alerts, so without data.",
    )


class RaiseRunner(PureRunner):
    __slots__ = ("_code", "_message")

    def __init__(self, config: RaiseConfig) -> None:
        self._code = config.code
        self._message = config.message

    @override
    def run(self, scope: Scope, facts: RunFacts) -> NoReturn:
        raise RaisedError(self._code, self._message)


class RaiseStep(StepKind[RaiseConfig]):
    kind = "raise"
    title = "Stop with an error"
    summary = "Ends the run as a dead letter with your own message."
    group = "logic"
    effect = Effect.NONE
    Config = RaiseConfig
    ways = ()

    @override
    def check(self, config: RaiseConfig, env: StepEnv) -> list[Problem]:
        return []

    @override
    def compile(self, config: RaiseConfig, env: StepEnv) -> RaiseRunner:
        return RaiseRunner(config)


STEP = RaiseStep()
