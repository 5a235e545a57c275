"""Excel workbooks: each sheet of each, against what calamine reads of it.

Of a cell that both read the values agree: calamine has doubles only, and shows errors and empty texts as
empty cells.
"""

import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import python_calamine

from integrations.errors import InputError
from integrations.formats.codec import Limits, Record
from integrations.formats.xlsx.book import open_book
from integrations.formats.xlsx.codec import CODEC
from integrations.formats.xlsx.options import XlsxOptions
from integrations.formats.xlsx.package import Package
from integrations.formats.xlsx.values import clock
from tests.conformance import Result

PROTECTED = "xlsx.protected_or_old"


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.glob("*.xls[xm]")):
        yield from workbook(path)


def workbook(path: Path) -> Iterator[Result]:
    data = path.read_bytes()
    try:
        sheets = open_book(Package(data, Limits()), Limits()).sheets
    except InputError as failure:
        is_protected = failure.code == PROTECTED
        yield Result(path.name, "refuse" if is_protected else "decode", is_protected, str(failure))
        return
    for sheet in sheets:
        name = path.name if len(sheets) == 1 else f"{path.name} sheet {sheet.number}"
        options = XlsxOptions(sheet_number=sheet.number, header=False, errors="null", uncalculated="null")
        try:
            records = list(CODEC.reader(options, Limits())([data]))
        except InputError as failure:
            yield Result(name, "decode", passed=False, reason=str(failure))
            continue
        yield Result(name, "decode", passed=True)
        yield twin(name, data, sheet.name, records)
        yield again(name, records)


def again(name: str, records: list[Record]) -> Result:
    """Write what was read, and read it back: nulls are empty cells then."""
    columns = tuple(dict.fromkeys(key for record in records for key in record))
    options = XlsxOptions(columns=columns)
    written = b"".join(CODEC.writer(options)(records))
    back = list(CODEC.reader(options, Limits())([written]))
    kept = [{key: cell for key, cell in record.items() if cell is not None} for record in records]
    return Result(name, "round trip", back == [record for record in kept if record])


def twin(name: str, data: bytes, sheet: str, records: list[Record]) -> Result:
    try:
        rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(sheet)
        expected = [kept for row in rows.to_python(skip_empty_area=False) if (kept := cells(row))]
    except python_calamine.CalamineError as failure:
        return Result(name, "twin", passed=False, reason=f"calamine: {failure}", is_explained=True)
    found = [kept for record in records if (kept := cells_of(record))]
    if len(found) != len(expected):
        return Result(name, "twin", passed=False, reason=f"{len(found)} rows, not {len(expected)}")
    for number, (ours, theirs) in enumerate(zip(found, expected, strict=True), 1):
        wrong = [at for at in {*ours, *theirs} if not agree(ours.get(at), theirs.get(at))]
        if wrong:
            return Result(name, "twin", passed=False, reason=f"row {number} column {wrong[0]}")
    return Result(name, "twin", passed=True)


def cells(row: list[Any]) -> dict[int, Any]:
    return {at: cell for at, cell in enumerate(row, 1) if cell != ""}


def cells_of(record: Record) -> dict[int, Any]:
    return {int(key.removeprefix("column_")): cell for key, cell in record.items() if cell is not None}


def agree(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, float) and isinstance(ours, int | Decimal) and not isinstance(ours, bool):
        return float(ours) == theirs
    if isinstance(theirs, time) and isinstance(ours, str):
        return time.fromisoformat(ours) == theirs
    if isinstance(theirs, timedelta) and isinstance(ours, str):
        return ours == clock(round(theirs.total_seconds() * 1000))
    if type(theirs) is date and isinstance(ours, datetime):
        return ours == datetime(theirs.year, theirs.month, theirs.day)  # noqa: DTZ001
    return bool(ours == theirs)
