"""Compile a field's layout to one function that reads its characters and one that writes them."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Context, Decimal

from integrations.formats.codec import Value, shape
from integrations.formats.flat.layout import FlatField

Read = Callable[[str], Value]
Write = Callable[[Value], str]

# Wide enough for any field: the default context would round at 28 digits.
_EXACT = Context(prec=1_000)
_TOKENS = re.compile(r"YYYY|DDD|YY|MM|DD|HH|mm|SS")


class FieldFault(Exception):  # noqa: N818  never leaves this package: the codec adds the place
    """What is wrong with one field: a code and a message without the value."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


def compile_read(field: FlatField) -> Read:
    """Give the function from a field's characters (padding included) to its value.

    Blank numbers, dates and yes/no fields are None, blank text is ``""``. Raises FieldFault.
    """
    read = _READERS[field.type](field)
    if not field.required:
        return read

    def read_required(raw: str) -> Value:
        value = read(raw)
        if value is None or value == "":
            raise FieldFault("field_missing", "A required field is blank.")
        return value

    return read_required


def compile_write(field: FlatField) -> Write:
    """Give the function from a value to its characters, as many as ``length``. Raises FieldFault."""
    write, length = _WRITERS[field.type](field), field.length
    to_left = field.align == "left" or (field.align == "auto" and field.type in {"text", "boolean"})
    pad = field.pad or ("0" if field.has_digits and not to_left else " ")

    def write_padded(value: Value) -> str:
        if value is None or value == "":
            if field.required:
                raise FieldFault("field_missing", "A required field has no value.")
            if value == "" and field.type == "text" and field.pad:
                return field.pad * length
            return " " * length
        text = write(value)
        if not length:
            return text
        if len(text) > length:
            raise FieldFault("too_long", f"The value needs {len(text)} characters, the field has {length}.")
        if to_left:
            return text.ljust(length, pad)
        if field.has_digits and text[0] == "-" and pad != " ":
            return text[0] + text[1:].rjust(length - 1, pad)
        return text.rjust(length, pad)

    return write_padded


def _bad(field: FlatField, raw: str, wanted: str) -> FieldFault:
    return FieldFault(f"not_{field.type}", f"{wanted} was expected, the form found is [{shape(raw)}].")


def _read_text(field: FlatField) -> Read:
    if field.keeps_blanks:
        return str
    pad = field.pad or " "
    strip = " " if pad == " " else " " + pad
    if field.align == "right":
        return lambda raw: raw.strip(" ").lstrip(strip)
    if pad == " ":
        return lambda raw: raw.rstrip(" ")
    return lambda raw: raw.rstrip(strip)


def _digits(field: FlatField) -> Callable[[str], tuple[str, str] | None]:
    """Give a function from the characters to (sign, the rest), None where the field is blank."""
    strip = " " + (field.pad if field.pad not in ("", "0") else "")
    sign = field.sign

    def digits(raw: str) -> tuple[str, str] | None:
        text = raw.strip(strip)
        minus = ""
        if sign == "leading" and text[:1] in {"-", "+"}:
            minus, text = "-" if text[0] == "-" else "", text[1:].lstrip(strip)
        elif sign == "trailing" and text[-1:] in {"-", "+"}:
            minus, text = "-" if text[-1] == "-" else "", text[:-1].rstrip(strip)
        elif not text:
            return None
        return minus, text

    return digits


def _read_integer(field: FlatField) -> Read:
    digits = _digits(field)

    def read(raw: str) -> Value:
        if raw.isdigit() and raw.isascii():
            return int(raw)
        found = digits(raw)
        if found is None:
            return None
        if not (found[1].isdigit() and found[1].isascii()):
            raise _bad(field, raw, "A whole number")
        return int(found[0] + found[1])

    return read


def _read_decimal(field: FlatField) -> Read:
    digits, scale, point = _digits(field), field.scale, field.point

    def read_implied(raw: str) -> Value:
        found = digits(raw)
        if found is None:
            return None
        minus, text = found
        if not (text.isdigit() and text.isascii()):
            raise _bad(field, raw, "A number")
        if not scale:
            return Decimal(minus + text)
        text = text.zfill(scale + 1)
        return Decimal(f"{minus}{text[:-scale]}.{text[-scale:]}")

    written = re.compile(rf"[0-9]+(?:{re.escape(point)}[0-9]*)?|{re.escape(point)}[0-9]+")

    def read_written(raw: str) -> Value:
        found = digits(raw)
        if found is None:
            return None
        minus, text = found
        if not written.fullmatch(text):
            raise _bad(field, raw, f"A number with the point '{point}'")
        return Decimal(minus + text.replace(point, "."))

    return read_implied if point == "implied" else read_written


def _pattern(field: FlatField) -> tuple[list[tuple[str, int, int]], list[tuple[str, int]]]:
    """Cut a pattern into (token, start, end) and into its other characters (character, position)."""
    tokens = [(found[0], found.start(), found.end()) for found in _TOKENS.finditer(field.pattern)]
    covered = {position for _, start, end in tokens for position in range(start, end)}
    return tokens, [(mark, at) for at, mark in enumerate(field.pattern) if at not in covered]


def _read_date(field: FlatField) -> Read:
    tokens, literals = _pattern(field)
    with_time, length = field.type == "datetime", len(field.pattern)

    def read(raw: str) -> Value:
        if not raw.strip(" 0" + (field.pad or " ")):
            return None
        if len(raw) != length:
            raw = raw.strip(" ")
            if len(raw) != length:
                raise _bad(field, raw, f"A date like {field.pattern}")
        parts: dict[str, int] = {}
        for token, start, end in tokens:
            text = raw[start:end]
            if not (text.isdigit() and text.isascii()):
                raise _bad(field, raw, f"A date like {field.pattern}")
            parts[token] = int(text)
        if any(raw[at] != mark for mark, at in literals):
            raise _bad(field, raw, f"A date like {field.pattern}")
        try:
            day = _day(parts)
            if not with_time:
                return day
            # The file says no time zone, so none is made up: the mapping names it.
            return datetime(  # noqa: DTZ001
                day.year, day.month, day.day, parts.get("HH", 0), parts.get("mm", 0), parts.get("SS", 0)
            )
        except ValueError:
            raise FieldFault(f"not_{field.type}", "There is no such day or time.") from None

    return read


def _day(parts: dict[str, int]) -> date:
    if "YYYY" in parts:
        year = parts["YYYY"]
    else:
        # The POSIX rule: 69 to 99 are of the last century.
        short = parts.get("YY", 0)
        year = short + (1900 if short >= 69 else 2000)
    if "DDD" in parts:
        if not 1 <= parts["DDD"] <= 366:
            raise ValueError
        day = date.fromordinal(date(year, 1, 1).toordinal() + parts["DDD"] - 1)
        if day.year != year:
            raise ValueError
        return day
    return date(year, parts.get("MM", 1), parts.get("DD", 1))


def _read_boolean(field: FlatField) -> Read:
    yes, no = field.pattern.split("/")

    def read(raw: str) -> Value:
        text = raw.strip(" ")
        if text == yes:
            return True
        if text == no:
            return False
        if not text:
            return None
        raise _bad(field, raw, f"{yes} or {no}")

    return read


def _write_text(field: FlatField) -> Write:  # noqa: ARG001  one signature for all types
    def write(value: Value) -> str:
        if isinstance(value, str):
            if "\n" in value or "\r" in value or "\0" in value:
                raise FieldFault("line_end", "A text holds a line end or NUL.")
            return value
        if isinstance(value, Decimal) and value.is_finite():
            return format(value, "f")
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise FieldFault("not_text", "A text was expected.")

    return write


def _write_number(field: FlatField) -> Write:
    scale = field.scale if field.type == "decimal" else 0

    def write(value: Value) -> str:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise FieldFault(f"not_{field.type}", "A number was expected.")
        number = Decimal(value)
        if not number.is_finite() or number.adjusted() > (field.length or 100):
            raise FieldFault("too_long", "The number does not fit into the field.")
        scaled = number.scaleb(scale, _EXACT)
        whole = int(scaled)
        if whole != scaled:
            raise FieldFault("too_precise", f"The number has more than {scale} digits after the point.")
        text = str(abs(whole))
        if field.type == "decimal" and field.point != "implied" and scale:
            text = text.zfill(scale + 1)
            text = f"{text[:-scale]}{field.point}{text[-scale:]}"
        if whole < 0 and field.sign == "none":
            raise FieldFault("negative", "The field has no place for a minus.")
        if field.sign == "trailing":
            return text + ("-" if whole < 0 else " ")
        return ("-" if whole < 0 else "") + text

    return write


def _write_date(field: FlatField) -> Write:
    tokens, _ = _pattern(field)

    def write(value: Value) -> str:
        if not isinstance(value, date):
            raise FieldFault(f"not_{field.type}", "A date was expected.")
        text = list(field.pattern)
        for token, start, end in tokens:
            text[start:end] = _date_part(value, token)
        return "".join(text)

    return write


def _date_part(value: date, token: str) -> str:
    if token in {"HH", "mm", "SS"}:
        return format(value, {"HH": "%H", "mm": "%M", "SS": "%S"}[token])
    if token == "DDD":  # noqa: S105  a token of the pattern
        return f"{value.timetuple().tm_yday:03}"
    parts = {"YYYY": f"{value.year:04}", "YY": f"{value.year % 100:02}", "MM": f"{value.month:02}"}
    return parts.get(token, f"{value.day:02}")


def _write_boolean(field: FlatField) -> Write:
    yes, no = field.pattern.split("/")

    def write(value: Value) -> str:
        if not isinstance(value, bool):
            raise FieldFault("not_boolean", "Yes or no (true or false) was expected.")
        return yes if value else no

    return write


_READERS: dict[str, Callable[[FlatField], Read]] = {
    "text": _read_text,
    "integer": _read_integer,
    "decimal": _read_decimal,
    "date": _read_date,
    "datetime": _read_date,
    "boolean": _read_boolean,
}
_WRITERS: dict[str, Callable[[FlatField], Write]] = {
    "text": _write_text,
    "integer": _write_number,
    "decimal": _write_number,
    "date": _write_date,
    "datetime": _write_date,
    "boolean": _write_boolean,
}
