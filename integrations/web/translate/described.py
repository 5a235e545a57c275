"""The fields of a format's records as a list, for those formats that know them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from integrations.errors import ConfigError
from integrations.formats.codec import parse_options
from integrations.formats.imports import IMPORTS
from integrations.formats.registry import codec
from integrations.schema.model import Field, Schema, Type

MOST_FIELDS: Final = 3_000
MOST_CODES: Final = 6
TYPES: Final = {
    Type.TEXT: "text",
    Type.INTEGER: "whole number",
    Type.DECIMAL: "number",
    Type.BOOLEAN: "yes or no",
    Type.DATE: "date",
    Type.MOMENT: "date and time",
    Type.BYTES: "bytes",
    Type.OBJECT: "group",
    Type.ANY: "anything",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One field. depth: 0 for those of the record itself."""

    depth: int
    name: str
    title: str
    kind: str
    occurs: str
    codes: str


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a format's records. choices: the messages it has tables for, with the one chosen."""

    origin: str
    lines: Sequence[Line]
    is_cut: bool
    choices: Sequence[tuple[str, str]]
    choice: str


def has_schema(key: str) -> bool:
    """Tell whether a format says what its records hold, by itself or for a message that is chosen."""
    return bool(_choices(key)) or _schema(key, "") is not None


def described(key: str, choice: str) -> Described | None:
    """Describe the records of a format, with messages the chosen one or the first; None: not known."""
    choices = _choices(key)
    known = [one for one, _ in choices]
    chosen = choice if choice in known else next(iter(known), "")
    schema = _schema(key, chosen)
    if schema is None:
        return None
    walked = list(islice(schema.walk(), MOST_FIELDS + 1))
    lines = [_line(len(path) - 1, field) for path, field in walked[:MOST_FIELDS]]
    return Described(schema.origin, lines, len(walked) > MOST_FIELDS, choices, chosen)


def _choices(key: str) -> list[tuple[str, str]]:
    """Give the messages that a format has tables for, where no file is needed to know them."""
    way = IMPORTS.get(key)
    return way.choices(b"") if way is not None and not way.extensions else []


def _schema(key: str, choice: str) -> Schema | None:
    form = codec(key)
    try:
        found = IMPORTS[key].read(b"", choice) if choice else form.schema(parse_options(form, {}))
    except ConfigError:  # its options cannot be empty: what is in its records is up to them
        return None
    return found if found is not None and found.root.fields else None


def _line(depth: int, field: Field) -> Line:
    kind = TYPES[field.type]
    if field.max_length is not None and field.type not in {Type.OBJECT, Type.ANY}:
        kind = f"{kind}, up to {field.max_length}"
    codes = [f"{code} {title}".strip() for code, title in islice(field.choices.items(), MOST_CODES)]
    if len(field.choices) > MOST_CODES:
        codes.append(f"and {len(field.choices) - MOST_CODES} more")
    return Line(depth, field.name, field.title, kind, _occurs(field), ", ".join(codes))


def _occurs(field: Field) -> str:
    if not field.repeats:
        return "always" if field.required else "may lack"
    least = max(field.min_items, 1 if field.required else 0)
    return f"{least} or more" if field.max_items is None else f"{least} to {field.max_items}"
