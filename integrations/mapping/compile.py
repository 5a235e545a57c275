"""Compiling a plan to one Python function, for flows; ``explain`` does the same step by step, for people.

The function is one flat piece of code without inner calls for loops. ``p`` is the number of the spot that is
being evaluated, so that an error finds its rule without any cost while all goes well; ``w`` is what has been
written.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.allowance import BIG, Allowance, MapEnv
from integrations.mapping.check import require
from integrations.mapping.fold import fold
from integrations.mapping.generate import Generator, passed
from integrations.mapping.located import absent, holds, located, refuse_list
from integrations.mapping.ops.number import EXACT, ROUNDED
from integrations.mapping.ops.order import arrange_by
from integrations.mapping.ops.signature import Operand
from integrations.mapping.plan import (
    Block,
    Group,
    Join,
    Let,
    Literal,
    Loop,
    OnMissing,
    Origin,
    Plan,
    Rule,
    SortKey,
    Spot,
    Target,
    expressions,
    group_keys,
    row_keys,
)
from integrations.mapping.source import Source
from integrations.mapping.values import HEAVY, MISSING, Kind, Value, at, kind_of, weigh

FIXED: Final[dict[str, object]] = {
    "M": MISSING,
    "E": {},
    "D": Decimal,
    "NUM": frozenset({int, Decimal}),
    "HEAVY": HEAVY,
    "BIG": BIG,
    "bool": bool,
    "int": int,
    "str": str,
    "list": list,
    "dict": dict,
    "type": type,
    "len": len,
    "enumerate": enumerate,
    "at": at,
    "holds": holds,
    "weigh": weigh,
    "passed": passed,
    "located": located,
    "absent": absent,
    "refuse_list": refuse_list,
    "arrange_by": arrange_by,
    "MappingError": MappingError,
    "ArithmeticError": ArithmeticError,
    "ADD": EXACT.add,
    "SUBTRACT": EXACT.subtract,
    "MULTIPLY": EXACT.multiply,
    "ROUNDED": ROUNDED,
}
LARGE: Final = Kind.LIST | Kind.OBJECT | Kind.BYTES


class CompiledMapping:
    """A plan ready to run; safe to share between threads. text: the generated source, for the curious."""

    __slots__ = ("_run", "text")

    def __init__(self, run: Callable[[Value, Allowance], Value], text: str) -> None:
        self._run = run
        self.text = text

    def __call__(self, source: dict[str, Value], env: MapEnv) -> Value:
        """Map a document. Raises MappingError; its place is the rule, its message names the target field."""
        return self._run(source, Allowance(env))


def compile_plan(document: object) -> CompiledMapping:
    """Compile a plan document. Raises MappingError ``mapping.plan`` that lists all problems.

    Takes some milliseconds: keep the result as long as the plan.
    """
    plan = require(document)
    compiler = _Compiler(fold(plan))
    text, constants = compiler.source.function(
        "def mapping(source, A):", {**FIXED, "P": tuple(compiler.spots)}
    )
    namespace: dict[str, Callable[..., Callable[[Value, Allowance], Value]]] = {}
    exec(compile(text, "<mapping>", "exec"), {"__builtins__": {}}, namespace)  # noqa: S102  literals by repr only
    return CompiledMapping(namespace["make"](**constants), text)


class _Compiler:
    def __init__(self, plan: Plan) -> None:
        self.source = Source()
        self.generator = Generator(self.source)
        self.spots: list[Spot] = []
        self.rule_loops: list[int] = []
        with self.source.under("try:"):
            self.plan(plan)
        positions = ", ".join(f"{index}: i{index}" for index in self.rule_loops)
        with self.source.under("except (MappingError, ArithmeticError) as error:"):
            self.source.line(f"raise located(error, P[p], {{{positions}}}) from error")
        self.source.first(["p = w = 0", *(f"i{index} = 0" for index in self.rule_loops)])

    def plan(self, plan: Plan) -> None:
        exprs = [*(let.op for let in plan.lets), *expressions(plan.block)]
        self.generator.read("source", Origin.SOURCE, 0, exprs)
        for index, let in enumerate(plan.lets):
            self.let(index, let, plan)
        self.source.line(f"A.work({len(plan.block.rules)})")
        result = self.block(plan.block)
        self.check_output()
        self.source.line(f"return None if {result} is M else {result}")

    def let(self, index: int, let: Let, plan: Plan) -> None:
        self.at(let.spot, "")
        self.source.reuse("t")
        self.source.line(f"l{index} = {self.generator.expr(let.op).text}")
        users = [*(later.op for later in plan.lets[index + 1 :]), *expressions(plan.block)]
        self.generator.read(f"l{index}", Origin.LET, index, users)

    def at(self, spot: Spot, part: str, loops: tuple[int, ...] = ()) -> None:
        """Note in the code what is evaluated next."""
        self.source.line(f"p = {len(self.spots)}")
        self.spots.append(replace(spot, place=f"{spot.place}{part}", loops=spot.loops + loops))

    def check_output(self) -> None:
        self.source.line("if w > A.output: A.refuse_output()")

    # Rules

    def block(self, block: Block) -> str:
        """Write the rules that make one value; give its name."""
        result = self.source.name("o")
        self.source.line(f"w += {block.weight}")
        self.source.line(f"{result} = {'M' if block.is_bare else '{}'}")
        inner = {rule.target.keys[:n] for rule in block.rules for n in range(1, len(rule.target.keys))}
        names = {(): result} | {keys: self.source.name("o") for keys in sorted(inner)}
        for keys in sorted(inner):
            self.source.line(f"{names[keys]} = None")
        for rule in block.rules:
            self.source.reuse("t")
            self.rule(rule, names)
        return result

    def rule(self, rule: Rule | Loop, names: dict[tuple[str, ...], str]) -> None:
        if rule.target.condition is not None:
            self.at(rule.target.spot, ".if")
            with self.source.under(f"if {self.generator.condition(rule.target.condition)}:"):
                self.value(rule, names)
        else:
            self.value(rule, names)

    def value(self, rule: Rule | Loop, names: dict[tuple[str, ...], str]) -> None:
        if isinstance(rule, Loop):
            self.loop(rule, names)
            return
        self.at(rule.target.spot, ".op")
        operand = self.generator.expr(rule.op)
        if operand.is_certain or operand.is_literal:
            self.write(rule.target, operand, names)
            return
        with self.source.under(f"if {operand.text} is not M:"):
            self.write(rule.target, operand, names)
        if rule.target.on_missing is not OnMissing.SKIP:
            with self.source.under("else:"):
                self.missing(rule.target, names)

    def missing(self, target: Target, names: dict[tuple[str, ...], str]) -> None:
        match target.on_missing:
            case OnMissing.SKIP:
                pass
            case OnMissing.ERROR:
                self.source.line("raise absent()")
            case OnMissing.NULL | OnMissing.DEFAULT:
                value = target.default if target.on_missing is OnMissing.DEFAULT else None
                self.write(target, self.generator.expr(Literal(value, "")), names)

    def write(self, target: Target, operand: Operand, names: dict[tuple[str, ...], str]) -> None:
        """Write a value to its target, making the objects on the way, and count its size."""
        self.count(operand)
        self.put(target, operand.text, names)

    def put(self, target: Target, text: str, names: dict[tuple[str, ...], str]) -> None:
        if not target.keys:
            self.source.line(f"{names[()]} = {text}")
            return
        for length in range(1, len(target.keys)):
            keys = target.keys[:length]
            self.source.line(
                f"if {names[keys]} is None: {names[keys]} = {names[keys[:-1]]}[{keys[-1]!a}] = {{}}"
            )
        self.source.line(f"{names[target.keys[:-1]]}[{target.keys[-1]!a}] = {text}")

    def count(self, operand: Operand) -> None:
        kind = kind_of(operand.value) if operand.is_literal else operand.kind
        if isinstance(operand.value, str):
            self.source.line(f"w += {len(operand.value)}")
        elif Kind.TEXT in kind:
            self.source.line(f"if type({operand.text}) is str: w += len({operand.text})")
            if kind & LARGE:
                self.source.line(
                    f"elif type({operand.text}) in HEAVY: w += weigh({operand.text}, A.output - w)"
                )
        elif kind & LARGE:
            self.source.line(f"if type({operand.text}) in HEAVY: w += weigh({operand.text}, A.output - w)")

    # Loops

    def loop(self, loop: Loop, names: dict[tuple[str, ...], str]) -> None:
        self.rule_loops.append(loop.index)
        self.at(loop.target.spot, ".each")
        found = self.generator.expr(loop.each).text
        items = self.source.name("r")
        self.source.line(f"{items} = {found}")
        with self.source.under(f"if type({items}) is list:"):
            self.source.line(f"A.work(len({items}) * {1 + len(loop.block.rules)})")
            chosen = self.select(loop, items) if loop.is_selective else items
            partners = [] if loop.group else [join.index for join in loop.joins]
            result = self.source.name("r")
            self.source.line(f"{result} = []")
            with self.generator.items(chosen, loop.index, [*expressions(loop.block)], partners):
                value = self.block(loop.block)
                if loop.block.is_bare:
                    self.source.line(f"if {value} is not M: {result}.append({value})")
                else:
                    self.source.line(f"{result}.append({value})")
                self.check_output()
            self.put(loop.target, result, names)
        with self.source.under(f"elif {items} is M or {items} is None:"):
            self.missing(loop.target, names)
        with self.source.under("else:"):
            self.source.line(f"raise refuse_list({items}, 'each')")

    def select(self, loop: Loop, items: str) -> str:
        """Write the pass that joins, chooses, orders and groups the items; give the name of their list."""
        indexes = [self.index(loop, number, join) for number, join in enumerate(loop.joins)]
        extra = [name for name, _ in loop.group.by] if loop.group else [join.name for join in loop.joins]
        rows = self.source.name("r")
        keys: Sequence[str] = [self.source.name("r") for _ in loop.sort]
        for name in (rows, *keys):
            self.source.line(f"{name} = []")
        with self.generator.items(items, loop.index, [*row_keys(loop)]):
            for number, (join, index) in enumerate(zip(loop.joins, indexes, strict=True)):
                self.partner(loop, number, join, index)
            if loop.where is None:
                self.keep(loop, rows, keys)
            else:
                self.at(loop.target.spot, ".where", (loop.index,))
                with self.source.under(f"if {self.generator.condition(loop.where)}:"):
                    self.keep(loop, rows, keys)
        self.arrange(loop.target.spot, ".sort", rows, keys, loop.sort)
        if loop.group is None:
            return rows
        self.at(loop.target.spot, ".group")
        groups = self.source.name("r")
        names = self.source.constant(tuple(extra))
        self.source.line(f"{groups} = A.group({rows}, {names})")
        return self.select_groups(loop, loop.group, groups)

    def index(self, loop: Loop, number: int, join: Join) -> str:
        """Write the indexing of the other list of a join; give the name of the index."""
        self.at(loop.target.spot, f".join[{number}].list")
        items, index = self.source.name("r"), self.source.name("r")
        self.source.line(f"{items} = {self.generator.expr(join.each).text}")
        with self.source.under(f"if {items} is M or {items} is None:"):
            self.source.line(f"{items} = []")
        with self.source.under(f"elif type({items}) is not list:"):
            self.source.line(f"raise refuse_list({items}, 'join')")
        self.source.line(f"A.work(len({items}))")
        self.at(loop.target.spot, f".join[{number}].by")
        self.generator.index(join.index, items, join.by, index, takes_all=join.takes_all)
        return index

    def partner(self, loop: Loop, number: int, join: Join, index: str) -> None:
        """Write the search for the partner of an item, and read of it what is needed to choose items."""
        self.at(loop.target.spot, f".join[{number}].on", (loop.index,))
        key = self.generator.expr(join.on).text
        self.source.line(f"x{join.index} = A.seek({index}, {key}, {join.takes_all})")
        self.generator.read(f"x{join.index}", Origin.ITEM, join.index, [*row_keys(loop)])

    def keep(self, loop: Loop, rows: str, keys: Sequence[str]) -> None:
        if loop.sort:
            self.at(loop.target.spot, ".sort", (loop.index,))
        for key, name in zip(loop.sort, keys, strict=True):
            self.source.line(f"{name}.append({self.generator.expr(key.by).text})")
        extra = [f"x{join.index}" for join in loop.joins]
        if loop.group:
            self.at(loop.target.spot, ".group.by", (loop.index,))
            extra = [self.generator.expr(by).text for _, by in loop.group.by]
        row = f"(x{loop.index}, {', '.join(extra)})" if extra else f"x{loop.index}"
        self.source.line(f"{rows}.append({row})")

    def arrange(self, spot: Spot, part: str, rows: str, keys: Sequence[str], sort: Sequence[SortKey]) -> None:
        """Write the sorting of rows by the lists of their keys."""
        if sort:
            self.at(spot, part)
            orders = ", ".join(str(key.is_descending) for key in sort)
            self.source.line(f"{rows} = arrange_by({rows}, [{', '.join(keys)}], [{orders}])")

    def select_groups(self, loop: Loop, group: Group, groups: str) -> str:
        """Write the pass that chooses and orders the groups; give the name of their list."""
        if group.where is None and not group.sort:
            return groups
        spot, kept = loop.target.spot, self.source.name("r")
        keys: Sequence[str] = [self.source.name("r") for _ in group.sort]
        for name in (kept, *keys):
            self.source.line(f"{name} = []")
        with self.generator.items(groups, loop.index, [*group_keys(group)]):
            self.at(spot, ".group.where", (loop.index,))
            test = self.generator.condition(group.where) if group.where is not None else "True"
            with self.source.under(f"if {test}:"):
                self.source.line(f"{kept}.append(x{loop.index})")
                if group.sort:
                    self.at(spot, ".group.sort", (loop.index,))
                for key, name in zip(group.sort, keys, strict=True):
                    self.source.line(f"{name}.append({self.generator.expr(key.by).text})")
        self.arrange(spot, ".group.sort", kept, keys, group.sort)
        return kept
