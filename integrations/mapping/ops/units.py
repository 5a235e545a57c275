"""Units of measurement by UN/ECE Recommendation 20, converted by exact factors."""

from decimal import Decimal
from functools import cache
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.ops.number import EXACT, QUOTIENT, ROUNDED, Number
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.tables import table
from integrations.mapping.values import Kind

MAX_ZEROS: Final = 100
"""Up to this many zeros at its end, a number is written in full."""


@cache
def _factor(unit: str) -> tuple[Decimal, Decimal, Decimal]:
    """Give dividend, divisor and what is added first, from a unit to the base unit of its dimension."""
    _, _, factor, *added = table("units")[unit]
    dividend, _, divisor = factor.partition("/")
    return Decimal(dividend), Decimal(divisor or 1), Decimal(added[0] if added else 0)


def known_unit(code: str) -> str:
    """Give the code of a unit. Raises MappingError ``mapping.unit``."""
    if code not in table("units"):
        raise MappingError(
            "mapping.unit",
            "There is no unit of this code.",
            hint="Units are written by UN/ECE Rec 20, such as KGM, LBR, MTR, C62; see unit_code for X12.",
        )
    return code


def convert(number: Number, unit: str, other: str) -> Decimal:
    """Convert a number between units: exactly where the result ends within 34 digits, else to 34 digits."""
    units = table("units")
    dimension = units[known_unit(unit)][1]
    if unit == other:
        return Decimal(number)
    if not dimension or units[known_unit(other)][1] != dimension:
        raise MappingError(
            "mapping.unit",
            "The two units do not measure the same.",
            hint="A mass cannot become a length; packages have no fixed size.",
        )
    up, down, added = _factor(unit)
    other_up, other_down, other_added = _factor(other)
    base = EXACT.multiply(EXACT.multiply(EXACT.add(Decimal(number), added), up), other_down)
    scale = EXACT.multiply(down, other_up)
    if not other_added:
        return _plain(QUOTIENT.divide(base, scale))
    return _plain(QUOTIENT.divide(EXACT.subtract(base, EXACT.multiply(other_added, scale)), scale))


def _plain(number: Decimal) -> Decimal:
    """Leave out the zeros that a multiplication by a factor brings."""
    short = number.normalize(QUOTIENT)
    exponent = short.as_tuple().exponent
    is_short = not isinstance(exponent, int) or exponent <= 0 or exponent > MAX_ZEROS
    return short if is_short else short.quantize(Decimal(1), context=ROUNDED)


def _unit_code(code: str, direction: str) -> str:
    rows = table("x12_units") if direction == "from_x12" else _to_x12()
    found: str | None = rows.get(code)
    if found is None:
        raise MappingError(
            "mapping.unit", "There is no unit for this code.", hint="Use cross_reference with your own table."
        )
    return found


@cache
def _to_x12() -> dict[str, str]:
    rows = table("x12_units")
    return {unit: code for code, unit in reversed(rows.items())} | {"LBR": "LB", "FOT": "FT", "XPX": "PL"}


def _unit_name(code: str) -> str:
    return str(table("units")[known_unit(code)][0])


UNIT: Final = Arg("unit", Kind.TEXT, vet=known_unit)

OPS: Final = (
    Op(
        key="convert_unit",
        title="Convert unit",
        help="A quantity in another unit of the same dimension. Units are codes of UN/ECE Rec 20: KGM, GRM, "
        "LBR, ONZ, TNE; MTR, CMT, INH, FOT; LTR, MLT, GLL; MTQ, FTQ; MTK; HUR, DAY; C62, DZN; CEL, FAH. "
        "Exact, or to 34 digits where the result has no end.",
        args=(Arg("number", Kind.NUMBER), UNIT, Arg("other unit", Kind.TEXT, vet=known_unit)),
        result=Kind.DECIMAL,
        run=convert,
        is_flat=True,
        examples=(
            Example(["convert_unit", 10, "LBR", "KGM"], Decimal("4.5359237")),
            Example(["convert_unit", 3, "DZN", "C62"], Decimal(36)),
            Example(["convert_unit", 212, "FAH", "CEL"], Decimal(100)),
            Example(["convert_unit", 36, "KMH", "MTS"], Decimal(10)),
            Example(
                ["convert_unit", 1, "KGM", ["get", "unit"]],
                Decimal("2.20462262184877580722973801345027"),
                {"unit": "LBR"},
            ),
            Example(["convert_unit", 1, "KGM", "MTR"], error="mapping.unit"),
            Example(["convert_unit", 1, "kilo", "KGM"], error="mapping.unit"),
        ),
    ),
    Op(
        key="unit_code",
        title="Code of unit",
        help="The Rec 20 code for a unit of X12 (element 355), or the other way round.",
        args=(
            Arg("code", Kind.TEXT),
            Arg("direction", Kind.TEXT, default="from_x12", fixed=True, choices=("from_x12", "to_x12")),
        ),
        result=Kind.TEXT,
        run=_unit_code,
        is_flat=True,
        examples=(
            Example(["unit_code", "LB"], "LBR"),
            Example(["unit_code", "KGM", "to_x12"], "KG"),
            Example(["unit_code", "??"], error="mapping.unit"),
        ),
    ),
    Op(
        key="unit_name",
        title="Name of unit",
        help="The English name of a unit by its Rec 20 code.",
        args=(UNIT,),
        result=Kind.TEXT,
        run=_unit_name,
        is_flat=True,
        examples=(
            Example(["unit_name", "LBR"], "pound"),
            Example(["unit_name", "?"], error="mapping.unit"),
        ),
    ),
)
