"""Schemas of flat files: the records of each type with their fields."""

from collections.abc import Sequence
from dataclasses import replace

from integrations.formats.flat.layout import FlatField, FlatRecord
from integrations.formats.flat.structure import Structure
from integrations.schema.model import Field, Schema, Type

_TYPES = {
    "text": Type.TEXT,
    "integer": Type.INTEGER,
    "decimal": Type.DECIMAL,
    "date": Type.DATE,
    "datetime": Type.MOMENT,
    "boolean": Type.BOOLEAN,
}


def schema_of(structure: Structure, title: str) -> Schema:
    """Describe what is read: the fields of all record types, required where all have them."""
    tops = [kind for kind in structure.records if not kind.within]
    choices = {kind.name: kind.role for kind in tops}
    name = Field("record", Type.TEXT, "Record type", required=True, choices=choices, is_closed=True)
    found: dict[str, Field] = {}
    counts: dict[str, int] = {}
    for kind in tops:
        for field in _fields(kind, structure):
            counts[field.name] = counts.get(field.name, 0) + 1
            found.setdefault(field.name, field)
    fields = [replace(field, required=counts[key] == len(tops)) for key, field in found.items()]
    return Schema(Field("", Type.OBJECT, fields=(name, *fields)), title=title, origin=title)


def _fields(kind: FlatRecord, structure: Structure) -> Sequence[Field]:
    own = [_field(field) for field in kind.all_fields]
    below = [record for record in structure.records if record.within == kind.name]
    inner = [
        Field(
            child.key,
            Type.OBJECT,
            required=True,
            repeats=True,
            min_items=child.min_items,
            max_items=child.max_items,
            fields=tuple(_fields(child, structure)),
        )
        for child in below
    ]
    return [*own, *inner]


def _field(field: FlatField) -> Field:
    return Field(
        field.name,
        _TYPES[field.type],
        field.title,
        required=True,
        nullable=not field.required and field.type != "text",
        repeats=field.times != 1,
        min_items=field.times if field.times > 1 else 0,
        max_items=field.times or None if field.times != 1 else None,
        max_length=field.length or None,
        scale=field.scale if field.type == "decimal" and field.point == "implied" else None,
        notation=field.pattern,
    )
