"""Finding all that is wrong with a plan before it runs: its shape, the kinds of its values, its targets."""

from collections.abc import Iterator
from typing import Any, Final

from integrations.errors import MappingError, Problem
from integrations.mapping.ops.signature import Arg, Form
from integrations.mapping.parse import parse
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
    expressions,
    walk,
)
from integrations.mapping.values import Kind, kind_of, words_for

TEXTS: Final = "JSONata gets decimals, ids beyond 2 to the power of 53 and dates as text."
DOUBLES: Final = (
    "JSONata gets decimals as doubles, and those of more than 15 digits, ids beyond 2 to the power of 53 and "
    "dates as text."
)
CONDITION: Final = Arg("condition", Kind.BOOLEAN)


def check(document: object) -> list[Problem]:
    """Give every problem of a plan document, with its place such as ``rules[3].op[1]``.

    Only warnings may remain in a plan that is compiled: a let that nothing uses, what JSONata cannot hold.
    """
    return checked(document)[1]


def require(document: object) -> Plan:
    """Read a plan document. Raises MappingError ``mapping.plan`` that lists all problems."""
    plan, problems = checked(document)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        first = errors[0]
        more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
        raise MappingError(
            "mapping.plan",
            f"The mapping plan cannot be used: {first.message}{more}",
            hint=first.hint,
            place=first.place,
            problems=errors,
        )
    return plan


def checked(document: object) -> tuple[Plan, list[Problem]]:
    """Read a plan document and give it with all its problems."""
    plan, problems = parse(document)
    if not problems:
        problems = [*_kind_problems(plan), *_target_problems(plan.block, "rules"), *_unused_lets(plan)]
        problems += _double_problems(plan)
    return plan, problems


def infer(expr: Expr) -> Kind:
    """Give the kinds that an operation can give, apart from missing and null passed through."""
    match expr:
        case Literal(value=value):
            return kind_of(value)
        case Position():
            return Kind.INTEGER
        case Call(op=op, args=args) if op.form is Form.LAZY and op.result is Kind.ANY:
            results = {"if": args[1:], "switch": (*args[2::2], *args[-1:])}.get(op.key, args)
            union = Kind(0)
            for arg in results:
                union |= infer(arg)
            return union
        case Call(op=op) | Each(op=op):
            return op.result
        case _:
            return Kind.ANY


def _kind_problems(plan: Plan) -> Iterator[Problem]:
    for let in plan.lets:
        yield from _expr_problems(let.op)
    for expr in expressions(plan.block):
        yield from _expr_problems(expr)
    yield from _condition_problems(plan.block)


def _expr_problems(root: Expr) -> Iterator[Problem]:
    for expr in walk(root):
        match expr:
            case Call(op=op, args=args):
                for index, arg in enumerate(args):
                    yield from _fits(op.parameter(index), arg, op.key)
            case Each(op=op, items=items, body=body, extra=extra):
                for number, given in ((0, items), (2, body), *enumerate(extra, 3)):
                    yield from _fits(op.args[number], given, op.key)
            case _:
                pass


def _condition_problems(block: Block) -> Iterator[Problem]:
    for rule in block.rules:
        if rule.target.condition is not None:
            yield from _fits(CONDITION, rule.target.condition, "if")
        if isinstance(rule, Loop):
            yield from _fits(Arg("list", Kind.LIST), rule.each, "each")
            for join in rule.joins:
                yield from _fits(Arg("list", Kind.LIST), join.each, "join")
            for where in (rule.where, rule.group.where if rule.group else None):
                if where is not None:
                    yield from _fits(CONDITION, where, "where")
            yield from _condition_problems(rule.block)


def _fits(parameter: Arg, arg: Expr, user: str) -> Iterator[Problem]:
    if isinstance(arg, Fixed):
        return
    kinds = infer(arg)
    if not kinds & (parameter.kind | Kind.NULL):
        message = f"{user} needs {words_for(parameter.kind)} as “{parameter.name}”, not {words_for(kinds)}."
        yield Problem("mapping.type", message, arg.place, "Convert it first.")


def _target_problems(block: Block, place: str) -> Iterator[Problem]:
    written: dict[str, Any] = {}
    for index, rule in enumerate(block.rules):
        here = f"{place}[{index}]"
        if not rule.target.keys and not block.is_bare:
            yield Problem("mapping.target", "to: [] must stand alone in its rules.", f"{here}.to")
        elif rule.target.keys and not _claim(written, rule.target.keys, may_repeat=_may_repeat(block, index)):
            yield Problem(
                "mapping.target_twice",
                f"Another rule writes “{' / '.join(rule.target.keys)}” or a part of it.",
                f"{here}.to",
                "Join the two values in one rule, or give this rule an if.",
            )
        if isinstance(rule, Loop):
            yield from _target_problems(rule.block, f"{here}.rules")


def _may_repeat(block: Block, index: int) -> bool:
    rule = block.rules[index]
    return rule.target.condition is not None and not isinstance(rule, Loop)


def _claim(written: dict[str, Any], keys: tuple[str, ...], *, may_repeat: bool) -> bool:
    """Note a target in the tree of targets, where a written key holds None; tell whether it was free."""
    for key in keys[:-1]:
        inner = written.setdefault(key, {})
        if inner is None:
            return False
        written = inner
    if keys[-1] in written:
        return may_repeat and written[keys[-1]] is None
    written[keys[-1]] = None
    return True


def _double_problems(plan: Plan) -> Iterator[Problem]:
    for root in [*(let.op for let in plan.lets), *expressions(plan.block)]:
        for part in walk(root):
            if isinstance(part, Call) and part.op.key == "jsonata":
                is_double = part.args[-1] == Fixed("double", part.args[-1].place)
                yield Problem(
                    "mapping.jsonata_numbers",
                    DOUBLES if is_double else TEXTS,
                    part.place,
                    "Give the rule an as, such as decimal(2), for an exact result.",
                    severity="warning",
                )


def _unused_lets(plan: Plan) -> Iterator[Problem]:
    roots = [*expressions(plan.block), *(let.op for let in plan.lets)]
    parts = [part for root in roots for part in walk(root)]
    used = {part.index for part in parts if isinstance(part, Path) and part.origin is Origin.LET}
    for index, let in enumerate(plan.lets):
        if index not in used:
            yield Problem("mapping.unused", f"Nothing uses “{let.name}”.", let.spot.place, severity="warning")
