"""Dictionaries to segments: the way back of ``fields``."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NoReturn

from integrations.formats.codec import Record, Value
from integrations.formats.hl7.escapes import escaper, special_of
from integrations.formats.hl7.fields import ID, MAX_FIELDS, NUMBERS
from integrations.formats.hl7.moments import date_text, moment_text, number_text
from integrations.formats.hl7.separators import HEADERS, Separators
from integrations.formats.segments.assemble import Fault

_PLACES = {name: at for at, name in enumerate(NUMBERS[:MAX_FIELDS])}
_NUMBERED = f"Fields and components are named by their numbers, 1 to {MAX_FIELDS}."


class FieldWriter:
    """Writes segments with one set of separators.

    typed: texts are escaped; otherwise they are taken as they are written.
    """

    def __init__(self, separators: Separators, *, typed: bool) -> None:
        self.separators = separators
        self._marks = separators.component, separators.sub, separators.repetition
        self._special, self._escape = special_of(separators), escaper(separators)
        if not typed:
            # Texts are as they are written already; a separator in one would make two of it.
            marks = "".join(map(re.escape, filter(None, (separators.field, *self._marks))))
            self._special, self._escape = re.compile(f"[{marks}\r]").search, _refuse

    def segment(self, name: str, record: Value) -> str:
        """Give the text of a segment. Raises Fault with its id and the number of the field."""
        return self.segment_writer(name)(record)

    def segment_writer(self, name: str) -> Callable[[Value], str]:
        """Give the function that writes the segments of this id."""
        mark, parts_of, write_field = self.separators.field, self._parts, self._field
        is_header = name in HEADERS
        start = name + mark + (self.separators.encoding if is_header else "")

        def write(record: Value) -> str:
            try:
                if not isinstance(record, dict):
                    raise Fault("segment_not_object", "A segment is not an object of fields.")
                if is_header:
                    rest = {key: value for key, value in record.items() if key not in ("1", "2")}
                    return mark.join((start, *parts_of(rest, write_field)[2:]))
                return start + mark.join(parts_of(record, write_field)) if record else name
            except Fault as fault:
                fault.segment = name
                raise

        return write

    def kept(self, name: str, elements: list[Value]) -> str:
        """Write a segment that had no place in its message."""
        if not ID.fullmatch(name) or name in HEADERS:
            raise Fault("unexpected", "An unexpected segment has an id of three capital letters or digits.")
        return self.segment(name, dict(zip(NUMBERS, elements, strict=False)))

    def _parts(self, record: Record, write: Callable[[Value], str]) -> list[str]:
        """Write the values of a record at their numbers, which mostly come in order."""
        if not record:
            return []
        parts = [""] * (_PLACES.get(next(reversed(record)), 0) + 1)
        special, escape, key = self._special, self._escape, ""
        try:
            for key, value in record.items():
                if value.__class__ is str:
                    # Most texts are letters and digits, or at least nothing special: no call of our own.
                    parts[_PLACES[key]] = value if value.isalnum() or not special(value) else escape(value)
                else:
                    parts[_PLACES[key]] = write(value)
        except KeyError:
            raise Fault("bad_key", "The key of a field is not its number.", hint=_NUMBERED) from None
        except IndexError:
            return self._parts(dict(sorted(record.items(), key=_number)), write)
        except Fault as fault:
            fault.element = f"{key}.{fault.element}" if fault.element else key
            raise
        return parts

    def _field(self, value: Value) -> str:
        if value.__class__ is dict:
            return self._marks[0].join(self._parts(value, self._component))
        if isinstance(value, list):
            if len(value) == 1 and value[0].__class__ is dict:
                return self._marks[0].join(self._parts(value[0], self._component))
            mark = self._marks[2]
            if not mark and len(value) > 1:
                raise Fault("no_repetition", "A field repeats, and the message names no mark for that.")
            return mark.join(
                [self._text(item) if isinstance(item, list) else self._field(item) for item in value]
            )
        return self._text(value)

    def _component(self, value: Value) -> str:
        if isinstance(value, dict):
            mark = self._marks[1]
            if not mark and value.keys() - {"1"}:
                raise Fault("no_sub", "A component has parts, and the message names no mark for that.")
            return mark.join(self._parts(value, self._text))
        return self._text(value)

    def _text(self, value: Value) -> str:
        if isinstance(value, str):
            return self._escape(value) if self._special(value) else value
        if value is None:
            return '""'
        if isinstance(value, bool):
            return "Y" if value else "N"
        if isinstance(value, int | Decimal):
            return number_text(value)
        if isinstance(value, datetime):
            return moment_text(value)
        if isinstance(value, date):
            return date_text(value)
        what = {bytes: "bytes", list: "a list", dict: "an object"}.get(type(value), "something")
        raise Fault(
            "bad_value",
            f"The value is {what}, which HL7 does not have there.",
            hint="Bytes are sent as base64 text in a field of type ED.",
        )


def _number(item: tuple[str, Value]) -> int:
    return _PLACES.get(item[0], MAX_FIELDS)


def _refuse(_: str) -> NoReturn:
    raise Fault("separator", "A text holds a separator.", hint="Write it as an escape, or use typed values.")


@lru_cache(maxsize=64)
def field_writer(separators: Separators, *, typed: bool) -> FieldWriter:
    """Give the writer for these separators; it is kept."""
    return FieldWriter(separators, typed=typed)
