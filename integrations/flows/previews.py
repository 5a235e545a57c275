"""What a plan makes of one scope while its author is still writing it, and every rule that fails.

The document is made by the function that runs flows; its bytes are written as a step writes them.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from integrations.errors import ConfigError, InputError, MappingError, Problem
from integrations.flows.documents import encoder
from integrations.flows.expressions import Scope
from integrations.flows.places import keys_of
from integrations.formats.codec import Value
from integrations.mapping.allowance import MapEnv
from integrations.mapping.compile import compile_plan
from integrations.mapping.explain import explain

FAILING_MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Preview:
    """What came out.

    value: the document, or where rules fail, what the others make. is_whole: no rule fails. problems: of the
    plan, where it cannot be used, or one for each rule that fails. document: the value in its format; None
    where it has none, and then `unwritten` says why, if the value was whole.
    """

    value: Value
    is_whole: bool
    problems: tuple[Problem, ...] = ()
    document: bytes | None = None
    unwritten: Problem | None = None


def preview(
    plan: Mapping[str, Any], scope: Scope, env: MapEnv, form: str, options: Mapping[str, Any]
) -> Preview:
    """Map a scope and write the result in a format. Never raises for what the plan or the scope lacks."""
    try:
        mapping = compile_plan(dict(plan))
    except MappingError as error:
        return _without_wrong(plan, scope, env, error)
    try:
        value = mapping(scope, env)
    except MappingError as error:
        return _without_failing(plan, scope, env, error)
    try:
        return Preview(value, is_whole=True, document=encoder(form, options)(value))
    except (InputError, ConfigError) as error:
        return Preview(value, is_whole=True, unwritten=_problem(error))


def _without_wrong(plan: Mapping[str, Any], scope: Scope, env: MapEnv, error: MappingError) -> Preview:
    """Leave out the rules that are not right yet, so that the others still show what they make."""
    problems, left = tuple(error.problems) or (_problem(error),), deepcopy(dict(plan))
    if not all(_take_out(left, keys_of(problem.place), is_wrong=True) for problem in problems):
        return Preview(None, is_whole=False, problems=problems)
    try:
        found = explain(left, scope, env)
    except MappingError:
        return Preview(None, is_whole=False, problems=problems)
    if found.error is not None:
        rest = _without_failing(left, scope, env, found.error)
        return Preview(rest.value, is_whole=False, problems=(*problems, *rest.problems))
    return Preview(found.value, is_whole=False, problems=problems)


def _without_failing(plan: Mapping[str, Any], scope: Scope, env: MapEnv, first: MappingError) -> Preview:
    """Take out the rules that fail, one after the other, so that the others still show what they make."""
    problems, left = [_problem(first)], deepcopy(dict(plan))
    error: MappingError | None = first
    while error is not None and len(problems) <= FAILING_MOST:
        if not _take_out(left, keys_of(error.place)):
            return Preview(None, is_whole=False, problems=tuple(problems))
        found = explain(left, scope, env)
        error = found.error
        if error is None:
            return Preview(found.value, is_whole=False, problems=tuple(problems))
        problems.append(_problem(error))
    return Preview(None, is_whole=False, problems=tuple(problems))


def _take_out(plan: dict[str, Any], keys: tuple[str | int, ...], *, is_wrong: bool = False) -> bool:
    """Make the innermost rule of a place one that writes nothing, so that the places of the others hold.

    is_wrong: what it computes cannot even be read.
    """
    rules: Any = plan.get("rules")
    rule: Any = None
    for name, index in zip(keys[::2], keys[1::2], strict=False):
        if (
            name != "rules"
            or not isinstance(index, int)
            or not isinstance(rules, list)
            or index >= len(rules)
        ):
            break
        rule = rules[index]
        rules = rule.get("rules") if isinstance(rule, dict) else None
    if not isinstance(rule, dict) or (rule.get("if") is False and not is_wrong):
        return False
    if is_wrong:
        target = rule.get("to")
        rule.clear()
        rule |= {"to": target if isinstance(target, str | list) else "", "op": None}
    rule["if"] = False
    return True


def _problem(error: MappingError | InputError | ConfigError) -> Problem:
    return Problem(error.code, error.message, error.place, error.hint)
