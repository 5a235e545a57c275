"""One operation on a sample of a step's scope, for those who write it: its value, and every value on the way.

It is the engine that computes, on what the browser sends; nothing is stored, and counters give 1.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from integrations.errors import InputError, MappingError
from integrations.flows.expressions import Op
from integrations.flows.lookup_tables import named_tables
from integrations.flows.translation import preview_env
from integrations.mapping.allowance import MapEnv
from integrations.mapping.explain import explain
from integrations.mapping.values import MISSING, Result, Value
from integrations.partners.services import table_rows
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind

MAX_STEPS: Final = 200_000
MAX_ITEMS: Final = 8
RULE: Final = "rules[0].op"
_INDEXES = re.compile(r"(?:\[\d+\])*")
_INDEX = re.compile(r"\d+")

At: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """What an operation sees beside the scope. items: name and sample of each list around it."""

    lets: Mapping[str, Op] = field(default_factory=dict)
    items: Sequence[tuple[str, Value]] = ()


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an operation gives. value: MISSING for none, and where there is an error.

    steps: the values on the way by the place of their operation, as indexes of arguments: ``(1, 2)`` is the
    second argument of the first. Of a list's items, the first one's. at: such a place, of the error.
    """

    value: Result
    steps: Mapping[At, Result]
    error: MappingError | None = None
    at: At = ()


def evaluate(*, by: Actor, op: Op, scope: Mapping[str, Value], sight: Sight) -> Evaluated:
    """Evaluate an operation with the tenant's lookup tables. Its errors are told; raises InputError."""
    require(by, "flow.try")
    with bind(by.tenant_id):
        tables = table_rows(by.tenant_id, named_tables([op, dict(sight.lets)]))
    facts = preview_env(datetime.now(UTC))(0)
    env = MapEnv(now=facts.now, run_id=facts.run_id, lookups=tables, max_steps=MAX_STEPS)
    return evaluated(op, scope, sight, env)


def evaluated(op: Op, scope: Mapping[str, Value], sight: Sight, env: MapEnv) -> Evaluated:
    """Evaluate an operation. A list of one item stands for each loop around it."""
    if len(sight.items) > MAX_ITEMS:
        raise InputError("evaluate.too_deep", f"At most {MAX_ITEMS} lists go around an operation.")
    whole: Any = op
    for name, sample in reversed(sight.items):
        whole = ["map", ["list", ["lit", sample]], name, whole]
    before = RULE + "[3]" * len(sight.items)
    plan = {"version": 1, "let": dict(sight.lets), "rules": [{"to": [], "op": whole}]}
    try:
        found = explain(plan, dict(scope), env)
    except MappingError as error:
        return Evaluated(MISSING, {}, error, _at(_first_place(error), before) or ())
    steps: dict[At, Result] = {}
    for step in found.steps:
        at = _at(step.place, before)
        if at is not None:
            steps.setdefault(at, step.value)
    if found.error is not None:
        return Evaluated(MISSING, steps, found.error, _at(found.error.place, before) or ())
    return Evaluated(steps.get((), _constant(op)), steps)


def _constant(op: Op) -> Result:
    """Give the value of a literal, which explains itself; MISSING for an operation."""
    if isinstance(op, float):
        return Decimal(repr(op))
    if not isinstance(op, list):
        return op
    return op[1] if len(op) == 2 and op[0] == "lit" else MISSING


def _first_place(error: MappingError) -> str:
    return error.problems[0].place if error.problems else error.place


def _at(place: str, before: str) -> At | None:
    """Read the place of an operation within the one asked for; None for places around it."""
    rest = place.removeprefix(before)
    if not place.startswith(before) or not _INDEXES.fullmatch(rest):
        return None
    return tuple(int(index) for index in _INDEX.findall(rest))
