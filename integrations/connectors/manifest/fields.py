"""Typed fields of a request or an answer, written flat: ``order.line_items[].price: decimal!``.

One map of fields gives the form, the JSON Schema, the checks of the twin and the list of sensitive places.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from integrations.connectors.paths import split_path

JsonSchema: TypeAlias = dict[str, Any]
DataClass: TypeAlias = Literal["c2", "c3", "c4", "c5"]

_SCALARS: Mapping[str, JsonSchema] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "decimal": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
    "amount": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}]},
    "id": {"anyOf": [{"type": "integer"}, {"type": "string", "minLength": 1}]},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"},
    "datetime": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}"},
    "email": {"type": "string", "pattern": "^[^@ ]+@[^@ ]+$"},
    "uri": {"type": "string", "pattern": "^https?://"},
    "object": {"type": "object"},
    "any": {},
}
_TYPE = re.compile(rf"(?:{'|'.join(_SCALARS)})|array<(?:{'|'.join(_SCALARS)})>")


class Model(BaseModel):
    """Base of every part of a manifest: frozen, and a key nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Choices(Model):
    """Where the values come from that a field can have: the items of a list operation of the same connector.

    value, label: paths in an item; without a label the value speaks for itself.
    """

    operation: str
    value: str
    label: str = ""


class FieldSpec(Model):
    """One field. ``"integer!"`` is short for ``{type: integer, required: true}``.

    sensitive: class of the value where it is more than ordinary business data (c3 secret, c4 sealed, c5
    never). nullable: the vendor sends null here. choices: asked of the connection while a flow is built.
    """

    type: Annotated[str, Field(pattern=f"^({_TYPE.pattern})$")] = "string"
    required: bool = False
    nullable: bool = False
    title: str = ""
    help: str = ""
    example: str | int | float | bool | None = None
    default: str | int | float | bool | None = None
    options: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    min_items: int | None = None
    pattern: str = ""
    sensitive: DataClass | None = None
    choices: Choices | None = None


def read_field(value: object) -> object:
    """Read the short form of a field."""
    if not isinstance(value, str):
        return value
    kind = value.rstrip("!?")
    marks = value[len(kind) :]
    return {"type": kind, "required": "!" in marks, "nullable": "?" in marks}


FieldMap: TypeAlias = dict[str, Annotated[FieldSpec, BeforeValidator(read_field)]]


def value_schema(field: FieldSpec) -> JsonSchema:
    """Give the JSON Schema of one field's value, without what stands below it."""
    if field.type.startswith("array<"):
        schema: JsonSchema = {"type": "array", "items": dict(_SCALARS[field.type[6:-1]])}
        if field.min_items is not None:
            schema["minItems"] = field.min_items
    else:
        schema = dict(_SCALARS[field.type])
    if field.options:
        schema["enum"] = list(field.options)
    if field.minimum is not None:
        schema["minimum"] = field.minimum
    if field.maximum is not None:
        schema["maximum"] = field.maximum
    if field.pattern:
        schema["pattern"] = field.pattern
    if field.title:
        schema["title"] = field.title
    if field.help:
        schema["description"] = field.help
    return {"anyOf": [schema, {"type": "null"}]} if field.nullable else schema


def json_schema(fields: Mapping[str, FieldSpec]) -> JsonSchema:
    """Give the JSON Schema of an object with these fields.

    An object on the way that has no line of its own is required when something inside it is.
    """
    root: JsonSchema = {"type": "object", "properties": {}}
    declared = {split_path(path) for path in fields}
    for path in sorted(fields, key=lambda path: len(split_path(path))):
        _add(root, split_path(path), fields[path], declared)
    return root


def _add(root: JsonSchema, parts: tuple[str, ...], field: FieldSpec, declared: set[tuple[str, ...]]) -> None:
    node = root
    for position, part in enumerate(parts):
        if part == "[]":
            node = _inside(node, "array")["items"]
            continue
        properties = _inside(node, "object")["properties"]
        node = _inside(node, "object")
        is_last = position == len(parts) - 1
        if is_last:
            properties[part] = value_schema(field)
        elif part not in properties:
            following = parts[position + 1]
            properties[part] = {"type": "array", "items": {}} if following == "[]" else {"type": "object"}
        if field.required and (is_last or parts[: position + 1] not in declared):
            _require(node, part)
        node = properties[part]


def _inside(node: JsonSchema, kind: str) -> JsonSchema:
    if "anyOf" in node and any(choice == {"type": "null"} for choice in node["anyOf"]):
        node = node["anyOf"][0]
    node.setdefault("type", kind)
    node.setdefault(*(("items", {}) if kind == "array" else ("properties", {})))
    return node


def _require(node: JsonSchema, name: str) -> None:
    required = node.setdefault("required", [])
    if name not in required:
        required.append(name)
