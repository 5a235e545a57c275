"""The mapping plan, version 1: a document of rules, as frozen dataclasses.

    {"version": 1,
     "let": {"order": ["get", "webhook", "body"]},
     "rules": [
       {"to": "reference", "op": ["concat", "TH-", ["let", "order", "number"]]},
       {"to": ["customer", "name"], "op": ["trim", ["let", "order", "name"]], "onMissing": "error"},
       {"to": "lines", "each": ["let", "order", "line_items"], "name": "line",
        "where": ["gt", ["it", "quantity"], 0], "sort": [{"by": ["it", "sku"], "order": "asc"}],
        "rules": [{"to": "sku", "op": ["upper", ["it", "sku"]]},
                  {"to": "total", "op": ["multiply", ["it", "price"], ["it", "quantity"]],
                   "as": "decimal(2)"}]}]}

- A path is a list of keys, never dotted text: ``["get", "a.b"]`` is one key. ``to`` is such a list, or a
  single key as a plain text. ``to: []`` stands alone in its rules and makes the value itself: a list of
  texts, or a bare result.
- An operation is a list: its key, then its arguments. Text, numbers, yes/no and null stand for themselves;
  lists and objects are written ``["lit", value]``.
- ``if``: the rule applies only when the condition holds. ``as``: string, integer, decimal, decimal(n),
  boolean, list.
- ``onMissing``: skip (the default; the key is not written), null, error, or default with the value in
  ``default``. Null and empty values are values: they are written.
- A loop's rules see its item with ``it``, outer items by name with ``item``; the let values are computed
  once, each after those it reads, before the rules. A missing or null list is treated as missing; an empty
  list gives an empty list.
- ``join`` finds for each item its partner in another list, by equal keys: ``[{"list": ["get", "products"],
  "name": "product", "by": ["it", "sku"], "on": ["it", "sku"]}]``; ``by`` sees the items of the other list,
  ``on`` those of the loop. ``["item", "product", …]`` is the first partner, or with ``"take": "all"`` the
  list of all. The other list is indexed once, so that the loop stays linear. Missing and null match nothing.
- ``group``: ``{"by": {"sku": ["it", "sku"]}, "where": …, "sort": …}`` makes one item of all items with the
  same keys: ``{"key": {"sku": …}, "items": […]}``. Its ``where`` and ``sort`` see the groups. Without a sort
  the groups stand in the order of their first items.
- In a loop the order is: join, where, sort, group, the group's where and sort, rules.
- ``tests`` are examples kept with the plan: ``[{"name": …, "input": …, "expected": …, "now": …}]``.
- Rules apply in their order. A target is written once; a later rule for the same target needs an ``if`` and
  then wins.

The result may share parts with the source: treat both as read-only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, TypeAlias

from integrations.mapping.ops.signature import Op
from integrations.mapping.values import Value

VERSION: Final = 1
MAX_OPS: Final = 10_000
MAX_OP_DEPTH: Final = 32
MAX_LOOP_DEPTH: Final = 8
MAX_LETS: Final = 100
MAX_ARGS: Final = 64
MAX_TARGET: Final = 32
MAX_RULE_OPS: Final = 500
MAX_JOINS: Final = 8
MAX_TESTS: Final = 200


class Origin(Enum):
    """Where a path starts."""

    SOURCE = "get"
    ITEM = "item"
    LET = "let"


class OnMissing(Enum):
    """What a rule writes when its value is missing."""

    SKIP = "skip"
    NULL = "null"
    DEFAULT = "default"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the plan."""

    value: Value
    place: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """An argument prepared when the plan was read: a pattern, a table's name, a rounding mode."""

    prepared: object
    place: str


@dataclass(frozen=True, slots=True)
class Path:
    """A value of the source, of a loop's item or of a let. index: the number of the loop or let."""

    origin: Origin
    index: int
    keys: tuple[str | int, ...]
    place: str


@dataclass(frozen=True, slots=True)
class Position:
    """The number of a loop's item, from 1."""

    index: int
    place: str


@dataclass(frozen=True, slots=True)
class Call:
    """An operation on arguments. loops: the numbers of the loops around it, the outermost first."""

    op: Op
    args: tuple["Expr", ...]
    place: str
    loops: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Each:
    """An operation on a list, with a body evaluated for every item. index: the number of this loop.

    extra: further arguments, which do not see the item.
    """

    op: Op
    items: "Expr"
    index: int
    body: "Expr"
    extra: tuple["Expr", ...]
    place: str


Expr: TypeAlias = Literal | Fixed | Path | Position | Call | Each


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an error belongs: the place in the plan, the target's keys, the loops around it."""

    place: str
    target: tuple[str, ...]
    loops: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """What a rule writes, when, and what it does about a missing value."""

    keys: tuple[str, ...]
    condition: Expr | None
    on_missing: OnMissing
    default: Value
    spot: Spot


@dataclass(frozen=True, slots=True)
class Rule:
    """Write the value of an operation to a target."""

    target: Target
    op: Expr


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key by which a loop's items are sorted."""

    by: Expr
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Join:
    """Partners for the items of a loop. index: number of the item of the other list, then of the partner.

    by: the key of an item of the other list. on: the key of an item of the loop.
    """

    each: Expr
    index: int
    name: str
    by: Expr
    on: Expr
    takes_all: bool


@dataclass(frozen=True, slots=True)
class Group:
    """How the items of a loop become groups. by: names and keys; where and sort see the groups."""

    by: tuple[tuple[str, Expr], ...]
    where: Expr | None
    sort: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """Write a list to a target: one value, made by the rules, for each item or group of items."""

    target: Target
    each: Expr
    index: int
    name: str
    joins: tuple[Join, ...]
    where: Expr | None
    sort: tuple[SortKey, ...]
    group: Group | None
    block: "Block"

    @property
    def is_selective(self) -> bool:
        """Tell whether its items are joined, chosen, ordered or grouped before the rules see them."""
        return self.where is not None or bool(self.sort or self.joins) or self.group is not None


@dataclass(frozen=True, slots=True)
class Block:
    """Rules that make one value: an object, or where ``is_bare`` the value of the only rule."""

    rules: tuple[Rule | Loop, ...]

    @property
    def is_bare(self) -> bool:
        """Tell whether the only rule makes the value itself."""
        return len(self.rules) == 1 and not self.rules[0].target.keys

    @property
    def weight(self) -> int:
        """Give the size of what the block writes at most, but for long values, about in bytes of JSON."""
        return 2 + sum(8 + sum(map(len, rule.target.keys)) for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Let:
    """A value computed once, before the rules."""

    name: str
    op: Expr
    spot: Spot


@dataclass(frozen=True, slots=True)
class PlanTest:
    """An example kept with the plan. now: an aware instant, None where the test does not say."""

    name: str
    source: dict[str, Value]
    expected: Value
    now: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan that has the right shape. loops: how many rule loops and list operations it has."""

    lets: tuple[Let, ...]
    block: Block
    loops: int
    tests: tuple[PlanTest, ...] = ()


def expressions(block: Block) -> Iterator[Expr]:
    """Yield every operation that stands directly in the rules of a block and of the loops in it."""
    for rule in block.rules:
        if rule.target.condition is not None:
            yield rule.target.condition
        if isinstance(rule, Rule):
            yield rule.op
        else:
            yield rule.each
            yield from selection(rule)
            yield from expressions(rule.block)


def selection(loop: Loop) -> Iterator[Expr]:
    """Yield the operations that choose, order and group the items of a loop."""
    for join in loop.joins:
        yield join.each
        yield join.by
    yield from row_keys(loop)
    if loop.group is not None:
        yield from group_keys(loop.group)


def row_keys(loop: Loop) -> Iterator[Expr]:
    """Yield the operations of a loop that see its items before they are grouped."""
    for join in loop.joins:
        yield join.on
    if loop.where is not None:
        yield loop.where
    for key in loop.sort:
        yield key.by
    if loop.group is not None:
        for _, by in loop.group.by:
            yield by


def group_keys(group: Group) -> Iterator[Expr]:
    """Yield the operations that see the groups."""
    if group.where is not None:
        yield group.where
    for key in group.sort:
        yield key.by


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield an operation and everything in it."""
    yield expr
    match expr:
        case Call(args=args):
            for arg in args:
                yield from walk(arg)
        case Each(items=items, body=body, extra=extra):
            yield from walk(items)
            yield from walk(body)
            for arg in extra:
                yield from walk(arg)
        case _:
            pass


def is_stable(each: Each) -> bool:
    """Tell whether the body of a list operation depends on nothing but its item and the document.

    Only then an index of the list, once made, holds for all items of the loops around it.
    """
    inner = {part.index for part in walk(each.body) if isinstance(part, Each)} | {each.index}
    for part in walk(each.body):
        match part:
            case Path(origin=Origin.ITEM, index=index) | Position(index=index) if index not in inner:
                return False
            case Call(op=op) if op.needs_place:
                return False
            case _:
                pass
    return True
