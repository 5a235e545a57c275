"""Python source for the operations of a plan: statements that leave the value in a name.

Each operation becomes ``t = fast if guard else slow(A, …)``: the guard tests the kinds the fast expression
needs, and the slow call is the checked function that the explaining engine uses as well, so both mean the
same. A literal of a plan is inlined; every path of a document or item is read once, where it comes into
sight.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from integrations.mapping.allowance import BIG
from integrations.mapping.located import refuse_list
from integrations.mapping.ops.compare import OPS as COMPARISONS
from integrations.mapping.ops.signature import Form, Op, Operand, guarded
from integrations.mapping.plan import (
    Call,
    Each,
    Expr,
    Fixed,
    Literal,
    Origin,
    Path,
    Position,
    is_stable,
    walk,
)
from integrations.mapping.source import Source
from integrations.mapping.values import MISSING, Kind, Result, kind_of

EQUAL: Final = next(op for op in COMPARISONS if op.key == "eq")
GUARDS: Final[dict[Kind, str]] = {
    Kind.NUMBER: "type({0}) in NUM",
    Kind.INTEGER: "type({0}) is int",
    Kind.BOOLEAN: "type({0}) is bool",
    Kind.LIST: "type({0}) is list",
}
SIZED: Final = Kind.TEXT | Kind.BYTES | Kind.LIST | Kind.OBJECT
checked = cache(guarded)


def passed(value: Result, user: str) -> Result:
    """Give missing or null instead of a list on to the result. Raises MappingError for anything else."""
    if value is MISSING or value is None:
        return value
    raise refuse_list(value, user)


def _counts(each: Each) -> bool:
    """Tell whether the body of a list operation needs the positions of the items."""
    return any(
        (isinstance(part, Position) and part.index == each.index)
        or (isinstance(part, Call) and part.op.needs_place)
        for part in walk(each.body)
    )


class Generator:
    """Writes operations into a ``Source``; keeps the names of the paths in sight."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.paths: dict[tuple[Origin, int, tuple[str | int, ...]], str] = {}
        self.lazy: Final[dict[str, Callable[[Sequence[Expr]], Operand]]] = {
            "if": self._if,
            "switch": self._switch,
            "coalesce": self._coalesce,
            "if_empty": self._if_empty,
            "and": self._and,
            "or": self._or,
        }

    # Paths

    def read(self, base: str, origin: Origin, index: int, users: Iterable[Expr]) -> None:
        """Read every path of one origin that the operations use; ``base`` names the value they start from."""
        names: dict[tuple[str | int, ...], str] = {(): base}
        objects: dict[tuple[str | int, ...], str] = {}
        for user in users:
            for part in walk(user):
                if isinstance(part, Path) and part.origin is origin and part.index == index:
                    for length in range(1, len(part.keys) + 1):
                        self._step(part.keys[:length], names, objects)
                    self.paths[origin, index, part.keys] = names[part.keys]

    def _step(
        self, keys: tuple[str | int, ...], names: dict[tuple[str | int, ...], str], objects: dict[Any, str]
    ) -> None:
        if keys in names:
            return
        parent, key = keys[:-1], keys[-1]
        if isinstance(key, int):
            value = f"at({names[parent]}, {self.source.literal(key)})"
        else:
            if parent not in objects:
                objects[parent] = self.source.name("n")
                self.source.line(
                    f"{objects[parent]} = {names[parent]} if type({names[parent]}) is dict else E"
                )
            value = f"{objects[parent]}.get({key!a}, M)"
        names[keys] = self.source.name("v")
        self.source.line(f"{names[keys]} = {value}")

    # Operations

    def expr(self, expr: Expr) -> Operand:
        """Write an operation; give the name or literal that stands for its value."""
        match expr:
            case Literal(value=value):
                return self._literal(expr) if isinstance(value, list | dict) else self._plain_literal(expr)
            case Fixed(prepared=prepared):
                return Operand(self.source.constant(prepared), is_certain=True)
            case Path(origin=origin, index=index, keys=keys):
                return Operand(self.paths[origin, index, keys])
            case Position(index=index):
                return Operand(f"i{index}", Kind.INTEGER, is_certain=True)
            case Call(op=op, args=args):
                return self.lazy[op.key](args) if op.form is Form.LAZY else self._call(expr)
            case Each():
                return self._each(expr)

    def condition(self, expr: Expr) -> str:
        """Write a condition; give an expression that is True or False."""
        operand = self.expr(expr)
        if operand.is_certain and operand.kind is Kind.BOOLEAN:
            return operand.text
        return f"({operand.text} is True or {operand.text} is not False and holds({operand.text}))"

    def _plain_literal(self, expr: Literal) -> Operand:
        return Operand(
            self.source.literal(expr.value),
            kind_of(expr.value),
            expr.value,
            is_certain=expr.value is not None,
        )

    def _literal(self, expr: Literal) -> Operand:
        return Operand(self._keep(self.source.literal(expr.value)), kind_of(expr.value), is_certain=True)

    def _keep(self, text: str) -> str:
        name = self.source.name("t")
        self.source.line(f"{name} = {text}")
        return name

    def _call(self, call: Call) -> Operand:
        op = call.op
        operands = [self.expr(arg) for arg in call.args]
        if op.needs_place:
            self.source.line(f"A.spot = ({', '.join([ascii(call.place), *(f'i{n}' for n in call.loops)])},)")
        return Operand(self._keep(self.call_text(op, operands)), op.result, is_certain=op.is_certain)

    def call_text(self, op: Op, operands: Sequence[Operand]) -> str:
        """Give the expression of an operation on operands: fast where a guard allows it, else checked."""
        texts = [operand.text for operand in operands]
        slow = f"{self.source.constant(checked(op))}({', '.join(['A', *texts])})"
        if all(operand.is_literal for operand in operands):
            return slow
        if callable(op.inline):
            fast_or = self._fast_call(op, operands, slow) if op.is_fast and op.run is not None else slow
            return op.inline(operands, fast_or)
        return self._fast_call(op, operands, slow) if op.is_fast else slow

    def _fast_call(self, op: Op, operands: Sequence[Operand], slow: str) -> str:
        """Give the expression that calls the function of an operation where a guard allows it."""
        texts = [operand.text for operand in operands]
        guard = self._guard(op, operands)
        if guard is None:
            return slow
        if isinstance(op.inline, str) and op.inline:
            fast = op.inline.format(*texts)
        else:
            first = ["A"] if op.needs_allowance else []
            fast = f"{self.source.constant(op.run)}({', '.join([*first, *texts])})"
        spent = [f"A.work(len({text}))" for text in self._lists(op, operands)]
        fast = f"({' or '.join([*spent, fast])})" if spent else fast
        return f"{fast} if {guard} else {slow}" if guard else fast

    def _lists(self, op: Op, operands: Sequence[Operand]) -> list[str]:
        """Give the operands whose length costs steps once their kinds are known."""
        if op.is_flat:
            return []
        return [
            operand.text for index, operand in enumerate(operands) if op.parameter(index).kind is Kind.LIST
        ]

    def _guard(self, op: Op, operands: Sequence[Operand]) -> str | None:
        """Give the test for skipping the checks: "" where none is needed, None where none suffices."""
        if op.takes_missing and not (isinstance(op.inline, str) and op.inline):
            return None
        tests = []
        for index, operand in enumerate(operands):
            parameter = op.parameter(index)
            if parameter.fixed or (isinstance(op.inline, str) and op.inline and parameter.kind is Kind.ANY):
                continue
            if self._is_known(operand, parameter.kind):
                continue
            test = self._test(op, parameter.kind)
            if test is None:
                return None
            tests.append(test.format(operand.text))
        return " and ".join(tests)

    def _is_known(self, operand: Operand, kind: Kind) -> bool:
        if isinstance(operand.value, str):
            return Kind.TEXT in kind and len(operand.value) < BIG
        return operand.is_literal and operand.value is not None and kind_of(operand.value) in kind

    def _test(self, op: Op, kind: Kind) -> str | None:
        if Kind.TEXT in kind:
            return "type({0}) is str" if op.is_flat else "type({0}) is str and len({0}) < BIG"
        return GUARDS.get(kind)

    # Operations that evaluate only what they need

    def _if(self, args: Sequence[Expr]) -> Operand:
        result = self.source.name("t")
        with self.source.under(f"if {self.condition(args[0])}:"):
            self.source.line(f"{result} = {self.expr(args[1]).text}")
        with self.source.under("else:"):
            self.source.line(f"{result} = {self.expr(args[2]).text if len(args) > 2 else 'M'}")
        return Operand(result)

    def _switch(self, args: Sequence[Expr]) -> Operand:
        subject = self.expr(args[0])
        cases, last = (args[1:], None) if len(args) % 2 else (args[1:-1], args[-1])
        result, is_open = self.source.name("t"), self.source.name("t")
        self.source.line(f"{result} = M")
        self.source.line(f"{is_open} = True")
        for case, value in zip(cases[::2], cases[1::2], strict=True):
            with self.source.under(f"if {is_open}:"):
                match = self.call_text(EQUAL, [subject, self.expr(case)])
                with self.source.under(f"if {match}:"):
                    self.source.line(f"{is_open} = False")
                    self.source.line(f"{result} = {self.expr(value).text}")
        if last is not None:
            with self.source.under(f"if {is_open}:"):
                self.source.line(f"{result} = {self.expr(last).text}")
        return Operand(result)

    def _coalesce(self, args: Sequence[Expr]) -> Operand:
        last = self.expr(args[0])
        result = self._keep(last.text)
        for arg in args[1:]:
            with self.source.under(f"if {result} is M or {result} is None:"):
                last = self.expr(arg)
                self.source.line(f"{result} = {last.text}")
        if last.is_certain:
            return Operand(result, is_certain=True)
        with self.source.under(f"if {result} is None:"):
            self.source.line(f"{result} = M")
        return Operand(result)

    def _if_empty(self, args: Sequence[Expr]) -> Operand:
        result = self._keep(self.expr(args[0]).text)
        with self.source.under(
            f"if {result} is M or {result} is None or type({result}) in HEAVY and not {result}:"
        ):
            self.source.line(f"{result} = {self.expr(args[1]).text}")
        return Operand(result)

    def _and(self, args: Sequence[Expr]) -> Operand:
        return self._logic(args, "if {0}:")

    def _or(self, args: Sequence[Expr]) -> Operand:
        return self._logic(args, "if not {0}:")

    def _logic(self, args: Sequence[Expr], header: str) -> Operand:
        result = self._keep(self.condition(args[0]))
        for arg in args[1:]:
            with self.source.under(header.format(result)):
                self.source.line(f"{result} = {self.condition(arg)}")
        return Operand(result, Kind.BOOLEAN, is_certain=True)

    # Operations on every item of a list

    def _each(self, each: Each) -> Operand:
        if each.op.form is Form.INDEX:
            return self._seek(each)
        items = self.expr(each.items).text
        result = self.source.name("t")
        with self.source.under(f"if type({items}) is list:"):
            self.source.line(f"A.work(len({items}))")
            if each.op.form is Form.KEYS:
                self._keys(each, items, result)
            else:
                self.source.line(f"{result} = {'M' if each.op.form is Form.FIND else '[]'}")
                with self.items(items, each.index, [each.body], counts=_counts(each)):
                    self._item(each, result)
        with self.source.under("else:"):
            self.source.line(f"{result} = passed({items}, {each.op.key!a})")
        return Operand(result, each.op.result)

    @contextmanager
    def items(
        self,
        items: str,
        index: int,
        users: Iterable[Expr],
        partners: Sequence[int] = (),
        *,
        counts: bool = True,
    ) -> Iterator[None]:
        """Write a loop over items, which first reads the paths that its users need.

        partners: numbers of the joins whose finds stand in a tuple with each item. counts: whether the code
        inside or an error needs the positions.
        """
        users = [*users]
        row = f"(x{index}, {', '.join(f'x{number}' for number in partners)})" if partners else f"x{index}"
        header = f"for i{index}, {row} in enumerate({items}, 1):" if counts else f"for {row} in {items}:"
        with self.source.under(header):
            for number in (index, *partners):
                self.read(f"x{number}", Origin.ITEM, number, users)
            yield

    def _item(self, each: Each, result: str) -> None:
        if each.op.form is Form.COLLECT:
            body = self.expr(each.body)
            value = self._keep(body.text) if body.is_literal else body.text
            kind = kind_of(body.value) if body.is_literal else body.kind
            with self.source.under(f"if {value} is not M:"):
                if kind & SIZED:
                    self.source.line(f"if type({value}) in HEAVY: A.hold({value})")
                self.source.line(f"{result}.append({value})")
            return
        with self.source.under(f"if {self.condition(each.body)}:"):
            if each.op.form is Form.FIND:
                self.source.line(f"{result} = x{each.index}")
                self.source.line("break")
            else:
                self.source.line(f"{result}.append(x{each.index})")

    def _keys(self, each: Each, items: str, result: str) -> None:
        keys = self.source.name("t")
        self.source.line(f"{keys} = []")
        with self.items(items, each.index, [each.body], counts=_counts(each)):
            self.source.line(f"{keys}.append({self.expr(each.body).text})")
        extra = [self.expr(arg).text for arg in each.extra]
        finish = self.source.constant(each.op.run)
        first = ["A"] if each.op.needs_allowance else []
        self.source.line(f"{result} = {finish}({', '.join([*first, items, keys, *extra])})")

    def _seek(self, each: Each) -> Operand:
        items, key = self.expr(each.items).text, self.expr(each.extra[0]).text
        result, index = self.source.name("t"), self.source.name("t")
        takes_all = each.op.result is Kind.LIST
        with self.source.under(f"if type({items}) is list:"):
            self.source.line(f"{index} = {f'A.indexed({each.index}, {items})' if is_stable(each) else None}")
            with self.source.under(f"if {index} is None:"):
                self.source.line(f"A.work(len({items}))")
                self.index(each.index, items, each.body, index, takes_all=takes_all)
            self.source.line(f"{result} = A.seek({index}, {key}, {takes_all})")
        with self.source.under("else:"):
            self.source.line(f"{result} = passed({items}, {each.op.key!a})")
        return Operand(result, each.op.result)

    def index(self, number: int, items: str, by: Expr, index: str, *, takes_all: bool) -> None:
        """Write the indexing of a list by a key of its items; ``index`` names the result."""
        keys = self.source.name("r")
        self.source.line(f"{keys} = []")
        with self.items(items, number, [by]):
            self.source.line(f"{keys}.append({self.expr(by).text})")
        self.source.line(f"{index} = A.index({number}, {items}, {keys}, {takes_all})")
