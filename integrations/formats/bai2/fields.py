"""The fields of logical records: texts to values and back."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Context, Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Final, TypeAlias

from integrations.errors import DecodeError, EncodeError
from integrations.formats.bai2.lines import LINE, RECORD
from integrations.formats.codec import Record, Value, shape

Read: TypeAlias = Callable[["Cursor", int], tuple[Record, int]]

KEPT: Final = "_text"
FUNDS: Final = frozenset({"", "Z", "0", "1", "2", "V", "S", "D"})
_EXACT: Final = Context(prec=100)
_SEPARATOR: Final = re.compile("[,\x1e]")
_AMOUNT: Final = re.compile(r"[+-]?[0-9]{1,26}", re.ASCII)
_COUNT: Final = re.compile("[0-9]{1,18}", re.ASCII)
_SPREAD: Final = ("immediate", "one_day", "two_or_more_days")
_TAIL: Final = ("bank_reference", "customer_reference", "text")


class Cursor:
    """Takes the fields of a logical record one by one."""

    def __init__(self, text: str, line: int, kind: str) -> None:
        self.text = text
        self.line = line
        self.kind = kind
        self.parts = _SEPARATOR.split(text)
        self.at = 0
        self.offset = 0

    def is_over(self) -> bool:
        """Say whether all fields are taken."""
        return self.at >= len(self.parts)

    def take(self) -> str:
        """Take the next field, without line ends that wrapping put in; empty where there are no more."""
        if self.at >= len(self.parts):
            return ""
        part = self.parts[self.at]
        self.at += 1
        self.offset += len(part) + 1
        return part.replace(LINE, "")

    def rest(self) -> str:
        """Take all that is left as a text, whatever it holds; lines stand where records were continued."""
        text = self.text[self.offset :].replace(RECORD, LINE)
        self.at = len(self.parts)
        return text

    def amount(self) -> int | None:
        """Take an amount in the currency's smallest unit."""
        raw = self.take().strip(" ")
        if not raw:
            return None
        if not _AMOUNT.fullmatch(raw):
            raise self.fault("not_amount", "An amount of at most 26 digits was expected", raw)
        return int(raw)

    def count(self) -> int | None:
        """Take a whole number."""
        raw = self.take().strip(" ")
        if not raw:
            return None
        if not _COUNT.fullmatch(raw):
            raise self.fault("not_number", "A whole number of at most 18 digits was expected", raw)
        return int(raw)

    def day(self) -> Value:
        """Take a date YYMMDD; one of zeros stays text."""
        raw = self.take().strip(" ")
        if not raw.strip("0"):
            return raw or None
        try:
            return _day(raw)
        except ValueError:
            raise self.fault("not_date", "A date YYMMDD was expected", raw) from None

    def fault(self, code: str, message: str, raw: str) -> DecodeError:
        """Make the error of the field that was just taken."""
        return DecodeError(
            f"bai2.{code}",
            f"{message}, the form found is [{shape(raw)}].",
            place=f"line {self.line}, record {self.kind}, field {self.at + 1}",
        )


def _day(raw: str) -> date:
    if len(raw) != 6 or not raw.isdigit() or not raw.isascii():
        raise ValueError
    year = int(raw[:2])
    # The POSIX rule: 69 to 99 are of the last century.
    return date(year + (1900 if year >= 69 else 2000), int(raw[2:4]), int(raw[4:]))


@lru_cache(maxsize=1)
def tables() -> Mapping[str, Mapping[str, object]]:
    """Load headers, type codes and code lists, by the name of their file."""
    names = ("headers", "type_codes", "codes", "minor_units")
    folder = files(__package__).joinpath("tables")
    return {name: json.loads(folder.joinpath(f"{name}.json").read_bytes()) for name in names}


def places_of(currency: Value) -> int:
    """Give the digits after the point that amounts of a currency have without writing it."""
    found = tables()["minor_units"].get(str(currency or "USD").strip().upper(), 2)
    return found if isinstance(found, int) else 2


def header_rows(code: str) -> list[list[str]]:
    """Give name, kind and usage of the fields of a header record (01 or 02)."""
    return tables()["headers"][code]  # type: ignore[return-value]  # the table's form


def read_header(cursor: Cursor, code: str) -> Record:
    """Read a file or group header."""
    record: Record = {}
    for name, kind, usage in header_rows(code):
        value = cursor.day() if kind == "date" else cursor.take()
        if usage == "M" and not value:
            raise cursor.fault("field_missing", f"The field {name} is empty", "")
        record[name] = value
    return record


def read_summary(cursor: Cursor, places: int) -> tuple[Record, int]:
    """Read one summary of an account; gives it with its amount in the smallest unit."""
    record: Record = {"type_code": cursor.take()}
    cents = _read_amount(cursor, record, places)
    record["item_count"] = cursor.count()
    _read_funds(cursor, record, places)
    return record, cents


def read_summaries(cursor: Cursor, places: int) -> tuple[list[Record], int]:
    """Read the summaries of an account; gives them with the sum of their amounts.

    A comma too many at the end is no summary; empty ones before are kept.
    """
    found: list[Record] = []
    total = 0
    while not cursor.is_over():
        summary, cents = read_summary(cursor, places)
        if cursor.is_over() and not any(summary.values()):
            break
        found.append(summary)
        total += cents
    return found, total


def read_transaction(cursor: Cursor, places: int) -> tuple[Record, int]:
    """Read a transaction; gives it with its amount in the smallest unit."""
    record: Record = {"type_code": cursor.take()}
    cents = _read_amount(cursor, record, places)
    _read_funds(cursor, record, places)
    record["bank_reference"] = cursor.take()
    record["customer_reference"] = cursor.take()
    record["text"] = cursor.rest()
    return record, cents


def _scaled(cents: int, places: int) -> Decimal:
    return Decimal(cents).scaleb(-places, _EXACT)


def _read_amount(cursor: Cursor, record: Record, places: int) -> int:
    cents = cursor.amount()
    record["amount"] = None if cents is None else _scaled(cents, places)
    return cents or 0


def _read_funds(cursor: Cursor, record: Record, places: int) -> None:
    kind = cursor.take().strip(" ").upper()
    if kind not in FUNDS:
        raise cursor.fault("funds_type", "The funds type is none of Z, 0, 1, 2, V, S and D", kind)
    record["funds_type"] = kind
    if kind == "V":
        record["value_date"] = cursor.day()
        record["value_time"] = cursor.take()
    elif kind == "S":
        for name in _SPREAD:
            cents = cursor.amount()
            record[name] = None if cents is None else _scaled(cents, places)
    elif kind == "D":
        number = cursor.count() or 0
        if number > len(cursor.parts):
            raise cursor.fault("distributions", "There are fewer distributions than said", str(number))
        record["distributions"] = [_distribution(cursor, places) for _ in range(number)]


def _distribution(cursor: Cursor, places: int) -> Value:
    days, cents = cursor.count(), cursor.amount()
    return {"days": days, "amount": None if cents is None else _scaled(cents, places)}


def write_header(record: Mapping[str, Value], code: str, place: str) -> str:
    """Write a file or group header without its code. Raises EncodeError."""
    rows = header_rows(code)
    _refuse_extra(record, {name for name, _, _ in rows}, place)
    out = []
    for name, kind, usage in rows:
        value = record.get(name)
        text = _date_text(value, f"{place}, {name}") if kind == "date" else _text(value, f"{place}, {name}")
        if usage == "M" and not text:
            raise EncodeError("bai2.field_missing", "A mandatory field is empty.", place=f"{place}, {name}")
        out.append(text)
    return ",".join(out)


def write_summary(record: Mapping[str, Value], places: int, place: str) -> tuple[list[str], int]:
    """Write a summary as its fields; gives them with the amount in the smallest unit."""
    _refuse_extra(record, {"type_code", "amount", "item_count", *_FUNDS_KEYS}, place)
    amount, cents = _amount(record.get("amount"), places, place)
    count = _count(record.get("item_count"), place)
    return [_text(record.get("type_code"), place), amount, count, *_funds(record, places, place)], cents


def write_transaction(record: Mapping[str, Value], places: int, place: str) -> tuple[str, int]:
    """Write a transaction without its code; lines of its text become continuations."""
    _refuse_extra(record, {"type_code", "amount", *_FUNDS_KEYS, *_TAIL}, place)
    amount, cents = _amount(record.get("amount"), places, place)
    fields = [_text(record.get("type_code"), place), amount, *_funds(record, places, place)]
    fields += [_text(record.get(name), f"{place}, {name}") for name in _TAIL[:2]]
    text = record.get("text")
    if text is not None and not isinstance(text, str):
        raise EncodeError("bai2.not_text", "A text was expected.", place=f"{place}, text")
    return ",".join([*fields, text or ""]), cents


_FUNDS_KEYS: Final = ("funds_type", "value_date", "value_time", *_SPREAD, "distributions", KEPT)


def _refuse_extra(record: Mapping[str, Value], known: set[str], place: str) -> None:
    extra = record.keys() - known - {KEPT, "number"}
    if extra:
        raise EncodeError(
            "bai2.extra_field", "A record has a field that has no place.", place=f"{place}, {min(extra)[:40]}"
        )


def _funds(record: Mapping[str, Value], places: int, place: str) -> list[str]:
    kind = record.get("funds_type") or ""
    if kind not in FUNDS:
        raise EncodeError("bai2.funds_type", "The funds type is none of Z, 0, 1, 2, V, S and D.", place=place)
    out = [str(kind)]
    if kind == "V":
        out += [_date_text(record.get("value_date"), place), _text(record.get("value_time"), place)]
    elif kind == "S":
        out += [_amount(record.get(name), places, place)[0] for name in _SPREAD]
    elif kind == "D":
        found = record.get("distributions")
        parts = found if isinstance(found, list) else []
        out.append(str(len(parts)))
        for part in parts:
            if not isinstance(part, dict):
                raise EncodeError("bai2.distributions", "A distribution has days and amount.", place=place)
            out += [_count(part.get("days"), place), _amount(part.get("amount"), places, place)[0]]
    return out


def _text(value: Value, place: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise EncodeError("bai2.not_text", "A text was expected.", place=place)
    if set(value) & set(",\n\r\x1e\0"):
        raise EncodeError("bai2.separator", "A field cannot hold a comma or a line end.", place=place)
    return value


def _count(value: Value, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**18:
        raise EncodeError("bai2.not_number", "A whole number was expected.", place=place)
    return str(value)


def _date_text(value: Value, place: str) -> str:
    if isinstance(value, date):
        return f"{value.year % 100:02}{value.month:02}{value.day:02}"
    return _text(value, place)


def _amount(value: Value, places: int, place: str) -> tuple[str, int]:
    if value is None:
        return "", 0
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise EncodeError("bai2.not_amount", "An amount was expected.", place=f"{place}, amount")
    number = Decimal(value)
    if not number.is_finite() or number.adjusted() > 25:
        raise EncodeError("bai2.not_amount", "The amount is too large.", place=f"{place}, amount")
    scaled = number.scaleb(places, _EXACT)
    cents = int(scaled)
    if cents != scaled:
        raise EncodeError(
            "bai2.too_precise",
            f"The amount has more than the {places} places of its currency.",
            place=f"{place}, amount",
        )
    return str(cents), cents


def keeps(record: Record, written: list[str], physical: list[str]) -> None:
    """Keep the physical records beside the values where we would write others."""
    if written != physical:
        record[KEPT] = [*physical]


def continued(code: str, text: str) -> list[str]:
    """Write a logical record as physical ones: each line of its text after the first is a record 88."""
    first, *more = text.split(LINE)
    return [f"{code},{first}/", *(f"88,{line}/" for line in more)]
