"""Evaluating operations one by one, keeping every value on the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from integrations.mapping.allowance import Allowance, Index
from integrations.mapping.generate import EQUAL, checked, passed
from integrations.mapping.located import holds
from integrations.mapping.ops.signature import Form
from integrations.mapping.plan import Call, Each, Expr, Fixed, Literal, Origin, Path, Position, is_stable
from integrations.mapping.values import MISSING, Kind, Result, Value, at, is_empty

MAX_TRACE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """One value on the way. place: what gave it; items: the positions in the loops around it, from 1."""

    place: str
    value: Result
    items: tuple[int, ...] = ()


class Evaluator:
    """Evaluates operations. items: the items of loops and partners in sight, by number; steps: the values."""

    def __init__(self, source: Value, allowance: Allowance) -> None:
        self.source = source
        self.allowance = allowance
        self.lets: list[Result] = []
        self.items: dict[int, Result] = {}
        self.positions: dict[int, int] = {}
        self.steps: list[Step] = []

    def note(self, place: str, value: Result) -> Result:
        """Keep a value with its place; give the value."""
        if len(self.steps) < MAX_TRACE:
            self.steps.append(
                Step(place, value, tuple(self.positions[index] for index in sorted(self.positions)))
            )
        return value

    def over(self, index: int, found: Sequence[Value]) -> Iterator[Value]:
        """Bring each item of a loop into sight."""
        for position, item in enumerate(found, 1):
            self.items[index], self.positions[index] = item, position
            yield item
        self.leave(index)

    def expr(self, expr: Expr) -> Result:
        """Evaluate an operation. Raises MappingError, ArithmeticError."""
        match expr:
            case Literal(value=value):
                return copied(value)
            case Path(origin=origin, index=index, keys=keys):
                result = self._start(origin, index)
                for key in keys:
                    result = at(result, key)
                return self.note(expr.place, result)
            case Position(index=index):
                return self.note(expr.place, self.positions[index])
            case Call(op=op, args=args, place=place):
                if op.form is Form.LAZY:
                    return self.note(place, self._lazy(op.key, args))
                operands = [arg.prepared if isinstance(arg, Fixed) else self.expr(arg) for arg in args]
                if op.needs_place:
                    self.allowance.spot = (place, *(self.positions[index] for index in expr.loops))
                return self.note(place, checked(op)(self.allowance, *operands))
            case Each(place=place):
                return self.note(place, self._each(expr))
            case Fixed():
                raise AssertionError(expr.place)

    def _start(self, origin: Origin, index: int) -> Result:
        match origin:
            case Origin.SOURCE:
                return self.source
            case Origin.ITEM:
                return self.items[index]
            case Origin.LET:
                return self.lets[index]

    def _lazy(self, key: str, args: Sequence[Expr]) -> Result:
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
                return self._switch(args)
            case _:
                raise AssertionError(key)

    def _switch(self, args: Sequence[Expr]) -> Result:
        subject = self.expr(args[0])
        cases = args[1:] if len(args) % 2 else args[1:-1]
        for case, value in zip(cases[::2], cases[1::2], strict=True):
            if checked(EQUAL)(self.allowance, subject, self.expr(case)):
                return self.expr(value)
        return MISSING if len(args) % 2 else self.expr(args[-1])

    def _each(self, each: Each) -> Result:
        found = self.expr(each.items)
        if each.op.form is Form.INDEX:
            return self._seek(each, found)
        if not isinstance(found, list):
            return passed(found, each.op.key)
        self.allowance.work(len(found))
        match each.op.form:
            case Form.COLLECT:
                return self._collect(each, found)
            case Form.FIND:
                for item in self.over(each.index, found):
                    if holds(self.expr(each.body)):
                        self.leave(each.index)
                        return item
                return MISSING
            case Form.KEEP:
                return [item for item in self.over(each.index, found) if holds(self.expr(each.body))]
            case _:
                keys = [self.expr(each.body) for _ in self.over(each.index, found)]
                extra = [arg.prepared if isinstance(arg, Fixed) else self.expr(arg) for arg in each.extra]
                first = [self.allowance] if each.op.needs_allowance else []
                result: Result = each.op.run(*first, found, keys, *extra) if each.op.run else MISSING
                return result

    def leave(self, index: int) -> None:
        """Take a loop out of sight."""
        self.items.pop(index, None)
        self.positions.pop(index, None)

    def _collect(self, each: Each, found: list[Value]) -> list[Value]:
        made: list[Value] = []
        for _ in self.over(each.index, found):
            value = self.expr(each.body)
            if value is not MISSING:
                self.allowance.hold(value)
                made.append(value)
        return made

    def _seek(self, each: Each, found: Result) -> Result:
        key = self.expr(each.extra[0])
        if not isinstance(found, list):
            return passed(found, each.op.key)
        takes_all = each.op.result is Kind.LIST
        index = self.allowance.indexed(each.index, found) if is_stable(each) else None
        if index is None:
            self.allowance.work(len(found))
            index = self.index(each.index, found, each.body, takes_all=takes_all)
        return self.allowance.seek(index, key, takes_all)

    def index(self, number: int, found: list[Value], by: Expr, *, takes_all: bool) -> Index:
        """Index a list by a key of its items."""
        keys = [self.expr(by) for _ in self.over(number, found)]
        return self.allowance.index(number, found, keys, takes_all)


def copied(value: Value) -> Value:
    """Copy the lists and objects of a constant."""
    if isinstance(value, list):
        return [copied(member) for member in value]
    if isinstance(value, dict):
        return {key: copied(member) for key, member in value.items()}
    return value
