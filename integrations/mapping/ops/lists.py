"""Operations on whole lists. All are linear in the list; every item looked at is a step.

Lists never hold missing values.
"""

from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.allowance import Allowance
from integrations.mapping.ops.number import EXACT, QUOTIENT
from integrations.mapping.ops.order import choose
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.values import (
    MISSING,
    Kind,
    Result,
    Value,
    kind_of,
    words_for,
)

MAX_LIST: Final = 1_000_000
LIST: Final = Arg("list", Kind.LIST)
RATES: Final[dict[str, Value]] = {
    "rates": [
        {"service": "sea", "days": 30, "price": Decimal("9.90")},
        {"service": "air", "days": 4, "price": Decimal("31.50")},
        {"service": "express", "days": 2, "price": Decimal("48.00")},
        {"service": "pickup", "days": 0},
    ],
}


def _sum(numbers: Sequence[Value]) -> int | Decimal:
    total: int | Decimal = 0
    for number in numbers:
        if type(number) is Decimal:
            total = EXACT.add(number, total)
        elif type(number) is int:
            total = total + number if type(total) is int else EXACT.add(total, number)
        elif number is not None:
            raise MappingError(
                "mapping.type",
                f"sum needs a list of numbers, but there is {words_for(kind_of(number))} in it.",
                hint="Use map with to_decimal first.",
            )
    return total


def _extreme(values: list[Value], *, largest: bool) -> Result:
    result: Result = choose(values, values, largest=largest)
    return result


def _distinct(allowance: Allowance, values: list[Value]) -> list[Value]:
    seen: set[Hashable] = set()
    kept: list[Value] = []
    for value in values:
        mark = allowance.mark(value)
        if mark not in seen:
            seen.add(mark)
            kept.append(value)
    return kept


def _zip(*lists: list[Value]) -> list[Value]:
    return [list(row) for row in zip(*lists, strict=False)]


def _range(allowance: Allowance, start: int, end: int) -> list[Value]:
    allowance.work(max(0, end - start + 1))
    return list(range(start, end + 1))


def _chunk(items: list[Value], size: int) -> list[Value]:
    if size < 1:
        raise MappingError("mapping.argument", "The size of a part must be at least 1.")
    return [items[start : start + size] for start in range(0, len(items), size)]


def _average(numbers: list[Value]) -> Result:
    counted = [number for number in numbers if number is not None]
    return QUOTIENT.divide(_sum(counted), len(counted)) if counted else MISSING


def _flatten(lists: list[Value]) -> list[Value]:
    if sum(len(part) if isinstance(part, list) else 1 for part in lists) > MAX_LIST:
        raise MappingError("mapping.list_size", f"The list would have more than {MAX_LIST:,} items.")
    return [member for part in lists for member in (part if isinstance(part, list) else [part])]


OPS: Final = (
    Op(
        key="list",
        title="List",
        help="The values as a list. Missing values are left out.",
        rest=Arg("item"),
        result=Kind.LIST,
        run=lambda *items: [item for item in items if item is not MISSING],
        takes_missing=True,
        is_certain=True,
        is_flat=True,
        examples=(
            Example(["list", ["get", "a"], ["get", "b"], ["get", "c"]], [1, None], {"a": 1, "b": None}),
        ),
    ),
    Op(
        key="count",
        title="Count",
        help="The number of items of a list.",
        args=(LIST,),
        result=Kind.INTEGER,
        run=len,
        inline="len({0})",
        is_flat=True,
        examples=(
            Example(["count", ["get", "rates"]], 4, RATES),
            Example(["count", ["get", "offers"]], MISSING, RATES),
            Example(["count", "text"], error="mapping.type"),
        ),
    ),
    Op(
        key="sum",
        title="Sum",
        help="The exact sum of a list of numbers; 0 for an empty list. Nulls are left out.",
        args=(LIST,),
        result=Kind.NUMBER,
        run=_sum,
        examples=(
            Example(["sum", ["map", ["get", "rates"], "rate", ["it", "price"]]], Decimal("89.40"), RATES),
            Example(["sum", ["lit", []]], 0),
            Example(["sum", ["lit", [1, "2"]]], error="mapping.type"),
        ),
    ),
    Op(
        key="min",
        title="Smallest",
        help="The smallest of a list of numbers, texts or dates. Nulls are left out; missing when nothing "
        "is left.",
        args=(LIST,),
        result=Kind.NUMBER | Kind.TEXT | Kind.MOMENT,
        run=lambda values: _extreme(values, largest=False),
        examples=(
            Example(["min", ["lit", [3, None, 1, 2]]], 1),
            Example(["min", ["lit", []]], MISSING),
            Example(["min", ["lit", [1, "a"]]], error="mapping.type"),
        ),
    ),
    Op(
        key="max",
        title="Largest",
        help="The largest of a list of numbers, texts or dates. Nulls are left out; missing when nothing "
        "is left.",
        args=(LIST,),
        result=Kind.NUMBER | Kind.TEXT | Kind.MOMENT,
        run=lambda values: _extreme(values, largest=True),
        examples=(Example(["max", ["lit", ["a", "b"]]], "b"), Example(["max", ["lit", [None]]], MISSING)),
    ),
    Op(
        key="first",
        title="First",
        help="The first item of a list; missing when the list is empty.",
        args=(LIST,),
        run=lambda values: values[0] if values else MISSING,
        inline="({0}[0] if {0} else M)",
        is_flat=True,
        examples=(Example(["first", ["lit", [1, 2]]], 1), Example(["first", ["lit", []]], MISSING)),
    ),
    Op(
        key="last",
        title="Last",
        help="The last item of a list; missing when the list is empty.",
        args=(LIST,),
        run=lambda values: values[-1] if values else MISSING,
        inline="({0}[-1] if {0} else M)",
        is_flat=True,
        examples=(Example(["last", ["lit", [1, 2]]], 2),),
    ),
    Op(
        key="flatten",
        title="Flatten",
        help="The items of the lists in a list, one level deep, as one list.",
        args=(LIST,),
        result=Kind.LIST,
        run=_flatten,
        is_fast=False,
        examples=(Example(["flatten", ["list", ["lit", [1, 2]], ["lit", [[3]]], 4]], [1, 2, [3], 4]),),
    ),
    Op(
        key="distinct",
        title="Without repeats",
        help="The list without later items equal to an earlier one.",
        args=(LIST,),
        result=Kind.LIST,
        run=_distinct,
        needs_allowance=True,
        examples=(
            Example(["distinct", ["lit", ["b", "a", "b", 1, True]]], ["b", "a", 1, True]),
            Example(["distinct", ["lit", [{"a": 1, "b": 2}, {"b": 2, "a": 1}]]], [{"a": 1, "b": 2}]),
        ),
    ),
    Op(
        key="zip",
        title="Pair up",
        help="The first items of the lists together, then the second ones, and so on, as long as every list "
        "has one.",
        args=(LIST,),
        rest=LIST,
        rest_min=1,
        result=Kind.LIST,
        run=_zip,
        is_fast=False,
        examples=(Example(["zip", ["lit", ["a", "b"]], ["lit", [1, 2, 3]]], [["a", 1], ["b", 2]]),),
    ),
    Op(
        key="range",
        title="Numbers from to",
        help="The whole numbers from the first to the last; an empty list when the last is smaller.",
        args=(Arg("from", Kind.INTEGER), Arg("to", Kind.INTEGER)),
        result=Kind.LIST,
        run=_range,
        needs_allowance=True,
        is_fast=False,
        examples=(
            Example(["range", 2, 4], [2, 3, 4]),
            Example(["range", 1, 0], []),
            Example(["range", 1, 10**12], error="mapping.steps"),
        ),
    ),
    Op(
        key="chunk",
        title="Parts of a list",
        help="The list in parts of so many items; the last part has the rest.",
        args=(LIST, Arg("size", Kind.INTEGER)),
        result=Kind.LIST,
        run=_chunk,
        is_fast=False,
        examples=(
            Example(["chunk", ["lit", [1, 2, 3]], 2], [[1, 2], [3]]),
            Example(["chunk", ["lit", [1]], 0], error="mapping.argument"),
        ),
    ),
    Op(
        key="take",
        title="Some items",
        help="The items of a list from start (from 0) up to end, which is not included. Negative positions "
        "count from the end.",
        args=(LIST, Arg("start", Kind.INTEGER), Arg("end", Kind.INTEGER, default=MAX_LIST)),
        result=Kind.LIST,
        run=lambda items, start, end: items[start:end],
        examples=(
            Example(["take", ["lit", [1, 2, 3]], 0, 2], [1, 2]),
            Example(["take", ["lit", [1, 2, 3]], -1], [3]),
        ),
    ),
    Op(
        key="reverse",
        title="Reverse",
        help="The list from its last item to its first.",
        args=(LIST,),
        result=Kind.LIST,
        run=lambda items: items[::-1],
        examples=(Example(["reverse", ["lit", [1, 2]]], [2, 1]),),
    ),
    Op(
        key="average",
        title="Average",
        help="The sum of a list of numbers divided by their count, to 34 significant digits. Nulls are left "
        "out; missing when nothing is left.",
        args=(LIST,),
        result=Kind.DECIMAL,
        run=_average,
        examples=(
            Example(["average", ["lit", [1, None, 2]]], Decimal("1.5")),
            Example(["average", ["lit", []]], MISSING),
        ),
    ),
)
