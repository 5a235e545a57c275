"""The values a mapping works on, their kinds, and what equality and order mean for them.

Missing, null and empty are three things: a key that is not there is ``MISSING``, a JSON null is ``None``,
and ``""`` is a text without characters. ``True`` is never equal to ``1``; ``1`` and ``Decimal("1.0")`` are
the same number.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, Flag
from typing import Final, TypeAlias

from integrations.errors import MappingError

Value: TypeAlias = (
    bool | int | Decimal | str | bytes | date | datetime | list["Value"] | dict[str, "Value"] | None
)


class Missing(Enum):
    """The type of ``MISSING``: no value at all, unlike null and unlike empty."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
Result: TypeAlias = Value | Missing


class Kind(Flag):
    """What a value is. An argument's kind is the set of kinds it accepts."""

    NULL = 1
    BOOLEAN = 2
    INTEGER = 4
    DECIMAL = 8
    TEXT = 16
    BYTES = 32
    DATE = 64
    DATETIME = 128
    LIST = 256
    OBJECT = 512
    NUMBER = INTEGER | DECIMAL
    MOMENT = DATE | DATETIME
    SCALAR = BOOLEAN | NUMBER | TEXT | MOMENT
    ANY = NULL | SCALAR | BYTES | LIST | OBJECT


KINDS: Final[dict[type, Kind]] = {
    type(None): Kind.NULL,
    bool: Kind.BOOLEAN,
    int: Kind.INTEGER,
    Decimal: Kind.DECIMAL,
    str: Kind.TEXT,
    bytes: Kind.BYTES,
    date: Kind.DATE,
    datetime: Kind.DATETIME,
    list: Kind.LIST,
    dict: Kind.OBJECT,
}
NOT_A_VALUE: Final = Kind(0)
"""The kind of what no mapping may hold, such as a float."""

WORDS: Final[dict[Kind, str]] = {
    Kind.NULL: "null",
    Kind.BOOLEAN: "yes or no",
    Kind.INTEGER: "a whole number",
    Kind.DECIMAL: "a decimal number",
    Kind.NUMBER: "a number",
    Kind.TEXT: "text",
    Kind.BYTES: "bytes",
    Kind.DATE: "a date",
    Kind.DATETIME: "a date with time",
    Kind.MOMENT: "a date",
    Kind.LIST: "a list",
    Kind.OBJECT: "an object",
    Kind.SCALAR: "a single value",
    Kind.ANY: "any value",
}
ORDERED: Final[dict[type, str]] = {
    int: "a number",
    Decimal: "a number",
    str: "text",
    date: "a date",
    datetime: "a date with time",
}
MAX_DEPTH: Final = 200
HEAVY: Final = frozenset({str, bytes, list, dict})
"""Types whose size depends on the value; all others weigh a fixed, small amount."""


def kind_of(value: object) -> Kind:
    """Give the one kind of a value; ``NOT_A_VALUE`` for a float and all else that no format gives."""
    return KINDS.get(type(value), NOT_A_VALUE)


def words_for(kind: Kind) -> str:
    """Name a set of kinds for the merchant: ``text or a number``."""
    if kind in WORDS:
        return WORDS[kind]
    groups = [group for group in (Kind.NUMBER, Kind.MOMENT) if group in kind]
    singles = [single for single in kind if not any(single in group for group in groups)]
    parts = [WORDS[part] for part in (*groups, *singles)]
    return " or ".join(parts) or "a value of an unknown kind"


def is_empty(value: Result) -> bool:
    """Tell whether a value is missing, null, or a text, list, object or bytes with nothing in it."""
    return value is MISSING or value is None or (type(value) in HEAVY and not value)


def at(value: Result, key: str | int) -> Result:
    """Give the member at one key of a path, or MISSING: of an object by text, of a list by number."""
    if isinstance(key, str):
        return value.get(key, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(value, list) and -len(value) <= key < len(value):
        return value[key]
    return MISSING


def same(left: Result, right: Result, depth: int = 0) -> tuple[bool, int]:
    """Compare two values deeply; give the answer and how many members were compared, for the step counter.

    Missing equals nothing, not even missing. Raises MappingError beyond a depth of 200.
    """
    if left is MISSING or right is MISSING:
        return False, 0
    if isinstance(left, list) and isinstance(right, list):
        return _same_lists(left, right, depth)
    if isinstance(left, dict) and isinstance(right, dict):
        if left.keys() != right.keys():
            return False, min(len(left), len(right))
        return _same_lists(list(left.values()), [right[key] for key in left], depth)
    return (type(left) is bool) == (type(right) is bool) and left == right, 0


def _same_lists(left: Sequence[Value], right: Sequence[Value], depth: int) -> tuple[bool, int]:
    if depth > MAX_DEPTH:
        raise too_deep()
    if len(left) != len(right):
        return False, 0
    compared = len(left)
    for one, other in zip(left, right, strict=True):
        equal, below = same(one, other, depth + 1)
        compared += below
        if not equal:
            return False, compared
    return True, compared


def rank(value: Value) -> tuple[str, bool]:
    """Give the class in which a value has an order. Raises MappingError for yes/no, lists and objects."""
    ordered = ORDERED.get(type(value))
    if ordered is None:
        raise MappingError(
            "mapping.type",
            f"{words_for(kind_of(value)).capitalize()} has no order: it cannot be compared or sorted.",
            hint="Compare numbers, texts or dates.",
        )
    return ordered, isinstance(value, datetime) and value.utcoffset() is None


def require_order(left: Value, right: Value) -> None:
    """Raise MappingError unless both values are of one class that has an order."""
    first, second = rank(left), rank(right)
    if first != second:
        zone = " with and without time zone" if first[0] == second[0] else ""
        raise MappingError(
            "mapping.type",
            f"Cannot compare {first[0]} with {second[0]}{zone}.",
            hint="Convert one of them first, for example with to_decimal.",
        )


def weigh(value: Value, limit: int) -> int:
    """Give about how many bytes a value takes as JSON; stops counting soon after ``limit``.

    A part that occurs twice counts twice, as it will be written twice. Raises MappingError beyond a depth
    of 200.
    """
    total = 0
    waiting: list[tuple[Value, int]] = [(value, 0)]
    while waiting and total <= limit:
        current, depth = waiting.pop()
        if isinstance(current, str | bytes):
            total += len(current)
        elif isinstance(current, list | dict):
            if depth > MAX_DEPTH:
                raise too_deep()
            members = current.values() if isinstance(current, dict) else current
            total += 8 * len(current) + (sum(map(len, current)) if isinstance(current, dict) else 0)
            if total <= limit:
                waiting += [(member, depth + 1) for member in members if type(member) in HEAVY]
    return total


def too_deep() -> MappingError:
    """Give the error for values nested beyond what a mapping follows."""
    return MappingError(
        "mapping.too_deep",
        f"A value is nested more than {MAX_DEPTH} levels deep.",
        hint="Map the inner part on its own.",
    )
