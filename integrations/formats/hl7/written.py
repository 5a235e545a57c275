"""Dictionaries to segments: the way back of ``fields``."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from integrations.formats.codec import Record, Value
from integrations.formats.hl7.escapes import escaper
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
        self._escape = escaper(separators) if typed else _unescaped(separators)

    def segment(self, name: str, record: Value) -> str:
        """Give the text of a segment. Raises Fault with the number of the field."""
        if not isinstance(record, dict):
            raise Fault("segment_not_object", "A segment is not an object of fields.")
        if name in HEADERS:
            rest = {key: value for key, value in record.items() if key not in ("1", "2")}
            parts = self._parts(rest, self._field)
            return self.separators.field.join(
                (name + self.separators.field + self.separators.encoding, *parts[2:])
            )
        return self.separators.field.join((name, *self._parts(record, self._field)))

    def kept(self, name: str, elements: list[Value]) -> str:
        """Write a segment that had no place in its message."""
        if not ID.fullmatch(name) or name in HEADERS:
            raise Fault("unexpected", "An unexpected segment has an id of three capital letters or digits.")
        return self.segment(name, dict(zip(NUMBERS, elements, strict=False)))

    def _parts(self, record: Record, write: Callable[[Value], str]) -> list[str]:
        parts: list[str] = []
        count, escape, key = 0, self._escape, ""
        try:
            for key, value in record.items():
                at = _PLACES.get(key)
                if value.__class__ is str:
                    text: str = value if value.isalnum() else escape(value)
                else:
                    text = write(value)
                if at == count:
                    parts.append(text)
                    count += 1
                elif at is None:
                    raise Fault("bad_key", "The key of a field is not its number.", hint=_NUMBERED)
                elif at > count:
                    parts.extend([""] * (at - count))
                    parts.append(text)
                    count = at + 1
                else:
                    parts[at] = text
        except Fault as fault:
            if key in _PLACES:
                fault.element = f"{key}.{fault.element}" if fault.element else key
            raise
        return parts

    def _field(self, value: Value) -> str:
        if value.__class__ is dict:
            return self._marks[0].join(self._parts(value, self._component))
        if isinstance(value, list):
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
            return self._escape(value)
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


def _unescaped(separators: Separators) -> Callable[[str], str]:
    """Take texts as they are written; a separator in one would make two of it."""
    marks = (separators.field, separators.component, separators.repetition, separators.sub, "\r")

    def check(text: str) -> str:
        if any(mark and mark in text for mark in marks):
            raise Fault(
                "separator", "A text holds a separator.", hint="Write it as an escape, or use typed values."
            )
        return text

    return check


@lru_cache(maxsize=64)
def field_writer(separators: Separators, *, typed: bool) -> FieldWriter:
    """Give the writer for these separators; it is kept."""
    return FieldWriter(separators, typed=typed)
