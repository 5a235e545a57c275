"""Comparing and combining conditions. An ordering with a missing or null value does not hold."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, Final

from integrations.mapping.allowance import Allowance
from integrations.mapping.ops.signature import Arg, Example, Form, Op, Operand
from integrations.mapping.values import MISSING, Kind, Result, Value, is_empty, require_order, same

LEFT: Final = Arg("left")
RIGHT: Final = Arg("right")
NULL_OR_MISSING: Final = (MISSING, None)


def equal(allowance: Allowance, left: Result, right: Result) -> bool:
    """Tell whether two values are the same; spends a step for each member compared."""
    answer, compared = same(left, right)
    allowance.work(compared)
    return answer


def _equal_inline(operands: Sequence[Operand], slow: str) -> str:
    for one, other in (operands, operands[::-1]):
        if one.value is None or isinstance(one.value, bool):
            return f"({other.text} is {one.text})"
        if isinstance(one.value, str):
            return f"({other.text} == {one.text})"
    return slow


def _unequal_inline(operands: Sequence[Operand], slow: str) -> str:
    inline = _equal_inline(operands, "")
    return f"(not {inline})" if inline else slow


def _comparison(compare: Callable[[Any, Any], bool]) -> Callable[[Result, Result], bool]:
    def run(left: Result, right: Result) -> bool:
        if left is MISSING or right is MISSING or left is None or right is None:
            return False
        require_order(left, right)
        return compare(left, right)

    return run


def _order_inline(sign: str) -> Callable[[Sequence[Operand], str], str]:
    def inline(operands: Sequence[Operand], slow: str) -> str:
        unknown = [operand.text for operand in operands if type(operand.value) not in {int, Decimal}]
        guard = " and ".join(f"type({text}) in NUM" for text in unknown) or "True"
        return f"({operands[0].text} {sign} {operands[1].text} if {guard} else {slow})"

    return inline


def _order(key: str, title: str, compare: Callable[[Any, Any], bool], sign: str, outcomes: str) -> Op:
    """Make an ordering; outcomes: y or n for 1 against 2, 2 against 2.0 and 3 against 2."""
    pairs: tuple[tuple[Value, Value], ...] = ((1, 2), (2, Decimal("2.0")), (3, 2))
    return Op(
        key=key,
        title=title,
        help=f"Whether left {sign} right, for two numbers, two texts (by character code) or two dates. "
        "Does not hold when either is missing or null.",
        args=(LEFT, RIGHT),
        result=Kind.BOOLEAN,
        run=_comparison(compare),
        inline=_order_inline(sign),
        takes_missing=True,
        is_certain=True,
        is_flat=True,
        examples=(
            *(
                Example([key, left, right], outcome == "y")
                for (left, right), outcome in zip(pairs, outcomes, strict=True)
            ),
            Example([key, "Ana", ["get", "name"]], sign in {"<", "<="}, {"name": "Bo"}),
            Example([key, 1, ["get", "stock"]], gives=False),
            Example([key, 1, "2"], error="mapping.type"),
        ),
    )


OPS: Final = (
    Op(
        key="eq",
        title="Equals",
        help="Whether two values are the same. 1 and 1.0 are; 1 and “1” are not; null equals null; missing "
        "equals nothing.",
        args=(LEFT, RIGHT),
        result=Kind.BOOLEAN,
        run=equal,
        inline=_equal_inline,
        takes_missing=True,
        is_certain=True,
        is_flat=True,
        needs_allowance=True,
        examples=(
            Example(["eq", ["get", "a"], 1], gives=True, source={"a": Decimal("1.0")}),
            Example(["eq", ["get", "a"], "1"], gives=False, source={"a": 1}),
            Example(["eq", ["get", "a"], True], gives=False, source={"a": 1}),
            Example(["eq", ["get", "a"], None], gives=False),
            Example(["eq", ["get", "a"], ["get", "a"]], gives=False),
            Example(
                ["eq", ["get", "a"], ["get", "b"]],
                gives=False,
                source={"a": 820982911946154508, "b": 820982911946154509},
            ),
        ),
    ),
    Op(
        key="ne",
        title="Differs",
        help="Whether two values are not the same: the opposite of eq.",
        args=(LEFT, RIGHT),
        result=Kind.BOOLEAN,
        run=lambda allowance, left, right: not equal(allowance, left, right),
        inline=_unequal_inline,
        takes_missing=True,
        is_certain=True,
        is_flat=True,
        needs_allowance=True,
        examples=(
            Example(["ne", ["get", "status"], "void"], gives=True, source={"status": "paid"}),
            Example(["ne", ["get", "status"], "void"], gives=True),
            Example(["ne", ["lit", [1, {"a": 2}]], ["lit", [1, {"a": 2}]]], gives=False),
        ),
    ),
    _order("lt", "Less than", lt, "<", "ynn"),
    _order("le", "At most", le, "<=", "yyn"),
    _order("gt", "More than", gt, ">", "nny"),
    _order("ge", "At least", ge, ">=", "nyy"),
    Op(
        key="and",
        title="All hold",
        help="Whether every condition holds. Stops at the first that does not.",
        rest=Arg("condition", Kind.BOOLEAN),
        rest_min=1,
        form=Form.LAZY,
        result=Kind.BOOLEAN,
        is_certain=True,
        examples=(
            Example(["and", ["gt", ["get", "a"], 1], ["lt", ["get", "a"], 3]], gives=True, source={"a": 2}),
            Example(["and", ["get", "paid"], True], gives=False),
            Example(["and", True, "yes"], error="mapping.type"),
        ),
    ),
    Op(
        key="or",
        title="Any holds",
        help="Whether at least one condition holds. Stops at the first that does.",
        rest=Arg("condition", Kind.BOOLEAN),
        rest_min=1,
        form=Form.LAZY,
        result=Kind.BOOLEAN,
        is_certain=True,
        examples=(
            Example(["or", ["get", "paid"], ["eq", ["get", "total"], 0]], gives=True, source={"total": 0}),
            Example(["or", False, ["get", "paid"]], gives=False),
        ),
    ),
    Op(
        key="not",
        title="Not",
        help="Whether the condition does not hold. A missing or null condition does not hold.",
        args=(Arg("condition", Kind.BOOLEAN),),
        result=Kind.BOOLEAN,
        run=lambda condition: condition is not True,
        takes_missing=True,
        is_certain=True,
        inline=lambda operands, slow: (
            f"({operands[0].text} is not True if type({operands[0].text}) is bool else {slow})"
        ),
        examples=(
            Example(["not", ["eq", 1, 2]], gives=True),
            Example(["not", ["get", "paid"]], gives=True),
            Example(["not", ["get", "paid"]], source={"paid": "no"}, error="mapping.type"),
        ),
    ),
    Op(
        key="is_missing",
        title="Is missing",
        help="Whether there is no value. Null and empty text are values.",
        args=(Arg("value"),),
        result=Kind.BOOLEAN,
        run=lambda value: value is MISSING,
        inline="({0} is M)",
        takes_missing=True,
        is_certain=True,
        is_flat=True,
        examples=(
            Example(["is_missing", ["get", "a"]], gives=True),
            Example(["is_missing", ["get", "a"]], gives=False, source={"a": None}),
        ),
    ),
    Op(
        key="is_null",
        title="Is null",
        help="Whether the value is null. A missing value is not.",
        args=(Arg("value"),),
        result=Kind.BOOLEAN,
        run=lambda value: value is None,
        inline="({0} is None)",
        takes_missing=True,
        is_certain=True,
        is_flat=True,
        examples=(
            Example(["is_null", ["get", "a"]], gives=True, source={"a": None}),
            Example(["is_null", ["get", "a"]], gives=False),
        ),
    ),
    Op(
        key="is_empty",
        title="Is empty",
        help="Whether the value is missing, null, or a text, list or object with nothing in it.",
        args=(Arg("value"),),
        result=Kind.BOOLEAN,
        run=is_empty,
        takes_missing=True,
        is_certain=True,
        is_flat=True,
        examples=(
            Example(["is_empty", ["get", "a"]], gives=True, source={"a": ""}),
            Example(["is_empty", ["get", "a"]], gives=True),
            Example(["is_empty", ["get", "a"]], gives=False, source={"a": 0}),
        ),
    ),
)
