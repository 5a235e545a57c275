"""Copybook → schema, and copybook (with some data) → options."""

from collections.abc import Mapping

from integrations.formats.cobol.columns import effective_usage
from integrations.formats.cobol.copybook import Item, Usage
from integrations.formats.cobol.guess import guess
from integrations.formats.cobol.layout import chosen_records, item_key
from integrations.formats.cobol.options import CobolOptions
from integrations.formats.cobol.picture import Picture
from integrations.schema.model import Field, Schema, Type

_SHORT = 60


def schema_of(options: CobolOptions) -> Schema:
    """Describe the records that these options read, field for field as the copybook declares them.

    Raises ConfigError ``cobol.copybook`` or ``cobol.picture`` with the line of the copybook.
    """
    records = chosen_records(options)
    if len(records) == 1 and records[0].children:
        fields = _fields(records[0].children, options, records[0].usage)
    else:
        fields = _fields(records, options, None)
    name = records[0].name
    return Schema(Field("", Type.OBJECT, fields=fields), title=name, origin=f"copybook, {name}")


def options_of(copybook: str, head: bytes = b"") -> Mapping[str, object]:
    """Give options to begin with: the copybook, and what the first bytes of a file say of its form."""
    found = guess(head)
    return {"copybook": copybook, **(found.options if found else {})}


def _fields(items: tuple[Item, ...], options: CobolOptions, inherited: Usage | None) -> tuple[Field, ...]:
    made: list[Field] = []
    names: dict[str, int] = {}
    redefined = {item.redefines for item in items if item.redefines}
    for item in items:
        if item.is_filler:
            if item.children and item.max_items is None:
                made.extend(_fields(item.children, options, item.usage or inherited))
            continue
        names[item.name] = names.get(item.name, 0) + 1
        name = item.name + (f"-{names[item.name]}" if names[item.name] > 1 else "")
        is_sure = not item.redefines and item.name not in redefined
        made.append(_field(item, item_key(name, options.names), options, inherited, required=is_sure))
    return tuple(made)


def _field(item: Item, key: str, options: CobolOptions, inherited: Usage | None, *, required: bool) -> Field:
    usage = effective_usage(item, inherited)
    is_table = item.max_items is not None
    fields = _fields(item.children, options, item.usage or inherited) if item.children else ()
    kind, length, scale = _kind(item, usage)
    return Field(
        key,
        kind,
        title=item.name.replace("-", " ").capitalize(),
        required=required and not (is_table and not item.min_items),
        nullable=kind in {Type.TEXT, Type.INTEGER, Type.DECIMAL},
        repeats=is_table,
        min_items=item.min_items if is_table else 0,
        max_items=item.max_items,
        fields=fields,
        max_length=length,
        scale=scale,
        choices={value: label for label, values in item.conditions for value in values},
        notation=_notation(item, usage),
    )


def _kind(item: Item, usage: Usage) -> tuple[Type, int | None, int | None]:
    picture = item.picture
    if item.children:
        return Type.OBJECT, None, None
    if usage in {"float", "double"}:
        return Type.DECIMAL, None, None
    if picture is None or usage == "pointer" or picture.kind == "dbcs":
        return Type.BYTES, 4 if picture is None else picture.length * 2, None
    if picture.kind in {"text", "national"}:
        return Type.TEXT, picture.length, None
    if picture.scale <= 0:
        return Type.INTEGER, picture.digits - picture.scale, None
    return Type.DECIMAL, max(picture.digits, picture.scale), picture.scale


def _notation(item: Item, usage: Usage) -> str:
    if item.picture is None:
        return "" if item.children else usage.upper()
    text = _folded(item.picture)
    sign = f" SIGN {item.sign.upper()}{' SEPARATE' if item.is_separate else ''}" if item.sign else ""
    names = {"packed": "COMP-3", "native": "COMP-5", "unsigned packed": "COMP-6", "hex": "COMP-X"}
    word = "" if usage in {"display", "national", "dbcs"} else " " + names.get(usage, usage.upper())
    return text + word + sign


def _folded(picture: Picture) -> str:
    """Write a picture with its repetitions counted: ``S9(7)V99``."""
    parts: list[str] = []
    at, symbols = 0, picture.symbols
    while at < len(symbols) and len(parts) < _SHORT:
        end = at
        while end < len(symbols) and symbols[end] == symbols[at]:
            end += 1
        parts.append(f"{symbols[at]}({end - at})" if end - at > 2 else symbols[at:end])
        at = end
    return "".join(parts)
