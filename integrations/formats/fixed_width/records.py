"""Lines ↔ records of one type: many at once, or alone where one of them is wrong."""

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

import re2

from integrations.errors import DecodeError, EncodeError
from integrations.formats import codec
from integrations.formats.codec import Record, Value
from integrations.formats.fixed_width.layout import FieldLayout, FixedWidthOptions, RecordLayout
from integrations.formats.flat.columns import (
    ReadColumn,
    WriteColumn,
    compile_read_column,
    compile_write_column,
)
from integrations.formats.flat.fields import FieldFault

_KEY = "fixed_width"


class RecordType:
    """A record type, compiled."""

    def __init__(self, layout: RecordLayout, options: FixedWidthOptions) -> None:
        self.layout = layout
        self.name = layout.name
        self.is_open = layout.is_open
        self.width = options.record_length or layout.end
        self.least = layout.fields[-1].start - 1 if layout.is_open else self.width
        self.inner = tuple(other.key for other in options.records if other.within == layout.name)
        self.keys = [field.name for field in layout.fields]
        self.known = {*self.keys, *self.inner, "record"}
        self.reads: list[tuple[FieldLayout, ReadColumn]] = [
            (field, compile_read_column(field)) for field in layout.fields
        ]
        self.writes: list[tuple[FieldLayout, WriteColumn]] = [
            (field, compile_write_column(field)) for field in layout.fields
        ]
        self.covers = _covers(layout)

    def read(self, texts: list[str]) -> list[Record]:
        """Read lines of the right width. Raises FieldFault."""
        columns: list[Sequence[Value]] = [self._column(field, read, texts) for field, read in self.reads]
        names = self.keys
        if not self.layout.within:
            columns, names = [[self.name] * len(texts), *columns], ["record", *names]
        # All in C: quicker by a third than a comprehension over rows.
        records: list[Record] = list(map(dict, map(zip, repeat(names), zip(*columns, strict=True))))
        for key in self.inner:
            for record in records:
                record[key] = []
        return records

    def _column(self, field: FieldLayout, read: ReadColumn, texts: list[str]) -> Sequence[Value]:
        start, length = field.start - 1, field.length
        if field.times == 1:
            end = field.end
            return read([text[start:end] for text in texts])
        if field.times:
            starts = range(start, start + length * field.times, length)
            columns = [read([text[at : at + length] for text in texts]) for at in starts]
            return [list(row) for row in zip(*columns, strict=True)]
        return [
            read([text[at : at + length].ljust(length) for at in range(start, len(text), length)])
            for text in texts
        ]

    def read_alone(self, text: str, line: int) -> Record:
        """Read one line. Raises DecodeError with the field."""
        try:
            return self.read([text])[0]
        except FieldFault:
            for field, read in self.reads:
                try:
                    self._column(field, read, [text])
                except FieldFault as fault:
                    place = f"line {line}, record {self.name}, field {field.name}, column {field.start}"
                    raise DecodeError(f"{_KEY}.{fault.code}", fault.message, place=place) from None
            raise

    def fit(self, text: str, line: int) -> str:
        """Make a line as long as its record type; only blanks may be cut off. Raises DecodeError."""
        if len(text) < self.least:
            raise DecodeError(
                f"{_KEY}.line_short",
                f"The line has {len(text)} characters, its record {self.least}.",
                hint="The file may have been cut; or allow short lines in the layout.",
                place=f"line {line}, record {self.name}, column {len(text) + 1}",
            )
        if self.is_open:
            return text
        if text[self.width :].strip(" "):
            raise DecodeError(
                f"{_KEY}.line_long",
                f"The line has {len(text)} characters, its record {self.width}.",
                place=f"line {line}, record {self.name}, column {self.width + 1}",
            )
        return text[: self.width]

    def write(self, records: list[Record]) -> list[str]:
        """Write records. Raises FieldFault, and EncodeError without a place for a mark in the way."""
        known = self.known
        if not all(map(known.issuperset, records)):
            raise FieldFault("extra_field", "A record has a field that has no place.")
        columns = {field.start - 1: self._written(field, write, records) for field, write in self.writes}
        pieces: list[Sequence[str]] = []
        at = 0
        for start, fixed in sorted([*((start, None) for start in columns), *self.covers.items()], key=_start):
            if start > at:
                pieces.append([" " * (start - at)] * len(records))
            piece = columns[start] if fixed is None else [fixed] * len(records)
            pieces.append(piece)
            at = start + (len(fixed) if fixed is not None else self._length(start))
        if at < self.width and not self.is_open:
            pieces.append([" " * (self.width - at)] * len(records))
        lines = list(map("".join, zip(*pieces, strict=True)))
        return [self._marked(line) for line in lines] if self._has_hidden_marks else lines

    def _length(self, start: int) -> int:
        return next(field.end - start for field in self.layout.fields if field.start - 1 == start)

    @property
    def _has_hidden_marks(self) -> bool:
        """Whether a mark stands where a field is, so that each line must be looked at."""
        return any(mark.start - 1 not in self.covers for mark in self.layout.marks)

    def _marked(self, line: str) -> str:
        for mark in self.layout.marks:
            found = line[mark.start - 1 : mark.end]
            if mark.pattern:
                if not re2.match(mark.pattern, line[mark.start - 1 :]):
                    raise FieldFault("mark", "The record does not have what it is recognised by.")
            elif found != mark.value:
                if found.strip(" "):
                    raise FieldFault("mark", f"A field stands in the way of the text '{mark.value}'.")
                line = line[: mark.start - 1] + mark.value + line[mark.end :]
        return line

    def _written(self, field: FieldLayout, write: WriteColumn, records: list[Record]) -> list[str]:
        values = [record.get(field.name) for record in records]
        if field.times == 1:
            return write(values)
        lists = [_as_list(value, field) for value in values]
        if not field.times:
            return ["".join(write(items)) if items else "" for items in lists]
        filled: list[list[Value]] = [items + [None] * (field.times - len(items)) for items in lists]
        return ["".join(write(items)) for items in filled]

    def write_alone(self, record: Record, number: int) -> str:
        """Write one record. Raises EncodeError with the field."""
        place = f"record {number}, record {self.name}"
        try:
            return self.write([record])[0]
        except FieldFault as fault:
            first = fault
        for field, write in self.writes:
            try:
                self._written(field, write, [record])
            except FieldFault as fault:
                raise EncodeError(
                    f"{_KEY}.{fault.code}", fault.message, place=f"{place}, field {field.name}"
                ) from None
        raise EncodeError(f"{_KEY}.{first.code}", first.message, place=place)


def _as_list(value: Value, field: FieldLayout) -> list[Value]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise FieldFault("not_a_list", "A list was expected.")
    if field.times and len(value) > field.times:
        raise FieldFault("too_long", f"The field stands there {field.times} times.")
    return value


def _start(piece: tuple[int, str | None]) -> int:
    return piece[0]


def _covers(layout: RecordLayout) -> dict[int, str]:
    """Give the marks that stand where no field is: start, from 0 → text."""
    taken = [(field.start - 1, field.end) for field in layout.fields]
    return {
        mark.start - 1: mark.value
        for mark in layout.marks
        if mark.value and not any(low < mark.end and mark.start - 1 < high for low, high in taken)
    }


def compile_finder(types: list[RecordType]) -> Callable[[str], RecordType | None]:
    """Give the function that tells the type of a line; by one lookup where all marks stand at one place."""
    marked = [kind for kind in types if kind.layout.is_marked]
    fallback = next((kind for kind in types if not kind.layout.is_marked), None)
    if not marked:
        return lambda _: fallback
    cuts = {(mark.start - 1, mark.end) for kind in marked for mark in kind.layout.marks}
    by_value = {kind.layout.marks[0].value: kind for kind in marked if kind.layout.marks}
    is_simple = all(len(kind.layout.marks) == 1 and kind.layout.line_length is None for kind in marked)
    if is_simple and len(cuts) == 1 and len(by_value) == len(marked) and "" not in by_value:
        cut = slice(*next(iter(cuts)))
        return lambda text: by_value.get(text[cut], fallback)
    tests = [(kind, _test(kind.layout)) for kind in marked]

    def find(text: str) -> RecordType | None:
        return next((kind for kind, is_it in tests if is_it(text)), fallback)

    return find


def _test(layout: RecordLayout) -> Callable[[str], bool]:
    texts = [(slice(mark.start - 1, mark.end), mark.value) for mark in layout.marks if mark.value]
    patterns: list[tuple[int, Any]] = [
        (mark.start - 1, re2.compile(mark.pattern)) for mark in layout.marks if mark.pattern
    ]
    length = layout.line_length

    def is_it(text: str) -> bool:
        return (
            (length is None or len(text) == length)
            and all(text[cut] == value for cut, value in texts)
            and all(pattern.match(text[start:]) for start, pattern in patterns)
        )

    return is_it


def unknown_record(text: str, line: int, types: list[RecordType]) -> DecodeError:
    """Make the error for a line whose type cannot be told."""
    marks = [mark for kind in types for mark in kind.layout.marks]
    start = min((mark.start - 1 for mark in marks), default=0)
    widest = max((mark.end for mark in marks), default=0)
    if len(text) < widest:
        return DecodeError(
            f"{_KEY}.line_short",
            f"The line has {len(text)} characters; it ends before the record type can be told.",
            hint="The file may have been cut.",
            place=f"line {line}, column {len(text) + 1}",
        )
    return DecodeError(
        f"{_KEY}.unknown_record",
        f"No record type matches this line, which has [{codec.shape(text[start:widest])}] there.",
        hint="Add the record type to the layout, or check where the types are told apart.",
        place=f"line {line}, column {start + 1}",
    )
