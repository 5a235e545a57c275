"""Evaluating a plan step by step, keeping every value on the way, to see why a field is empty.

Means the same as the compiled function, error codes and places included; the tests compare both on generated
plans.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.allowance import Allowance, MapEnv
from integrations.mapping.check import require
from integrations.mapping.generate import EQUAL, checked, passed
from integrations.mapping.located import absent, at, holds, located, refuse_list
from integrations.mapping.ops.lists import arrange_by
from integrations.mapping.ops.signature import Form
from integrations.mapping.plan import (
    Block,
    Call,
    Each,
    Expr,
    Fixed,
    Literal,
    Loop,
    OnMissing,
    Origin,
    Path,
    Plan,
    Position,
    Rule,
    Spot,
    Target,
)
from integrations.mapping.values import HEAVY, MISSING, Result, Value, is_empty, weigh

MAX_TRACE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """One value on the way. place: what gave it; items: the positions in the loops around it, from 1."""

    place: str
    value: Result
    items: tuple[int, ...] = ()


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


class _Evaluation:
    def __init__(self, plan: Plan, source: Value, allowance: Allowance) -> None:
        self.tree = plan
        self.source = source
        self.allowance = allowance
        self.lets: list[Result] = []
        self.items: dict[int, Value] = {}
        self.positions: dict[int, int] = {}
        self.written = 0
        self.spot = Spot("", ())
        self.steps: list[Step] = []

    def plan(self) -> Value:
        for let in self.tree.lets:
            self.spot = let.spot
            self.lets.append(self.note(let.spot.place, self.expr(let.op)))
        self.allowance.work(len(self.tree.block.rules))
        result = self.block(self.tree.block)
        self.check_output()
        return None if result is MISSING else result

    def note(self, place: str, value: Result) -> Result:
        if len(self.steps) < MAX_TRACE:
            self.steps.append(
                Step(place, value, tuple(self.positions[index] for index in sorted(self.items)))
            )
        return value

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
                self.write(target, _copy(target.default), made)

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
        result: list[Value] = []
        for position, item in enumerate(self.select(loop, found), 1):
            self.items[loop.index], self.positions[loop.index] = item, position
            value = self.block(loop.block)
            if value is not MISSING:
                result.append(value)
            self.check_output()
        self.items.pop(loop.index, None)
        _put(loop.target.keys or ("",), result, made)

    def select(self, loop: Loop, found: list[Value]) -> list[Value]:
        if loop.where is None and not loop.sort:
            return found
        kept: list[Value] = []
        keys: list[list[Result]] = [[] for _ in loop.sort]
        for position, item in enumerate(found, 1):
            self.items[loop.index], self.positions[loop.index] = item, position
            if loop.where is not None:
                self.at(loop.target.spot, ".where", (loop.index,))
                if not holds(self.expr(loop.where)):
                    continue
            kept.append(item)
            if loop.sort:
                self.at(loop.target.spot, ".sort", (loop.index,))
            for key, column in zip(loop.sort, keys, strict=True):
                column.append(self.expr(key.by))
        self.items.pop(loop.index, None)
        if loop.sort:
            self.at(loop.target.spot, ".sort")
            kept = arrange_by(kept, keys, [key.is_descending for key in loop.sort])
        return kept

    # Operations

    def expr(self, expr: Expr) -> Result:
        match expr:
            case Literal(value=value):
                return _copy(value)
            case Path(origin=origin, index=index, keys=keys):
                result = self.start(origin, index)
                for key in keys:
                    result = at(result, key)
                return self.note(expr.place, result)
            case Position(index=index):
                return self.note(expr.place, self.positions[index])
            case Call(op=op, args=args, place=place):
                if op.form is Form.LAZY:
                    return self.note(place, self.lazy(op.key, args))
                operands = [arg.prepared if isinstance(arg, Fixed) else self.expr(arg) for arg in args]
                return self.note(place, checked(op)(self.allowance, *operands))
            case Each(place=place):
                return self.note(place, self.each(expr))
            case Fixed():
                raise AssertionError(expr.place)

    def start(self, origin: Origin, index: int) -> Result:
        match origin:
            case Origin.SOURCE:
                return self.source
            case Origin.ITEM:
                return self.items[index]
            case Origin.LET:
                return self.lets[index]

    def lazy(self, key: str, args: Sequence[Expr]) -> Result:
        match key:
            case "if":
                chosen = 1 if holds(self.expr(args[0])) else 2
                return self.expr(args[chosen]) if chosen < len(args) else MISSING
            case "and":
                return all(holds(self.expr(arg)) for arg in args)
            case "or":
                return any(holds(self.expr(arg)) for arg in args)
            case "if_empty":
                value = self.expr(args[0])
                return self.expr(args[1]) if is_empty(value) else value
            case "coalesce":
                values = (self.expr(arg) for arg in args)
                return next(
                    (value for value in values if value is not MISSING and value is not None), MISSING
                )
            case "switch":
                return self.switch(args)
            case _:
                raise AssertionError(key)

    def switch(self, args: Sequence[Expr]) -> Result:
        subject = self.expr(args[0])
        cases = args[1:] if len(args) % 2 else args[1:-1]
        for case, value in zip(cases[::2], cases[1::2], strict=True):
            if checked(EQUAL)(self.allowance, subject, self.expr(case)):
                return self.expr(value)
        return MISSING if len(args) % 2 else self.expr(args[-1])

    def each(self, each: Each) -> Result:
        found = self.expr(each.items)
        if not isinstance(found, list):
            return passed(found, each.op.key)
        self.allowance.work(len(found))
        result = self.over(each, found)
        self.items.pop(each.index, None)
        return result

    def over(self, each: Each, found: list[Value]) -> Result:
        values: list[Result] = []
        kept: list[Value] = []
        for position, item in enumerate(found, 1):
            self.items[each.index], self.positions[each.index] = item, position
            value = self.expr(each.body)
            match each.op.form:
                case Form.COLLECT if value is not MISSING:
                    self.allowance.hold(value)
                    kept.append(value)
                case Form.KEEP | Form.FIND if holds(value):
                    kept.append(item)
                    if each.op.form is Form.FIND:
                        return item
                case _:
                    values.append(value)
        if each.op.form is Form.KEYS and each.op.run is not None:
            result: Result = each.op.run(found, values, *(fixed.prepared for fixed in each.extra))
            return result
        return MISSING if each.op.form is Form.FIND else kept


def _put(keys: Sequence[str], value: Value, made: dict[str, Value]) -> None:
    for key in keys[:-1]:
        inner = made.setdefault(key, {})
        if not isinstance(inner, dict):
            raise TypeError(key)
        made = inner
    made[keys[-1]] = value


def _copy(value: Value) -> Value:
    if isinstance(value, list):
        return [_copy(member) for member in value]
    if isinstance(value, dict):
        return {key: _copy(member) for key, member in value.items()}
    return value
