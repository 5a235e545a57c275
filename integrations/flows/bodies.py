"""What a step writes as a body: by a mapping, or one value as it is; in a format."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from integrations.errors import Problem
from integrations.flows.documents import check_format, encoder
from integrations.flows.expressions import (
    Facts,
    Op,
    Plan,
    Scope,
    check_op,
    check_plan,
    compile_map,
    compile_op,
    fit_op,
    fit_plan,
)
from integrations.schema.model import Schema

Write: TypeAlias = Callable[[Scope, Facts], bytes | None]


def check_body(plan: Plan | None, value: Op | None, form: str, options: Mapping[str, Any]) -> list[Problem]:
    """Find problems of a step's ``body`` (a plan), ``value`` (an op), ``format`` and ``options``."""
    problems = check_format(form, options)
    if plan is not None and value is not None:
        problems.append(
            Problem(
                "body.twice",
                "Give the body by rules or as one value, not both.",
                "value",
                "Empty one of them.",
            )
        )
    if plan is not None:
        problems += check_plan(plan, "body")
    if value is not None:
        problems += check_op(value, "value")
    return problems


def fit_body(plan: Plan | None, value: Op | None, scope: Schema) -> list[Problem]:
    """Find what ``body`` and ``value`` can never do with what is known of the scope."""
    problems = list(fit_plan(plan, scope, None, "body").problems) if plan is not None else []
    return problems + (list(fit_op(value, scope, "value").problems) if value is not None else [])


def compile_body(plan: Plan | None, value: Op | None, form: str, options: Mapping[str, Any]) -> Write:
    """Compile to a function that gives the bytes, or None where there is no body.

    What a plan makes is written in the format. A value that is text or bytes goes out as it is, everything
    else in the format; no value there is no body.
    """
    encode = encoder(form, options)
    if plan is not None:
        make = compile_map(plan, "config.body")
        return lambda scope, facts: encode(make(scope, facts))
    if value is None:
        return lambda _scope, _facts: None
    pick = compile_op(value, "config.value")

    def write(scope: Scope, facts: Facts) -> bytes | None:
        found = pick(scope, facts)
        if found is None or isinstance(found, bytes):
            return found
        return found.encode() if isinstance(found, str) else encode(found)

    return write
