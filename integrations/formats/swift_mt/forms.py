"""The grammar of fields as data: a form reads a field's text into components and writes them back.

A form is the text with components in braces and optional parts in brackets: ``[/{account}]{bic}``. What a
component may hold and what value it becomes follows from its name. A field may have further forms, for what
banks write against the rules; the first that fits is taken, and it is written after the first of all.
Where writing would not give back the very text that was read (leading zeros, 30 February, other wrapping),
the text is kept beside the values as ``_text``; it is written again as long as the values are still those it
has.
"""

import json
import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Final, TypeAlias

from integrations.errors import DecodeError, EncodeError
from integrations.formats.codec import Record, Value, shape

KEPT: Final = "_text"

_PARTS: Final = re.compile(r"\{(\w+)\}|([\[\]])|([^{}\[\]]+)")
_PATTERNS: Final = {
    "date": r"\d{6}",
    "value_date": r"\d{6}",
    "entry_date": r"\d{4}|[ ]{4}",
    "time": r"\d{4}",
    "offset": r"[+-]\d{4}",
    "mark": r"[CD]",
    "line_mark": r"R?[CD]|E[CD]",
    "funds_code": r"[A-Z]",
    "currency": r"[A-Z0-9]{3}",
    "amount": r"[ ]?\d[\d,]{0,24}|,\d{1,24}",
    "rate": r"\d[\d,]{0,24}",
    "number": r"\d*",
    "statement_number": r"\d{1,5}",
    "sequence_number": r"\d{1,5}",
    "index": r"\d{1,5}",
    "total": r"\d{1,5}",
    "type": r"[A-Z][A-Z0-9 ]{3}",
    "reference": r"(?:(?!//)[^\n]){0,16}",
    "bank_reference": r"[^\n]{0,23}",
    "supplement": r"[\s\S]*",
    "details": r"[\s\S]*",
    "location": r"[\s\S]*",
    "name_and_address": r"[\s\S]*",
}
_LINE: Final = r"[^\n]+"
_LISTS: Final = frozenset({"details", "name_and_address"})
_NUMBERS: Final = frozenset({"amount", "rate"})
_DATES: Final = frozenset({"date", "value_date"})


class Form:
    """One form, compiled both ways."""

    def __init__(self, text: str) -> None:
        # An optional part of optional parts may stand there with none of them.
        self._is_loose = "[[" in text
        self.names = tuple(name for name, _, _ in _PARTS.findall(text) if name)
        self._match = re.compile(_pattern(text)).fullmatch
        self._write = _writer(text)
        self._reads = [(name, _READERS[name]) for name in self.names if name in _READERS]

    def read(self, text: str) -> tuple[Record, bool] | None:
        """Read a text; None where it does not fit. Raises ValueError for a date or number that is none.

        Gives the components, and whether writing them gives the very text back.
        """
        found = self._match(text)
        if found is None:
            return None
        record: Record = {name: value for name, value in found.groupdict().items() if value is not None}
        is_exact = True
        for name, read in self._reads:
            raw = record.get(name)
            if isinstance(raw, str):
                value, is_same = read(raw, record)
                is_exact &= is_same
                if value is None:
                    del record[name]
                else:
                    record[name] = value
        return record, is_exact and (not self._is_loose or self._write(record) == text)

    def write(self, record: Mapping[str, Value]) -> str:
        """Write the components. Raises EncodeError without a place."""
        return self._write(record)


def _pattern(text: str) -> str:
    out = []
    for name, bracket, literal in _PARTS.findall(text):
        if name:
            out.append(f"(?P<{'mark' if name == 'line_mark' else name}>{_PATTERNS.get(name, _LINE)})")
        elif bracket:
            out.append("(?:" if bracket == "[" else ")?")
        else:
            out.append(re.escape(literal))
    return "".join(out)


def _writer(text: str) -> Callable[[Mapping[str, Value]], str]:
    """Compile the way back: nested lists of literals and names; a bracket is left out if it has no value."""
    root: list[object] = []
    open_parts = [root]
    for name, bracket, literal in _PARTS.findall(text):
        if bracket == "[":
            inner: list[object] = []
            open_parts[-1].append(inner)
            open_parts.append(inner)
        elif bracket == "]":
            open_parts.pop()
        else:
            open_parts[-1].append(("mark" if name == "line_mark" else name, literal))

    def write(record: Mapping[str, Value], parts: list[object]) -> tuple[str, bool]:
        out, has_value = [], False
        for part in parts:
            if isinstance(part, list):
                inside, has = write(record, part)
                out.append(inside if has else "")
                has_value |= has
            elif isinstance(part, tuple):
                name, literal = part
                if not name:
                    out.append(literal)
                elif (value := record.get(name)) is not None:
                    out.append(_WRITERS.get(name, _text)(value, name))
                    has_value = True
        return "".join(out), has_value

    return lambda record: write(record, root)[0]


def _year(short: str) -> int:
    # The rule of SWIFT: 80 to 99 are of the last century.
    return int(short) + (1900 if short >= "80" else 2000)


@lru_cache(maxsize=4096)
def day(text: str) -> date:
    """Read YYMMDD. Banks that count 30 days in each month write 30 February: the last day is meant.

    >>> day("260230")
    datetime.date(2026, 2, 28)
    """
    year, month, number = _year(text[:2]), int(text[2:4]), int(text[4:6])
    if month == 2 and number <= 31:
        number = min(number, monthrange(year, 2)[1])
    return date(year, month, number)


@lru_cache(maxsize=4096)
def entry_day(text: str, value_date: date) -> date | None:
    """Read MMDD; the year is the one that brings it nearest to the value date."""
    if not text.strip(" "):
        return None
    found = day(f"{value_date.year % 100:02}{text}")
    away = (found - value_date).days
    if abs(away) < 180:
        return found
    return day(f"{(value_date.year + (1 if away < 0 else -1)) % 100:02}{text}")


_Found: TypeAlias = tuple[Value, bool]


@lru_cache(maxsize=4096)
def _read_day(raw: str) -> _Found:
    found = day(raw)
    return found, _date_text(found, "") == raw


def _read_entry(raw: str, record: Record) -> _Found:
    value_date = record["value_date"]
    if not isinstance(value_date, date):
        return raw, True
    found = entry_day(raw, value_date)
    return found, found is not None and f"{found.month:02}{found.day:02}" == raw


def _read_number(raw: str, _: Record) -> _Found:
    # Written again, it has a comma and no needless zero before it.
    is_exact = "," in raw and (raw[0] != "0" or raw[1] == ",") and raw[0] not in " ,"
    return number(raw), is_exact


def number(text: str) -> Decimal:
    """Read ``1234,56``. Raises ValueError for more than one comma.

    >>> number("1234,"), number("0,50")
    (Decimal('1234'), Decimal('0.50'))
    """
    whole, _, places = text.strip(" ").partition(",")
    if "," in places or not (whole + places).isascii():
        raise ValueError
    return Decimal(f"{whole}.{places}" if places else whole)


_READERS: Final[Mapping[str, Callable[[str, Record], _Found]]] = {
    **dict.fromkeys(_DATES, lambda raw, _: _read_day(raw)),
    **dict.fromkeys(_NUMBERS, _read_number),
    **dict.fromkeys(_LISTS, lambda raw, _: ([*raw.split("\n")], True)),
    "entry_date": _read_entry,
}


def _text(value: Value, name: str) -> str:
    if not isinstance(value, str):
        raise EncodeError("swift_mt.not_text", "A text was expected.", place=name)
    return value


def _date_text(value: Value, name: str) -> str:
    if not isinstance(value, date):
        raise EncodeError("swift_mt.not_date", "A date was expected.", place=name)
    text = f"{value.year % 100:02}{value.month:02}{value.day:02}"
    return text[2:] if name == "entry_date" else text


def amount_text(value: Value, name: str) -> str:
    """Write a number with a comma, which always stands there: ``1234,`` and ``0,50``."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise EncodeError("swift_mt.not_number", "A number was expected.", place=name)
    amount = Decimal(value)
    if not amount.is_finite() or amount.is_signed() or not -30 < amount.adjusted() < 30:
        raise EncodeError(
            "swift_mt.not_number",
            "A number of zero or more with at most 15 digits was expected.",
            hint="Debit and credit are said by the mark, not by a sign.",
            place=name,
        )
    text = format(amount, "f").replace(".", ",")
    if len(text) > 40:
        raise EncodeError("swift_mt.not_number", "The number has too many places.", place=name)
    return text if "," in text else text + ","


def _lines(value: Value, name: str) -> str:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise EncodeError("swift_mt.not_lines", "A list of lines was expected.", place=name)
    return "\n".join(str(line) for line in value)


_WRITERS: Final[Mapping[str, Callable[[Value, str], str]]] = {
    **dict.fromkeys((*_DATES, "entry_date"), _date_text),
    **dict.fromkeys(_NUMBERS, amount_text),
    **dict.fromkeys(_LISTS, _lines),
}


@dataclass(frozen=True, slots=True)
class FieldForm:
    """A tag: its title, the standard's notation, and its forms (none: the text itself)."""

    tag: str
    title: str
    notation: str
    forms: tuple[Form, ...]

    def read(self, text: str) -> Value:
        """Read a field. Raises DecodeError without a place."""
        if not self.forms:
            return text
        try:
            for form in self.forms:
                found = form.read(text)
                if found is not None:
                    record, is_exact = found
                    if not is_exact or form is not self.forms[0]:
                        record[KEPT] = text
                    return record
        except ValueError:
            raise self._fault(text, "There is no such day or number.") from None
        raise self._fault(text, f"The field does not have its form {self.notation}.")

    def _fault(self, text: str, message: str) -> DecodeError:
        return DecodeError(
            "swift_mt.field",
            f"{message[:-1]}; the form found is [{shape(text)}].",
            hint="Reading values as text takes any form.",
            place=f"field {self.tag}",
        )

    def write(self, value: Value) -> str:
        """Write a field. Raises EncodeError; its place names the component only."""
        if isinstance(value, str):
            return value
        if not self.forms or not isinstance(value, dict):
            raise EncodeError("swift_mt.not_text", "A text was expected.")
        form = self.forms[0]
        kept = value.get(KEPT)
        if isinstance(kept, str) and self._still_says(kept, value):
            return kept
        unknown = value.keys() - set(form.names) - {KEPT, "mark"}
        if unknown:
            raise EncodeError(
                "swift_mt.extra_component",
                "A field has a component that has no place in it.",
                hint=f"It takes: {', '.join(form.names)}.",
            )
        return form.write(value)

    def _still_says(self, kept: str, value: Record) -> bool:
        try:
            found = self.read(kept)
        except DecodeError:
            return False
        return isinstance(found, dict) and {**found, KEPT: kept} == value


@lru_cache(maxsize=1)
def field_forms() -> Mapping[str, FieldForm]:
    """Load the forms of all tags."""
    raw = json.loads(files(__package__).joinpath("tables/fields.json").read_bytes())
    return {
        tag: FieldForm(tag, title, notation, tuple(_form(text) for text in forms))
        for tag, (title, notation, *forms) in raw.items()
    }


@lru_cache(maxsize=256)
def _form(text: str) -> Form:
    return Form(text)


@lru_cache(maxsize=1)
def codes() -> Mapping[str, Mapping[str, str]]:
    """Load the code lists."""
    found: dict[str, dict[str, str]] = json.loads(
        files(__package__).joinpath("tables/codes.json").read_bytes()
    )
    return found
