"""Parquet: files of many writers; the values of one stand beside it as CSV."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from integrations.errors import InputError
from integrations.formats.codec import Limits, Record, Value
from integrations.formats.parquet.codec import CODEC
from integrations.formats.parquet.options import ParquetOptions
from tests.conformance import Result

DAMAGED = {
    "datapage_v1-corrupt-checksum": "a page's checksum is wrong",
    "incorrect_map_schema": "a map whose keys may be null, which the format forbids",
}
READ = ParquetOptions(not_a_number="null")


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.glob("*.parquet")):
        try:
            records = list(CODEC.reader(READ, Limits())([path.read_bytes()]))
        except InputError as failure:
            is_damaged = path.stem in DAMAGED
            yield Result(path.name, "refuse" if is_damaged else "decode", is_damaged, str(failure))
            continue
        yield Result(path.name, "decode", path.stem not in DAMAGED)
        yield again(path.name, records)
        expected = path.with_name(f"{path.stem}_expect.csv")
        if expected.exists():
            rows = list(csv.reader(expected.read_text().splitlines()))
            same = len(rows) == len(records) + 1 and all(
                agrees(value, text)
                for record, row in zip(records, rows[1:], strict=False)
                for value, text in zip(record.values(), row, strict=True)
            )
            yield Result(path.name, "twin", same, "" if same else "the values differ")


def again(name: str, records: list[Record]) -> Result:
    try:
        back = list(CODEC.reader(READ, Limits())([b"".join(CODEC.writer(READ)(records))]))
    except InputError as failure:
        # Moments of whole microseconds and, as text, of nanoseconds: no column takes both.
        is_mixed = failure.code == "parquet.mixed"
        return Result(name, "round trip", passed=False, reason=str(failure), is_explained=is_mixed)
    return Result(name, "round trip", filled(back) == filled(records))


def filled(value: object) -> object:
    """Leave nulls out: a key that other objects of the column have is written as null."""
    if isinstance(value, dict):
        return {key: filled(one) for key, one in value.items() if one is not None}
    return [filled(one) for one in value] if isinstance(value, list) else value


def agrees(value: Value, text: str) -> bool:
    if isinstance(value, int | Decimal):
        return Decimal(text) == value
    return text == ("" if value is None else str(value))
