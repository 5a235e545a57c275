"""Schema → JSON Schema 2020-12. What JSON Schema has no keyword for is written as ``x-7m-…``.

``from_json_schema(to_json_schema(x)) == x``.
"""

from decimal import Decimal
from typing import Any, Final

from integrations.schema.json_schema.values import AS_TEXT, to_json
from integrations.schema.model import Field, Schema, Type

Node = dict[str, Any]

_TYPES: Final = {
    Type.TEXT: "string",
    Type.INTEGER: "integer",
    Type.DECIMAL: "number",
    Type.BOOLEAN: "boolean",
    Type.DATE: "string",
    Type.MOMENT: "string",
    Type.BYTES: "string",
    Type.OBJECT: "object",
}
_FORMATS: Final = {Type.DATE: "date", Type.MOMENT: "date-time", Type.DECIMAL: "decimal"}
FORMATS_OF_TEXT: Final = frozenset(
    {"email", "uuid", "uri", "time", "duration", "hostname", "ipv4", "ipv6", "idn-email", "uri-reference"}
)


def to_json_schema(schema: Schema) -> Node:
    """Describe the records as JSON Schema, in plain values with exact numbers (int, Decimal)."""
    head: Node = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    if schema.title:
        head["title"] = schema.title
    if schema.origin:
        head["x-7m-origin"] = schema.origin
    root = _field(schema.root)
    if "title" in root:
        head["x-7m-title"] = root.pop("title")
    if schema.definitions:
        root["$defs"] = {name: _definition(name, found) for name, found in schema.definitions.items()}
    return {**head, **root}


def _definition(name: str, found: Field) -> Node:
    return ({"x-7m-name": found.name} if found.name != name else {}) | _field(found)


def _field(found: Field) -> Node:
    said = _said(found)
    value = _value(found)
    if not found.repeats:
        if found.nullable:
            value = _or_null(value)
        limits = {"x-7m-minItems": found.min_items or None, "x-7m-maxItems": found.max_items}
        return {**said, **value, **_given(limits)}
    counts = _given({"minItems": found.min_items or None, "maxItems": found.max_items})
    return {**said, "type": ["array", "null"] if found.nullable else "array", "items": value, **counts}


def _given(keys: Node) -> Node:
    return {key: value for key, value in keys.items() if value is not None}


def _said(found: Field) -> Node:
    """Write what is said of the field as a whole, be it a list or not."""
    return _given(
        {
            "title": found.title or None,
            "description": found.description or None,
            "default": to_json(found.default),
            "x-7m-sensitivity": found.sensitivity.value if found.sensitivity else None,
            "x-7m-canonical": found.canonical or None,
        }
    )


def _value(found: Field) -> Node:
    examples = [to_json(example) for example in found.examples] or None
    if found.type is Type.OBJECT:
        return _object(found) | _given({"examples": examples}) | _limits(found)
    return _kind(found) | _limits(found) | _codes(found) | _given({"examples": examples})


def _kind(found: Field) -> Node:
    if found.type is Type.ANY:
        return {"x-7m-type": "any", **({"x-7m-notation": found.notation} if found.notation else {})}
    if found.type is Type.TEXT:
        if found.notation in FORMATS_OF_TEXT:
            return {"type": "string", "format": found.notation}
        return {"type": "string"} | ({"x-7m-notation": found.notation} if found.notation else {})
    if found.notation == AS_TEXT and found.type in _FORMATS:
        return {"type": "string", "format": _FORMATS[found.type]}
    node: Node = {"type": _TYPES[found.type]}
    if found.type in {Type.DATE, Type.MOMENT}:
        node["format"] = _FORMATS[found.type]
    elif found.type is Type.BYTES:
        node["contentEncoding"] = "base64"
    if found.notation == AS_TEXT:
        node["type"] = "string"
    if node["type"] == "string" or found.notation:
        node["x-7m-type"] = found.type.value
    return node | ({"x-7m-notation": found.notation} if found.notation else {})


def _limits(found: Field) -> Node:
    prefix = "" if found.type is Type.TEXT else "x-7m-"
    return _given(
        {
            f"{prefix}minLength": found.min_length,
            f"{prefix}maxLength": found.max_length,
            "x-7m-scale": found.scale,
            "minimum": _number(found.minimum),
            "maximum": _number(found.maximum),
            "pattern": f"^(?:{found.pattern})$" if found.pattern else None,
        }
    )


def _number(bound: Decimal | None) -> int | Decimal | None:
    if bound is None or bound.as_tuple().exponent != 0:
        return bound
    return int(bound)


def _codes(found: Field) -> Node:
    codes: list[str | int] = list(found.choices)
    if found.type is Type.INTEGER and all(_is_plain_integer(code) for code in found.choices):
        codes = [int(code) for code in found.choices]
    elif found.type is not Type.TEXT:
        codes = []
    if codes and found.is_closed:
        labels = {code: label for code, label in found.choices.items() if label}
        return {"enum": codes} | ({"x-7m-labels": labels} if labels else {})
    choices = {"x-7m-choices": dict(found.choices)} if found.choices else {}
    return choices | ({"x-7m-closed": True} if found.is_closed else {})


def _is_plain_integer(code: str) -> bool:
    return code.isascii() and code.lstrip("-").isdigit() and len(code) < 19 and str(int(code)) == code


def _object(found: Field) -> Node:
    if found.ref:
        name = found.ref.replace("~", "~0").replace("/", "~1").replace("%", "%25")
        return {"$ref": f"#/$defs/{name}"} | ({"x-7m-open": True} if found.is_open else {})
    node: Node = {"type": "object", "properties": {inner.name: _field(inner) for inner in found.fields}}
    required = [inner.name for inner in found.fields if inner.required]
    if required:
        node["required"] = required
    if not found.is_open:
        node["additionalProperties"] = False
    return node


def _or_null(node: Node) -> Node:
    if "$ref" in node:
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return {"anyOf": [{"$ref": node["$ref"]}, {"type": "null"}], **rest}
    if "type" not in node:
        return {**node, "x-7m-nullable": True}
    found = {**node, "type": [node["type"], "null"]}
    return {**found, "enum": [*found["enum"], None]} if "enum" in found else found
