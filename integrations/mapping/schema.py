"""The plan as JSON Schema (2020-12), and the operations as data for the editor: both made from the registry.

The schema knows shapes and numbers of arguments; ``check`` knows kinds, names and targets as well.
"""

from typing import Any, Final

from integrations.mapping import plan as shape
from integrations.mapping.ops.registry import FAMILIES, OPS
from integrations.mapping.ops.signature import EACH_FORMS, REQUIRED, Arg, Example, Form, Op
from integrations.mapping.parse import CASTS
from integrations.mapping.plan import OnMissing
from integrations.mapping.values import MISSING, Kind

JsonSchema = dict[str, Any]
JSON_TYPES: Final = {
    Kind.TEXT: "string",
    Kind.INTEGER: "integer",
    Kind.BOOLEAN: "boolean",
    Kind.NULL: "null",
}
EXPR: Final[JsonSchema] = {"$ref": "#/$defs/operation"}


def _arg(op: Op, index: int) -> JsonSchema:
    arg = op.parameter(index)
    if op.form in EACH_FORMS and arg.name == "name":
        return {"type": "string", "minLength": 1}
    if not arg.fixed:
        return EXPR
    if arg.choices:
        return {"enum": list(arg.choices)}
    types = [name for kind, name in JSON_TYPES.items() if kind in arg.kind]
    return {} if arg.kind is Kind.ANY else {"type": types}


def _operation(op: Op) -> JsonSchema:
    least = sum(arg.default is REQUIRED for arg in op.args) + op.rest_min
    schema: JsonSchema = {
        "type": "array",
        "title": op.title,
        "description": op.help,
        "prefixItems": [{"const": op.key}, *(_arg(op, index) for index in range(len(op.args)))],
        "items": _arg(op, len(op.args)) if op.rest else False,
        "minItems": 1 + least,
    }
    return schema | ({"maxItems": 1 + shape.MAX_ARGS} if op.rest else {})


def _object(required: list[str], **properties: JsonSchema | bool) -> JsonSchema:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _target() -> dict[str, JsonSchema]:
    keys: JsonSchema = {"type": "array", "items": {"type": "string"}, "maxItems": shape.MAX_TARGET}
    return {
        "to": {
            "description": "A list of keys, or one key; never dotted text.",
            "anyOf": [{"type": "string"}, keys],
        },
        "if": EXPR,
        "onMissing": {"enum": [member.value for member in OnMissing]},
        "default": {},
    }


PLAN_SCHEMA: Final[JsonSchema] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Mapping plan",
    "description": "How a document is made from another one.",
    **_object(
        ["version", "rules"],
        version={"const": shape.VERSION},
        let={"type": "object", "maxProperties": shape.MAX_LETS, "additionalProperties": EXPR},
        rules={"$ref": "#/$defs/rules"},
        tests={"type": "array", "maxItems": shape.MAX_TESTS, "items": {"$ref": "#/$defs/test"}},
    ),
    "$defs": {
        "rules": {
            "type": "array",
            "minItems": 1,
            "items": {
                "if": {"required": ["op"]},
                "then": {"$ref": "#/$defs/rule"},
                "else": {"$ref": "#/$defs/loop"},
            },
        },
        "rule": _object(
            ["to", "op"],
            **_target(),
            op=EXPR,
            **{
                "as": {
                    "anyOf": [
                        {"enum": [*CASTS]},
                        {"type": "string", "pattern": r"^decimal\([0-9]{1,2}\)$"},
                        {"type": "null"},
                    ]
                }
            },
        ),
        "loop": _object(
            ["to", "each", "rules"],
            **_target(),
            each=EXPR,
            name={"type": "string"},
            where=EXPR,
            join={"type": "array", "maxItems": shape.MAX_JOINS, "items": {"$ref": "#/$defs/join"}},
            sort={"$ref": "#/$defs/sort"},
            group=_object(
                ["by"],
                by={"type": "object", "minProperties": 1, "additionalProperties": EXPR},
                where=EXPR,
                sort={"$ref": "#/$defs/sort"},
            ),
            rules={"$ref": "#/$defs/rules"},
        ),
        "sort": {"type": "array", "items": _object(["by"], by=EXPR, order={"enum": ["asc", "desc"]})},
        "join": _object(
            ["list", "name", "by", "on"],
            list=EXPR,
            name={"type": "string", "minLength": 1},
            by=EXPR,
            on=EXPR,
            take={"enum": ["first", "all"]},
        ),
        "test": _object(
            ["name", "input", "expected"],
            name={"type": "string", "minLength": 1},
            input={"type": "object"},
            expected={},
            now={"type": "string", "format": "date-time"},
        ),
        "operation": {
            "anyOf": [
                {"type": ["string", "number", "boolean", "null"]},
                *({"$ref": f"#/$defs/op_{key}"} for key in OPS),
            ]
        },
        **{f"op_{key}": _operation(op) for key, op in OPS.items()},
    },
}


def _kinds(kind: Kind) -> list[str]:
    return [single.name.lower() for single in kind if single.name]


def _describe_arg(arg: Arg) -> dict[str, Any]:
    default = {} if arg.default is REQUIRED else {"default": arg.default}
    choices = {"choices": list(arg.choices)} if arg.choices else {}
    return {"name": arg.name, "kinds": _kinds(arg.kind), "fixed": arg.fixed, **default, **choices}


def _describe_example(example: Example) -> dict[str, Any]:
    shown: dict[str, Any] = {"op": example.op, "source": dict(example.source)}
    if example.error:
        return {**shown, "error": example.error}
    return {**shown, "missing": True} if example.gives is MISSING else {**shown, "gives": example.gives}


def catalogue() -> list[dict[str, Any]]:
    """Describe every operation for the editor, in plain values."""
    return [
        {
            "key": op.key,
            "family": family,
            "title": op.title,
            "help": op.help,
            "args": [_describe_arg(arg) for arg in op.args],
            "rest": _describe_arg(op.rest) if op.rest else None,
            "rest_min": op.rest_min,
            "group": op.group,
            "result": _kinds(op.result),
            "binds_item": op.form in EACH_FORMS,
            "takes_path": op.form is Form.PATH,
            "examples": [_describe_example(example) for example in op.examples],
        }
        for family, ops in FAMILIES.items()
        for op in ops
    ]
