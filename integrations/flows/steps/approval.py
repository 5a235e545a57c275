"""Asks people: the run waits until one of them approves or rejects, or until nobody did in time."""

import re
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.addresses import Fill, check_places, compile_text
from integrations.flows.asks import APPROVED, EXPIRED, REJECTED, Ask, Question, nobody_waits
from integrations.flows.expressions import Evaluate, Op, check_op, compile_op, fit_op
from integrations.flows.steps.context import (
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

PORTS: Final = (APPROVED, REJECTED, EXPIRED)
ADDRESS: Final = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+")
Person = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254)]


class ApprovalConfig(StepConfig):
    title: str = Field(
        min_length=1,
        max_length=120,
        pattern=r"^[^\r\n]+$",
        title="Title",
        description="What is to be decided, without data: it stands in mail and lists.",
    )
    message: str = Field(
        "",
        max_length=4000,
        title="Message",
        description="What people read. Braces give data: {order.body.total}",
        json_schema_extra={"format": "text"},
    )
    shows: Op | None = Field(None, title="Data to show", description="Shown with the message. Empty: none.")
    roles: tuple[Literal["owner", "builder", "viewer"], ...] = Field(
        (), title="Who decides", description="Every member with one of these roles."
    )
    people: tuple[Person, ...] = Field(
        (), max_length=50, title="And these members", description="Their e-mail addresses."
    )
    deadline_h: float = Field(
        24, gt=0, le=720, title="Deadline", description="Hours after which the run goes on by “expired”."
    )


class ApprovalRunner:
    """Its output is ``{"decision", "by", "comment", "at"}``, by the port that is called like the decision."""

    __slots__ = ("_config", "_message", "_shows")

    def __init__(self, config: ApprovalConfig, message: Fill, shows: Evaluate | None) -> None:
        self._config = config
        self._message = message
        self._shows = shows

    def ask(self, scope: Scope, facts: RunFacts) -> Ask:
        config = self._config
        return Question(
            title=config.title,
            message=self._message(scope, facts),
            shown=self._shows(scope, facts) if self._shows is not None else None,
            roles=config.roles,
            people=config.people,
            deadline_s=config.deadline_h * 3600,
        )


class ApprovalStep(StepKind[ApprovalConfig]):
    kind = "approval"
    title = "Approval"
    summary = "Waits until a person approves or rejects."
    group = "logic"
    effect = Effect.ASK
    Config = ApprovalConfig
    ways = PORTS

    @override
    def check(self, config: ApprovalConfig, env: StepEnv) -> list[Problem]:
        problems = check_places(config.message, {}, "message")
        if config.shows is not None:
            problems += check_op(config.shows, "shows")
        if not config.roles and not config.people:
            problems.append(
                Problem("approval.nobody", "Nobody may decide.", "roles", "Choose a role, or name members.")
            )
        for number, person in enumerate(config.people):
            if person not in env.members:
                word = "no member of this tenant" if ADDRESS.fullmatch(person) else "no e-mail address"
                problems.append(
                    Problem(
                        "approval.no_member",
                        f"“{person}” is {word}.",
                        f"people[{number}]",
                        "Invite the person first, or choose a role.",
                    )
                )
        return problems + nobody_waits(env.settings, config.deadline_h * 3600, "")

    @override
    def typed(self, config: ApprovalConfig, env: StepEnv, scope: Schema) -> Typed:
        fields = (
            SchemaField("decision", Type.TEXT, required=True),
            SchemaField("by", Type.TEXT, required=True, nullable=True),
            SchemaField("comment", Type.TEXT, required=True, nullable=True),
            SchemaField("at", Type.MOMENT, required=True),
        )
        problems = fit_op(config.shows, scope, "shows").problems if config.shows is not None else ()
        return Typed(dict.fromkeys(PORTS, object_schema(fields)), problems)

    @override
    def compile(self, config: ApprovalConfig, env: StepEnv) -> ApprovalRunner:
        shows = compile_op(config.shows, "config.shows") if config.shows is not None else None
        return ApprovalRunner(config, compile_text(config.message, {}, "config.message"), shows)


STEP = ApprovalStep()
