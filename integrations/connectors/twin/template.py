"""Computes the values a twin answers with, from declarative templates in the manifest.

A template is JSON. An object with one key that starts with ``$`` is computed; all else stands for itself:

    {"$get": "body.lines[].amount"}        what stands at a path of the scope
    {"$each": {"in": …, "as": "line", "do": …, "where": …}}     one result for each that passes ``where``
    {"$row": {"table": "vat", "where": {"country": …}}}         first row that fits; "*" fits anything
    {"$rows": "services"}   {"$find": {"in": "shipments", "id": …}}   {"$all": "carriers"}
    {"$sum": …} {"$add": […]} {"$sub": […]} {"$mul": […]} {"$div": […]} {"$round": [x, digits]} {"$count": …}
    {"$first": …} {"$default": […]} {"$if": [test, then, else]} {"$eq": […]} {"$ne": …} {"$gt": …} {"$ge": …}
    {"$and": […]} {"$or": […]} {"$not": …} {"$in": [x, list]} {"$concat": […]} {"$text": x} {"$merge": […]}
    {"$now": "datetime" | "date"} {"$today_plus": days} {"$new": "prefix-"} {"$lit": …}

Numbers are exact; decimal strings count as numbers in arithmetic.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.connectors.manifest.twin import Template
from integrations.connectors.paths import pick
from integrations.formats.codec import Value

Scope = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Env:
    """What templates may look at beside the scope. count: gives 1, 2, 3, and so on."""

    tables: Mapping[str, list[dict[str, Any]]]
    find: Callable[[str, str], Value]
    everything: Callable[[str], list[Value]]
    count: Callable[[], int]
    now: datetime


def compute(template: Template, scope: Scope, env: Env) -> Value:
    """Give the template's value. Raises KeyError for an operator that does not exist."""
    if isinstance(template, dict):
        if len(template) == 1:
            ((name, argument),) = template.items()
            if name.startswith("$"):
                return _OPERATORS[name](argument, scope, env)
        return {name: compute(value, scope, env) for name, value in template.items()}
    if isinstance(template, list):
        return [compute(value, scope, env) for value in template]
    value: Value = Decimal(str(template)) if isinstance(template, float) else template
    return value


def number(value: Value) -> Decimal:
    """Read a number; what is none counts as zero."""
    if isinstance(value, bool) or value is None:
        return Decimal(0)
    if isinstance(value, int | Decimal | str):
        try:
            return Decimal(value)
        except ArithmeticError:
            return Decimal(0)
    return Decimal(0)


def _numbers(argument: Template, scope: Scope, env: Env) -> list[Decimal]:
    values = compute(argument, scope, env)
    return [number(value) for value in values] if isinstance(values, list) else [number(values)]


def _plain(value: Decimal) -> Value:
    return int(value) if value == value.to_integral_value() and _exponent(value) >= 0 else value


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _product(values: list[Decimal]) -> Decimal:
    result = Decimal(1)
    for value in values:
        result *= value
    return result


def _quotient(values: list[Decimal]) -> Decimal:
    result = values[0]
    for value in values[1:]:
        result = result / value if value else Decimal(0)
    return result


def _round(argument: Template, scope: Scope, env: Env) -> Value:
    value, digits = _numbers(argument, scope, env)
    return value.quantize(Decimal(1).scaleb(-int(digits)), rounding=ROUND_HALF_UP)


def _each(argument: dict[str, Any], scope: Scope, env: Env) -> Value:
    items = compute(argument["in"], scope, env)
    results: list[Value] = []
    for position, item in enumerate(items if isinstance(items, list) else []):
        inner = {**scope, argument.get("as", "item"): item, "position": position + 1}
        if "where" not in argument or compute(argument["where"], inner, env) is True:
            results.append(compute(argument["do"], inner, env))
    return results


def _row(argument: dict[str, Any], scope: Scope, env: Env) -> Value:
    wanted = {name: compute(value, scope, env) for name, value in argument["where"].items()}
    for row in env.tables[argument["table"]]:
        if all(row.get(name) in ("*", value) for name, value in wanted.items()):
            return compute(row, scope, env)
    return None


def _find(argument: dict[str, Any], scope: Scope, env: Env) -> Value:
    wanted = compute(argument["id"], scope, env)
    return env.find(argument["in"], str(wanted)) if isinstance(wanted, str | int) else None


def _default(argument: list[Any], scope: Scope, env: Env) -> Value:
    for choice in argument:
        value = compute(choice, scope, env)
        if value is not None:
            return value
    return None


def _merge(argument: list[Any], scope: Scope, env: Env) -> Value:
    merged: dict[str, Value] = {}
    for part in argument:
        value = compute(part, scope, env)
        if isinstance(value, dict):
            merged.update(value)
    return merged


def as_text(value: Value) -> str:
    """Write a value for people: decimals in full."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _now(argument: str, _scope: Scope, env: Env) -> Value:
    return env.now.date().isoformat() if argument == "date" else env.now.isoformat(timespec="seconds")


def _today_plus(argument: Template, scope: Scope, env: Env) -> Value:
    days = int(number(compute(argument, scope, env)))
    return (env.now + timedelta(days=days)).date().isoformat()


def _compare(test: Callable[[Decimal, Decimal], bool]) -> Callable[[Template, Scope, Env], Value]:
    def operator(argument: Template, scope: Scope, env: Env) -> Value:
        left, right = _numbers(argument, scope, env)
        return test(left, right)

    return operator


def _equal(argument: list[Any], scope: Scope, env: Env) -> bool:
    left, right = (compute(part, scope, env) for part in argument)
    return left == right


def _in(argument: list[Any], scope: Scope, env: Env) -> Value:
    value, choices = (compute(part, scope, env) for part in argument)
    return isinstance(choices, list) and value in choices


def _count(argument: Template, scope: Scope, env: Env) -> Value:
    values = compute(argument, scope, env)
    return len(values) if isinstance(values, list) else 0


def _first(argument: Template, scope: Scope, env: Env) -> Value:
    values = compute(argument, scope, env)
    return values[0] if isinstance(values, list) and values else None


def _if(argument: list[Any], scope: Scope, env: Env) -> Value:
    test, then, otherwise = argument
    return compute(then if compute(test, scope, env) is True else otherwise, scope, env)


_OPERATORS: dict[str, Callable[[Template, Scope, Env], Value]] = {
    "$get": lambda argument, scope, _env: pick(scope, argument),
    "$lit": lambda argument, _scope, _env: argument,
    "$each": _each,
    "$row": _row,
    "$rows": lambda argument, scope, env: compute(env.tables[argument], scope, env),
    "$find": _find,
    "$all": lambda argument, _scope, env: env.everything(argument),
    "$sum": lambda argument, scope, env: _plain(sum(_numbers(argument, scope, env), Decimal(0))),
    "$add": lambda argument, scope, env: _plain(sum(_numbers(argument, scope, env), Decimal(0))),
    "$sub": lambda argument, scope, env: _plain(
        2 * _numbers(argument, scope, env)[0] - sum(_numbers(argument, scope, env))
    ),
    "$mul": lambda argument, scope, env: _plain(_product(_numbers(argument, scope, env))),
    "$div": lambda argument, scope, env: _quotient(_numbers(argument, scope, env)),
    "$round": _round,
    "$count": _count,
    "$first": _first,
    "$default": _default,
    "$if": _if,
    "$eq": _equal,
    "$ne": lambda argument, scope, env: not _equal(argument, scope, env),
    "$gt": _compare(lambda left, right: left > right),
    "$ge": _compare(lambda left, right: left >= right),
    "$and": lambda argument, scope, env: all(compute(part, scope, env) is True for part in argument),
    "$or": lambda argument, scope, env: any(compute(part, scope, env) is True for part in argument),
    "$not": lambda argument, scope, env: compute(argument, scope, env) is not True,
    "$in": _in,
    "$concat": lambda argument, scope, env: "".join(as_text(compute(part, scope, env)) for part in argument),
    "$text": lambda argument, scope, env: as_text(compute(argument, scope, env)),
    "$merge": _merge,
    "$now": _now,
    "$today_plus": _today_plus,
    "$new": lambda argument, _scope, env: f"{argument}{env.count()}",
}
