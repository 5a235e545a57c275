"""What operations make of what is known of their arguments; one that is not here gives its declared kinds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, TypeAlias

from integrations.mapping.fit.facts import UNKNOWN, Fact, either, total
from integrations.mapping.ops.signature import Op
from integrations.mapping.plan import Expr, Fixed, Literal
from integrations.mapping.values import Kind

Result: TypeAlias = Callable[[Sequence[Fact], Sequence[Expr]], Fact]

LENGTH_OF_DATE: Final = 10
LENGTH_OF_MOMENT: Final = 32
MAY_GIVE_NOTHING: Final = frozenset(
    {
        *("first", "last", "find", "find_by", "min", "max", "min_by", "max_by", "average", "regex_extract"),
        *("text_part", "find_text", "field", "segment", "reverse_lookup", "cross_reference_back", "jsonata"),
        *("country_code", "currency_code", "unit_code", "unit_name", "walk"),
    }
)


def result(op: Op, args: Sequence[Fact], exprs: Sequence[Expr]) -> Fact:
    """Give what is known of an operation's result."""
    made = RESULTS.get(op.key)
    fact = made(args, exprs) if made else Fact(op.result)
    if op.key in CHOOSING:
        return fact
    lacks = op.key in MAY_GIVE_NOTHING or (
        not op.takes_missing and not op.is_certain and any(arg.may_lack for arg in args)
    )
    return replace(fact, may_lack=lacks, is_fixed=False)


def _same(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return args[0]


def _text(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return Fact(Kind.TEXT, paths=args[0].paths, length=args[0].length)


def _concat(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return Fact(Kind.TEXT, length=total(arg.length for arg in args))


def _slice(args: Sequence[Fact], exprs: Sequence[Expr]) -> Fact:
    bounds = [expr.value if isinstance(expr, Literal) else None for expr in exprs[1:3]]
    start, end = (*bounds, None, None)[:2]
    length = args[0].length
    if isinstance(start, int) and isinstance(end, int) and 0 <= start <= end:
        length = end - start if length is None else min(length, end - start)
    elif isinstance(start, int) and start < 0:
        length = -start if length is None else min(length, -start)
    return Fact(Kind.TEXT, length=length)


def _truncate(args: Sequence[Fact], exprs: Sequence[Expr]) -> Fact:
    size = exprs[1].value if isinstance(exprs[1], Literal) else None
    known = [count for count in (size, args[0].length) if isinstance(count, int)]
    return Fact(Kind.TEXT, length=min(known) if known else None)


def _clamp(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return Fact(Kind.NUMBER, scale=_widest(args))


def _pad(args: Sequence[Fact], exprs: Sequence[Expr]) -> Fact:
    width = exprs[1].value if isinstance(exprs[1], Literal) else None
    length = args[0].length
    known = isinstance(width, int) and length is not None
    return Fact(Kind.TEXT, length=max(width, length) if known and isinstance(width, int) and length else None)


def _to_string(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    fact = args[0]
    length = fact.length
    if fact.kinds and not fact.kinds & ~Kind.NUMBER and fact.digits is not None:
        length = fact.digits + 1 + (1 if fact.scale else 0)
    elif fact.kinds is Kind.DATE:
        length = LENGTH_OF_DATE
    elif fact.kinds is Kind.DATETIME:
        length = LENGTH_OF_MOMENT
    # A whole number is written as its code stands; that of a decimal may have another scale.
    values = fact.values if fact.kinds in {Kind.TEXT, Kind.INTEGER} else None
    return Fact(Kind.TEXT, length=length, values=values)


def _to_integer(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    fact = args[0]
    whole = fact.digits - (fact.scale or 0) if fact.digits is not None else fact.length
    return Fact(Kind.INTEGER, digits=whole, scale=0)


def _to_decimal(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    fact = args[0]
    return Fact(Kind.NUMBER, digits=fact.digits, scale=fact.scale)


def _round(args: Sequence[Fact], exprs: Sequence[Expr]) -> Fact:
    step = exprs[1].prepared if isinstance(exprs[1], Fixed) else None
    exponent = step.as_tuple().exponent if isinstance(step, Decimal) else None
    scale = max(0, -exponent) if isinstance(exponent, int) else None
    whole = args[0].digits - (args[0].scale or 0) if args[0].digits is not None else None
    return Fact(Kind.NUMBER, digits=total((whole, scale)), scale=scale)


def _add(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return Fact(Kind.NUMBER, scale=_widest(args))


def _widest(args: Sequence[Fact]) -> int | None:
    scales = [arg.scale for arg in args if arg.scale is not None]
    return max(scales) if len(scales) == len(args) else None


def _multiply(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return Fact(Kind.NUMBER, digits=total(arg.digits for arg in args), scale=total(arg.scale for arg in args))


def _number(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return Fact(Kind.NUMBER & args[0].kinds or Kind.NUMBER, digits=args[0].digits, scale=args[0].scale)


def _sum(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return Fact(Kind.NUMBER, scale=args[0].item.scale if args[0].item else None)


def _item(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return args[0].item or UNKNOWN


def _list(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return Fact(Kind.LIST, item=either(args))


def _to_list(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return args[0] if args[0].is_list else Fact(Kind.LIST, item=args[0])


def _mapped(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return Fact(Kind.LIST, item=args[1])


def _coalesce(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return replace(either(args), may_lack=all(arg.may_lack for arg in args))


def _if_empty(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    return replace(either(args), may_lack=args[1].may_lack)


def _if(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    found = either(args[1:])
    return replace(found, may_lack=found.may_lack or len(args) < 3)


def _switch(args: Sequence[Fact], _: Sequence[Expr]) -> Fact:
    """Take the results; without a default it may give nothing, unless there is a case for every code."""
    has_default = len(args) % 2 == 0
    found = either((*args[2::2], *(args[-1:] if has_default else ())))
    cases = [arg.values for arg in args[1 : len(args) - has_default : 2]]
    covered = frozenset[str]().union(*(case for case in cases if case))
    is_whole = args[0].values is not None and args[0].values <= covered and not args[0].may_lack
    return replace(found, may_lack=found.may_lack or not (has_default or is_whole))


def _object(args: Sequence[Fact], exprs: Sequence[Expr]) -> Fact:
    keys = [expr.value if isinstance(expr, Literal) else None for expr in exprs[::2]]
    named = {key: arg for key, arg in zip(keys, args[1::2], strict=False) if isinstance(key, str)}
    return Fact(Kind.OBJECT, members=named if len(named) == len(keys) else None)


CHOOSING: Final = frozenset({"coalesce", "if_empty", "if", "switch"})
RESULTS: Final[Mapping[str, Result]] = {
    **dict.fromkeys(("upper", "lower", "trim"), _text),
    **dict.fromkeys(("filter", "filter_by", "sort_by", "distinct", "reverse", "take"), _same),
    **dict.fromkeys(("first", "last", "find", "find_by", "min_by", "max_by", "min", "max"), _item),
    **dict.fromkeys(("add", "subtract"), _add),
    **dict.fromkeys(("abs", "negate"), _number),
    "concat": _concat,
    "slice": _slice,
    "pad": _pad,
    "truncate": _truncate,
    "clamp": _clamp,
    "to_string": _to_string,
    "to_integer": _to_integer,
    "to_decimal": _to_decimal,
    "to_list": _to_list,
    "round": _round,
    "multiply": _multiply,
    "sum": _sum,
    "list": _list,
    "map": _mapped,
    "coalesce": _coalesce,
    "if_empty": _if_empty,
    "if": _if,
    "switch": _switch,
    "object": _object,
}
