"""Schemas as the mapper's script draws them: short keys, defaults left out, definitions by name."""

from typing import Any, Final

from integrations.schema.model import Field, Schema

CHOICES_MOST: Final = 40
TEXT_MOST: Final = 300


def tree(schema: Schema) -> dict[str, Any]:
    """Give the fields of a schema, and of the structures that they name."""
    return {
        "title": schema.title or schema.origin,
        "fields": [_field(inner) for inner in schema.resolve(schema.root)],
        "definitions": {
            name: [_field(inner) for inner in found.fields] for name, found in schema.definitions.items()
        },
        "open": schema.root.is_open,
        "type": schema.root.type.value,
        "repeats": schema.root.repeats,
    }


def _field(found: Field) -> dict[str, Any]:
    said: dict[str, Any] = {"name": found.name, "type": found.type.value}
    marks = {
        "required": found.required,
        "nullable": found.nullable,
        "repeats": found.repeats,
        "open": found.is_open,
    }
    said |= {name: True for name, holds in marks.items() if holds}
    texts = {"title": found.title, "description": found.description[:TEXT_MOST], "notation": found.notation}
    said |= {name: text for name, text in texts.items() if text}
    if found.choices:
        said["choices"] = dict(list(found.choices.items())[:CHOICES_MOST])
    sizes = {"max": found.max_length, "scale": found.scale, "default": found.default}
    said |= {name: size for name, size in sizes.items() if size is not None}
    if found.ref:
        said["ref"] = found.ref
    elif found.fields:
        said["fields"] = [_field(inner) for inner in found.fields]
    return said
