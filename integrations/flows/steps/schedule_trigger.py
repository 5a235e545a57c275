"""Starts a run by the clock: every so many minutes, or at a time of day in a place's own time."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, StringConstraints, model_validator
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.steps.context import (
    NEXT,
    Document,
    Effect,
    StepConfig,
    StepEnv,
    StepKind,
    StepOutput,
    Typed,
    object_schema,
)
from integrations.schema.model import Field as SchemaField
from integrations.schema.model import Schema, Type

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ScheduleConfig(StepConfig):
    every_minutes: int | None = Field(
        None, ge=1, le=1440, title="Every so many minutes", description="Counted from midnight UTC of 1970."
    )
    daily_at: Annotated[str, StringConstraints(pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d$")] | None = Field(
        None, title="Daily at", description="Hours and minutes: 06:30."
    )
    zone: str = Field("UTC", max_length=64, title="Time zone", description="Europe/Berlin, Asia/Bangkok, …")
    weekdays: tuple[Weekday, ...] = Field(WEEKDAYS, min_length=1, title="On these days")

    @model_validator(mode="after")
    def _has_one_rhythm(self) -> "ScheduleConfig":
        if (self.every_minutes is None) == (self.daily_at is None):
            raise ValueError("Give either a number of minutes or a time of day.")
        return self


class ScheduleRunner:
    __slots__ = ("_at", "_days", "_every", "_zone", "config")

    def __init__(self, config: ScheduleConfig) -> None:
        self.config = config
        self._zone = ZoneInfo(config.zone)
        self._every = timedelta(minutes=config.every_minutes) if config.every_minutes else None
        self._at = time.fromisoformat(config.daily_at) if config.daily_at else None
        self._days = frozenset(WEEKDAYS.index(day) for day in config.weekdays)

    def next_after(self, moment: datetime) -> datetime:
        """Give the first firing strictly after `moment`.

        A time of day that the clocks skip in spring fires as much later as they skip; one that they repeat in
        autumn fires the first time only.
        """
        if self._at is not None:
            return self._next_day(moment, self._at)
        every = self._every or timedelta(days=1)
        due = EPOCH + ((moment - EPOCH) // every + 1) * every
        while due.astimezone(self._zone).weekday() not in self._days:
            due += every
        return due

    def receive(self, document: Document) -> StepOutput:
        return StepOutput({"scheduled_at": document.name})

    def _next_day(self, moment: datetime, at: time) -> datetime:
        day = moment.astimezone(self._zone).date() - timedelta(days=1)
        while True:
            due = datetime.combine(day, at, tzinfo=self._zone).astimezone(UTC)
            if due > moment and day.weekday() in self._days:
                return due
            day += timedelta(days=1)


class ScheduleTrigger(StepKind[ScheduleConfig]):
    kind = "schedule_trigger"
    title = "Schedule"
    summary = "Starts a run every so many minutes, or daily at a time."
    group = "trigger"
    effect = Effect.TRIGGER
    Config = ScheduleConfig

    @override
    def check(self, config: ScheduleConfig, env: StepEnv) -> list[Problem]:
        problems = []
        if config.zone not in available_timezones():
            problems.append(
                Problem(
                    "schedule.zone",
                    f"There is no time zone “{config.zone}”.",
                    "zone",
                    "Example: Europe/Berlin.",
                )
            )
        if env.settings.reply == "sync":
            problems.append(Problem("schedule.sync", "Nobody waits for the answer of a schedule.", ""))
        return problems

    @override
    def typed(self, config: ScheduleConfig, env: StepEnv, scope: Schema) -> Typed:
        at = SchemaField("scheduled_at", Type.TEXT, required=True)
        return Typed({NEXT: object_schema([at])})

    @override
    def compile(self, config: ScheduleConfig, env: StepEnv) -> ScheduleRunner:
        return ScheduleRunner(config)


STEP = ScheduleTrigger()
