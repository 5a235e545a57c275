"""Avro: container files of several writers, against fastavro's reading and, where there is one, the JSON."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro

from integrations.errors import InputError
from integrations.formats.avro.codec import CODEC
from integrations.formats.avro.container import open_container
from integrations.formats.avro.options import AvroOptions
from integrations.formats.codec import Limits, Record
from tests.conformance import Result

READ = AvroOptions(not_a_number="null")


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.rglob("*.avro")):
        name = str(path.relative_to(folder))
        data = path.read_bytes()
        try:
            records = list(CODEC.reader(READ, Limits())([data]))
        except InputError as failure:
            yield Result(name, "decode", passed=False, reason=str(failure))
            continue
        yield Result(name, "decode", passed=True)
        yield again(name, data, records)
        yield twin(name, path, records)
    weather = folder / "apache" / "weather.json"
    if weather.exists():
        rows = [json.loads(line) for line in weather.read_text().splitlines() if line]
        for path in sorted(folder.glob("apache/weather*.avro")):
            same = list(CODEC.reader(READ, Limits())([path.read_bytes()])) == rows
            yield Result(
                str(path.relative_to(folder)), "twin", same, "" if same else "not the rows of the JSON"
            )


def again(name: str, data: bytes, records: list[Record]) -> Result:
    """Write by the file's own schema, and read again."""
    text = open_container([data], READ, Limits()).schema_text.decode()
    try:
        options = AvroOptions(schema_text=text)
    except ValueError:
        options = AvroOptions()
    try:
        back = list(CODEC.reader(READ, Limits())([b"".join(CODEC.writer(options)(records))]))
    except InputError as failure:
        return Result(name, "round trip", passed=False, reason=str(failure))
    return Result(name, "round trip", back == records)


def twin(name: str, path: Path, records: list[Record]) -> Result:
    try:
        with path.open("rb") as file:
            theirs = [row if isinstance(row, dict) else {"value": row} for row in fastavro.reader(file)]
    except Exception as failure:  # noqa: BLE001  whatever the other reader has against the file
        reason = f"fastavro: {type(failure).__name__}"
        return Result(name, "twin", passed=False, reason=reason, is_explained=True)
    return Result(name, "twin", plain(records) == plain(theirs))


def plain(value: Any) -> Any:
    """Take decimals as floats, which is what the other reader gives."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return float(value) if isinstance(value, Decimal | float) else value
