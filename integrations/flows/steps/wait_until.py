"""Lets a run wait for an instant that a rule computes, such as tomorrow at eight."""

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field
from typing_extensions import override

from integrations.errors import LimitError, Problem, SchemaError
from integrations.flows.asks import WAIT_MAX, Ask, Pause
from integrations.flows.expressions import Evaluate, Op, check_op, compile_op, fit_op
from integrations.flows.steps.context import (
    NEXT,
    Effect,
    RunFacts,
    Scope,
    StepConfig,
    StepEnv,
    StepKind,
    Typed,
    object_schema,
)
from integrations.schema.model import Field as SchemaField
from integrations.schema.model import Schema, Type

PLACE = "config.until"


class WaitUntilConfig(StepConfig):
    until: Op = Field(
        title="Until",
        description="A date with time. What is over already is not waited for; 30 days at most.",
    )
    zone: str = Field(
        "UTC",
        max_length=64,
        title="Time zone",
        description="Of a time that names none: Europe/Berlin, Asia/Bangkok, …",
    )


class WaitUntilRunner:
    """Its output is ``{"until"}``, the instant."""

    __slots__ = ("_until", "_zone")

    def __init__(self, until: Evaluate, zone: ZoneInfo) -> None:
        self._until = until
        self._zone = zone

    def ask(self, scope: Scope, facts: RunFacts) -> Ask:
        until = self._instant(self._until(scope, facts))
        if until - facts.now > WAIT_MAX:
            raise LimitError(
                "wait.too_long",
                f"The instant is more than {WAIT_MAX.days} days after the run began.",
                place=PLACE,
                hint="Start a flow by a schedule, and look then what is due.",
            )
        return Pause(until=until)

    def _instant(self, found: object) -> datetime:
        if isinstance(found, str):
            try:
                found = datetime.fromisoformat(found)
            except ValueError:
                raise _no_instant() from None
        if not isinstance(found, datetime):
            raise _no_instant()
        return found if found.tzinfo is not None else found.replace(tzinfo=self._zone)


def _no_instant() -> SchemaError:
    return SchemaError(
        "wait.no_instant",
        "What stands there is not a date with a time.",
        place=PLACE,
        hint="Compute one with date rules, such as at_time and to_zone.",
    )


class WaitUntilStep(StepKind[WaitUntilConfig]):
    kind = "wait_until"
    title = "Wait until"
    summary = "Waits for an instant that a rule computes."
    group = "logic"
    effect = Effect.ASK
    Config = WaitUntilConfig

    @override
    def check(self, config: WaitUntilConfig, env: StepEnv) -> list[Problem]:
        problems = check_op(config.until, "until")
        if config.zone not in available_timezones():
            problems.append(
                Problem(
                    "wait.zone",
                    f"There is no time zone “{config.zone}”.",
                    "zone",
                    "Europe/Berlin, Asia/Bangkok, America/New_York, UTC, …",
                )
            )
        return problems

    @override
    def typed(self, config: WaitUntilConfig, env: StepEnv, scope: Schema) -> Typed:
        outputs = {NEXT: object_schema([SchemaField("until", Type.MOMENT, required=True)])}
        return Typed(outputs, fit_op(config.until, scope, "until").problems)

    @override
    def compile(self, config: WaitUntilConfig, env: StepEnv) -> WaitUntilRunner:
        return WaitUntilRunner(compile_op(config.until, PLACE), ZoneInfo(config.zone))


STEP = WaitUntilStep()
