"""Writes a value of the scope in a format."""

from typing import Any

from pydantic import Field
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.documents import (
    as_value,
    check_document,
    control_numbers,
    enveloped_encoder,
    options_of,
    record_schema,
)
from integrations.flows.expressions import Evaluate, Op, check_op, compile_op, fit_document
from integrations.flows.steps.context import (
    Effect,
    RunFacts,
    Scope,
    StepConfig,
    StepEnv,
    StepKind,
    StepOutput,
    Typed,
)
from integrations.formats.codec import Enveloped
from integrations.schema.model import Schema


class EncodeConfig(StepConfig):
    value: Op = Field(title="What to write", description="An object, or a list of records.")
    format: str = Field("json", title="Format", description="What to write it in.")
    partner: str = Field(
        "",
        title="Partner",
        description="Who gets it: the partner's own options and control numbers are used. Empty for none.",
    )
    options: dict[str, Any] = Field({}, title="Format options")


class EncodeRunner:
    """Its output is text where the bytes are UTF-8, and bytes where they are not."""

    __slots__ = ("_counters", "_encode", "_value")

    def __init__(self, value: Evaluate, encode: Enveloped, counters: tuple[str, str]) -> None:
        self._value = value
        self._encode = encode
        self._counters = counters

    def run(self, scope: Scope, facts: RunFacts) -> StepOutput:
        numbers = control_numbers(facts, *self._counters)
        return StepOutput(as_value(self._encode(self._value(scope, facts), numbers, facts.now)))


class EncodeStep(StepKind[EncodeConfig]):
    kind = "encode"
    title = "Write a document"
    summary = "Writes a value in a format, such as a CSV file for a partner."
    group = "data"
    effect = Effect.NONE
    Config = EncodeConfig

    @override
    def check(self, config: EncodeConfig, env: StepEnv) -> list[Problem]:
        return [
            *check_op(config.value, "value"),
            *check_document(env, config.partner, config.format, config.options),
        ]

    @override
    def typed(self, config: EncodeConfig, env: StepEnv, scope: Schema) -> Typed:
        options = options_of(env, config.partner, config.format, config.options)
        record = record_schema(config.format, options)
        return Typed(problems=fit_document(config.value, scope, record, "value").problems)

    @override
    def compile(self, config: EncodeConfig, env: StepEnv) -> EncodeRunner:
        options = options_of(env, config.partner, config.format, config.options)
        return EncodeRunner(
            compile_op(config.value, "config.value"),
            enveloped_encoder(config.format, options),
            (config.partner, config.format),
        )


STEP = EncodeStep()
