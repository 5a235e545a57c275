"""Evaluating a plan step by step, keeping every value on the way, to see why a field is empty.

Means the same as the compiled function, error codes and places included; the tests compare both on generated
plans.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from integrations.errors import MappingError
from integrations.mapping.allowance import Allowance, Index, MapEnv
from integrations.mapping.check import require
from integrations.mapping.evaluate import MAX_TRACE, Evaluator, Step, copied
from integrations.mapping.located import absent, holds, located, refuse_list
from integrations.mapping.ops.order import arrange_by
from integrations.mapping.plan import Block, Group, Join, Loop, OnMissing, Plan, Rule, SortKey, Spot, Target
from integrations.mapping.values import HEAVY, MISSING, Result, Value, weigh


@dataclass(frozen=True, slots=True)
class Explained:
    """What a plan did. value: the result, None where there is an error; steps: at most 10,000."""

    value: Value
    error: MappingError | None
    steps: tuple[Step, ...]
    is_complete: bool


def explain(document: object, source: dict[str, Value], env: MapEnv) -> Explained:
    """Map a document and tell how. Raises MappingError only for a plan that cannot be used."""
    evaluation = _Evaluation(require(document), source, Allowance(env))
    value: Value = None
    error: MappingError | None = None
    try:
        value = evaluation.plan()
    except (MappingError, ArithmeticError) as raised:
        error = located(raised, evaluation.spot, evaluation.positions)
    steps = tuple(evaluation.steps)
    return Explained(value, error, steps, is_complete=len(steps) < MAX_TRACE)


class _Evaluation(Evaluator):
    def __init__(self, plan: Plan, source: Value, allowance: Allowance) -> None:
        super().__init__(source, allowance)
        self.tree = plan
        self.written = 0
        self.spot = Spot("", ())

    def plan(self) -> Value:
        for let in self.tree.lets:
            self.spot = let.spot
            self.lets.append(self.note(let.spot.place, self.expr(let.op)))
        self.allowance.work(len(self.tree.block.rules))
        result = self.block(self.tree.block)
        self.check_output()
        return None if result is MISSING else result

    def at(self, spot: Spot, part: str, loops: tuple[int, ...] = ()) -> None:
        self.spot = replace(spot, place=f"{spot.place}{part}", loops=spot.loops + loops)

    def check_output(self) -> None:
        if self.written > self.allowance.output:
            self.allowance.refuse_output()

    # Rules

    def block(self, block: Block) -> Result:
        self.written += block.weight
        if block.is_bare:
            bare: dict[str, Value] = {}
            self.rule(block.rules[0], bare)
            return bare.get("", MISSING)
        made: dict[str, Value] = {}
        for rule in block.rules:
            self.rule(rule, made)
        return made

    def rule(self, rule: Rule | Loop, made: dict[str, Value]) -> None:
        target = rule.target
        if target.condition is not None:
            self.at(target.spot, ".if")
            if not holds(self.expr(target.condition)):
                return
        if isinstance(rule, Loop):
            self.loop(rule, made)
            return
        self.at(target.spot, ".op")
        value = self.note(target.spot.place, self.expr(rule.op))
        if value is MISSING:
            self.missing(target, made)
        else:
            self.write(target, value, made)

    def missing(self, target: Target, made: dict[str, Value]) -> None:
        match target.on_missing:
            case OnMissing.SKIP:
                pass
            case OnMissing.ERROR:
                raise absent()
            case OnMissing.NULL:
                self.write(target, None, made)
            case OnMissing.DEFAULT:
                self.write(target, copied(target.default), made)

    def write(self, target: Target, value: Value, made: dict[str, Value]) -> None:
        if isinstance(value, str):
            self.written += len(value)
        elif type(value) in HEAVY:
            self.written += weigh(value, self.allowance.output - self.written)
        _put(target.keys or ("",), value, made)

    # Loops

    def loop(self, loop: Loop, made: dict[str, Value]) -> None:
        self.at(loop.target.spot, ".each")
        found = self.note(f"{loop.target.spot.place}.each", self.expr(loop.each))
        if found is MISSING or found is None:
            self.missing(loop.target, made)
            return
        if not isinstance(found, list):
            raise refuse_list(found, "each")
        self.allowance.work(len(found) * (1 + len(loop.block.rules)))
        partners = [] if loop.group else [join.index for join in loop.joins]
        result: list[Value] = []
        for row in self.over(loop.index, self.select(loop, found) if loop.is_selective else found):
            if partners:
                self.unpack(loop.index, partners, row)
            value = self.block(loop.block)
            if value is not MISSING:
                result.append(value)
            self.check_output()
        _put(loop.target.keys or ("",), result, made)

    def unpack(self, index: int, partners: Sequence[int], row: object) -> None:
        """Bring the item and the partners of a row into sight."""
        if isinstance(row, tuple):
            self.items[index] = row[0]
            self.items.update(zip(partners, row[1:], strict=True))

    def select(self, loop: Loop, found: list[Value]) -> list[Any]:
        """Join, choose, order and group the items of a loop. Gives rows of item and partners, or groups."""
        spot, inside = loop.target.spot, (loop.index,)
        indexes = [self.index_of(loop, number, join) for number, join in enumerate(loop.joins)]
        rows: list[Any] = []
        keys: list[list[Result]] = [[] for _ in loop.sort]
        for item in self.over(loop.index, found):
            for number, (join, index) in enumerate(zip(loop.joins, indexes, strict=True)):
                self.at(spot, f".join[{number}].on", inside)
                self.items[join.index] = self.allowance.seek(index, self.expr(join.on), join.takes_all)
            if loop.where is not None:
                self.at(spot, ".where", inside)
                if not holds(self.expr(loop.where)):
                    continue
            self.sort_keys(loop.sort, keys, spot, ".sort", inside)
            rows.append(self.row(loop, item))
        if loop.sort:
            self.at(spot, ".sort")
            rows = arrange_by(rows, keys, [key.is_descending for key in loop.sort])
        return self.groups(loop, loop.group, rows) if loop.group else rows

    def index_of(self, loop: Loop, number: int, join: Join) -> Index:
        self.at(loop.target.spot, f".join[{number}].list")
        found = self.expr(join.each)
        if found is MISSING or found is None:
            found = []
        if not isinstance(found, list):
            raise refuse_list(found, "join")
        self.allowance.work(len(found))
        self.at(loop.target.spot, f".join[{number}].by")
        return self.index(join.index, found, join.by, takes_all=join.takes_all)

    def sort_keys(
        self,
        sort: Sequence[SortKey],
        keys: Sequence[list[Result]],
        spot: Spot,
        part: str,
        inside: tuple[int, ...],
    ) -> None:
        if sort:
            self.at(spot, part, inside)
        for key, column in zip(sort, keys, strict=True):
            column.append(self.expr(key.by))

    def row(self, loop: Loop, item: Value) -> object:
        if loop.group:
            self.at(loop.target.spot, ".group.by", (loop.index,))
            return (item, *(self.expr(by) for _, by in loop.group.by))
        return (item, *(self.items[join.index] for join in loop.joins)) if loop.joins else item

    def groups(self, loop: Loop, group: Group, rows: list[Any]) -> list[Value]:
        spot, inside = loop.target.spot, (loop.index,)
        self.at(spot, ".group")
        groups = self.allowance.group(rows, tuple(name for name, _ in group.by))
        if group.where is None and not group.sort:
            return groups
        kept: list[Value] = []
        keys: list[list[Result]] = [[] for _ in group.sort]
        for item in self.over(loop.index, groups):
            self.at(spot, ".group.where", inside)
            if group.where is None or holds(self.expr(group.where)):
                kept.append(item)
                self.sort_keys(group.sort, keys, spot, ".group.sort", inside)
        if group.sort:
            self.at(spot, ".group.sort")
            kept = arrange_by(kept, keys, [key.is_descending for key in group.sort])
        return kept


def _put(keys: Sequence[str], value: Value, made: dict[str, Value]) -> None:
    for key in keys[:-1]:
        inner = made.setdefault(key, {})
        if not isinstance(inner, dict):
            raise TypeError(key)
        made = inner
    made[keys[-1]] = value
