"""JSON Schema → Schema. Definitions that are objects stay definitions, so structures may hold themselves."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import re2

from integrations.errors import ConfigError
from integrations.schema.documents import Json, load_object
from integrations.schema.json_schema.flat import ROOT, Flat, Flattener, Spot
from integrations.schema.json_schema.values import AS_TEXT, from_json
from integrations.schema.model import MAX_DEPTH, MAX_FIELDS, Field, Schema, Sensitivity, Type

MAX_CHOICES: Final = 20_000
MAX_EXAMPLES: Final = 20
_TYPES: Final = {
    "string": Type.TEXT,
    "integer": Type.INTEGER,
    "number": Type.DECIMAL,
    "boolean": Type.BOOLEAN,
    "object": Type.OBJECT,
    "file": Type.BYTES,
}
_FORMATS: Final = {
    "date": Type.DATE,
    "date-time": Type.MOMENT,
    "decimal": Type.DECIMAL,
    "byte": Type.BYTES,
    "binary": Type.BYTES,
    "int32": Type.INTEGER,
    "int64": Type.INTEGER,
}


def read_json_schema(data: str | bytes, origin: str = "") -> Schema:
    """Read the text of a JSON Schema, in JSON or YAML. Raises ConfigError with the JSON pointer or line."""
    return from_json_schema(load_object(data, "a JSON Schema"), origin)


def from_json_schema(document: Mapping[str, Any], origin: str = "") -> Schema:
    """Read a JSON Schema given as a value, numbers exact (int, Decimal).

    A root that is an array describes records by its items. What the model cannot say (conditions, choices
    between forms) is told in descriptions. Dates, decimals and bytes that stand as text in the document have
    the notation "text". Raises ConfigError; its place is a JSON pointer.
    """
    return Reader(document).schema(origin=origin)


class Reader:
    """Reads schemas at places of one document. omit: "readOnly" or "writeOnly" properties to leave out."""

    def __init__(self, document: Json, omit: str = "") -> None:
        self.flattener = Flattener(document)
        self.omit = omit
        self._names: dict[str, str] = {}
        self._waiting: list[str] = []
        self._fields = 0

    def schema(self, spot: Spot | None = None, *, origin: str = "", title: str = "") -> Schema:
        """Read the schema at a place, by default the whole document."""
        spot = spot or self.flattener.root
        flat = self._one(self.flattener.flat(spot))
        if flat.types and not flat.is_object:
            raise ConfigError(
                "schema.not_an_object",
                "The schema must describe an object, or a list of objects.",
                place=spot.place or "/",
            )
        root = self._value("", replace(flat, ref="", types=frozenset({"object"})), frozenset(), 0)
        if not flat.types:
            root = replace(root, is_open=True)
        definitions: dict[str, Field] = {}
        while self._waiting:
            pointer = self._waiting.pop(0)
            definitions[self._names[pointer]] = self._definition(pointer)
        said = flat.keys.get("x-7m-origin")
        return Schema(
            replace(root, title=_text(flat.keys, "x-7m-title")),
            definitions,
            title or _text(flat.keys, "title"),
            origin or (said if isinstance(said, str) else ""),
        )

    def _one(self, flat: Flat) -> Flat:
        for _ in range(MAX_DEPTH):
            if flat.types != {"array"} or flat.items is None:
                return flat
            flat = self.flattener.flat(flat.items)
        return flat

    def _definition(self, pointer: str) -> Field:
        flat = self.flattener.flat(
            self.flattener.find(pointer if pointer == ROOT else f"#{pointer}", pointer)
        )
        name = flat.keys.get("x-7m-name", self._names[pointer])
        return self._value(str(name), replace(flat, ref=""), frozenset(), 0)

    def field(self, name: str, spot: Spot, inside: frozenset[str] = frozenset(), depth: int = 0) -> Field:
        """Read the field of this name from the schema at a place."""
        self._fields += 1
        if self._fields > MAX_FIELDS:
            raise ConfigError("schema.too_large", f"A schema has at most {MAX_FIELDS:,} fields.")
        if depth > MAX_DEPTH:
            raise ConfigError("schema.too_deep", "The schema is nested too deeply.", place=spot.place)
        flat = self.flattener.flat(spot)
        if flat.types != {"array"}:
            return self._value(name, flat, inside, depth)
        return self._list(name, flat, inside, depth)

    def _list(self, name: str, flat: Flat, inside: frozenset[str], depth: int) -> Field:
        item = Flat() if flat.items is None else self.flattener.flat(flat.items)
        if "array" in item.types:
            item = Flat(keys=item.keys, notes=(*item.notes, "Each item is a list itself."))
        kept = {key: value for key, value in item.keys.items() if key not in {"title", "description"}}
        for key in ("title", "description"):
            if not item.ref or key in flat.keys:
                kept[key] = flat.keys.get(key, item.keys.get(key, ""))
        kept |= {key: value for key, value in flat.keys.items() if key.startswith("x-") or key == "default"}
        joined = replace(item, keys=kept, nullable=flat.nullable, notes=(*flat.notes, *item.notes))
        found = self._value(name, joined, inside, depth)
        return replace(
            found,
            repeats=True,
            min_items=_count(flat.keys, "minItems") or 0,
            max_items=_count(flat.keys, "maxItems"),
            examples=found.examples or tuple(_examples(flat.keys, found.type, found.notation)),
        )

    def _value(self, name: str, flat: Flat, inside: frozenset[str], depth: int) -> Field:
        keys = flat.keys
        kind, notation = _type(flat)
        description = " ".join(filter(None, (_text(keys, "description"), *flat.notes)))
        codes, is_closed, has_null = _choices(keys)
        fields: tuple[Field, ...] = ()
        ref = ""
        if flat.ref and kind is Type.OBJECT:
            ref = self._name(flat.ref)
        elif flat.place and flat.place in inside:
            description = " ".join(filter(None, (description, "Holds itself; not followed further.")))
        elif kind is Type.OBJECT:
            fields = tuple(self._fields_of(flat, inside | {flat.place}, depth + 1))
        minimum, maximum = _bounds(keys, kind)
        prefix = "" if kind is Type.TEXT else "x-7m-"
        return Field(
            name=name,
            type=kind,
            title=_text(keys, "title"),
            description=description,
            nullable=flat.nullable or has_null or keys.get("x-7m-nullable") is True,
            min_items=_count(keys, "x-7m-minItems") or 0,
            max_items=_count(keys, "x-7m-maxItems"),
            fields=fields,
            is_open=_is_open(keys, ref=bool(ref)) and kind is Type.OBJECT,
            ref=ref,
            min_length=_count(keys, f"{prefix}minLength"),
            max_length=_count(keys, f"{prefix}maxLength"),
            scale=_scale(keys),
            minimum=minimum,
            maximum=maximum,
            pattern=_pattern(keys.get("pattern")),
            choices=codes,
            is_closed=is_closed,
            notation=notation,
            default=from_json(keys.get("default"), kind, notation),
            examples=tuple(_examples(keys, kind, notation)),
            sensitivity=_sensitivity(keys.get("x-7m-sensitivity")),
            canonical=_text(keys, "x-7m-canonical"),
        )

    def _fields_of(self, flat: Flat, inside: frozenset[str], depth: int) -> list[Field]:
        found = []
        for name, spot in flat.properties.items():
            node = spot.node
            if node is False or (self.omit and isinstance(node, Mapping) and node.get(self.omit) is True):
                continue
            inner = self.field(name, spot, inside, depth)
            found.append(replace(inner, required=name in flat.required))
        return found

    def _name(self, pointer: str) -> str:
        known = self._names.get(pointer)
        if known is None:
            last = pointer.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~").replace(ROOT, "root")
            taken = set(self._names.values())
            known = last
            number = 2
            while known in taken:
                known, number = f"{last}_{number}", number + 1
            self._names[pointer] = known
            self._waiting.append(pointer)
        return known


def _text(keys: Mapping[str, Any], key: str) -> str:
    found = keys.get(key, "")
    return found if isinstance(found, str) else ""


def _count(keys: Mapping[str, Any], key: str) -> int | None:
    found = keys.get(key)
    if isinstance(found, Decimal) and abs(found.adjusted()) < 18 and found == found.to_integral_value():
        found = int(found)
    is_count = isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 1 << 63
    return found if is_count else None


def _type(flat: Flat) -> tuple[Type, str]:
    """Give the type, and how the value is written where that is known."""
    keys = flat.keys
    said, notation = keys.get("x-7m-type"), keys.get("x-7m-notation")
    if isinstance(said, str) and said in set(Type):
        return Type(said), notation if isinstance(notation, str) else ""
    types = flat.types or _types_of_values(keys)
    if types == {"integer", "number"}:
        types = frozenset({"number"})
    if len(types) != 1:
        return Type.ANY, notation if isinstance(notation, str) else ""
    named = next(iter(types))
    form = keys.get("format")
    if isinstance(notation, str):
        return _TYPES.get(named, Type.ANY), notation
    if named == "string":
        return _text_type(keys, form if isinstance(form, str) else "")
    return _TYPES.get(named, Type.ANY), ""


def _text_type(keys: Mapping[str, Any], form: str) -> tuple[Type, str]:
    if form in _FORMATS:
        return _FORMATS[form], AS_TEXT
    if keys.get("contentEncoding") == "base64":
        return Type.BYTES, AS_TEXT
    return Type.TEXT, form[:40]


def _types_of_values(keys: Mapping[str, Any]) -> frozenset[str]:
    """Tell the type by the values allowed, where no keyword tells it."""
    values = keys.get("enum", [keys["const"]] if "const" in keys else [])
    kinds = {type(value) for value in values if value is not None} if isinstance(values, list) else set()
    names = {str: "string", int: "integer", bool: "boolean", Decimal: "number"}
    return frozenset({names[kinds.pop()]}) if len(kinds) == 1 and kinds <= names.keys() else frozenset()


def _choices(keys: Mapping[str, Any]) -> tuple[dict[str, str], bool, bool]:
    """Give the codes with their labels, whether there are no others, and whether null is one."""
    open_codes = keys.get("x-7m-choices")
    if isinstance(open_codes, Mapping):
        codes = {str(code): str(label) for code, label in open_codes.items()}
        return codes, keys.get("x-7m-closed") is True, False
    values = keys.get("enum", [keys["const"]] if "const" in keys else None)
    if not isinstance(values, list):
        return {}, keys.get("x-7m-closed") is True, False
    if len(values) > MAX_CHOICES:
        raise ConfigError("schema.too_large", f"A field has at most {MAX_CHOICES:,} codes.")
    labels = keys.get("x-7m-labels", keys.get("x-enum-varnames", {}))
    if isinstance(labels, list):
        labels = dict(zip(map(str, values), map(str, labels), strict=False))
    named = labels if isinstance(labels, Mapping) else {}
    single = [value for value in values if isinstance(value, str | int | Decimal)]
    plain = [str(value) for value in single if not isinstance(value, bool)]
    return {code: str(named.get(code, "")) for code in plain}, bool(plain), None in values


def _bounds(keys: Mapping[str, Any], kind: Type) -> tuple[Decimal | None, Decimal | None]:
    """Give the inclusive bounds; of whole numbers also those that are written as exclusive."""
    found: list[Decimal | None] = []
    for key, exclusive, step in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
        bound, beyond = keys.get(key), keys.get(exclusive)
        is_beyond = beyond is True or _is_number(beyond)
        bound = beyond if _is_number(beyond) else bound
        value = Decimal(bound) if isinstance(bound, int | Decimal) and not isinstance(bound, bool) else None
        is_whole = kind is Type.INTEGER and value is not None and -30 < value.adjusted() < 30
        found.append(value + step if value is not None and is_beyond and is_whole else value)
    return found[0], found[1]


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _scale(keys: Mapping[str, Any]) -> int | None:
    said = _count(keys, "x-7m-scale")
    step = keys.get("multipleOf")
    if said is not None or not isinstance(step, Decimal) or abs(step.adjusted()) > 100:
        return said
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else None


def _pattern(found: object) -> str:
    """Give the pattern for the whole text; one that RE2 cannot read is left out."""
    if not isinstance(found, str) or len(found) > 1_000:
        return ""
    if found.startswith("^(?:") and found.endswith(")$"):
        whole = found[4:-2]
    elif found.startswith("^") and found.endswith("$") and not found.endswith("\\$") and "|" not in found:
        whole = found[1:-1]
    else:
        whole = f"(?s:.*)(?:{found})(?s:.*)"
    return whole if _compiles(whole) else ""


def _compiles(pattern: str) -> bool:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error:
        return False
    return True


def _is_open(keys: Mapping[str, Any], *, ref: bool) -> bool:
    if ref:
        return keys.get("x-7m-open") is True
    return keys.get("additionalProperties", keys.get("unevaluatedProperties", True)) is not False


def _examples(keys: Mapping[str, Any], kind: Type, notation: str) -> list[object]:
    found = keys.get("examples", [keys["example"]] if "example" in keys else [])
    values = found if isinstance(found, list) else []
    return [from_json(value, kind, notation) for value in values[:MAX_EXAMPLES]]


def _sensitivity(found: object) -> Sensitivity | None:
    return Sensitivity(found) if isinstance(found, str) and found in set(Sensitivity) else None
