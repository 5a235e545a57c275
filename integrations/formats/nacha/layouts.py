"""Record layouts as data: 94 characters to a dict of fields and back.

The tables give name, start (from 1), length, kind and usage of each field, and its value where that is
fixed. Kinds: ``text`` (filled with blanks), ``right`` (text at the right end), ``digits`` (stay text: 007 is
not 7), ``count`` (whole number), ``cents`` (Decimal with two places), ``date`` (YYMMDD), ``fixed`` and
``blank``.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Context, Decimal
from functools import lru_cache
from importlib.resources import files
from operator import itemgetter
from typing import Final, NamedTuple

from integrations.errors import DecodeError, EncodeError
from integrations.formats.codec import Record, Value, shape

WIDTH: Final = 94
_EXACT: Final = Context(prec=100)


class FieldRow(NamedTuple):
    """One field of a record: where it stands (start from 1) and what it holds."""

    name: str
    start: int
    length: int
    kind: str
    usage: str
    fixed: str = ""


class _Fault(Exception):  # noqa: N818  never leaves this module: the place is added
    """A code and a message without the value."""


Recode = Callable[[str], str]
"""Turns a cut text of bytes (as latin-1) into what they mean, where records are counted in bytes."""


class Layout:
    """One kind of record, compiled."""

    def __init__(self, name: str, rows: tuple[FieldRow, ...]) -> None:
        self.name = name
        self.rows = rows
        self.is_plain = name == "entry_detail"
        kept = [row for row in rows if row.kind != "fixed"]
        self.names = tuple(row.name for row in kept)
        self._allowed = frozenset(self.names)
        self._cut: Callable[[str], tuple[str, ...]] = itemgetter(*(_slice(row) for row in kept))
        self._typed = [
            (row.name, _READERS["due" if row.kind == "date" and row.usage == "M" else row.kind])
            for row in kept
            if row.kind in _READERS
        ]
        self._blanks = tuple(row.name for row in kept if row.kind == "blank")
        self._right = {row.name: row.length for row in kept if row.kind == "right"}
        numbers = [r for r in kept if r.usage == "M" and r.kind in {"digits", "count", "cents"}]
        self._numbers: Callable[[str], tuple[str, ...]] = itemgetter(
            *(_slice(row) for row in numbers), slice(0, 0)
        )
        amounts = [row for row in kept if row.name in {"amount", "total_amount"}]
        self.amount = _slice(amounts[0]) if amounts else slice(0)
        self.amount_name = amounts[0].name if amounts else ""
        self._writes = [(row.name, _writer(row)) for row in rows]

    def read(self, text: str, recode: Recode | None = None) -> Record:
        """Read a text of 94 characters. Raises DecodeError; its place lacks the line."""
        cut = self._cut(text)
        if text.isascii():
            record: Record = dict(zip(self.names, map(str.rstrip, cut), strict=True))
        else:
            record = {
                name: (recode(part) if recode else part).rstrip(" ")
                for name, part in zip(self.names, cut, strict=True)
            }
        name = ""
        try:
            for name, read in self._typed:
                record[name] = read(str(record[name]))
        except _Fault as fault:
            raise self.fault(name, text, *fault.args) from None
        for name in self._blanks:
            if not record[name]:
                del record[name]
        for name, length in self._right.items():
            value = str(record[name])
            short = value.lstrip(" ")
            # Written at the left end against the rule: the blanks tell, so they are kept.
            record[name] = short if not value or short.rjust(length) == value else value.ljust(length)
        return record

    def has_numbers(self, text: str) -> bool:
        """Say whether all mandatory numbers of the record are digits."""
        joined = "".join(self._numbers(text))
        return (joined.isdigit() and joined.isascii()) or not joined

    def bad_number(self, text: str) -> DecodeError:
        """Give the error for the first mandatory number that is none."""
        return self.fault(self.missing(text), text, "not_digits", "Digits were expected")

    def missing(self, text: str) -> str:
        """Name the first mandatory number that is none."""
        return next(
            row.name
            for row in self.rows
            if row.usage == "M"
            and row.kind in {"digits", "count", "cents"}
            and not (text[_slice(row)].isdigit() and text[_slice(row)].isascii())
        )

    def fault(self, name: str, text: str, code: str, message: str) -> DecodeError:
        """Make the error of a field; the caller knows the line."""
        row = next(row for row in self.rows if row.name == name)
        found = shape(text[_slice(row)])
        return DecodeError(
            f"nacha.{code}",
            f"{message}, the form found is [{found}].",
            place=f"record {self.name}, field {name}, column {row.start}",
        )

    def write(self, record: Mapping[str, Value], place: str) -> str:
        """Write 94 characters; fixed values are filled in. Raises EncodeError."""
        if not record.keys() <= self._allowed:
            raise EncodeError(
                "nacha.extra_field",
                "A record has a field that has no place in the file.",
                hint=f"A record {self.name} takes: {', '.join(self.names)}.",
                place=place,
            )
        name = ""
        try:
            text = "".join([write(record.get(name)) for name, write in self._writes])
        except _Fault:
            code, message, name = self._failing(record)
            raise EncodeError(f"nacha.{code}", message, place=f"{place}, field {name}") from None
        if not text.isprintable() and has_control(text):
            raise EncodeError("nacha.control_character", "A text holds a line end or the like.", place=place)
        return text

    def _failing(self, record: Mapping[str, Value]) -> tuple[str, str, str]:
        for name, write in self._writes:
            try:
                write(record.get(name))
            except _Fault as fault:
                return fault.args[0], fault.args[1], name
        raise AssertionError("a field failed and now does not")


def has_control(text: str) -> bool:
    """Say whether a text holds a control character (C0 or DEL)."""
    return any(letter < " " or letter == "\x7f" for letter in text)


def _slice(row: FieldRow) -> slice:
    return slice(row.start - 1, row.start - 1 + row.length)


def _read_count(raw: str) -> Value:
    if raw.isdigit() and raw.isascii():
        return int(raw)
    text = raw.strip(" ")
    if not text:
        return None
    if not (text.isdigit() and text.isascii()):
        raise _Fault("not_number", "A whole number was expected")
    return int(text)


def _read_cents(raw: str) -> Value:
    if not (raw.isdigit() and raw.isascii()):
        raw = raw.strip(" ")
        if not raw:
            return None
        if not (raw.isdigit() and raw.isascii()):
            raise _Fault("not_amount", "An amount in cents was expected")
        raw = raw.zfill(3)
    return Decimal(f"{raw[:-2]}.{raw[-2:]}")


def _read_date(raw: str) -> Value:
    # Zeros say "no date" in returns and prenotes, and banks write words here: what is no date stays as it is
    # written, blanks are null.
    return _day(raw) or (raw or None)


def _read_due_date(raw: str) -> Value:
    found = _day(raw)
    if found is None and raw.strip(" 0"):
        raise _Fault("not_date", "A date YYMMDD was expected")
    return found or (raw or None)


@lru_cache(maxsize=1024)
def _day(raw: str) -> date | None:
    if len(raw) != 6 or not raw.isdigit() or not raw.isascii():
        return None
    year = int(raw[:2])
    try:
        # The POSIX rule: 69 to 99 are of the last century.
        return date(year + (1900 if year >= 69 else 2000), int(raw[2:4]), int(raw[4:]))
    except ValueError:
        return None


_READERS: dict[str, Callable[[str], Value]] = {
    "count": _read_count,
    "cents": _read_cents,
    "date": _read_date,
    "due": _read_due_date,
}


def _writer(row: FieldRow) -> Callable[[Value], str]:
    length = row.length
    is_number = row.kind in {"count", "cents"}
    missing = row.fixed or ("0" if is_number and row.usage == "M" else " ") * length
    if is_number:
        number = _whole if row.kind == "count" else _cents
        return lambda value: missing if value is None else number(value, length)
    pads_right = row.kind not in {"digits", "right"}
    fill = "0" if row.kind == "digits" else " "

    def write(value: Value) -> str:
        if value.__class__ is str:
            size = len(value)
            if size == length:
                return value
            return _fit(str(value))
        if value is None:
            return missing
        if row.kind == "date" and isinstance(value, date):
            return _date_text(value)
        raise _Fault("not_text", "A text was expected.")

    def _fit(text: str) -> str:
        if len(text) > length:
            raise _Fault("too_long", f"The value needs {len(text)} characters, the field has {length}.")
        if not text:
            return missing
        return text.ljust(length) if pads_right else text.rjust(length, fill)

    return write


def _whole(value: Value, length: int) -> str:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _Fault("not_number", "A whole number was expected.")
    text = f"{value:0{length}d}" if value.bit_length() < 200 else ""
    if len(text) != length:
        raise _Fault("too_long", f"The number has more than the {length} digits of the field.")
    return text


def _cents(value: Value, length: int) -> str:
    if value.__class__ is not Decimal:
        if isinstance(value, bool) or not isinstance(value, Decimal | int):
            raise _Fault("not_amount", "An amount of zero or more was expected.")
        value = Decimal(value)
    number: Decimal = value
    text = str(number)
    digits = text[:-3] + text[-2:]
    if text[-3:-2] == "." and digits.isdigit() and len(digits) <= length:
        # As it comes from a reader: two places, no exponent.
        return digits.zfill(length)
    if number.is_signed() and number:
        raise _Fault("not_amount", "An amount of zero or more was expected.")
    if not number.is_finite() or number.adjusted() > length:
        raise _Fault("too_long", f"The amount has more than the {length} digits of the field.")
    scaled = number.scaleb(2, _EXACT)
    whole = abs(int(scaled))
    if whole != scaled:
        raise _Fault("too_precise", "The amount has a fraction of a cent.")
    return _whole(whole, length)


def _date_text(value: date) -> str:
    return f"{value.year % 100:02}{value.month:02}{value.day:02}"


@lru_cache(maxsize=1)
def layouts() -> Mapping[str, Layout]:
    """Load the layouts of all records."""
    raw = json.loads(files(__package__).joinpath("tables/records.json").read_bytes())
    return {name: Layout(name, tuple(FieldRow(*row) for row in rows)) for name, rows in raw.items()}


@lru_cache(maxsize=1)
def codes() -> Mapping[str, Mapping[str, str]]:
    """Load the code lists: field → code → meaning."""
    found: dict[str, dict[str, str]] = json.loads(
        files(__package__).joinpath("tables/codes.json").read_bytes()
    )
    return found


def header_layout(entry_class: str, first: str) -> Layout:
    """Choose the layout of a batch header: by its class, or by the mark of corrected IAT entries."""
    is_iat = entry_class == "IAT" or first.startswith("IATCOR")
    return layouts()["iat_batch_header" if is_iat else "batch_header"]


def entry_layout(entry_class: str, *, is_iat: bool) -> Layout:
    """Choose the layout of the entries of a batch."""
    if is_iat:
        return layouts()["iat_entry_detail"]
    named = {"ADV": "adv_entry_detail", "CTX": "ctx_entry_detail", "ATX": "ctx_entry_detail"}
    return layouts()[named.get(entry_class, "entry_detail")]


def addenda_layout(kind: str, code: str) -> Layout | None:
    """Choose the layout of an addenda record by its type and, for returns, their code."""
    if kind == "98":
        return layouts()["addenda_98_change"]
    if kind == "99":
        group = "dishonored" if code in _DISHONORED else "contested" if code in _CONTESTED else "return"
        return layouts()[f"addenda_99_{group}"]
    return layouts().get(f"addenda_{kind}")


_DISHONORED = frozenset(f"R{number}" for number in (61, 62, 67, 68, 69, 70))
_CONTESTED = frozenset(f"R{number}" for number in range(71, 78))


def check_digit(routing: str) -> str:
    """Compute the ninth digit of a routing number: weights 3 7 1, what is missing to ten.

    >>> check_digit("23138010")
    '4'
    """
    total = sum(int(digit) * (3, 7, 1)[at % 3] for at, digit in enumerate(routing))
    return str(-total % 10)


def is_credit(transaction_code: str) -> bool:
    """Say whether an entry is a credit to the receiver; those of advices alternate.

    >>> is_credit("22"), is_credit("27"), is_credit("81"), is_credit("82")
    (True, False, True, False)
    """
    last = transaction_code[-1:]
    return last in "13579" if transaction_code[:1] == "8" else last in "1234"
