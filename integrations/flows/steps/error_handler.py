"""Starts a path of its own when a step fails for good and has no edge at its port "error"."""

from typing import Literal

from pydantic import Field as Setting
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.steps.context import (
    NEXT,
    Effect,
    StepConfig,
    StepEnv,
    StepKind,
    Typed,
    object_schema,
)
from integrations.schema.model import Field, Schema, Type

ERROR_FIELDS = ("code", "message", "step", "kind")


class ErrorHandlerConfig(StepConfig):
    then: Literal["fail", "succeed"] = Setting(
        "fail",
        title="Afterwards",
        description="“fail”: the run is a dead letter as without this step, to be mended and replayed. "
        "“succeed”: the failure is dealt with, and the run has succeeded.",
    )


class ErrorHandlerRunner:
    """The engine gives its output: ``{"error": {"code", "message", "step", "kind"}}``."""

    __slots__ = ("then",)

    def __init__(self, then: Literal["fail", "succeed"]) -> None:
        self.then = then


class ErrorHandlerStep(StepKind[ErrorHandlerConfig]):
    kind = "error_handler"
    title = "When a step fails"
    summary = "Starts here when any step fails for good and has no way “error” of its own."
    group = "flow"
    effect = Effect.HANDLER
    Config = ErrorHandlerConfig

    @override
    def check(self, config: ErrorHandlerConfig, env: StepEnv) -> list[Problem]:
        return []

    @override
    def typed(self, config: ErrorHandlerConfig, env: StepEnv, scope: Schema) -> Typed:
        told = tuple(Field(name, Type.TEXT, required=True) for name in ERROR_FIELDS)
        return Typed({NEXT: object_schema([Field("error", Type.OBJECT, required=True, fields=told)])})

    @override
    def compile(self, config: ErrorHandlerConfig, env: StepEnv) -> ErrorHandlerRunner:
        return ErrorHandlerRunner(config.then)


STEP = ErrorHandlerStep()
