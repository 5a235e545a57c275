"""A mapping plan as text that people edit, YAML or JSON, with every problem at its line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from integrations.errors import FlowError, Problem
from integrations.flows.places import keys_of
from integrations.flows.yamlfile import Path, read_settings_with_lines, write_settings
from integrations.mapping.check import check

INDENT: Final = 2
FLAT: Final = 100


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """plan: None where the text cannot be read. problems: each with its line, from 1; 0: none."""

    plan: dict[str, Any] | None
    problems: tuple[tuple[Problem, int], ...]


def write_plan(plan: Mapping[str, Any], language: str) -> str:
    """Write a plan as ``yaml`` or ``json``; `read_plan` of it gives the same."""
    return write_settings(plan) if language == "yaml" else _json(plan, 0) + "\n"


def read_plan(text: str) -> ReadPlan:
    """Read YAML or JSON, which is a part of it, and check the plan."""
    try:
        plan, lines = read_settings_with_lines(text)
    except FlowError as error:
        problem = Problem(error.code, error.message, error.place, error.hint)
        number = error.place.removeprefix("line ")
        return ReadPlan(None, ((problem, int(number) if number.isdigit() else 0),))
    return ReadPlan(plan, tuple((problem, line_of(problem.place, lines)) for problem in check(plan)))


def line_of(place: str, lines: Mapping[Path, int]) -> int:
    """Give the line of the innermost thing that a place leads to."""
    known = keys_of(place)
    while known and known not in lines:
        known = known[:-1]
    return lines.get(known, 1)


def _json(value: Any, depth: int) -> str:  # noqa: ANN401  JSON
    """Write short lists and objects on one line, numbers with their digits."""
    if not isinstance(value, dict | list | tuple):
        return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
    flat = _flat(value)
    if depth and len(flat) <= FLAT - INDENT * depth:
        return flat
    inner, outer = " " * INDENT * (depth + 1), " " * INDENT * depth
    if isinstance(value, dict):
        parts = [f"{_flat(str(key))}: {_json(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{outer}}}" if parts else "{}"
    parts = [_json(item, depth + 1) for item in value]
    return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{outer}]" if parts else "[]"


def _flat(value: Any) -> str:  # noqa: ANN401  JSON
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flat(str(key))}: {_flat(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flat, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
