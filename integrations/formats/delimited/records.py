"""Cells ↔ records of one type: many at once, or alone where one of them is wrong."""

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

import re2

from integrations.errors import DecodeError, EncodeError
from integrations.formats import codec
from integrations.formats.codec import Record, Value
from integrations.formats.delimited.cells import join_cells
from integrations.formats.delimited.layout import Cell, DelimitedOptions, DelimitedRecord, Mark
from integrations.formats.flat.columns import (
    ReadColumn,
    WriteColumn,
    compile_read_column,
    compile_write_column,
)
from integrations.formats.flat.fields import FieldFault
from integrations.formats.flat.structure import Structure

_KEY = "delimited"


class RecordType:
    """A record type, compiled. least, most: cells; most None where the last field goes on."""

    def __init__(self, layout: DelimitedRecord, options: DelimitedOptions, structure: Structure) -> None:
        self.layout = layout
        self.kind = structure.kind(layout)
        self.options = options
        self.name = layout.name
        self.inner = tuple(other.key for other in options.records if other.within == layout.name)
        self.fields: list[tuple[int, Cell, ReadColumn, WriteColumn]] = []
        at = layout.first
        for field in layout.fields:
            self.fields.append((at, field, compile_read_column(field), compile_write_column(field)))
            at += field.times
        is_open = bool(layout.fields) and layout.fields[-1].times == 0
        self.most = None if is_open else at
        self.full = at
        self.least = at if layout.min_cells is None else layout.min_cells
        self.keys = [field.name for field in layout.fields]
        self.known = {*self.keys, *self.inner, "record"}
        self.is_simple = not is_open and all(field.times == 1 for field in layout.fields)
        self.tests = [_test(mark) for mark in layout.marks]

    def is_whole(self, cells: list[str]) -> bool:
        """Whether a record has all its cells."""
        return len(cells) >= self.full if self.most is None else len(cells) == self.most

    def read(self, rows: list[list[str]]) -> list[Record]:
        """Read records that have all their cells. Raises FieldFault."""
        columns: list[Sequence[Value]] = []
        for at, field, read, _ in self.fields:
            columns.append(_column(rows, at, field, read))
        names = self.keys
        if not self.layout.within:
            columns, names = [[self.name] * len(rows), *columns], ["record", *names]
        records: list[Record] = (
            list(map(dict, map(zip, repeat(names), zip(*columns, strict=True))))
            if columns
            else [{} for _ in rows]
        )
        for key in self.inner:
            for record in records:
                record[key] = []
        return records

    def read_alone(self, cells: list[str], line: int) -> Record:
        """Read one record, which may lack cells at its end. Raises DecodeError with the field."""
        self._check_count(cells, line)
        record: Record = {} if self.layout.within else {"record": self.name}
        for at, field, read, _ in self.fields:
            if at >= len(cells) and field.times:
                if field.required:
                    raise self._fault(
                        FieldFault("field_missing", "A required field is missing."), line, at, field
                    )
                continue
            try:
                record[field.name] = _column([cells], at, field, read)[0]
            except FieldFault as fault:
                raise self._fault(fault, line, at, field) from None
        for key in self.inner:
            record[key] = []
        return record

    def _fault(self, fault: FieldFault, line: int, at: int, field: Cell) -> DecodeError:
        place = f"line {line}, record {self.name}, field {field.name}, cell {at + 1}"
        return DecodeError(f"{_KEY}.{fault.code}", fault.message, place=place)

    def _check_count(self, cells: list[str], line: int) -> None:
        place = f"line {line}, record {self.name}, cell {len(cells) + 1}"
        if len(cells) < self.least:
            raise DecodeError(
                f"{_KEY}.cells_missing",
                f"The record has {len(cells)} cells, at least {self.least} are expected.",
                hint="The file may have been cut, or the delimiter is another.",
                place=place,
            )
        if self.most is not None and len(cells) > self.most:
            raise DecodeError(
                f"{_KEY}.extra_cells",
                f"The record has {len(cells)} cells, at most {self.most} are expected.",
                hint="A delimiter inside a cell needs quotes around the cell.",
                place=f"line {line}, record {self.name}, cell {self.most + 1}",
            )

    def write(self, records: list[Record]) -> list[str]:
        """Write records. Raises FieldFault."""
        if not all(map(self.known.issuperset, records)):
            raise FieldFault("extra_field", "A record has a field that has no place.")
        columns = [self._written(field, write, records) for _, field, _, write in self.fields]
        lead = self._lead()
        rows = [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in records]
        options = self.options
        return [
            join_cells(self._marked(self._cut(lead + self._flat(row), record)), options)
            for row, record in zip(rows, records, strict=True)
        ]

    def _lead(self) -> list[str]:
        return [mark.value for mark in self.layout.marks if mark.cell == 1 and mark.value][
            : self.layout.first
        ]

    def _written(self, field: Cell, write: WriteColumn, records: list[Record]) -> Sequence[str | list[str]]:
        values = [record.get(field.name) for record in records]
        if field.times == 1:
            return write(values)
        return [write(_as_list(value, field)) for value in values]

    def _flat(self, row: list[Any]) -> list[str]:
        if self.is_simple:
            return row
        return [cell for part in row for cell in (part if isinstance(part, list) else [part])]

    def _cut(self, cells: list[str], record: Record) -> list[str]:
        """Leave out cells at the end whose fields the record does not have, if they may be missing."""
        if self.layout.min_cells is None:
            return cells
        end = len(cells)
        for at, field, _, _ in reversed(self.fields):
            if field.name in record or at < self.least:
                break
            end = at
        return cells[:end]

    def _marked(self, cells: list[str]) -> list[str]:
        for mark in self.layout.marks:
            found = cells[mark.cell - 1] if mark.cell <= len(cells) else ""
            if mark.pattern:
                if not re2.fullmatch(mark.pattern, found):
                    raise FieldFault("mark", "The record does not have what it is recognised by.")
            elif found != mark.value:
                if found or mark.cell > len(cells):
                    raise FieldFault("mark", f"A field stands in the way of the text '{mark.value}'.")
                cells[mark.cell - 1] = mark.value
        return cells

    def write_alone(self, record: Record, number: int) -> str:
        """Write one record. Raises EncodeError with the field."""
        place = f"record {number}, record {self.name}"
        try:
            return self.write([record])[0]
        except FieldFault as fault:
            first = fault
        for _, field, _, write in self.fields:
            try:
                self._written(field, write, [record])
            except FieldFault as fault:
                raise EncodeError(
                    f"{_KEY}.{fault.code}", fault.message, place=f"{place}, field {field.name}"
                ) from None
        raise EncodeError(f"{_KEY}.{first.code}", first.message, place=place)


def _column(rows: list[list[str]], at: int, field: Cell, read: ReadColumn) -> Sequence[Value]:
    if field.times == 1:
        return read([row[at] for row in rows])
    if field.times:
        lists = [read(row[at : at + field.times]) if row[at:] else [] for row in rows]
    else:
        lists = [read(row[at:]) if row[at:] else [] for row in rows]
    return lists


def _as_list(value: Value, field: Cell) -> list[Value]:
    items: list[Value] = [] if value is None else value if isinstance(value, list) else [value]
    if value is not None and not isinstance(value, list):
        raise FieldFault("not_a_list", "A list was expected.")
    if field.times and len(items) > field.times:
        raise FieldFault("too_long", f"The field stands there {field.times} times.")
    return items + [None] * (field.times - len(items))


Test = Callable[[list[str]], bool]


def _test(mark: Mark) -> Test:
    at, value = mark.cell - 1, mark.value
    if mark.pattern:
        pattern = re2.compile(mark.pattern)
        return lambda cells: at < len(cells) and pattern.fullmatch(cells[at]) is not None
    return lambda cells: at < len(cells) and cells[at] == value


def compile_finder(types: list[RecordType]) -> Callable[[list[str]], RecordType | None]:
    """Give the function that tells the type of a record; by one lookup where the first cell says it."""
    marked = [kind for kind in types if kind.layout.marks]
    fallback = next((kind for kind in types if not kind.layout.marks), None)
    firsts = {kind.layout.marks[0].value: kind for kind in marked}
    is_simple = all(len(k.layout.marks) == 1 and k.layout.marks[0].cell == 1 for k in marked)
    if is_simple and len(firsts) == len(marked) and "" not in firsts:
        return lambda cells: firsts.get(cells[0], fallback)

    def find(cells: list[str]) -> RecordType | None:
        return next((kind for kind in marked if all(test(cells) for test in kind.tests)), fallback)

    return find


def unknown_record(cells: list[str], line: int) -> DecodeError:
    """Make the error for a record whose type cannot be told."""
    return DecodeError(
        f"{_KEY}.unknown_record",
        f"No record type matches this record, whose first cell is [{codec.shape(cells[0])}].",
        hint="Add the record type to the layout, or check where the types are told apart.",
        place=f"line {line}, cell 1",
    )
