"""A plan as a JSONata map, as far as JSONata can say the same. What it cannot is told, and left out.

The way back of ``importing``: what this writes is read again as the same operations, but for loops,
which come back as JSONata. Where a null, a list or the digits of a number could make a difference, a
note says so.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from integrations.errors import Problem
from integrations.mapping.check import require
from integrations.mapping.jsonata.syntax import OutsideError

SIGNS: Final = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "remainder": "%"}
FUNCTIONS: Final = {"upper": "$uppercase", "lower": "$lowercase", "length": "$length"}
DIGITS_MOST: Final = 15
PLAIN: Final = frozenset({"to", "op"})
LOOP: Final = frozenset({"to", "each", "name", "rules"})
NOTES: Final = {
    "path": "JSONata looks through lists: where a list stands on the path, it gives the values of all items.",
    "concat": "JSONata writes a null as “null” and a list as JSON, where the plan leaves out and refuses.",
    "arithmetic": "JSONata computes with doubles, the plan exactly; and it refuses a null.",
    "function": "JSONata refuses a null, which the plan passes on.",
    "loop": "JSONata gives an empty list where there is none; the plan writes nothing then.",
}


@dataclass(frozen=True, slots=True)
class Exported:
    """text: the map. lost: what it does not say. notes: what it says with a difference for some documents."""

    text: str
    lost: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def export_map(document: object) -> Exported:
    """Write a plan as a JSONata map. Raises MappingError for a plan that cannot be used."""
    require(document)
    plan: Mapping[str, Any] = document if isinstance(document, Mapping) else {}
    writer = _Writer(plan.get("let") or {})
    text = writer.block(plan["rules"], "rules", _Place())
    for number, _ in enumerate(plan.get("tests") or ()):
        writer.lose(f"tests[{number}]", "Tests kept with the plan have no place in a map.")
    return Exported(text, tuple(writer.lost), tuple(dict.fromkeys(writer.notes)))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an operation stands. loops: names of the loops around it, the innermost last."""

    loops: tuple[str, ...] = ()
    depth: int = 0


@dataclass(slots=True)
class _Tree:
    """The members of an object, in the order of their first rules."""

    members: dict[str, "_Tree | str"] = field(default_factory=dict)

    def put(self, keys: Sequence[str], text: str) -> None:
        if len(keys) == 1:
            self.members[keys[0]] = text
            return
        inner = self.members.setdefault(keys[0], _Tree())
        if isinstance(inner, _Tree):
            inner.put(keys[1:], text)

    def written(self, depth: int) -> str:
        before = "  " * (depth + 1)
        lines = [
            f"{before}{json.dumps(key, ensure_ascii=False)}: "
            + (value if isinstance(value, str) else value.written(depth + 1))
            for key, value in self.members.items()
        ]
        return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}" if lines else "{}"


class _Writer:
    def __init__(self, lets: Mapping[str, Any]) -> None:
        self.lets = lets
        self.lost: list[Problem] = []
        self.notes: list[Problem] = []

    def lose(self, place: str, message: str) -> None:
        self.lost.append(Problem("mapping.jsonata_export", message, place, severity="error"))

    def note(self, which: str, place: str) -> None:
        self.notes.append(Problem("mapping.jsonata_note", NOTES[which], place, severity="warning"))

    def block(self, rules: Sequence[Mapping[str, Any]], place: str, around: _Place) -> str:
        made = _Tree()
        for number, rule in enumerate(rules):
            here = f"{place}[{number}]"
            keys = [rule["to"]] if isinstance(rule["to"], str) else list(rule["to"])
            try:
                text = self.rule(rule, here, around, len(keys))
            except OutsideError as outside:
                self.lose(here, f"“{' / '.join(keys) or 'the result'}” cannot be said in JSONata: {outside}.")
                continue
            if not keys:
                return text
            made.put(keys, text)
        return made.written(around.depth)

    def rule(self, rule: Mapping[str, Any], place: str, around: _Place, deeper: int) -> str:
        is_loop = "each" in rule
        extra = sorted(
            key for key in rule.keys() - (LOOP if is_loop else PLAIN) if rule[key] not in (None, "skip")
        )
        if extra:
            raise OutsideError(f"it has {', '.join(extra)}")
        if not is_loop:
            return self.op(rule["op"], place, around)
        self.note("loop", place)
        each = self.op(rule["each"], place, around)
        inside = _Place((*around.loops, str(rule.get("name", ""))), around.depth + deeper)
        return f"[{each}.{self.block(rule['rules'], f'{place}.rules', inside)}]"

    def op(self, op: Any, place: str, around: _Place) -> str:  # noqa: ANN401  a part of a plan document
        if not isinstance(op, list):
            return _literal(op)
        key, args = op[0], op[1:]
        if key in {"get", "it", "item", "let", "walk"}:
            return self.path(key, args, place, around)
        if key in SIGNS and len(args) == 2:
            self.note("arithmetic", place)
            return f"({self.op(args[0], place, around)} {SIGNS[key]} {self.op(args[1], place, around)})"
        if key == "concat" and any(isinstance(arg, str) for arg in args) and len(args) > 1:
            self.note("concat", place)
            parts = [self.op(arg, place, around) for arg in args if arg != ""]
            return "(" + " & ".join(parts if len(parts) > 1 else ['""', *parts]) + ")"
        if key in FUNCTIONS:
            self.note("function", place)
            return f"{FUNCTIONS[key]}({self.op(args[0], place, around)})"
        if key == "eq":
            return f"({self.op(args[0], place, around)} = {self.op(args[1], place, around)})"
        return self.whole(key, args, place, around)

    def whole(self, key: str, args: list[Any], place: str, around: _Place) -> str:
        match key, args:
            case "if", [["eq", _, _] as condition, then, other]:
                parts = [self.op(part, place, around) for part in (condition, then, other)]
                return f"({parts[0]} ? {parts[1]} : {parts[2]})"
            case "if", [["not", ["is_missing", one]], ["sum", ["to_list", other]]] if one == other:
                self.note("arithmetic", place)
                return f"$sum({self.op(one, place, around)})"
            case "count", [["to_list", found]]:
                return f"$count({self.op(found, place, around)})"
            case "object", _:
                names, values = args[::2], args[1::2]
                pairs = zip(names, values, strict=True)
                return (
                    "{"
                    + ", ".join(f"{_literal(name)}: {self.op(value, place, around)}" for name, value in pairs)
                    + "}"
                )
            case "lit", [value]:
                return _literal(value)
            case "jsonata", [str() as text, ["get"], "double"] if not around.loops:
                return f"({text})"
            case _:
                raise OutsideError(f"there is no counterpart of {key}")

    def path(self, key: str, args: list[Any], place: str, around: _Place) -> str:
        if key == "let":
            found = self.lets[args[0]]
            if not isinstance(found, list) or found[0] not in {"get", "let"}:
                raise OutsideError(f"the named value “{args[0]}” is computed")
            return self.path(found[0], [*found[1:], *args[1:]], place, around)
        if key == "walk":
            if args[0] != ["get"]:
                raise OutsideError("it walks through something computed")
            args = args[1:]
        elif key == "item":
            if not around.loops or args[0] != around.loops[-1]:
                raise OutsideError("it reads the item of an outer loop")
            args = args[1:]
        elif len(args) > 1:
            self.note("path", place)
        if not all(isinstance(part, str) and "`" not in part for part in args):
            raise OutsideError("it picks an item by its number")
        is_inside = key in {"it", "item"}
        start = (
            []
            if args and (is_inside or not around.loops)
            else ["$"]
            if is_inside or not around.loops
            else ["$$"]
        )
        return ".".join([*start, *(f"`{part}`" for part in args)])


def _literal(value: Any) -> str:  # noqa: ANN401  a constant of a plan
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        text = str(value)
        if len(text.lstrip("-").replace(".", "")) > DIGITS_MOST:
            raise OutsideError("it has a number of more than 15 digits")
        return text
    if isinstance(value, list | dict):
        if isinstance(value, list):
            return "[" + ", ".join(map(_literal, value)) + "]"
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    raise OutsideError("it has a constant that JSON does not know")
