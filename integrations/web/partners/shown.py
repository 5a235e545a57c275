"""What the pages of partners show, gathered from the queries."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.flows.yamlfile import write_settings
from integrations.formats.registry import FORMATS
from integrations.partners import queries
from integrations.partners.models import Allotment, Counter, Partner, Table
from integrations.tenants.access import Actor
from integrations.web.partners.forms import MOST_ROWS, NEW_ROWS, written

SHOWN_ROWS = 200
Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A partner and the titles of the formats in its profile."""

    row: Partner
    formats: Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """The options of one format, as YAML."""

    key: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Detail:
    """One partner. counters, tables: those that are its own; numbers: the last that were taken."""

    row: Partner
    profile: Sequence[Part]
    counters: Sequence[Counter]
    tables: Sequence[Table]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a format in words."""

    name: str
    kind: str
    help: str


@dataclass(frozen=True, slots=True)
class TablePage:
    """A table for its page. is_whole: all rows are shown, and can be edited there."""

    row: Table
    rows: Sequence[Row]
    count: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Numbers:
    counter: Counter | None
    name: str
    taken: Sequence[Allotment]


def partners(by: Actor) -> list[Line]:
    return [
        Line(row, [FORMATS[key].title if key in FORMATS else key for key in row.profile])
        for row in queries.partners(by)
    ]


def partner(by: Actor, key: str) -> Detail:
    row = queries.partner(by, key)
    profile = [
        Part(one, FORMATS[one].title if one in FORMATS else one, write_settings(options))
        for one, options in row.profile.items()
    ]
    counters = [one for one in queries.counters(by) if one.name.startswith(f"{key}.")]
    tables = [one for one in queries.tables(by) if one.key.endswith(f"@{key}")]
    return Detail(row, profile, counters, tables)


def options(key: str) -> list[Option]:
    """Give the options that a format knows, for the help beside their field."""
    schema = FORMATS[key].Options.model_json_schema()
    known = schema.get("$defs", {})
    return [
        Option(name, _kind(found, known), str(found.get("description", "")))
        for name, found in schema.get("properties", {}).items()
    ]


def _kind(found: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    if "$ref" in found:
        inner = known.get(str(found["$ref"]).rpartition("/")[2], {})
        return "map of " + ", ".join(inner.get("properties", {})) if inner.get("properties") else "map"
    if "enum" in found:
        return " or ".join(map(str, found["enum"]))
    if "anyOf" in found:
        kinds = [_kind(one, known) for one in found["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    return _WORDS.get(str(found.get("type", "")), "value")


_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "map",
}


def table(by: Actor, key: str) -> TablePage:
    row = queries.table(by, key)
    rows = in_order(row)
    is_whole = len(rows) <= MOST_ROWS
    return TablePage(row, rows if is_whole else rows[:SHOWN_ROWS], len(rows), is_whole)


def in_order(row: Table) -> list[Row]:
    """Give the rows as text, by key."""
    return sorted((key, written(value)) for key, value in row.rows.items())


def with_new_rows(rows: Sequence[Row]) -> list[Row]:
    """Put empty rows to type in behind those that there are."""
    kept = [row for row in rows if any(row)]
    return [*kept, *([("", "")] * min(NEW_ROWS, MOST_ROWS - len(kept)))]


def as_csv(row: Table) -> str:
    """Write a table as it can be imported again."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["key", "value"])
    writer.writerows(in_order(row))
    return out.getvalue()


def numbers(by: Actor, name: str) -> Numbers:
    """Give what was taken from a counter; a counter that nobody has used yet is not there (None)."""
    found = next((one for one in queries.counters(by) if one.name == name), None)
    return Numbers(found, name, queries.allotments(by, counter=name))
