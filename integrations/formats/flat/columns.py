"""A field of many records at once: texts → values and back.

One check for a whole column and one loop in C instead of a call for each value. What does not pass the check
is read value by value, with a memory of the values seen: dates and codes repeat.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

from integrations.formats.codec import Value
from integrations.formats.flat.fields import Read, Write, compile_read, compile_write
from integrations.formats.flat.layout import FlatField

ReadColumn = Callable[[list[str]], list[Any]]
WriteColumn = Callable[[list[Value]], list[str]]

_REMEMBERED = 5_000
_FEW: dict[str, type] = {"date": date, "datetime": datetime, "boolean": bool}
_SIGNED = frozenset("+-0123456789 ")
_BEHIND = frozenset("+- ")
_STRICT = Context(prec=200, traps=[Inexact, InvalidOperation])


class _Memory(dict[str, Value]):
    """What was read from a text before."""

    def __init__(self, read: Read) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, raw: str) -> Value:
        value = self.read(raw)
        if len(self) < _REMEMBERED:
            self[raw] = value
        return value


def compile_read_column(field: FlatField) -> ReadColumn:
    """Compile the reading of a field's characters in many records. It raises FieldFault."""
    read = compile_read(field)
    if field.type == "text":
        return _text_column(field, read)
    memory = _Memory(read).__getitem__
    quick = _number_column(field) if field.has_digits else None
    if quick is None:
        return lambda texts: list(map(memory, texts))

    def read_column(texts: list[str]) -> list[Any]:
        found = quick(texts)
        return list(map(memory, texts)) if found is None else found

    return read_column


def _text_column(field: FlatField, read: Read) -> ReadColumn:
    if field.keeps_blanks and not field.required:
        return list
    if field.required or field.align == "right" or field.pad not in {"", " "}:
        return lambda texts: list(map(read, texts))
    return lambda texts: [text.rstrip(" ") for text in texts]


def _number_column(field: FlatField) -> Callable[[list[str]], list[Any] | None] | None:
    """Give the quick way for digits of one form; it gives None where there is another."""
    if field.type == "decimal" and field.point != "implied":
        return _pointed if field.point == "." else None
    end = f"E-{field.scale}"
    is_whole = field.type == "integer" or not field.scale
    make: Callable[[str], Any] = int if field.type == "integer" else Decimal

    def numbers(texts: list[str]) -> list[Any]:
        return list(map(make, texts)) if is_whole else [Decimal(text + end) for text in texts]

    def quick(texts: list[str]) -> list[Any] | None:
        if _are_digits(texts):
            return numbers(texts)
        if field.sign == "leading":
            is_plain = _are_digits([text[1:] for text in texts]) and {text[0] for text in texts} <= _SIGNED
            return numbers([text.lstrip(" ") for text in texts]) if is_plain else None
        if field.sign == "trailing":
            heads = [text[:-1] for text in texts]
            if not _are_digits(heads) or not {text[-1] for text in texts} <= _BEHIND:
                return None
            return numbers(
                ["-" + head if text[-1] == "-" else head for text, head in zip(texts, heads, strict=True)]
            )
        return None

    return quick


def _pointed(texts: list[str]) -> list[Any] | None:
    """Read numbers of digits and one point each."""
    joined = "".join(texts).replace(".", "")
    if not (joined.isdigit() and joined.isascii()) or {text.count(".") for text in texts} != {1}:
        return None
    return list(map(Decimal, texts)) if "." not in texts else None


def _are_digits(texts: list[str]) -> bool:
    joined = "".join(texts)
    return joined.isdigit() and joined.isascii() and "" not in texts


def compile_write_column(field: FlatField) -> WriteColumn:
    """Compile the writing of a field in many records. It raises FieldFault."""
    write = compile_write(field)
    if field.type in _FEW:
        return _remembered(write, _FEW[field.type])
    quick = _quick_text(field) if field.type == "text" else _quick_number(field)
    if quick is None:
        return lambda values: list(map(write, values))

    def write_column(values: list[Value]) -> list[str]:
        made = quick(values)
        return list(map(write, values)) if made is None else made

    return write_column


def _remembered(write: Write, kind: type) -> WriteColumn:
    """Write values of which there are few; those of another type may be equal and are not the same."""
    known: dict[Value, str] = {}

    def write_column(values: list[Any]) -> list[str]:
        if set(map(type, values)) - {kind, type(None)}:
            return list(map(write, values))
        for value in set(values) - known.keys():
            if len(known) > _REMEMBERED:
                known.clear()
            known[value] = write(value)
        try:
            return list(map(known.__getitem__, values))
        except KeyError:
            return list(map(write, values))

    return write_column


def _quick_text(field: FlatField) -> Callable[[list[Any]], list[str] | None] | None:
    if field.required or field.align == "right":
        return None
    length, pad = field.length, field.pad or " "

    def quick(values: list[Any]) -> list[str] | None:
        if set(map(type, values)) != {str}:
            return None
        made = [value.ljust(length, pad) for value in values] if length else values
        joined = "".join(made)
        if length and len(joined) != length * len(made):
            return None
        if "\n" in joined or "\r" in joined or "\0" in joined or (pad != " " and "" in values):
            return None
        return made

    return quick


def _quick_number(field: FlatField) -> Callable[[list[Any]], list[str] | None] | None:
    if not field.has_digits or field.align == "left" or field.pad not in {"", "0"}:
        return None
    if not field.length:
        return _quick_written(field)
    if field.type == "decimal" and field.point != "implied":
        return None
    scale = field.scale if field.type == "decimal" else 0
    length = field.length
    whole = f"%0{length}d".__mod__
    behind = f"%0{length - 1}d".__mod__

    def quick(values: list[Any]) -> list[str] | None:
        texts = _digits_only(values, scale) if scale else None
        if texts is not None and field.sign != "trailing":
            made = [text.zfill(length) for text in texts]
            return made if sum(map(len, made)) == length * len(made) else None
        found = _units(values, scale)
        if found is None or (field.sign == "none" and min(found) < 0):
            return None
        if field.sign == "trailing":
            made = [behind(abs(unit)) + ("-" if unit < 0 else " ") for unit in found]
        else:
            made = list(map(whole, found))
        return made if sum(map(len, made)) == length * len(made) else None

    return quick


def _quick_written(field: FlatField) -> Callable[[list[Any]], list[str] | None] | None:
    """Write numbers that take the room they need: without signs, and as many decimals as there should be."""
    if field.type == "integer" and field.sign != "trailing":
        least = 0 if field.sign == "none" else None

        def whole(values: list[Any]) -> list[str] | None:
            if set(map(type, values)) != {int} or (least is not None and min(values) < least):
                return None
            return list(map(str, values))

        return whole
    if field.type == "decimal" and field.point == "." and field.scale and field.sign != "trailing":
        return lambda values: (
            None if _digits_only(values, field.scale) is None else [str(value) for value in values]
        )
    return None


def _digits_only(values: list[Any], scale: int) -> list[str] | None:
    """Give the digits of decimals that all have exactly so many after the point, and no minus."""
    if set(map(type, values)) != {Decimal}:
        return None
    texts = list(map(str, values))
    if {text[-scale - 1 : -scale] for text in texts} != {"."}:
        return None
    digits = [text[: -scale - 1] + text[-scale:] for text in texts]
    return digits if _are_digits(digits) else None


def _units(values: list[Any], scale: int) -> list[int] | None:
    types = set(map(type, values))
    if types == {int} and not scale:
        return values
    if types != {Decimal}:
        return None
    last = Decimal(1).scaleb(-scale)
    try:
        return [int(value.quantize(last, context=_STRICT).scaleb(scale)) for value in values]
    except (InvalidOperation, Inexact, ValueError):
        return None
