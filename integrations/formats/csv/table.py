"""From rows to records: the names of the columns, and rows that do not fit them."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Literal, TypeAlias

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record, Value
from integrations.formats.csv.options import CsvOptions
from integrations.formats.csv.rows import Batch

_Rows: TypeAlias = Iterator[tuple[int, list[str]]]
Row: TypeAlias = tuple[Literal["header", "item"], int, Record]


def read_table(
    batches: Iterator[Batch], options: CsvOptions, limits: Limits, bad: codec.Bad | None
) -> Iterator[Row]:
    """Yield (kind, number, record): the header row, then an item a row.

    batches: ``Rows.batches()``, or ``Rows.singly()`` where the text of each row is wanted.
    """
    columns = [*options.columns]
    rest: _Rows = iter(())
    if options.header or not columns:
        line, cells, rest = _next_row(rest, batches)
        if not cells:
            raise DecodeError("csv.empty", "The document has no rows.", place="line 1")
        columns = _columns(_tidy(cells, options), line, options)
        if options.header:
            names: list[Value] = [*columns]
            yield "header", 1, {"columns": names}
            for _ in range(options.skip_after_header):
                _, _, rest = _next_row(rest, batches)
        else:
            rest = chain(((line, cells),), rest)
    number = 0
    for number, record in enumerate(_uneven(rest, columns, options, bad), 1):
        yield "item", _counted(number, limits), record
    is_plain = options.null is None and options.spaces != "trim" and not options.trailing_delimiter
    for batch in batches:
        if is_plain and set(map(len, batch.rows)) == {len(columns)}:
            records: Iterable[Record] = [dict(zip(columns, row, strict=True)) for row in batch.rows]
        else:
            records = _uneven(batch.numbered(), columns, options, bad)
        for record in records:
            number += 1
            yield "item", _counted(number, limits), record


def _counted(number: int, limits: Limits) -> int:
    if number > limits.max_records:
        raise codec.too_many_records("csv", limits, f"record {number}")
    return number


def _next_row(rest: _Rows, batches: Iterator[Batch]) -> tuple[int, list[str], _Rows]:
    """Take the next row that is not blank: its line, its cells (none at the end), the rest of its batch."""
    while True:
        for line, cells in rest:
            if cells:
                return line, cells, rest
        batch = next(batches, None)
        if batch is None:
            return 0, [], iter(())
        rest = batch.numbered()


def _uneven(
    rows: Iterable[tuple[int, list[str]]], columns: list[str], options: CsvOptions, bad: codec.Bad | None
) -> Iterator[Record]:
    """Make records of rows one by one, as the dialect says of those that do not fit."""
    width, null = len(columns), options.null
    for line, found in rows:
        cells = _tidy(found, options)
        if len(cells) == width:
            record: Record = dict(zip(columns, cells, strict=True))
        elif not cells or _is_blank(cells):
            continue
        else:
            try:
                record = _ragged(cells, columns, line, options)
            except DecodeError as failure:
                if bad is None:
                    raise
                bad(failure)
                continue
        if null is not None and null in cells:
            record = {name: None if cell == null else cell for name, cell in record.items()}
        yield record


def _is_blank(cells: list[str]) -> bool:
    """Whether a row is nothing but spaces, or the old mark of a file's end."""
    return len(cells) == 1 and not cells[0].strip(" \t\x1a\r")


def _tidy(cells: list[str], options: CsvOptions) -> list[str]:
    """Do to the cells what the dialect says beyond delimiters and quotes."""
    if options.trailing_delimiter and len(cells) > 1 and not cells[-1]:
        cells = cells[:-1]
    return [cell.strip() for cell in cells] if options.spaces == "trim" else cells


def _columns(cells: list[str], line: int, options: CsvOptions) -> list[str]:
    """Take the column names of the first row; empty ones are named by their number."""
    if not options.header:
        return [f"column_{number}" for number in range(1, len(cells) + 1)]
    names = [cell.strip() or f"column_{number}" for number, cell in enumerate(cells, 1)]
    if len(set(names)) != len(names):
        names = _unlike(names, line, options)
    missing = [name for name in options.columns if name not in names]
    if missing:
        raise DecodeError(
            "csv.missing_column",
            f"{len(missing)} of the expected columns are missing, first: {missing[0]}.",
            hint="Check the delimiter and the header row.",
            place=f"line {line}",
        )
    return names


def _unlike(names: list[str], line: int, options: CsvOptions) -> list[str]:
    """Give names that stand twice a number, or refuse them."""
    taken = set(names)
    seen: dict[str, int] = {}
    unlike: list[str] = []
    for number, name in enumerate(names, 1):
        count = seen[name] = seen.get(name, 0) + 1
        new = name
        while count > 1 and new in taken:
            new = f"{name}_{count}"
            count += 1
        if new != name and options.duplicate_columns == "refuse":
            raise DecodeError(
                "csv.duplicate_column",
                "Two columns have the same name.",
                hint="Rename one, or choose to number them.",
                place=f"line {line}, column {number}",
            )
        seen[name] = max(seen[name], count - 1)
        taken.add(new)
        unlike.append(new)
    return unlike


def _ragged(cells: list[str], columns: list[str], line: int, options: CsvOptions) -> Record:
    missing = len(columns) - len(cells)
    if missing > 0 and options.short_rows == "fill":
        return dict(zip(columns, [*cells, *[""] * missing], strict=True))
    if missing < 0 and options.long_rows == "cut":
        return dict(zip(columns, cells, strict=False))
    if missing < 0 and options.long_rows == "keep":
        more = [f"column_{number}" for number in range(len(columns) + 1, len(cells) + 1)]
        if not set(more) & set(columns):
            return dict(zip([*columns, *more], cells, strict=True))
    raise DecodeError(
        "csv.column_count",
        f"The row has {len(cells)} cells where {len(columns)} columns are.",
        hint="A delimiter inside a cell needs quotes around the cell.",
        place=f"line {line}, column {min(len(cells), len(columns)) + 1}",
    )
