"""Reads a text or bytes of the scope in a format."""

from typing import Any

from pydantic import Field
from typing_extensions import override

from integrations.errors import Problem, SchemaError
from integrations.flows.documents import (
    Decode,
    as_bytes,
    check_document,
    decoder,
    document_schema,
    options_of,
)
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
)
from integrations.formats.codec import Limits
from integrations.schema.model import Schema


class DecodeConfig(StepConfig):
    value: Op = Field(title="What to read", description="A text or bytes, for example a field of an answer.")
    format: str = Field("json", title="Format", description="What it is written in.")
    partner: str = Field(
        "", title="Partner", description="Who wrote it: the partner's own options are used. Empty for none."
    )
    options: dict[str, Any] = Field({}, title="Format options")


class DecodeRunner:
    __slots__ = ("_decode", "_value")

    def __init__(self, value: Evaluate, decode: Decode) -> None:
        self._value = value
        self._decode = decode

    def run(self, scope: Scope, facts: RunFacts) -> StepOutput:
        document = as_bytes(self._value(scope, facts))
        if document is None:
            raise SchemaError("decode.not_text", "There is no text or file to read.", place="config.value")
        return StepOutput(self._decode(document))


class DecodeStep(StepKind[DecodeConfig]):
    kind = "decode"
    title = "Read a document"
    summary = "Reads a text or file in a format, such as CSV inside a JSON field."
    group = "data"
    effect = Effect.NONE
    Config = DecodeConfig

    @override
    def check(self, config: DecodeConfig, env: StepEnv) -> list[Problem]:
        return [
            *check_op(config.value, "value"),
            *check_document(env, config.partner, config.format, config.options),
        ]

    @override
    def typed(self, config: DecodeConfig, env: StepEnv, scope: Schema) -> Typed:
        options = options_of(env, config.partner, config.format, config.options)
        found = fit_op(config.value, scope, "value")
        return Typed({NEXT: document_schema(config.format, options)}, found.problems)

    @override
    def compile(self, config: DecodeConfig, env: StepEnv) -> DecodeRunner:
        options = options_of(env, config.partner, config.format, config.options)
        return DecodeRunner(
            compile_op(config.value, "config.value"), decoder(config.format, options, Limits())
        )


STEP = DecodeStep()
