"""CSV: spectrum (each with its values as JSON), and the W3C's CSV on the Web (rows and names only).

Of CSV on the Web we take what is CSV: the dialect of a metadata file becomes our options, and the cells are
compared with the values that the expected JSON shows under the plain column names. Data types, property URLs
and null values by column are its own vocabulary.
"""

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from integrations.errors import ConfigError, InputError
from integrations.formats.codec import Limits, Record, Value
from integrations.formats.csv.codec import CODEC
from integrations.formats.csv.options import CsvOptions
from tests.conformance import Result

ERRATA = {"location_coordinates": "its two files disagree: another phone number, damaged degree signs"}


def check(folder: Path) -> Iterator[Result]:
    for path in sorted((folder / "spectrum" / "csvs").glob("*.csv")):
        yield from spectrum(path, folder / "spectrum" / "json" / f"{path.stem}.json")
    for path in sorted((folder / "csvw").rglob("*.csv")):
        yield from on_the_web(path, str(path.relative_to(folder)))


def spectrum(path: Path, twin: Path) -> Iterator[Result]:
    name, why = f"spectrum/{path.stem}", ERRATA.get(path.stem, "")
    # The one damaged file is not UTF-8; its bytes still make a table.
    options = CsvOptions(encoding="latin-1" if why else "utf-8", guard_formulas=False)
    records = yield from decoded(path, name, options)
    if records is None:
        return
    same = records == json.loads(twin.read_text())
    yield Result(name, "twin", same, "" if same else why or "the values differ", is_explained=bool(why))


def on_the_web(path: Path, name: str) -> Iterator[Result]:
    beside = [path.with_name(f"{path.stem}-metadata.json"), path.with_name(f"{path.name}-metadata.json")]
    metadata = next((json.loads(found.read_text()) for found in beside if found.exists()), {})
    try:
        options = dialect_of(path, metadata)
    except ConfigError as failure:
        yield Result(name, "decode", passed=False, reason=str(failure))
        return
    records = yield from decoded(path, name, options)
    twin = path.with_suffix(".json")
    if records is not None and twin.exists():
        expected = table_rows(json.loads(twin.read_text()), path.name)
        if expected is not None:
            typed = typed_columns(metadata)
            found = [shown(record, typed) for record in records]
            same = len(found) == len(expected) and all(map(agrees, found, expected))
            yield Result(name, "twin", same, "" if same else "the values differ")


def dialect_of(path: Path, metadata: Any) -> CsvOptions:
    """Read the dialect from the metadata, as far as it says something about the text; or recognise it."""
    tables = metadata.get("tables", [{}]) if isinstance(metadata, dict) else [{}]
    told: dict[str, Any] = (
        {**metadata.get("dialect", {})} if isinstance(metadata.get("dialect"), dict) else {}
    )
    if tables and isinstance(tables[0].get("dialect"), dict):
        told |= tables[0]["dialect"]
    guess = CODEC.sniff(path.read_bytes())
    rows = told.get("headerRowCount", 1 if told.get("header", True) else 0)
    trim = told.get("trim", False)
    return CsvOptions(
        delimiter=told.get("delimiter", ","),
        quote=told.get("quoteChar", '"') or "",
        escape="" if told.get("doubleQuote", True) else "\\",
        header=rows > 0,
        skip_after_header=max(0, rows - 1),
        skip_lines=told.get("skipRows", 0),
        comment=told.get("commentPrefix", "#" if told else "") or "",
        spaces={"true": "trim", "start": "skip"}.get(str(trim).lower(), "keep"),
        line_end=str(guess.options.get("line_end", "crlf")) if guess else "crlf",
        duplicate_columns="number",
        short_rows="fill",
        long_rows="keep",
        guard_formulas=False,
    )


def decoded(path: Path, name: str, options: CsvOptions) -> Generator[Result, None, list[Record] | None]:
    """Decode and write back: yields the results, returns the records."""
    try:
        records = list(CODEC.reader(options, Limits())([path.read_bytes()]))
    except InputError as failure:
        yield Result(name, "decode", passed=False, reason=str(failure))
        return None
    yield Result(name, "decode", passed=True)
    again = CsvOptions(**{**options.model_dump(), "skip_lines": 0, "skip_after_header": 0})
    if records:
        written = b"".join(CODEC.writer(again)(filled(records)))
        back = list(CODEC.reader(again, Limits())([written]))
        yield Result(name, "round trip", passed=back == filled(records))
    return records


def filled(records: list[Record]) -> list[Record]:
    """Give every record the columns of the longest, as a table has to."""
    columns = list(dict.fromkeys(key for record in records for key in record))
    return [{column: record.get(column, "") for column in columns} for record in records]


def table_rows(document: Any, name: str) -> list[dict[str, Value]] | None:
    """Take the plain cells out of an expected document: what stands under the names of columns."""
    tables = document.get("tables", []) if isinstance(document, dict) else []
    if len(tables) != 1 or not str(tables[0].get("url", name)).endswith(name):
        return None
    rows = tables[0].get("row", [])
    if any(len(row.get("describes", [])) != 1 for row in rows):
        return None
    return [row["describes"][0] for row in rows]


def typed_columns(metadata: Any) -> set[str]:
    """Name the columns whose values are not shown as they stand: those with a data type or an address."""
    if isinstance(metadata, list):
        return {name for item in metadata for name in typed_columns(item)}
    if not isinstance(metadata, dict):
        return set()
    found = {name for value in metadata.values() for name in typed_columns(value)}
    if metadata.get("datatype", "string") != "string" or "valueUrl" in metadata or "separator" in metadata:
        found |= {str(metadata.get(key)) for key in ("name", "titles") if key in metadata}
    return found


def shown(record: Record, typed: set[str]) -> dict[str, str]:
    """Leave out empty cells: CSV on the Web takes them as null and does not show them."""
    return {name: str(cell) for name, cell in record.items() if cell not in {"", None} and name not in typed}


def agrees(found: dict[str, str], expected: dict[str, Value]) -> bool:
    """Whether each expected text under a name that we have too is ours."""
    return all(
        found[name].strip() == value.strip()
        for name, value in expected.items()
        if name in found and isinstance(value, str) and not value.startswith("http")
    )
