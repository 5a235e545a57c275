"""One value against one field of the target: its kind, its size, its codes."""

from collections.abc import Iterator
from decimal import Decimal

from integrations.errors import Problem
from integrations.mapping.fit.facts import Fact, kinds_of
from integrations.mapping.fit.follow import codes_in_words
from integrations.mapping.values import Kind, words_for
from integrations.schema.model import Field, Type

ACCEPTED = {
    Kind.DATE: "format_date or parse_date",
    Kind.DATETIME: "parse_datetime",
    Kind.NUMBER: "to_decimal",
    Kind.INTEGER: "to_integer",
    Kind.TEXT: "to_string",
    Kind.BOOLEAN: "to_boolean",
}


def value_problems(fact: Fact, found: Field, name: str, place: str) -> Iterator[Problem]:
    """Yield what is wrong with writing such a value to a field that takes one value."""
    if found.type is Type.ANY or not fact.kinds:
        return
    clash = _clash(fact, found, name, place)
    if clash is not None:
        yield clash
        if clash.severity == "error":
            return
    if kinds_of(found) is Kind.TEXT and found.type is Type.TEXT:
        yield from _lengths(fact, found, name, place)
    if found.type in {Type.INTEGER, Type.DECIMAL}:
        yield from _digits(fact, found, name, place)
    yield from _codes(fact, found, name, place)


def _clash(fact: Fact, found: Field, name: str, place: str) -> Problem | None:
    wanted = kinds_of(found)
    accepted = wanted
    if found.type in {Type.DATE, Type.MOMENT}:
        # A date that stands as text may be written as a date: every format writes it in ISO 8601.
        accepted |= Kind.DATE if found.type is Type.DATE else Kind.DATETIME
    if found.type is Type.DECIMAL:
        accepted |= Kind.NUMBER
    if fact.kinds & accepted:
        return None
    # Formats write numbers, dates and yes/no as text where the field is text.
    is_written = accepted & Kind.TEXT and not fact.kinds & (Kind.LIST | Kind.OBJECT | Kind.BYTES)
    conversion = ACCEPTED.get(wanted, "")
    return Problem(
        "mapping.type_clash",
        f"“{name}” takes {words_for(wanted)}, and {words_for(fact.kinds)} is written.",
        place,
        f"Convert it first, for example with {conversion}." if conversion else "",
        "warning" if is_written else "error",
    )


def _lengths(fact: Fact, found: Field, name: str, place: str) -> Iterator[Problem]:
    if found.max_length is not None and fact.length is not None and fact.length > found.max_length:
        kind = "characters are" if fact.is_fixed else "characters may be"
        yield Problem(
            "mapping.truncated",
            f"“{name}” holds {found.max_length} characters, and up to {fact.length} {kind} written.",
            place,
            "Cut the text with slice, or make it shorter.",
            "error" if fact.is_fixed else "warning",
        )
    if found.min_length and fact.is_fixed and fact.length is not None and fact.length < found.min_length:
        text = f"“{name}” needs at least {found.min_length} characters."
        yield Problem("mapping.too_short", text, place)


def _digits(fact: Fact, found: Field, name: str, place: str) -> Iterator[Problem]:
    scale = 0 if found.type is Type.INTEGER else found.scale
    severity = "error" if fact.is_fixed else "warning"
    if fact.kinds & Kind.NUMBER and fact.scale is not None and scale is not None and fact.scale > scale:
        yield Problem(
            "mapping.precision",
            f"“{name}” holds {scale} digits after the point, and up to {fact.scale} may be written.",
            place,
            "Round the number first.",
            "error" if severity == "error" else "warning",
        )
    elif found.type is Type.INTEGER and not fact.kinds & (Kind.INTEGER | Kind.TEXT):
        text = f"“{name}” takes a whole number, and a decimal number is written."
        yield Problem("mapping.precision", text, place, "Use to_integer, or round.", "warning")
    most = _whole(found)
    whole = fact.digits - (fact.scale or 0) if fact.digits is not None else None
    if most is not None and whole is not None and whole > most:
        yield Problem(
            "mapping.overflow",
            f"“{name}” holds {most} digits before the point, and up to {whole} may be written.",
            place,
            "Check that the numbers are never so large.",
            "error" if severity == "error" else "warning",
        )


def _whole(found: Field) -> int | None:
    """Give how many digits before the point a number field holds."""
    counts = []
    if found.max_length is not None:
        counts.append(found.max_length - (found.scale or 0))
    if found.maximum is not None and isinstance(found.maximum, Decimal):
        counts.append(max(1, found.maximum.adjusted() + 1))
    return min(counts) if counts else None


def _codes(fact: Fact, found: Field, name: str, place: str) -> Iterator[Problem]:
    if not found.is_closed or not found.choices:
        return
    if fact.values is None:
        if fact.kinds & (Kind.TEXT | Kind.INTEGER) and not fact.is_fixed:
            text = f"“{name}” takes only {len(found.choices)} codes, and any value may be written."
            hint = "Translate the codes with lookup or switch, if they are not the same on both sides."
            yield Problem("mapping.code_unmapped", text, place, hint, "info")
        return
    wrong = sorted(fact.values - found.choices.keys())
    if wrong:
        yield Problem(
            "mapping.code_unmapped",
            f"“{name}” has no code {codes_in_words(wrong)}.",
            place,
            f"Translate them with lookup or switch. It takes: {codes_in_words(list(found.choices))}.",
            "error" if fact.is_fixed or len(wrong) == len(fact.values) else "warning",
        )
