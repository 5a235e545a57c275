"""Mapping inside steps: a plan that makes a document, or one op that makes one value.

The source is the run's scope. Places of problems are relative to the config.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Protocol, TypeAlias
from uuid import UUID

from pydantic import WithJsonSchema

from integrations.errors import MappingError, Problem
from integrations.flows.places import join
from integrations.formats.codec import Value
from integrations.mapping.allowance import MapEnv
from integrations.mapping.check import check
from integrations.mapping.compile import CompiledMapping, compile_plan
from integrations.mapping.fit import Fit, fit
from integrations.schema.model import Field, Schema, Type

Plan: TypeAlias = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "format": "mapping-plan"})]
"""A mapping plan in a config model; the mapper edits it."""

Op: TypeAlias = Annotated[
    list[Any] | str | int | Decimal | float | bool, WithJsonSchema({"type": "array", "format": "mapping-op"})
]
"""One mapping op in a config model: ``["get", "order", "body", "total"]`` or a literal."""

Scope: TypeAlias = dict[str, Value]


class Books(Protocol):
    """Where numbered rules get their numbers."""

    def number(self, counter: str, place: str) -> int: ...


class Facts(Protocol):
    """What of a run's facts a mapping may see."""

    @property
    def now(self) -> datetime: ...

    @property
    def run_id(self) -> UUID: ...

    @property
    def lookups(self) -> Mapping[str, Mapping[str, Value]]: ...

    @property
    def books(self) -> Books: ...


Evaluate: TypeAlias = Callable[[Scope, Facts], Value]

_DOCUMENT = "document"
_RULE = re.compile(r"^rules\[0\]\.?(?:op\.?(?=\[|$|\.))?")


def check_plan(plan: Plan, place: str) -> list[Problem]:
    """Find all problems of a plan that stands at `place`."""
    return [replace(problem, place=join(place, problem.place)) for problem in check(plan)]


def check_op(op: Op, place: str) -> list[Problem]:
    """Find all problems of a single op that stands at `place`."""
    return [
        replace(problem, place=join(place, _RULE.sub("", problem.place))) for problem in check(_plan_of(op))
    ]


def fit_plan(plan: Plan, scope: Schema, target: Schema | None, place: str) -> Fit:
    """Check a plan that stands at `place` against the scope and against what it is to make."""
    found = fit(plan, scope, target)
    problems = [replace(problem, place=join(place, problem.place)) for problem in found.problems]
    return Fit(problems, found.made)


def fit_op(op: Op, scope: Schema, place: str) -> Fit:
    """Check a single op that stands at `place` against the scope."""
    return _placed_fit(fit(_plan_of(op), scope, None), place)


def fit_document(op: Op, scope: Schema, record: Schema | None, place: str) -> Fit:
    """Check an op that makes a document: one record of a format, or a list of them.

    A writer fills in much by itself, and a partner may take what a standard forbids: what does not fit the
    record is a warning at most, and what is not written is not told.
    """
    found = fit_op(op, scope, place)
    if record is None or found.made.type is not Type.OBJECT:
        return found
    whole = replace(record.root, name=_DOCUMENT, repeats=found.made.repeats, nullable=True)
    target = Schema(Field("", Type.OBJECT, fields=(whole,)), record.definitions)
    plan = {"version": 1, "rules": [{"to": [_DOCUMENT], "op": op}]}
    both = _placed_fit(fit(plan, scope, target), place)
    known = {(problem.code, problem.place) for problem in found.problems}
    further = [
        replace(problem, severity="warning" if problem.severity == "error" else problem.severity)
        for problem in both.problems
        if (problem.code, problem.place) not in known and problem.code != "mapping.required_target"
    ]
    return Fit([*found.problems, *further], found.made)


def _placed_fit(found: Fit, place: str) -> Fit:
    problems = [
        replace(problem, place=join(place, _RULE.sub("", problem.place))) for problem in found.problems
    ]
    return Fit(problems, found.made)


def compile_map(plan: Plan, place: str, partner: str = "") -> Evaluate:
    """Compile a plan; errors name `place`. partner: whose lookup tables are meant unless a rule says so."""
    compiled = _compiled(plan, place)

    def evaluate(scope: Scope, facts: Facts) -> Value:
        try:
            return compiled(scope, env_of(facts, partner))
        except MappingError as error:
            raise _placed(error, join(place, error.place)) from error

    return evaluate


def compile_op(op: Op, place: str) -> Evaluate:
    """Compile one op to a function that gives its value, None where it has none."""
    compiled = _compiled(_plan_of(op), place)

    def evaluate(scope: Scope, facts: Facts) -> Value:
        try:
            return compiled(scope, env_of(facts))
        except MappingError as error:
            raise _placed(error, join(place, _RULE.sub("", error.place))) from error

    return evaluate


def env_of(facts: Facts, partner: str = "") -> MapEnv:
    return MapEnv(
        now=facts.now,
        run_id=str(facts.run_id),
        lookups=facts.lookups,
        partner=partner,
        number=facts.books.number,
    )


def _compiled(plan: Plan, place: str) -> CompiledMapping:
    try:
        return compile_plan(plan)
    except MappingError as error:
        raise _placed(error, join(place, error.place)) from error


def _plan_of(op: Op) -> dict[str, Any]:
    return {"version": 1, "rules": [{"to": [], "op": op}]}


def _placed(error: MappingError, place: str) -> MappingError:
    return MappingError(error.code, error.message, hint=error.hint, place=place, problems=error.problems)
