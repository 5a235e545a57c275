"""Runs another flow of the tenant inside this run and goes on with what it gives."""

from pydantic import Field
from typing_extensions import override

from integrations.errors import ConfigError, Problem
from integrations.flows.answers import body_value
from integrations.flows.called_flows import DEPTH_MAX, SUBFLOW, depth
from integrations.flows.expressions import Evaluate, Op, check_op, compile_op, fit_op
from integrations.flows.steps.context import (
    Effect,
    Reply,
    RunFacts,
    Scope,
    StepConfig,
    StepEnv,
    StepKind,
    StepOutput,
    Typed,
    Value,
)
from integrations.graph.flow import is_trigger
from integrations.schema.model import Schema


class SubflowConfig(StepConfig):
    flow: str = Field(
        title="Flow",
        description="The flow to run. It starts at a webhook, and has been published.",
        json_schema_extra={"format": "flow"},
    )
    version: int | None = Field(
        None,
        ge=1,
        title="Version",
        description="Empty: the one that is live when you publish; it stays until you publish again.",
    )
    input: Op = Field(
        title="Document",
        description="What the flow finds as the body of its webhook.",
    )


class SubflowRunner:
    """Its output is what the flow answers, read as its content type says, else its last step's output."""

    __slots__ = ("_input",)

    def __init__(self, given: Evaluate) -> None:
        self._input = given

    def document(self, scope: Scope, facts: RunFacts) -> Value:
        return {"body": self._input(scope, facts), "headers": {}, "query": {}}

    def result(self, value: Value, reply: Reply | None) -> StepOutput:
        return StepOutput(value if reply is None else body_value(reply.headers, reply.body))


class SubflowStep(StepKind[SubflowConfig]):
    kind = SUBFLOW
    title = "Run another flow"
    summary = "Runs a flow of yours with a document, and goes on with its answer."
    group = "flow"
    effect = Effect.FLOW
    Config = SubflowConfig

    @override
    def check(self, config: SubflowConfig, env: StepEnv) -> list[Problem]:
        problems = check_op(config.input, "input")
        try:
            called = env.flow(config.flow, config.version)
            levels = depth(called, env)
        except ConfigError as error:
            return [*problems, Problem(error.code, error.message, error.place or "flow", error.hint)]
        trigger = next(filter(is_trigger, called.definition.nodes), None)
        if trigger is None or trigger.kind != "webhook_trigger":
            problems.append(
                Problem(
                    "subflow.no_document",
                    f"The flow “{called.name}” does not start with a document.",
                    "flow",
                    "Choose a flow that starts at a webhook.",
                )
            )
        if levels > DEPTH_MAX:
            problems.append(
                Problem(
                    "subflow.too_deep",
                    f"Through “{called.name}”, {levels} flows would run inside each other; {DEPTH_MAX} may.",
                    "flow",
                )
            )
        return problems

    @override
    def typed(self, config: SubflowConfig, env: StepEnv, scope: Schema) -> Typed:
        return Typed(problems=fit_op(config.input, scope, "input").problems)

    @override
    def compile(self, config: SubflowConfig, env: StepEnv) -> SubflowRunner:
        return SubflowRunner(compile_op(config.input, "config.input"))


STEP = SubflowStep()
