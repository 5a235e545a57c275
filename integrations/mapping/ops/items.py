"""Operations that look at each item of a list, bound to a name.

``["filter", list, "rate", condition]`` evaluates the condition with every item as *rate*; ``it`` is the same.
All are linear in the list, sorting n log n; every item looked at is a step. Where an operation gives none for
an item, the item is left out.
"""

from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Final

from integrations.mapping.allowance import Allowance
from integrations.mapping.ops.lists import LIST, RATES
from integrations.mapping.ops.order import arrange, choose
from integrations.mapping.ops.signature import Arg, Example, Form, Op
from integrations.mapping.values import MISSING, Kind, Result, Value

NAME: Final = Arg("name", Kind.TEXT, fixed=True)
CONDITION: Final = Arg("condition", Kind.BOOLEAN)
KEY: Final = Arg("key")
FAST: Final[Value] = ["filter", ["get", "rates"], "rate", ["lt", ["it", "days"], 5]]


def _grouped(allowance: Allowance, items: list[Value], keys: Sequence[Result]) -> list[Value]:
    groups: dict[Hashable, list[Value]] = {}
    made: list[Value] = []
    for item, key in zip(items, keys, strict=True):
        mark = allowance.mark(key)
        if mark not in groups:
            groups[mark] = []
            made.append({"items": groups[mark]} if key is MISSING else {"key": key, "items": groups[mark]})
        groups[mark].append(item)
    return made


OPS: Final = (
    Op(
        key="filter",
        title="Filter",
        help="The items for which the condition holds.",
        args=(LIST, NAME, CONDITION),
        result=Kind.LIST,
        form=Form.KEEP,
        examples=(
            Example(["map", FAST, "rate", ["it", "service"]], ["air", "express", "pickup"], RATES),
            Example(["filter", ["get", "offers"], "offer", True], MISSING, RATES),
            Example(["filter", "text", "offer", True], error="mapping.type"),
        ),
    ),
    Op(
        key="find",
        title="Find",
        help="The first item for which the condition holds; missing when there is none.",
        args=(LIST, NAME, CONDITION),
        form=Form.FIND,
        examples=(
            Example(
                ["find", ["get", "rates"], "rate", ["eq", ["it", "service"], "sea"]],
                {"service": "sea", "days": 30, "price": Decimal("9.90")},
                RATES,
            ),
            Example(["find", ["get", "rates"], "rate", ["gt", ["it", "days"], 99]], MISSING, RATES),
        ),
    ),
    Op(
        key="map",
        title="For each item",
        help="A list with one value computed from each item.",
        args=(LIST, NAME, Arg("value")),
        result=Kind.LIST,
        form=Form.COLLECT,
        examples=(
            Example(
                ["map", ["get", "rates"], "rate", ["multiply", ["it", "days"], 24]], [720, 96, 48, 0], RATES
            ),
            Example(
                ["map", ["get", "rates"], "rate", ["it", "price"]],
                [Decimal("9.90"), Decimal("31.50"), Decimal("48.00")],
                RATES,
            ),
        ),
    ),
    Op(
        key="sort_by",
        title="Sort",
        help="The items in the order of a key computed from each. Items without a key come last.",
        args=(
            LIST,
            NAME,
            KEY,
            Arg("order", Kind.TEXT, default="asc", fixed=True, choices=("asc", "desc")),
        ),
        result=Kind.LIST,
        form=Form.KEYS,
        run=lambda items, keys, order: arrange(items, keys, descending=order == "desc"),
        examples=(
            Example(["sort_by", ["lit", [3, 1, None, 2]], "n", ["it"]], [1, 2, 3, None]),
            Example(["sort_by", ["lit", [3, 1, None, 2]], "n", ["it"], "desc"], [3, 2, 1, None]),
            Example(["sort_by", ["lit", [3, "1"]], "n", ["it"]], error="mapping.type"),
        ),
    ),
    Op(
        key="min_by",
        title="Item with the smallest",
        help="The first item with the smallest key. Items without a key are passed over; missing when all "
        "are.",
        args=(LIST, NAME, KEY),
        form=Form.KEYS,
        run=lambda items, keys: choose(items, keys, largest=False),
        examples=(
            Example(
                ["min_by", FAST, "rate", ["it", "price"]],
                {"service": "air", "days": 4, "price": Decimal("31.50")},
                RATES,
            ),
            Example(["min_by", ["lit", []], "rate", ["it"]], MISSING),
        ),
    ),
    Op(
        key="max_by",
        title="Item with the largest",
        help="The first item with the largest key. Items without a key are passed over; missing when all "
        "are.",
        args=(LIST, NAME, KEY),
        form=Form.KEYS,
        run=lambda items, keys: choose(items, keys, largest=True),
        examples=(Example(["max_by", ["lit", ["b", "c", "a"]], "n", ["it"]], "c"),),
    ),
    Op(
        key="find_by",
        title="Find by key",
        help="The first item of a list whose key equals a value; missing when there is none. The list is "
        "indexed once, so that it may be used for every item of another list. A missing or null key or "
        "value finds nothing.",
        args=(LIST, NAME, KEY, Arg("value")),
        form=Form.INDEX,
        examples=(
            Example(
                ["find_by", ["get", "rates"], "rate", ["it", "service"], "sea"],
                {"service": "sea", "days": 30, "price": Decimal("9.90")},
                RATES,
            ),
            Example(["find_by", ["get", "rates"], "rate", ["it", "days"], 7], MISSING, RATES),
            Example(["find_by", ["get", "offers"], "offer", ["it"], 7], MISSING, RATES),
        ),
    ),
    Op(
        key="filter_by",
        title="Filter by key",
        help="The items of a list whose key equals a value. The list is indexed once, so that it may be used "
        "for every item of another list. A missing or null key or value finds nothing.",
        args=(LIST, NAME, KEY, Arg("value")),
        result=Kind.LIST,
        form=Form.INDEX,
        examples=(
            Example(
                ["filter_by", ["get", "rates"], "rate", ["lt", ["it", "days"], 5], False],
                [{"service": "sea", "days": 30, "price": Decimal("9.90")}],
                RATES,
            ),
            Example(["filter_by", ["get", "rates"], "rate", ["it", "days"], None], [], RATES),
        ),
    ),
    Op(
        key="group_by",
        title="Group",
        help="The items with equal keys together: a list of objects with key and items, in the order of "
        "their first items. The group of items without a key has no key.",
        args=(LIST, NAME, KEY),
        result=Kind.LIST,
        form=Form.KEYS,
        needs_allowance=True,
        run=_grouped,
        examples=(
            Example(
                ["group_by", ["lit", [1, 5, 2]], "n", ["lt", ["it"], 3]],
                [{"key": True, "items": [1, 2]}, {"key": False, "items": [5]}],
            ),
        ),
    ),
)
