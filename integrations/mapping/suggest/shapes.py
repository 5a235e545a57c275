"""What values look like, and what a field expects them to look like."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from integrations.schema.model import Field, Type


class Shape(StrEnum):
    """The look of a value."""

    DATE = "date"
    NUMBER = "number"
    EMAIL = "email"
    URL = "url"
    GTIN = "gtin"
    IBAN = "iban"
    COUNTRY = "country"
    CURRENCY = "currency"
    BOOLEAN = "boolean"
    TEXT = "text"


_DAY: Final = "(?:[0-9]{4}[-/.][01]?[0-9][-/.][0-3]?[0-9]|[0-3]?[0-9][-/.][01]?[0-9][-/.][0-9]{2,4})"
_LOOKS: Final = (
    (Shape.DATE, re.compile(_DAY + r"(?:[T ][0-9:.+Z-]{4,})?")),
    (Shape.EMAIL, re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[a-zA-Z]{2,20}")),
    (Shape.URL, re.compile(r"(?:https?|ftp)://\S{1,2000}")),
    (Shape.IBAN, re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")),
    (Shape.GTIN, re.compile(r"[0-9]{8}|[0-9]{12,14}")),
    (Shape.COUNTRY, re.compile(r"[A-Z]{2}")),
    (Shape.CURRENCY, re.compile(r"[A-Z]{3}")),
    (Shape.NUMBER, re.compile(r"[-+]?[0-9]{1,18}(?:[.,][0-9]{1,9})?")),
    (Shape.BOOLEAN, re.compile(r"(?i:true|false|yes|no|y|n)")),
)
_BY_MEANING: Final = {
    "gtin": Shape.GTIN,
    "iban": Shape.IBAN,
    "email": Shape.EMAIL,
    "url": Shape.URL,
}
_BY_TYPE: Final = {
    Type.DATE: Shape.DATE,
    Type.MOMENT: Shape.DATE,
    Type.INTEGER: Shape.NUMBER,
    Type.DECIMAL: Shape.NUMBER,
    Type.BOOLEAN: Shape.BOOLEAN,
}
STRICT: Final = frozenset(Shape) - {Shape.TEXT, Shape.COUNTRY, Shape.CURRENCY}


def seen(values: Iterable[object]) -> frozenset[Shape]:
    """Give the shapes of values; none where there is none that tells."""
    found = {shape for value in values if (shape := _of(value)) is not None}
    return frozenset(found)


def _of(value: object) -> Shape | None:
    match value:
        case bool():
            return Shape.BOOLEAN
        case int() | Decimal():
            return Shape.NUMBER
        case date() | datetime():
            return Shape.DATE
        case str():
            text = value.strip()[:2_100]
            if not text:
                return None
            return next((shape for shape, look in _LOOKS if look.fullmatch(text)), Shape.TEXT)
        case _:
            return None


def expected(found: Field, words: Mapping[str, int]) -> frozenset[Shape]:
    """Give the shape that a field asks for by its type, its notation or what it means."""
    if found.type in _BY_TYPE:
        return frozenset({_BY_TYPE[found.type]})
    if found.notation == "email":
        return frozenset({Shape.EMAIL})
    if found.notation == "uri":
        return frozenset({Shape.URL})
    return frozenset(shape for word, shape in _BY_MEANING.items() if words.get(word) == 100)


def fit(source: frozenset[Shape], target: frozenset[Shape]) -> int:
    """Say in percent how well values of these shapes fit: 100 for no objection, more for a good sign."""
    if not source or not target:
        return 100
    if source <= target:
        return 112
    if source & target:
        return 100
    numbers = {Shape.NUMBER, Shape.GTIN}
    if source <= numbers and target <= numbers:
        return 85
    return 60 if target <= STRICT or source <= STRICT else 95
