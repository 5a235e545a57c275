"""A JSONata map as a plan: one rule for each key, in operations where they mean the same.

Operations compute exactly where JSONata computes with doubles; that difference is wanted. Where a document
could make another difference, a note says so. Where the map fails on a document, the plan may give a value
or none.
"""

from decimal import Decimal
from typing import Any, Final, NamedTuple

from integrations.errors import MappingError, Problem
from integrations.mapping.jsonata.adapter import prepare
from integrations.mapping.jsonata.engine import MAX_TEXT, JsonataError, engine
from integrations.mapping.jsonata.syntax import (
    Choice,
    Constant,
    Function,
    Infix,
    Node,
    Object,
    OutsideError,
    PathTo,
    members,
    read,
)

MAX_MAP: Final = 256 << 10
ARITHMETIC: Final = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "remainder"}
TEXTS: Final = {"$uppercase": "upper", "$lowercase": "lower", "$length": "length"}
NOTES: Final = {
    "&": "Numbers are put into the text with all their digits (10.10, not 10.1); a null is left out, where "
    "JSONata writes “null”; a list is an error, where JSONata writes it as JSON.",
    "arithmetic": "Computed exactly instead of with doubles; a null makes the result null, not an error.",
    "$sum": "Added exactly instead of with doubles; nulls are left out, where JSONata fails.",
}


class Imported(NamedTuple):
    """A plan document, and what is not quite the same as in the map, with the place of the rule."""

    plan: dict[str, Any]
    notes: tuple[Problem, ...]


def import_map(text: str) -> Imported:
    """Make a plan of a JSONata map. Raises MappingError ``mapping.jsonata_syntax``.

    The plan's source is the map's input. An object constructor becomes a rule for each key; anything else is
    one rule that makes the whole document.
    """
    if len(text) > MAX_MAP:
        raise MappingError("mapping.jsonata_syntax", f"A JSONata map has at most {MAX_MAP:,} characters.")
    try:
        engine()(text)
    except JsonataError as error:
        where = "" if error.position is None else f" at character {error.position}"
        raise MappingError(
            "mapping.jsonata_syntax", f"The JSONata map cannot be read{where}: {error.message}."
        ) from error
    found = members(text)
    rules: list[tuple[str | list[str], str]] = [*found] if found else [([], text)]
    made: list[dict[str, Any]] = []
    notes: list[Problem] = []
    for target, expression in rules:
        place = f"rules[{len(made)}]"
        op, remarks = _operation(expression, place)
        made.append({"to": target, "op": op})
        notes += [
            Problem("mapping.jsonata_import", NOTES[remark], f"{place}.op", severity="warning")
            for remark in sorted(remarks)
        ]
    return Imported({"version": 1, "rules": made}, tuple(notes))


def _operation(text: str, place: str) -> tuple[Any, set[str]]:
    """Give the operation for an expression, and the keys of the notes on it."""
    node = read(text)
    if node is not None:
        writer = _Writer()
        try:
            return writer.operation(node), writer.remarks
        except OutsideError:
            pass
    if len(text) > MAX_TEXT:
        raise MappingError(
            "mapping.jsonata_syntax",
            f"One part of the map has more than {MAX_TEXT:,} characters.",
            hint="Make the map an object whose keys have smaller expressions.",
            place=place,
        )
    prepare(text)
    return ["jsonata", text, ["get"], "double"], set()


class _Writer:
    """Writes operations, and remembers what is worth a note."""

    def __init__(self) -> None:
        self.remarks: set[str] = set()

    def operation(self, node: Node) -> Any:  # noqa: ANN401  a part of a plan document
        """Write the operation of a node. Raises OutsideError where none means the same."""
        match node:
            case Constant(value=value, is_number=is_number):
                return _number(str(value)) if is_number else value
            case PathTo(keys=keys):
                return ["walk", ["get"], *keys]
            case Object(pairs=pairs):
                return ["object", *(part for key, value in pairs for part in (key, self.operation(value)))]
            case Function():
                return self.function(node)
            case Infix():
                return self.infix(node)
            case Choice(condition=Infix(sign="=") as condition, then=then, other=other):
                return ["if", self.infix(condition), self.operation(then), self.operation(other)]
            case _:
                raise OutsideError

    def function(self, node: Function) -> Any:  # noqa: ANN401  a part of a plan document
        if not isinstance(node.arg, PathTo):
            raise OutsideError
        found = self.operation(node.arg)
        if node.name == "$sum":
            self.remarks.add("$sum")
            return ["if", ["not", ["is_missing", found]], ["sum", ["to_list", found]]]
        if node.name == "$count":
            return ["count", ["to_list", found]]
        if node.name not in TEXTS:
            raise OutsideError
        return [TEXTS[node.name], found]

    def infix(self, node: Infix) -> Any:  # noqa: ANN401  a part of a plan document
        left, right = self.operation(node.left), self.operation(node.right)
        if node.sign == "=":
            return ["eq", left, right]
        if node.sign == "&":
            self.remarks.add("&")
            return ["concat", "", left, right]
        if not _computes(node.left) or not _computes(node.right):
            raise OutsideError
        self.remarks.add("arithmetic")
        return [ARITHMETIC[node.sign], left, right]


def _computes(node: Node) -> bool:
    """Tell whether a node may stand in arithmetic: numbers, paths, and arithmetic itself."""
    match node:
        case Constant(is_number=is_number):
            return is_number
        case Infix(sign=sign):
            return sign in ARITHMETIC
        case Function(name=name):
            return name in {"$sum", "$count", "$length"}
        case _:
            return isinstance(node, PathTo)


def _number(text: str) -> int | Decimal:
    return int(text) if text.lstrip("-").isdecimal() else Decimal(text)
