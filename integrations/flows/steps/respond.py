"""Gives the waiting caller its answer; steps after it still run."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.addresses import Fill, check_header, check_places, compile_header
from integrations.flows.bodies import Write, check_body, compile_body, fit_body
from integrations.flows.documents import media_type
from integrations.flows.expressions import Op, Plan
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
)
from integrations.schema.model import Schema


class RespondConfig(StepConfig):
    status: int = Field(
        200, ge=200, le=599, title="Status", description="200 all is well, 422 not with this data."
    )
    headers: dict[str, str] = Field(
        {}, max_length=20, title="Headers", description="Braces give data: {order.body.id}"
    )
    body: Plan | None = Field(None, title="Body by rules", description="A mapping that makes the body.")
    value: Op | None = Field(None, title="Body as it is", description="One value; text is sent unchanged.")
    format: str = Field("json", title="Body format")
    options: dict[str, Any] = Field({}, title="Format options")


class RespondRunner:
    __slots__ = ("_body", "_headers", "_status", "_type")

    def __init__(self, status: int, headers: Mapping[str, Fill], body: Write, content_type: str) -> None:
        self._status = status
        self._headers = headers
        self._body = body
        self._type = content_type

    def run(self, scope: Scope, facts: RunFacts) -> StepOutput:
        body = self._body(scope, facts)
        headers = {name: fill(scope, facts) for name, fill in self._headers.items()}
        if body:
            headers.setdefault("content-type", self._type)
        return StepOutput({"status": self._status}, reply=Reply(self._status, headers, body or b""))


class RespondStep(StepKind[RespondConfig]):
    kind = "respond"
    title = "Respond"
    summary = "Gives the waiting caller its answer."
    group = "logic"
    effect = Effect.NONE
    Config = RespondConfig

    @override
    def check(self, config: RespondConfig, env: StepEnv) -> list[Problem]:
        problems = check_body(config.body, config.value, config.format, config.options)
        for name, text in config.headers.items():
            problems += check_header(name, f"headers.{name}")
            problems += check_places(text, {}, f"headers.{name}")
        if env.settings.reply == "async":
            problems.append(
                Problem(
                    "respond.nobody_waits",
                    "The flow answers 202 at once: nobody waits for this answer, it is only kept.",
                    "",
                    "Set the flow's answer to synchronous.",
                    severity="warning",
                )
            )
        return problems

    @override
    def typed(self, config: RespondConfig, env: StepEnv, scope: Schema) -> Typed:
        return Typed(problems=fit_body(config.body, config.value, scope))

    @override
    def compile(self, config: RespondConfig, env: StepEnv) -> RespondRunner:
        headers = {
            name.lower(): compile_header(text, {}, f"config.headers.{name}")
            for name, text in config.headers.items()
        }
        body = compile_body(config.body, config.value, config.format, config.options)
        return RespondRunner(config.status, headers, body, media_type(config.format))


STEP = RespondStep()
