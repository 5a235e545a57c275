"""Exact arithmetic. Whole numbers and decimals are never turned into doubles, and nothing is rounded unasked.

Results of up to 2,000 digits are exact; beyond that the operation fails instead of rounding. Only division
(to 34 significant digits, half to even) and rounding drop digits. The context is explicit in every call, so
the ambient one of the thread changes nothing.
"""

import decimal
from collections.abc import Callable, Sequence
from decimal import Context, Decimal
from typing import Any, Final, TypeAlias

from integrations.errors import MappingError
from integrations.mapping.ops.convert import MAX_DIGITS, number_size
from integrations.mapping.ops.signature import Arg, Example, Op, Operand
from integrations.mapping.values import Kind

Number: TypeAlias = int | Decimal
TRAPS: Final = [decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow]
EXACT: Final = Context(
    prec=MAX_DIGITS,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-4_000,
    Emax=4_000,
    traps=[*TRAPS, decimal.Inexact],
)
ROUNDED: Final = Context(
    prec=MAX_DIGITS, rounding=decimal.ROUND_HALF_EVEN, Emin=-4_000, Emax=4_000, traps=TRAPS
)
QUOTIENT: Final = Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, Emin=-4_000, Emax=4_000, traps=TRAPS)
INLINED: Final = {"add": "ADD", "subtract": "SUBTRACT", "multiply": "MULTIPLY"}
MAX_BITS: Final = 6_640
LEFT: Final = Arg("left", Kind.NUMBER)
RIGHT: Final = Arg("right", Kind.NUMBER)
NUMBER: Final = Arg("number", Kind.NUMBER)
MODES: Final = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_even": decimal.ROUND_HALF_EVEN,
    "half_down": decimal.ROUND_HALF_DOWN,
    "up": decimal.ROUND_UP,
    "down": decimal.ROUND_DOWN,
    "ceiling": decimal.ROUND_CEILING,
    "floor": decimal.ROUND_FLOOR,
}


def _add(left: Number, right: Number) -> Number:
    if type(left) is int and type(right) is int:
        return left + right
    return EXACT.add(left, right)


def _subtract(left: Number, right: Number) -> Number:
    if type(left) is int and type(right) is int:
        return left - right
    return EXACT.subtract(left, right)


def _multiply(left: Number, right: Number) -> Number:
    if type(left) is int and type(right) is int:
        if left.bit_length() + right.bit_length() > MAX_BITS:
            raise number_size()
        return left * right
    return EXACT.multiply(left, right)


def _exact(name: str) -> Callable[[Sequence[Operand], str], str]:
    """Inline an operation: straight into the decimal context where one side is a decimal."""

    def inline(operands: Sequence[Operand], slow: str) -> str:
        left, right = operands
        first = "" if type(left.value) is Decimal else f"type({left.text}) is D"
        if type(left.value) is int:
            first = f"type({right.text}) is D"
        elif type(right.value) not in {int, Decimal}:
            first = f"{first} and type({right.text}) in NUM" if first else f"type({right.text}) in NUM"
        return f"{name}({left.text}, {right.text}) if {first or 'True'} else {slow}"

    return inline


def _round_inline(operands: Sequence[Operand], slow: str) -> str:
    number, unit, mode = (operand.text for operand in operands)
    return f"{number}.quantize({unit}, {mode}, ROUNDED) if type({number}) is D else {slow}"


def _by_zero() -> MappingError:
    return MappingError(
        "mapping.divide_by_zero",
        "The number to divide by is zero.",
        hint="Check it first with if and eq.",
    )


def _divide(left: Number, right: Number) -> Decimal:
    if not right:
        raise _by_zero()
    return QUOTIENT.divide(left, right)


def rounded(number: Number, quantum: Decimal, mode: str) -> Decimal:
    """Round a number to a unit such as 0.01 in one of the modes of ``decimal``. Raises ArithmeticError."""
    return Decimal(number).quantize(quantum, mode, ROUNDED)


def _abs(number: Number) -> Number:
    return abs(number) if type(number) is int else EXACT.abs(number)


def _negate(number: Number) -> Number:
    return -number if type(number) is int else EXACT.minus(number)


def _remainder(left: Number, right: Number) -> Number:
    """Give what is left of a division to a whole number; it has the sign of the left number."""
    if not right:
        raise _by_zero()
    if type(left) is int and type(right) is int:
        return left - right * _whole(left, right)
    return EXACT.remainder(left, right)


def _whole(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _quotient(left: Number, right: Number) -> int:
    if not right:
        raise _by_zero()
    if type(left) is int and type(right) is int:
        return _whole(left, right)
    return int(EXACT.divide_int(left, right))


def _clamp(number: Number, least: Number, most: Number) -> Number:
    return max(least, min(number, most))


def _format_number(number: Number, digits: int, mark: str, group: str, mode: str) -> str:
    text = format(rounded(number, quantum(digits), mode), ",f")
    return text.translate({ord(","): group, ord("."): mark})


def quantum(digits: int) -> Decimal:
    """Give the unit of a number of digits after the point: 2 is ``Decimal("0.01")``. Raises MappingError."""
    if not 0 <= digits <= 100:
        raise MappingError("mapping.argument", "The number of digits to round to must be from 0 to 100.")
    return Decimal(1).scaleb(-digits, ROUNDED)


def _op(key: str, title: str, text: str, run: Callable[..., Any], *examples: Example) -> Op:
    return Op(
        key=key,
        title=title,
        help=text,
        args=(LEFT, RIGHT),
        result=Kind.DECIMAL if key == "divide" else Kind.NUMBER,
        run=run,
        inline=_exact(INLINED[key]) if key in INLINED else "",
        is_flat=True,
        examples=examples,
    )


OPS: Final = (
    _op(
        "add",
        "Add",
        "The exact sum of two numbers.",
        _add,
        Example(
            ["add", ["get", "a"], ["get", "b"]], Decimal("0.3"), {"a": Decimal("0.1"), "b": Decimal("0.2")}
        ),
        Example(["add", ["get", "id"], 1], 820982911946154509, {"id": 820982911946154508}),
        Example(["add", ["get", "a"], None], None, {"a": 1}),
        Example(["add", ["get", "a"], 1], source={"a": "1"}, error="mapping.type"),
        Example(["add", ["get", "a"], 1], source={"a": True}, error="mapping.type"),
    ),
    _op(
        "subtract",
        "Subtract",
        "The exact difference: left minus right.",
        _subtract,
        Example(["subtract", 5, 7], -2),
        Example(["subtract", ["get", "a"], 1], Decimal("9.10"), {"a": Decimal("10.10")}),
    ),
    _op(
        "multiply",
        "Multiply",
        "The exact product of two numbers.",
        _multiply,
        Example(["multiply", ["get", "price"], 3], Decimal("30.30"), {"price": Decimal("10.10")}),
        Example(["multiply", 123456789012345678, 1000], 123456789012345678000),
    ),
    _op(
        "divide",
        "Divide",
        "Left divided by right, to 34 significant digits. Dividing by zero is an error.",
        _divide,
        Example(["divide", 10, 4], Decimal("2.5")),
        Example(["divide", 1, 3], Decimal("0.3333333333333333333333333333333333")),
        Example(["divide", 1, 0], error="mapping.divide_by_zero"),
        Example(["divide", 0, 0], error="mapping.divide_by_zero"),
    ),
    Op(
        key="round",
        title="Round",
        help="The number with so many digits after the point (from 0 to 100). half_up is the commercial "
        "way: 2.345 becomes 2.35.",
        args=(
            NUMBER,
            Arg("digits", Kind.INTEGER, default=0, fixed=True, prepare=quantum),
            Arg(
                "mode",
                Kind.TEXT,
                default="half_up",
                fixed=True,
                choices=tuple(MODES),
                prepare=MODES.__getitem__,
            ),
        ),
        result=Kind.DECIMAL,
        run=rounded,
        inline=_round_inline,
        is_flat=True,
        examples=(
            Example(["round", ["get", "a"], 2], Decimal("2.35"), {"a": Decimal("2.345")}),
            Example(["round", ["get", "a"], 2, "half_even"], Decimal("2.34"), {"a": Decimal("2.345")}),
            Example(["round", ["get", "a"], 2], Decimal("-2.35"), {"a": Decimal("-2.345")}),
            Example(["round", 5, 2], Decimal("5.00")),
        ),
    ),
    Op(
        key="abs",
        title="Without sign",
        help="The number without its sign.",
        args=(NUMBER,),
        result=Kind.NUMBER,
        run=_abs,
        is_flat=True,
        examples=(
            Example(["abs", -5], 5),
            Example(["abs", ["get", "a"]], Decimal("1.50"), {"a": Decimal("-1.50")}),
        ),
    ),
    Op(
        key="negate",
        title="Change sign",
        help="The number with the other sign.",
        args=(NUMBER,),
        result=Kind.NUMBER,
        run=_negate,
        is_flat=True,
        examples=(Example(["negate", 5], -5), Example(["negate", -5], 5)),
    ),
    _op(
        "remainder",
        "Remainder",
        "What is left when the left number is divided to a whole number by the right one; it has the sign of "
        "the left number. Dividing by zero is an error.",
        _remainder,
        Example(["remainder", 17, 12], 5),
        Example(["remainder", -17, 12], -5),
        Example(["remainder", ["get", "a"], 1], Decimal("0.25"), {"a": Decimal("3.25")}),
        Example(["remainder", 1, 0], error="mapping.divide_by_zero"),
    ),
    Op(
        key="quotient",
        title="Whole quotient",
        help="How many times the right number goes into the left one, as a whole number; what is left over "
        "is dropped. Dividing by zero is an error.",
        args=(LEFT, RIGHT),
        result=Kind.INTEGER,
        run=_quotient,
        is_flat=True,
        examples=(
            Example(["quotient", 17, 12], 1),
            Example(["quotient", -17, 12], -1),
            Example(["quotient", ["get", "a"], 2], 1, {"a": Decimal("3.25")}),
        ),
    ),
    Op(
        key="clamp",
        title="Keep between",
        help="The number, but not less than one bound and not more than the other.",
        args=(NUMBER, Arg("least", Kind.NUMBER), Arg("most", Kind.NUMBER)),
        result=Kind.NUMBER,
        run=_clamp,
        is_flat=True,
        examples=(Example(["clamp", 15, 1, 10], 10), Example(["clamp", 5, 1, 10], 5)),
    ),
    Op(
        key="format_number",
        title="Write number",
        help="A number as text with so many digits after a decimal mark, and a mark between the thousands.",
        args=(
            NUMBER,
            Arg("digits", Kind.INTEGER, default=2),
            Arg("mark", Kind.TEXT, default=".", fixed=True, choices=(".", ",")),
            Arg("group", Kind.TEXT, default="", fixed=True, choices=("", ",", ".", " ", "'", "\u00a0")),
            Arg(
                "mode",
                Kind.TEXT,
                default="half_up",
                fixed=True,
                choices=tuple(MODES),
                prepare=MODES.__getitem__,
            ),
        ),
        result=Kind.TEXT,
        run=_format_number,
        is_flat=True,
        examples=(
            Example(
                ["format_number", ["get", "a"], 2, ",", "."], "1.234.567,90", {"a": Decimal("1234567.895")}
            ),
            Example(["format_number", -5, 0], "-5"),
        ),
    ),
)
