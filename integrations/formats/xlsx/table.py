"""From rows to records: the names of the columns, and what stands above and under them."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record
from integrations.formats.xlsx.cells import Row
from integrations.formats.xlsx.options import XlsxOptions, column_letters
from integrations.formats.xlsx.values import told

Piece: TypeAlias = tuple[Literal["header", "item"], int, Record]


def read_table(
    rows: Iterator[Row], options: XlsxOptions, limits: Limits, title: str, bad: codec.Bad | None
) -> Iterator[Piece]:
    """Yield (kind, number, record): the header row, then an item for each row that holds something."""
    first = options.area.top + options.skip_rows
    names = {options.area.left + at: name for at, name in enumerate(options.columns)}
    is_header = options.header
    is_text = options.values == "text"
    taken = 0
    for row in rows:
        if row.number < first:
            continue
        if is_header:
            is_header = False
            names = _header(row, options, title)
            yield "header", 1, {"columns": [*names.values()]}
            continue
        taken += 1
        if taken > limits.max_records:
            raise codec.too_many_records("xlsx", limits, f"{title}, row {row.number}")
        if row.wrong:
            if bad is None:
                raise row.wrong
            bad(row.wrong)
            continue
        yield "item", taken, _record(row, names, is_text=is_text)


def _record(row: Row, names: dict[int, str], *, is_text: bool) -> Record:
    record: Record = {}
    for column, value in row.cells.items():
        name = names.get(column)
        if name is None:
            name = names[column] = _free(f"column_{column}", names)
        record[name] = told(value) if is_text and value is not None else value
    return record


def _free(name: str, names: dict[int, str]) -> str:
    taken = set(names.values())
    while name in taken:
        name += "_"
    return name


def _header(row: Row, options: XlsxOptions, title: str) -> dict[int, str]:
    """Take the names of the columns; one without a name is called by its number once it holds something."""
    if row.wrong:
        raise row.wrong
    names: dict[int, str] = {}
    taken: set[str] = set()
    for column, value in sorted((at, cell) for at, cell in row.cells.items() if cell is not None):
        name = told(value).strip()
        if not name:
            continue
        if name in taken:
            if options.duplicate_columns == "refuse":
                raise DecodeError(
                    "xlsx.duplicate_column",
                    "Two columns have the same name.",
                    hint="Rename one, or choose to number them.",
                    place=f"{title}, row {row.number}, column {column_letters(column)}",
                )
            name = _numbered(name, taken)
        names[column] = name
        taken.add(name)
    missing = [name for name in options.columns if name not in taken]
    if missing:
        raise DecodeError(
            "xlsx.missing_column",
            f"{len(missing)} of the expected columns are missing, first: {missing[0]}.",
            hint="Check the sheet, the range and the rows before the table.",
            place=f"{title}, row {row.number}",
        )
    return names


def _numbered(name: str, taken: set[str]) -> str:
    count = 2
    while f"{name}_{count}" in taken:
        count += 1
    return f"{name}_{count}"
