"""Changing the kind of a value, never silently: what cannot be converted is an error that says so."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.ops.signature import Arg, Example, Op, Operand
from integrations.mapping.values import MISSING, Kind, Result, Value

MAX_DIGITS: Final = 2_000
# Our own patterns, which cannot backtrack: the standard library's matcher costs a fifth of re2's binding.
INTEGER: Final = re.compile(r"[+-]?[0-9]{1,1000}")
DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
TRUE: Final = frozenset({"true", "yes", "y", "1"})
FALSE: Final = frozenset({"false", "no", "n", "0"})
PLAIN: Final = Kind.SCALAR | Kind.BYTES


def to_text(value: Value) -> str:
    """Write a single value as text: numbers in full, dates by ISO 8601, yes/no as true/false.

    Raises MappingError for bytes that are not UTF-8, and for numbers of more than 2,000 digits.
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(_bounded(value))
        case Decimal():
            return format(_bounded_decimal(value), "f")
        case date():
            return value.isoformat()
        case bytes():
            return _decoded(value)
        case _:
            raise TypeError(type(value))


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise MappingError("mapping.text", "The bytes are not UTF-8 text.") from error


def _bounded(value: int) -> int:
    if value.bit_length() > MAX_DIGITS * 3:
        raise number_size()
    return value


def _bounded_decimal(value: Decimal) -> Decimal:
    if not value.is_finite() or value.adjusted() > MAX_DIGITS or _exponent(value) < -MAX_DIGITS:
        raise number_size()
    return value


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def to_integer(value: str | int | Decimal) -> int:
    """Read a whole number: from text of digits, or from a number without a fraction. Raises MappingError."""
    if isinstance(value, str):
        text = value.strip()
        if not INTEGER.fullmatch(_ascii(text)):
            raise not_a_number("a whole number")
        return int(text)
    if isinstance(value, int):
        return value
    whole = int(_bounded_decimal(value))
    if whole != value:
        raise MappingError(
            "mapping.number", "The number has a fraction, so it is not whole.", hint="Round it first."
        )
    return whole


def to_decimal(value: str | int | Decimal, mark: str) -> Decimal:
    """Read a number with the given decimal mark; with a comma, points and spaces may group the thousands."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    text = _ascii(value.strip())
    if mark == ",":
        text = text.replace(".", "").replace(" ", "").replace(",", ".")
    if len(text) > MAX_DIGITS or not DECIMAL.fullmatch(text):
        raise not_a_number("a number")
    return Decimal(text)


def _ascii(text: str) -> str:
    return text if text.isascii() else ""


def to_boolean(value: bool | str | int) -> bool:  # noqa: FBT001  the value itself
    """Read yes or no: true, yes, y, 1, false, no, n, 0 in upper or lower case, or the numbers 1 and 0."""
    word = to_text(value).strip().lower()
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise MappingError(
        "mapping.boolean", "The value is neither yes nor no.", hint="Use switch to say which values mean yes."
    )


def _to_list(value: Result) -> list[Value]:
    if isinstance(value, list):
        return value
    return [] if value is MISSING else [value]


def _to_text_inline(operands: Sequence[Operand], slow: str) -> str:
    text = operands[0].text
    return f"({text} if type({text}) is str and len({text}) < BIG else {slow})"


def not_a_number(wanted: str) -> MappingError:
    """Give the error for a text that is no number."""
    return MappingError(
        "mapping.number",
        f"The text is not {wanted}.",
        hint="Remove other characters with replace or regex_extract, or use if_empty for empty texts.",
    )


def number_size() -> MappingError:
    """Give the error for a number beyond what the mapping computes with."""
    return MappingError("mapping.number_size", f"The number has more than {MAX_DIGITS:,} digits.")


OPS: Final = (
    Op(
        key="to_string",
        title="To text",
        help="The value as text: numbers in full, dates as 2026-03-01, yes/no as true/false.",
        args=(Arg("value", PLAIN),),
        result=Kind.TEXT,
        run=to_text,
        inline=_to_text_inline,
        examples=(
            Example(["to_string", ["get", "id"]], "820982911946154508", {"id": 820982911946154508}),
            Example(["to_string", ["get", "price"]], "10.10", {"price": Decimal("10.10")}),
            Example(["to_string", ["get", "price"]], "100000", {"price": Decimal("1E+5")}),
            Example(["to_string", True], "true"),
            Example(["to_string", ["get", "tags"]], source={"tags": ["a"]}, error="mapping.type"),
        ),
    ),
    Op(
        key="to_integer",
        title="To whole number",
        help="The whole number that a text shows, or a number that has no fraction.",
        args=(Arg("value", Kind.TEXT | Kind.NUMBER),),
        result=Kind.INTEGER,
        run=to_integer,
        examples=(
            Example(["to_integer", " 042 "], 42),
            Example(["to_integer", ["get", "n"]], 5, {"n": Decimal("5.00")}),
            Example(["to_integer", ["get", "n"]], source={"n": Decimal("5.50")}, error="mapping.number"),
            Example(["to_integer", "12 pcs"], error="mapping.number"),
        ),
    ),
    Op(
        key="to_decimal",
        title="To number",
        help="The exact number that a text shows. With “,” as mark, points and spaces group the thousands.",
        args=(
            Arg("value", Kind.TEXT | Kind.NUMBER),
            Arg("mark", Kind.TEXT, default=".", fixed=True, choices=(".", ",")),
        ),
        result=Kind.DECIMAL,
        run=to_decimal,
        inline=lambda operands, slow: f"({operands[0].text} if type({operands[0].text}) is D else {slow})",
        examples=(
            Example(["to_decimal", "10.10"], Decimal("10.10")),
            Example(["to_decimal", "1.234,50", ","], Decimal("1234.50")),
            Example(["to_decimal", ""], error="mapping.number"),
            Example(["to_decimal", "1,234.50"], error="mapping.number"),
        ),
    ),
    Op(
        key="to_boolean",
        title="To yes or no",
        help="Yes for true, yes, y and 1; no for false, no, n and 0.",
        args=(Arg("value", Kind.BOOLEAN | Kind.TEXT | Kind.INTEGER),),
        result=Kind.BOOLEAN,
        run=to_boolean,
        examples=(
            Example(["to_boolean", "Yes"], gives=True),
            Example(["to_boolean", 0], gives=False),
            Example(["to_boolean", "maybe"], error="mapping.boolean"),
        ),
    ),
    Op(
        key="to_list",
        title="To list",
        help="A list as it is, any other value as a list of one, missing as an empty list.",
        args=(Arg("value"),),
        result=Kind.LIST,
        run=_to_list,
        takes_missing=True,
        is_certain=True,
        is_flat=True,
        examples=(
            Example(["to_list", ["get", "line"]], [{"sku": "A1"}], {"line": {"sku": "A1"}}),
            Example(["to_list", ["get", "line"]], [{"sku": "A1"}], {"line": [{"sku": "A1"}]}),
            Example(["to_list", ["get", "line"]], []),
        ),
    ),
)
