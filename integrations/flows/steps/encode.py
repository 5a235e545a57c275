"""Writes a value of the scope in a format."""

from typing import Any

from pydantic import Field
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.documents import Encode, check_format, encoder
from integrations.flows.expressions import Evaluate, Op, check_op, compile_op
from integrations.flows.steps.context import (
    NEXT,
    Effect,
    RunFacts,
    Scope,
    StepConfig,
    StepEnv,
    StepKind,
    StepOutput,
    Value,
)


class EncodeConfig(StepConfig):
    value: Op = Field(title="What to write", description="An object, or a list of records.")
    format: str = Field("json", title="Format", description="What to write it in.")
    options: dict[str, Any] = Field({}, title="Format options")


class EncodeRunner:
    """Its output is text where the bytes are UTF-8, and bytes where they are not."""

    __slots__ = ("_encode", "_value")

    def __init__(self, value: Evaluate, encode: Encode) -> None:
        self._value = value
        self._encode = encode

    def run(self, scope: Scope, facts: RunFacts) -> StepOutput:
        document = self._encode(self._value(scope, facts))
        return StepOutput(_text(document))


def _text(document: bytes) -> Value:
    try:
        return document.decode()
    except UnicodeDecodeError:
        return document


class EncodeStep(StepKind[EncodeConfig]):
    kind = "encode"
    title = "Write a document"
    summary = "Writes a value in a format, such as a CSV file for a partner."
    group = "data"
    effect = Effect.NONE
    Config = EncodeConfig

    @override
    def ports(self, config: EncodeConfig) -> tuple[str, ...]:
        return (NEXT,)

    @override
    def check(self, config: EncodeConfig, env: StepEnv) -> list[Problem]:
        return [*check_op(config.value, "value"), *check_format(config.format, config.options)]

    @override
    def compile(self, config: EncodeConfig, env: StepEnv) -> EncodeRunner:
        return EncodeRunner(compile_op(config.value, "config.value"), encoder(config.format, config.options))


STEP = EncodeStep()
