"""Where each target field comes from: in a plan, and in one run of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from integrations.mapping.allowance import MapEnv
from integrations.mapping.check import require
from integrations.mapping.explain import explain
from integrations.mapping.ops.signature import Form
from integrations.mapping.plan import (
    Block,
    Call,
    Each,
    Expr,
    Fixed,
    Literal,
    Loop,
    Origin,
    Path,
    Plan,
    Position,
    Rule,
    walk,
)
from integrations.mapping.values import Result, Value
from integrations.mapping.words import shape, shown

SourcePath: TypeAlias = tuple[str | int, ...]
ITEMS: Final = "[]"
"""Stands in a path for the items of a list."""
KEPT: Final = frozenset({"filter", "sort_by", "distinct", "reverse", "take", "filter_by", "to_list"})
"""Operations that give the items of their list."""
PICKED: Final = frozenset({"first", "last", "find", "find_by", "min_by", "max_by"})
"""Operations that give one item of their list."""
CHOSEN: Final = {"coalesce": 0, "if_empty": 0, "if": 1}
"""Operations that give one of their arguments, from this one on."""
LOOKUPS: Final = frozenset({"lookup", "reverse_lookup", "cross_reference", "cross_reference_back"})


@dataclass(frozen=True, slots=True)
class Lineage:
    """What makes one target field. target: its keys, ``[]`` for the items of a list; place: its rule.

    sources: the paths of the document that its value is made of. conditions: those that decide whether it is
    written, and in which items. ops, constants, lookups: the operations, literals and tables used.
    """

    target: SourcePath
    place: str
    sources: tuple[SourcePath, ...]
    conditions: tuple[SourcePath, ...]
    ops: tuple[str, ...]
    constants: tuple[Value, ...]
    lookups: tuple[str, ...]


@dataclass(slots=True)
class _Sight:
    """What the names at a place of the plan stand for.

    items: for each loop the paths of its items; groups: for each loop that groups, the keys; lets: paths and
    further sources of each.
    """

    items: dict[int, tuple[SourcePath, ...]] = field(default_factory=dict)
    groups: dict[int, Mapping[str, Expr]] = field(default_factory=dict)
    lets: list[Expr] = field(default_factory=list)


def lineage(document: object) -> list[Lineage]:
    """Give the lineage of every target field of a plan document. Raises MappingError for a broken plan."""
    plan = require(document)
    sight = _Sight(lets=[let.op for let in plan.lets])
    return [*_block(plan.block, (), sight, ())]


def _block(
    block: Block, outer: SourcePath, sight: _Sight, conditions: tuple[SourcePath, ...]
) -> Iterator[Lineage]:
    for rule in block.rules:
        target = (*outer, *rule.target.keys)
        decides = conditions
        if rule.target.condition is not None:
            decides = _unique([*conditions, *_sources(rule.target.condition, sight)])
        if isinstance(rule, Rule):
            yield _line(rule, target, sight, decides)
        else:
            inside = _unique([*decides, *_enter(rule, sight)])
            yield from _block(rule.block, (*target, ITEMS), sight, inside)


def _line(rule: Rule, target: SourcePath, sight: _Sight, conditions: tuple[SourcePath, ...]) -> Lineage:
    parts = [*_all_parts(rule.op, sight)]
    calls = [part for part in parts if isinstance(part, Call | Each)]
    constants = [part.value for part in parts if isinstance(part, Literal)]
    tables = [
        str(call.args[0].prepared)
        for call in calls
        if isinstance(call, Call) and call.op.key in LOOKUPS and isinstance(call.args[0], Fixed)
    ]
    return Lineage(
        target,
        rule.target.spot.place,
        _unique(_sources(rule.op, sight)),
        conditions,
        tuple(dict.fromkeys(call.op.key for call in calls)),
        tuple(constants),
        tuple(dict.fromkeys(tables)),
    )


def _all_parts(expr: Expr, sight: _Sight, depth: int = 0) -> Iterator[Expr]:
    """Yield the parts of an operation, with those of the lets it uses."""
    for part in walk(expr):
        yield part
        if isinstance(part, Path) and part.origin is Origin.LET and depth < 100:
            yield from _all_parts(sight.lets[part.index], sight, depth + 1)


def _enter(loop: Loop, sight: _Sight) -> list[SourcePath]:
    """Bring a loop into sight; give the paths that decide which items there are, and in what order."""
    sight.items[loop.index] = _items(loop.each, sight)
    found = list(_sources(loop.each, sight))
    for join in loop.joins:
        sight.items[join.index] = _items(join.each, sight)
        found += [*_sources(join.by, sight), *_sources(join.on, sight)]
        if join.takes_all:
            sight.items[join.index] = _without_items(sight.items[join.index])
    for expr in (loop.where, *(key.by for key in loop.sort)):
        found += _sources(expr, sight) if expr is not None else []
    if loop.group is not None:
        sight.groups[loop.index] = dict(loop.group.by)
        for _, by in loop.group.by:
            found += _ungrouped(loop.index, by, sight)
        for expr in (loop.group.where, *(key.by for key in loop.group.sort)):
            found += _sources(expr, sight) if expr is not None else []
    return found


def _without_items(paths: Iterable[SourcePath]) -> tuple[SourcePath, ...]:
    return tuple(path[:-1] if path and path[-1] == ITEMS else path for path in paths)


def _ungrouped(index: int, by: Expr, sight: _Sight) -> list[SourcePath]:
    """Give the sources of a key of a group: it sees the items, not the groups."""
    keys = sight.groups.pop(index)
    found = [*_sources(by, sight)]
    sight.groups[index] = keys
    return found


def _sources(expr: Expr, sight: _Sight) -> list[SourcePath]:
    """Give the paths of the document that a value is made of."""
    match expr:
        case Path():
            return _direct(expr, sight) or _computed(expr, sight)
        case Call(args=args):
            return [path for arg in args for path in _sources(arg, sight)]
        case Each(items=items, body=body, extra=extra, op=op):
            sight.items[expr.index] = _items(items, sight)
            inner = [path for part in (body, *extra) for path in _sources(part, sight)]
            return inner if op.form is Form.COLLECT and inner else [*_sources(items, sight), *inner]
        case Literal() | Fixed() | Position():
            return []


def _computed(path: Path, sight: _Sight) -> list[SourcePath]:
    """Give the sources of what a name stands for where that is computed, not found."""
    if path.origin is Origin.LET:
        return _sources(sight.lets[path.index], sight)
    if path.origin is Origin.ITEM and path.index in sight.groups and path.keys[:1] == ("key",):
        keys = sight.groups[path.index]
        named = [keys[str(path.keys[1])]] if len(path.keys) > 1 and path.keys[1] in keys else [*keys.values()]
        return [found for by in named for found in _ungrouped(path.index, by, sight)]
    return []


def _direct(expr: Expr, sight: _Sight) -> list[SourcePath]:
    """Give the paths at which the very value of an operation stands, none for a computed value."""
    match expr:
        case Path():
            return _found(expr, sight)
        case Call(op=op, args=args) if op.key in CHOSEN:
            return [path for arg in args[CHOSEN[op.key] :] for path in _direct(arg, sight)]
        case Call(op=op, args=(items, *_)) | Each(op=op, items=items) if op.key in KEPT:
            return _direct(items, sight)
        case Call(op=op, args=(items, *_)) | Each(op=op, items=items) if op.key in PICKED:
            return [*_items(items, sight)]
        case _:
            return []


def _found(path: Path, sight: _Sight) -> list[SourcePath]:
    keys = path.keys
    match path.origin:
        case Origin.SOURCE:
            return [keys]
        case Origin.LET:
            return [found + keys for found in _direct(sight.lets[path.index], sight)]
        case Origin.ITEM:
            paths = sight.items.get(path.index, ())
            if path.index not in sight.groups:
                return [found + keys for found in paths]
            return [found + keys[1:] for found in _without_items(paths)] if keys[:1] == ("items",) else []


def _items(expr: Expr, sight: _Sight) -> tuple[SourcePath, ...]:
    """Give the paths at which the items of a list stand."""
    if isinstance(expr, Each) and expr.op.form is Form.COLLECT:
        sight.items[expr.index] = _items(expr.items, sight)
        return tuple(_direct(expr.body, sight))
    return tuple((*path, ITEMS) for path in _direct(expr, sight))


def _unique(paths: Iterable[SourcePath]) -> tuple[SourcePath, ...]:
    return tuple(dict.fromkeys(paths))


@dataclass(frozen=True, slots=True)
class Traced:
    """One value that a run wrote, or found missing. target: its keys, items of lists by number from 1.

    value: its shape, or the value itself where it may be seen. sources: each path of the document that was
    read on the way, with what stood there.
    """

    target: SourcePath
    place: str
    value: str
    sources: tuple[tuple[SourcePath, str], ...]


def trace(
    document: object, source: dict[str, Value], env: MapEnv, *, shows_values: bool = False
) -> list[Traced]:
    """Map a document and tell for every value what it was made of. Shapes only, unless ``shows_values``.

    Raises MappingError for a broken plan; a run that fails gives what was written until then.
    """
    plan = require(document)
    write = shown if shows_values else shape
    rules = {place: (rule, target) for place, rule, target in _rules(plan.block, ())}
    paths = _paths(plan)
    made: list[Traced] = []
    read: list[tuple[str, SourcePath, Result]] = []
    for step in explain(document, source, env).steps:
        if step.place in paths:
            read.append((step.place, paths[step.place], step.value))
        if step.place in rules:
            _, target = rules[step.place]
            used = [
                (path, write(value)) for place, path, value in read if place.startswith(f"{step.place}.op")
            ]
            made.append(Traced(_numbered(target, step.items), step.place, write(step.value), tuple(used)))
            read.clear()
    return made


def _rules(block: Block, outer: SourcePath) -> Iterator[tuple[str, Rule, SourcePath]]:
    for rule in block.rules:
        target = (*outer, *rule.target.keys)
        if isinstance(rule, Rule):
            yield rule.target.spot.place, rule, target
        else:
            yield from _rules(rule.block, (*target, ITEMS))


def _paths(plan: Plan) -> dict[str, SourcePath]:
    """Give what each path in the rules reads, by its place, in the terms of the document."""
    sight = _Sight(lets=[let.op for let in plan.lets])
    found: dict[str, SourcePath] = {}

    def visit(block: Block) -> None:
        for rule in block.rules:
            if isinstance(rule, Loop):
                _enter(rule, sight)
                visit(rule.block)
                continue
            _sources(rule.op, sight)
            for part in walk(rule.op):
                if isinstance(part, Path):
                    found[part.place] = next(iter(_sources(part, sight)), part.keys)

    visit(plan.block)
    return found


def _numbered(target: SourcePath, positions: Sequence[int]) -> SourcePath:
    left = iter(positions)
    return tuple(next(left, ITEMS) if key == ITEMS else key for key in target)
