"""Makes the acknowledgement of a received document: X12 997 or 999, EDIFACT CONTRL, HL7 ACK."""

from typing import Any

from pydantic import Field
from typing_extensions import override

from integrations.errors import ConfigError, Problem, SchemaError
from integrations.flows.documents import (
    as_bytes,
    as_value,
    check_document,
    control_numbers,
    options_of,
)
from integrations.flows.expressions import Evaluate, Op, check_op, compile_op, fit_op
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
from integrations.formats.codec import Acknowledge, Limits, parse_options
from integrations.formats.registry import codec
from integrations.schema.model import Schema


class AcknowledgeConfig(StepConfig):
    value: Op = Field(
        title="The document as it came", description="Text or bytes: a trigger of format “raw”."
    )
    format: str = Field("x12", title="Format", description="What it is written in.")
    partner: str = Field(
        "",
        title="Partner",
        description="Who sent it: the partner's own options and control numbers are used. Empty for none.",
    )
    options: dict[str, Any] = Field({}, title="Format options")


class AcknowledgeRunner:
    __slots__ = ("_acknowledge", "_counters", "_value")

    def __init__(self, value: Evaluate, acknowledge: Acknowledge, counters: tuple[str, str]) -> None:
        self._value = value
        self._acknowledge = acknowledge
        self._counters = counters

    def run(self, scope: Scope, facts: RunFacts) -> StepOutput:
        document = as_bytes(self._value(scope, facts))
        if document is None:
            raise SchemaError(
                "acknowledge.not_text", "There is no document to acknowledge.", place="config.value"
            )
        numbers = control_numbers(facts, *self._counters)
        return StepOutput(as_value(self._acknowledge(document, numbers, facts.now)))


class AcknowledgeStep(StepKind[AcknowledgeConfig]):
    kind = "acknowledge"
    title = "Acknowledge"
    summary = "Makes the 997, 999, CONTRL or ACK that tells a partner what was received, good or bad."
    group = "data"
    effect = Effect.NONE
    Config = AcknowledgeConfig

    @override
    def check(self, config: AcknowledgeConfig, env: StepEnv) -> list[Problem]:
        problems = [
            *check_op(config.value, "value"),
            *check_document(env, config.partner, config.format, config.options),
        ]
        if not problems and _compiled(config, env) is None:
            problems.append(
                Problem(
                    "acknowledge.format",
                    f"Documents of the format {codec(config.format).title} are not acknowledged.",
                    "format",
                    "Those of X12, EDIFACT and HL7 are.",
                )
            )
        return problems

    @override
    def typed(self, config: AcknowledgeConfig, env: StepEnv, scope: Schema) -> Typed:
        return Typed(problems=fit_op(config.value, scope, "value").problems)

    @override
    def compile(self, config: AcknowledgeConfig, env: StepEnv) -> AcknowledgeRunner:
        acknowledge = _compiled(config, env)
        if acknowledge is None:
            raise ConfigError("acknowledge.format", "This format knows no acknowledgement.", place="format")
        return AcknowledgeRunner(
            compile_op(config.value, "config.value"), acknowledge, (config.partner, config.format)
        )


def _compiled(config: AcknowledgeConfig, env: StepEnv) -> Acknowledge | None:
    form = codec(config.format)
    options = parse_options(form, options_of(env, config.partner, config.format, config.options))
    return form.acknowledge(options, Limits())


STEP = AcknowledgeStep()
