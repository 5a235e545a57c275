"""Values to JSONata and back. JSONata knows doubles only, so what a double cannot hold goes in as text.

As text: whole numbers beyond 2 to the power of 53, dates, and decimals; or, where the plan asks for doubles,
only decimals of more than 15 digits. What comes out is exact again: the digits that the engine wrote.
"""

from datetime import date
from decimal import Decimal
from typing import Final

import msgspec

from integrations.errors import MappingError
from integrations.mapping.allowance import Allowance
from integrations.mapping.jsonata.engine import LIMITS, MAX_TEXT, Expression, JsonataError, engine
from integrations.mapping.ops.convert import to_text
from integrations.mapping.values import MAX_DEPTH, MISSING, Missing, Result, Value, too_deep

LARGEST: Final = 1 << 53
DOUBLE_DIGITS: Final = 15
ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
LIMIT_HINT: Final = "Split the expression, or do this part with the operations of the mapping."


class Prepared:
    """An expression of a plan, compiled once. text: as it stands in the plan."""

    __slots__ = ("compiled", "text")

    def __init__(self, text: str, compiled: Expression) -> None:
        self.text = text
        self.compiled = compiled


def prepare(text: str) -> Prepared:
    """Compile an expression. Raises MappingError ``mapping.jsonata_syntax``."""
    if len(text) > MAX_TEXT:
        raise MappingError(
            "mapping.jsonata_syntax",
            f"A JSONata expression has at most {MAX_TEXT:,} characters.",
            hint="Split it into several rules.",
        )
    try:
        return Prepared(text, engine()(text))
    except JsonataError as error:
        raise MappingError(
            "mapping.jsonata_syntax",
            f"The JSONata expression cannot be read{_where(error)}: {error.message}.",
            hint="Try it in the editor; the code of JSONata is " + (error.code or "unknown") + ".",
        ) from error


def evaluate(allowance: Allowance, prepared: Prepared, value: Result, numbers: str) -> Result:
    """Evaluate an expression on a value. Raises MappingError ``mapping.jsonata…``."""
    document = _document(allowance, value, numbers)
    allowance.work(1 + len(document or "") // 64)
    env = allowance.env
    try:
        result = prepared.compiled.evaluate(document, now=env.now, seed=allowance.seed())
    except JsonataError as error:
        raise _failed(error) from error
    if result is None:
        return MISSING
    allowance.work(len(result) // 64)
    made: Value = DECODER.decode(result)
    allowance.hold(made)
    return made


def _where(error: JsonataError) -> str:
    return "" if error.position is None else f" at character {error.position}"


def _failed(error: JsonataError) -> MappingError:
    if error.is_limit:
        seconds = f"{LIMITS.timeout:g} second"
        return MappingError(
            "mapping.jsonata_limit",
            f"The JSONata expression needs more than it may: {seconds}, {LIMITS.max_steps:,} steps, "
            f"{LIMITS.max_depth} levels or {LIMITS.max_array_length:,} items ({error.code}).",
            hint=LIMIT_HINT,
        )
    return MappingError(
        "mapping.jsonata",
        f"The JSONata expression failed{_where(error)} with the error {error.code or 'of its own'}.",
        hint="Numbers with decimals and long ids are text in JSONata: use $number on those it computes with."
        if error.code.startswith("T")
        else "",
    )


def _document(allowance: Allowance, value: Result, numbers: str) -> str | None:
    """Write a value as JSON text; the same value is not written twice in one run."""
    if value is MISSING:
        return None
    known: str | None = allowance.recall(numbers, value)
    if known is not None:
        return known
    try:
        text = ENCODER.encode(_plain(allowance, value, numbers == "double", 0)).decode()
    except UnicodeError as error:
        raise MappingError("mapping.text", "The text holds characters that cannot be written.") from error
    allowance.remember(numbers, value, text)
    return text


def _plain(allowance: Allowance, value: Result, is_double: bool, depth: int) -> Value:  # noqa: FBT001  inner
    """Give a value with only what JSON and doubles can hold."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if -LARGEST <= value <= LARGEST else str(Decimal(value))
        case Decimal():
            return value if is_double and _fits(value) else to_text(value)
        case date():
            return to_text(value)
        case list() | dict() if depth > MAX_DEPTH:
            raise too_deep()
        case list():
            allowance.work(len(value))
            return [_plain(allowance, member, is_double, depth + 1) for member in value]
        case dict():
            allowance.work(len(value))
            return {key: _plain(allowance, member, is_double, depth + 1) for key, member in value.items()}
        case bytes() | Missing():
            raise MappingError(
                "mapping.type", "JSONata has no bytes.", hint="Convert them first with from_bytes."
            )


def _fits(value: Decimal) -> bool:
    """Tell whether a double gives the same number back."""
    return (
        value.is_finite() and len(value.as_tuple().digits) <= DOUBLE_DIGITS and -290 < value.adjusted() < 290
    )
