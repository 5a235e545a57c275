"""Amounts of money: digits by currency (ISO 4217), rounding to steps, sharing out without losing a cent."""

import decimal
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.ops.convert import MAX_DIGITS, number_size, to_decimal
from integrations.mapping.ops.number import EXACT, MODES, Number, quantum, rounded
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.tables import table
from integrations.mapping.values import Kind, Value, kind_of, words_for

MAX_SHARE_DIGITS: Final = 40


def minor_units(currency: str) -> int:
    """Give the digits after the point of a currency. Raises MappingError ``mapping.currency``."""
    found = table("currencies").get(currency)
    if found is None or found[1] is None:
        raise MappingError(
            "mapping.currency",
            "This is not the code of a currency with minor units.",
            hint="Currencies are written by ISO 4217 in capitals, such as EUR, USD or JPY.",
        )
    digits: int = found[1]
    return digits


def _round_money(amount: Number, currency: str, mode: str) -> Decimal:
    return rounded(amount, quantum(minor_units(currency)), mode)


def _round_cash(amount: Number, currency: str, mode: str) -> Decimal:
    digits, row = minor_units(currency), table("currencies")[currency]
    made = round_to(amount, Decimal(row[2]), mode) if len(row) > 2 else amount
    return rounded(made, quantum(digits), mode)


def round_to(number: Number, step: Number, mode: str) -> Decimal:
    """Give the multiple of a step that is next to a number, exactly. Raises MappingError, ArithmeticError."""
    if step <= 0:
        raise MappingError("mapping.argument", "The step to round to must be more than zero.")
    value, unit = Decimal(number), Decimal(step)
    count = EXACT.divide_int(value, unit)
    rest = EXACT.subtract(value, EXACT.multiply(count, unit))
    if rest and _goes_up(count, EXACT.multiply(EXACT.abs(rest), 2), unit, mode, is_negative=value < 0):
        count = EXACT.add(count, -1 if value < 0 else 1)
    return EXACT.multiply(count, unit)


def _goes_up(count: Decimal, twice: Decimal, unit: Decimal, mode: str, *, is_negative: bool) -> bool:
    """Tell whether a magnitude with a rest is rounded away from zero; ``twice`` is twice the rest."""
    match mode:
        case decimal.ROUND_UP:
            return True
        case decimal.ROUND_DOWN:
            return False
        case decimal.ROUND_CEILING:
            return not is_negative
        case decimal.ROUND_FLOOR:
            return is_negative
        case decimal.ROUND_HALF_EVEN if twice == unit:
            return bool(EXACT.remainder(count, 2))
        case decimal.ROUND_HALF_DOWN:
            return twice > unit
        case _:
            return twice >= unit


def _to_minor(amount: Number, currency: str) -> int:
    units = EXACT.scaleb(Decimal(amount), minor_units(currency))
    if units.adjusted() > MAX_DIGITS:
        raise number_size()
    whole = int(units)
    if whole != units:
        raise MappingError(
            "mapping.money",
            "The amount has more digits after the point than its currency.",
            hint="Round it first with round_money.",
        )
    return whole


def _from_minor(units: int, currency: str) -> Decimal:
    return EXACT.scaleb(Decimal(units), -minor_units(currency))


def _allocate(amount: Number, weights: list[Value], digits: int) -> list[Value]:
    """Share out an amount by weights: each share is rounded down, and the rest goes to the largest rests."""
    unit = quantum(digits)
    total = EXACT.divide(Decimal(amount), unit)
    if total != EXACT.to_integral_value(total):
        raise MappingError(
            "mapping.money",
            "The amount has more digits after the point than its shares may have.",
            hint="Round it first.",
        )
    if not weights:
        return []
    parts = [_weight(weight) for weight in weights]
    parts = parts if any(parts) else [1] * len(parts)
    whole, sign, sum_of_parts = abs(int(total)), -1 if total < 0 else 1, sum(parts)
    shares, rests = map(list, zip(*(divmod(whole * part, sum_of_parts) for part in parts), strict=True))
    order = sorted(range(len(parts)), key=lambda index: -rests[index])
    for index in order[: whole - sum(shares)]:
        shares[index] += 1
    return [EXACT.multiply(sign * share, unit) for share in shares]


def _weight(weight: Value) -> int:
    """Give a weight in whole parts of 10 to the power of -40."""
    if not isinstance(weight, int | Decimal) or isinstance(weight, bool):
        raise MappingError(
            "mapping.type",
            f"allocate needs a list of numbers, but there is {words_for(kind_of(weight))} in it.",
        )
    scaled = EXACT.scaleb(Decimal(weight), MAX_SHARE_DIGITS)
    if weight < 0 or scaled.adjusted() > 3 * MAX_SHARE_DIGITS or scaled != EXACT.to_integral_value(scaled):
        raise MappingError(
            "mapping.argument",
            "The weights of allocate must be zero or more, with at most 40 digits on each side of the point.",
        )
    return int(scaled)


def _from_implied(value: str | int, digits: int) -> Decimal:
    number = to_decimal(value, ".")
    if isinstance(value, str) and not value.strip().lstrip("+-").isdecimal():
        raise MappingError(
            "mapping.number",
            "The number has other characters than digits, so its decimals are not implied.",
            hint="Use to_decimal for a number that is written with its point.",
        )
    return EXACT.scaleb(number, -_digits(digits))


def _to_implied(number: Number, digits: int, width: int) -> str:
    scaled = EXACT.scaleb(Decimal(number), _digits(digits))
    if scaled.adjusted() > MAX_DIGITS or not 0 <= width <= 100:
        raise number_size()
    whole = int(scaled)
    if whole != scaled:
        raise MappingError(
            "mapping.number", "The number has more decimals than are implied.", hint="Round it first."
        )
    text = str(abs(whole)).zfill(width - (whole < 0))
    if width and len(text) > width - (whole < 0):
        raise MappingError("mapping.argument", "The number is wider than the field.")
    return f"-{text}" if whole < 0 else text


def _digits(digits: int) -> int:
    if not 0 <= digits <= 30:
        raise MappingError("mapping.argument", "The number of implied decimals is from 0 to 30.")
    return digits


def _currency(code: str | int, form: str) -> str:
    currencies = table("currencies")
    text = str(code).zfill(3)
    found = text if text in currencies else _by_number(text, currencies)
    return found if form == "letters" else str(currencies[found][0])


def _by_number(number: str, currencies: dict[str, Sequence[str]]) -> str:
    found = next((code for code, row in currencies.items() if row[0] == number), None)
    if found is None:
        raise MappingError("mapping.currency", "There is no currency of this code.")
    return found


AMOUNT: Final = Arg("amount", Kind.NUMBER)
CURRENCY: Final = Arg("currency", Kind.TEXT, vet=minor_units)
MODE: Final = Arg(
    "mode",
    Kind.TEXT,
    default="half_up",
    fixed=True,
    choices=tuple(MODES),
    prepare=MODES.__getitem__,
)
PRICE: Final = {"price": Decimal("10.025")}

OPS: Final = (
    Op(
        key="minor_units",
        title="Digits of currency",
        help="How many digits a currency has after the point, by ISO 4217: 2 for EUR, 0 for JPY, 3 for BHD.",
        args=(CURRENCY,),
        result=Kind.INTEGER,
        run=minor_units,
        is_flat=True,
        examples=(
            Example(["minor_units", "JPY"], 0),
            Example(["minor_units", ["get", "currency"]], 3, {"currency": "BHD"}),
            Example(["minor_units", "XAU"], error="mapping.currency"),
        ),
    ),
    Op(
        key="round_money",
        title="Round to currency",
        help="An amount with as many digits after the point as its currency has.",
        args=(AMOUNT, CURRENCY, MODE),
        result=Kind.DECIMAL,
        run=_round_money,
        is_flat=True,
        examples=(
            Example(["round_money", ["get", "price"], "EUR"], Decimal("10.03"), PRICE),
            Example(["round_money", ["get", "price"], "EUR", "half_even"], Decimal("10.02"), PRICE),
            Example(["round_money", ["get", "price"], "JPY"], Decimal(10), PRICE),
            Example(["round_money", ["get", "price"], "EURO"], source=PRICE, error="mapping.currency"),
        ),
    ),
    Op(
        key="round_cash",
        title="Round to cash",
        help="An amount as it can be paid in coins: to 0.05 in CHF, AUD and CAD, 0.10 in NZD, 0.50 in DKK, 1 "
        "in SEK, NOK, ISK and CZK, 5 in HUF; in other currencies to the minor unit.",
        args=(AMOUNT, CURRENCY, MODE),
        result=Kind.DECIMAL,
        run=_round_cash,
        is_flat=True,
        examples=(
            Example(["round_cash", ["get", "price"], "CHF"], Decimal("10.05"), PRICE),
            Example(["round_cash", ["get", "price"], "HUF"], Decimal("10.00"), PRICE),
        ),
    ),
    Op(
        key="round_to",
        title="Round to steps",
        help="The multiple of a step that is next to a number: 0.05, 0.25, 12.",
        args=(Arg("number", Kind.NUMBER), Arg("step", Kind.NUMBER), MODE),
        result=Kind.DECIMAL,
        run=round_to,
        is_flat=True,
        examples=(
            Example(["round_to", ["get", "price"], ["lit", Decimal("0.05")]], Decimal("10.05"), PRICE),
            Example(["round_to", 13, 12, "up"], Decimal(24)),
            Example(["round_to", -13, 12, "ceiling"], Decimal(-12)),
            Example(["round_to", 18, 12, "half_even"], Decimal(24)),
            Example(["round_to", 5, 0], error="mapping.argument"),
        ),
    ),
    Op(
        key="to_minor",
        title="In cents",
        help="An amount in the minor units of its currency, as a whole number. An amount with more digits "
        "than the currency has is an error.",
        args=(AMOUNT, CURRENCY),
        result=Kind.INTEGER,
        run=_to_minor,
        is_flat=True,
        examples=(
            Example(["to_minor", ["get", "price"], "EUR"], 1010, {"price": Decimal("10.10")}),
            Example(["to_minor", 10, "JPY"], 10),
            Example(["to_minor", ["get", "price"], "EUR"], source=PRICE, error="mapping.money"),
        ),
    ),
    Op(
        key="from_minor",
        title="From cents",
        help="The amount that so many minor units of a currency make.",
        args=(Arg("units", Kind.INTEGER), CURRENCY),
        result=Kind.DECIMAL,
        run=_from_minor,
        is_flat=True,
        examples=(
            Example(["from_minor", 1010, "EUR"], Decimal("10.10")),
            Example(["from_minor", 1010, "KWD"], Decimal("1.010")),
        ),
    ),
    Op(
        key="allocate",
        title="Share out",
        help="An amount shared out over lines by their weights, as a list of amounts with so many digits "
        "after the point that add up to it exactly. Cents left over go to the lines that rounding cut most, "
        "the earlier first. Equal shares where all weights are zero.",
        args=(AMOUNT, Arg("weights", Kind.LIST), Arg("digits", Kind.INTEGER, default=2)),
        result=Kind.LIST,
        run=_allocate,
        examples=(
            Example(
                ["allocate", 100, ["lit", [1, 1, 1]]],
                [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")],
            ),
            Example(["allocate", -5, ["lit", [0, 0]], 0], [Decimal(-3), Decimal(-2)]),
            Example(["allocate", 5, ["lit", []]], []),
            Example(["allocate", ["get", "price"], ["lit", [1]]], source=PRICE, error="mapping.money"),
            Example(["allocate", 5, ["lit", [1, -1]]], error="mapping.argument"),
            Example(["allocate", 5, ["lit", ["1"]]], error="mapping.type"),
        ),
    ),
    Op(
        key="from_implied",
        title="Read implied decimals",
        help="The number behind digits without a point, of which the last ones are decimals: 0012345 with 2 "
        "is 123.45.",
        args=(Arg("text", Kind.TEXT | Kind.INTEGER), Arg("digits", Kind.INTEGER)),
        result=Kind.DECIMAL,
        run=_from_implied,
        is_flat=True,
        examples=(
            Example(["from_implied", "0012345", 2], Decimal("123.45")),
            Example(["from_implied", "-5", 3], Decimal("-0.005")),
            Example(["from_implied", 100, 2], Decimal("1.00")),
            Example(["from_implied", "1.5", 2], error="mapping.number"),
        ),
    ),
    Op(
        key="to_implied",
        title="Write implied decimals",
        help="A number as digits without a point, with so many implied decimals, filled with zeros to a "
        "width. A number with more decimals or wider than the field is an error.",
        args=(Arg("number", Kind.NUMBER), Arg("digits", Kind.INTEGER), Arg("width", Kind.INTEGER, default=0)),
        result=Kind.TEXT,
        run=_to_implied,
        is_flat=True,
        examples=(
            Example(["to_implied", ["get", "n"], 2, 7], "0012340", {"n": Decimal("123.4")}),
            Example(["to_implied", -5, 2, 6], "-00500"),
            Example(["to_implied", 5, 2], "500"),
            Example(["to_implied", ["get", "price"], 2], source=PRICE, error="mapping.number"),
            Example(["to_implied", 5000, 2, 4], error="mapping.argument"),
        ),
    ),
    Op(
        key="currency_code",
        title="Code of currency",
        help="The code of a currency by ISO 4217, in letters (EUR) or as a number (978), from either.",
        args=(
            Arg("code", Kind.TEXT | Kind.INTEGER),
            Arg("form", Kind.TEXT, default="letters", fixed=True, choices=("letters", "number")),
        ),
        result=Kind.TEXT,
        run=_currency,
        is_flat=True,
        examples=(
            Example(["currency_code", "978"], "EUR"),
            Example(["currency_code", 36], "AUD"),
            Example(["currency_code", "THB", "number"], "764"),
            Example(["currency_code", "???"], error="mapping.currency"),
        ),
    ),
)
