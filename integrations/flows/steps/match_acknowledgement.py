"""Reads a received acknowledgement and finds the runs that sent what it speaks of."""

from collections.abc import Callable
from typing import Any

from pydantic import Field
from typing_extensions import override

from integrations.errors import ConfigError, Problem, SchemaError
from integrations.flows.documents import check_document, counter_name, options_of
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
    Value,
)
from integrations.formats.codec import Outcome, Record, parse_options, records_of
from integrations.formats.registry import codec
from integrations.schema.model import Schema

REJECTED = "rejected"

Outcomes = Callable[[Record], list[Outcome]]


class MatchConfig(StepConfig):
    value: Op = Field(title="The acknowledgement", description="As the trigger or a step before has read it.")
    format: str = Field("x12", title="Format")
    partner: str = Field("", title="Partner", description="Who sent it, the one it was sent to.")
    options: dict[str, Any] = Field({}, title="Format options")


class MatchRunner:
    """Its output: {outcomes: [{envelope, number, verdict, reason, run}], rejected: how many}."""

    __slots__ = ("_config", "_outcomes", "_value")

    def __init__(self, value: Evaluate, outcomes: Outcomes, config: MatchConfig) -> None:
        self._value = value
        self._outcomes = outcomes
        self._config = config

    def run(self, scope: Scope, facts: RunFacts) -> StepOutput:
        value = self._value(scope, facts)
        if not isinstance(value, list | dict):
            raise SchemaError("match.not_read", "There is no decoded acknowledgement.", place="config.value")
        told: list[Value] = []
        rejected = 0
        for record in records_of(value, self._config.format, "An acknowledgement"):
            for outcome in self._outcomes(record):
                told.append(self._matched(outcome, facts))
                rejected += outcome.verdict == "rejected"
        return StepOutput({"outcomes": told, "rejected": rejected}, REJECTED if rejected else NEXT)

    def _matched(self, outcome: Outcome, facts: RunFacts) -> Value:
        counter = counter_name(self._config.partner, self._config.format, outcome.envelope)
        digits = outcome.number.strip()
        sender = (
            facts.books.settle(counter, int(digits), outcome.verdict, outcome.reason)
            if digits.isascii() and digits.isdigit() and len(digits) < 19
            else None
        )
        return {
            "envelope": outcome.envelope,
            "number": outcome.number,
            "verdict": outcome.verdict,
            "reason": outcome.reason,
            "run": str(sender) if sender else None,
        }


class MatchStep(StepKind[MatchConfig]):
    kind = "match_acknowledgement"
    title = "Match an acknowledgement"
    summary = "Finds what a 997, 999, CONTRL or ACK speaks of, and notes what the partner said of it."
    group = "data"
    effect = Effect.NONE
    Config = MatchConfig
    ways = (NEXT, REJECTED)

    @override
    def check(self, config: MatchConfig, env: StepEnv) -> list[Problem]:
        problems = [
            *check_op(config.value, "value"),
            *check_document(env, config.partner, config.format, config.options),
        ]
        if not problems and _compiled(config, env) is None:
            problems.append(
                Problem(
                    "match.format",
                    f"The format {codec(config.format).title} knows no acknowledgements.",
                    "format",
                    "X12, EDIFACT and HL7 do.",
                )
            )
        return problems

    @override
    def typed(self, config: MatchConfig, env: StepEnv, scope: Schema) -> Typed:
        return Typed(problems=fit_op(config.value, scope, "value").problems)

    @override
    def compile(self, config: MatchConfig, env: StepEnv) -> MatchRunner:
        outcomes = _compiled(config, env)
        if outcomes is None:
            raise ConfigError("match.format", "This format knows no acknowledgements.", place="format")
        return MatchRunner(compile_op(config.value, "config.value"), outcomes, config)


def _compiled(config: MatchConfig, env: StepEnv) -> Outcomes | None:
    form = codec(config.format)
    return form.outcomes(parse_options(form, options_of(env, config.partner, config.format, config.options)))


STEP = MatchStep()
