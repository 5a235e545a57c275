"""The header line of a CSV file → Schema: one text field a column, as the CSV reader gives them."""

import csv
from typing import Final

from integrations.errors import ConfigError
from integrations.schema.documents import text_of
from integrations.schema.model import Field, Schema, Type

MAX_COLUMNS: Final = 5_000
MAX_LINES: Final = 20
DELIMITERS: Final = (",", ";", "\t", "|")


def read_csv_header(data: str | bytes, delimiter: str = "") -> Schema:
    """Read the first line; values of the lines after it become examples. delimiter: "" finds it out.

    Raises ConfigError ``schema.empty``, ``schema.syntax`` or ``schema.twice`` with the number of the column.
    """
    text = text_of(data if isinstance(data, str) else data[: 1 << 20])
    lines = [line for line in text.splitlines()[:MAX_LINES] if line.strip()]
    if not lines:
        raise ConfigError("schema.empty", "There is no header line.", place="line 1")
    mark = delimiter or max(DELIMITERS, key=lines[0].count)
    if len(mark) != 1 or mark in '"\r\n ':
        raise ConfigError("schema.syntax", "The delimiter must be one character.", place="choice")
    try:
        header, *rows = csv.reader(lines, delimiter=mark)
    except csv.Error:
        raise ConfigError("schema.syntax", "The header line is not CSV.", place="line 1") from None
    if len(header) > MAX_COLUMNS:
        raise ConfigError("schema.too_large", f"A CSV file has at most {MAX_COLUMNS:,} columns.")
    _check(header)
    # The last line may be cut; it gives no examples.
    whole = [row for row in rows[:-1] or rows if len(row) == len(header)]
    fields = tuple(
        Field(
            name,
            Type.TEXT,
            required=True,
            examples=tuple(dict.fromkeys(row[n] for row in whole if row[n]))[:3],
        )
        for n, name in enumerate(header)
    )
    return Schema(Field("", Type.OBJECT, fields=fields), origin="CSV header")


def _check(header: list[str]) -> None:
    seen: set[str] = set()
    for number, name in enumerate(header, 1):
        place = f"line 1, column {number}"
        if not name.strip():
            raise ConfigError(
                "schema.syntax", "A column has no name.", place=place, hint="Name every column."
            )
        if name in seen:
            raise ConfigError(
                "schema.twice", "Two columns have the same name.", place=place, hint="Rename one of them."
            )
        seen.add(name)
