"""Avro schemas → Schema, from the JSON of an ``.avsc`` file or the head of a container file.

Source: Apache Avro 1.11 specification, sections "Schema Declaration", "Logical Types", "Object Container
Files".
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from integrations.errors import ConfigError
from integrations.schema.documents import MAX_BYTES, Json, load
from integrations.schema.json_schema.values import from_json
from integrations.schema.model import MAX_DEPTH, MAX_FIELDS, Field, Schema, Type

MAGIC: Final = b"Obj\x01"
_PLAIN: Final = {
    "string": Field("", Type.TEXT),
    "bytes": Field("", Type.BYTES),
    "boolean": Field("", Type.BOOLEAN),
    "int": Field("", Type.INTEGER, minimum=Decimal(-(1 << 31)), maximum=Decimal((1 << 31) - 1)),
    "long": Field("", Type.INTEGER, minimum=Decimal(-(1 << 63)), maximum=Decimal((1 << 63) - 1)),
    "float": Field("", Type.DECIMAL, notation="float"),
    "double": Field("", Type.DECIMAL, notation="double"),
    "null": Field("", Type.ANY, nullable=True),
}
_LOGICAL: Final = {
    "date": Type.DATE,
    "timestamp-millis": Type.MOMENT,
    "timestamp-micros": Type.MOMENT,
    "local-timestamp-millis": Type.MOMENT,
    "local-timestamp-micros": Type.MOMENT,
    "uuid": Type.TEXT,
    "time-millis": Type.TEXT,
    "time-micros": Type.TEXT,
}


def read_avro(data: str | bytes, choice: str = "") -> Schema:  # noqa: ARG001  one schema to a file
    """Read an Avro schema (JSON) or the schema of a container file.

    A record becomes the root; a union with null is nullable, a union of other types any value (of records:
    an open object with the fields of all); a map is an open object. Raises ConfigError with the path of the
    wrong part, such as ``Order.lines``.
    """
    if isinstance(data, bytes) and data.startswith(MAGIC):
        data = _container_schema(data)
    reader = _Reader()
    root = reader.field("", load(data), "", "schema", 0)
    if root.type is not Type.OBJECT:
        raise ConfigError("schema.not_an_object", "The Avro schema must describe a record.", place="schema")
    name = root.ref
    if name and name not in reader.recursive:
        definitions = {key: found for key, found in reader.definitions.items() if key != name}
    else:
        definitions = reader.definitions
    body = reader.definitions[name] if name else root
    return Schema(replace(body, name="", title="", repeats=False), definitions, name or root.title, "Avro")


class _Reader:
    """Keeps every named record as a definition; a name may be used before and after, and in itself."""

    def __init__(self) -> None:
        self.definitions: dict[str, Field] = {}
        self.named: dict[str, Field] = {}
        self.recursive: set[str] = set()
        self.count = 0

    def field(self, name: str, node: Json, space: str, place: str, depth: int) -> Field:
        self.count += 1
        if self.count > MAX_FIELDS:
            raise ConfigError("schema.too_large", f"A schema has at most {MAX_FIELDS:,} fields.", place=place)
        if depth > MAX_DEPTH:
            raise ConfigError("schema.too_deep", "The schema is nested too deeply.", place=place)
        return replace(self._typed(node, space, place, depth), name=name)

    def _typed(self, node: Json, space: str, place: str, depth: int) -> Field:
        if isinstance(node, str):
            return self._by_name(node, space, place)
        if isinstance(node, list):
            return self._union(node, space, place, depth)
        kind = node.get("type") if isinstance(node, Mapping) else None
        if isinstance(kind, Mapping | list):
            return self._typed(kind, space, place, depth + 1 if depth < MAX_DEPTH else _too_deep(place))
        if kind in {"array", "map"}:
            return self._many(node, space, place, depth)
        if kind in {"record", "error"}:
            return self._record(node, space, place, depth)
        if kind in {"enum", "fixed"}:
            return self._enum(node, space, place) if kind == "enum" else self._fixed(node, space, place)
        if isinstance(kind, str):
            return _logical(self._by_name(kind, space, place), node)
        raise ConfigError("schema.syntax", "This is not an Avro type.", place=place)

    def _many(self, node: Mapping[str, Json], space: str, place: str, depth: int) -> Field:
        if node["type"] == "map":
            inner = self.field("", node.get("values", "null"), space, place, depth + 1)
            return Field("", Type.OBJECT, is_open=True, description=f"Any keys, each {inner.type.value}.")
        item = self.field("", node.get("items", "null"), space, place, depth + 1)
        if item.repeats:
            return Field("", Type.ANY, repeats=True, description="Each item is a list itself.")
        return replace(item, repeats=True, nullable=False)

    def _by_name(self, name: str, space: str, place: str) -> Field:
        if name in _PLAIN:
            return _PLAIN[name]
        for full in (name, f"{space}.{name}") if "." not in name else (name,):
            if full in self.named:
                if full not in self.definitions and self.named[full].ref:
                    self.recursive.add(full)
                return self.named[full]
        raise ConfigError("schema.unknown_ref", "There is no Avro type of this name.", place=place)

    def _full(self, node: Mapping[str, Json], space: str, place: str) -> tuple[str, str]:
        name = node.get("name")
        if not isinstance(name, str) or not name:
            raise ConfigError("schema.syntax", "A named Avro type has no name.", place=place)
        given = node.get("namespace")
        inner = given if isinstance(given, str) else space
        if "." in name:
            inner = name.rpartition(".")[0]
            return name, inner
        return (f"{inner}.{name}" if inner else name), inner

    def _record(self, node: Mapping[str, Json], space: str, place: str, depth: int) -> Field:
        full, inner = self._full(node, space, place)
        if full in self.named:
            raise ConfigError("schema.twice", "Two Avro types have the same name.", place=place)
        self.named[full] = Field("", Type.OBJECT, ref=full)
        listed = node.get("fields")
        if not isinstance(listed, list):
            raise ConfigError("schema.syntax", "An Avro record has no fields.", place=place)
        fields = tuple(
            self._member(one, inner, f"{place}.fields[{n}]", depth) for n, one in enumerate(listed)
        )
        self.definitions[full] = Field(full, Type.OBJECT, description=_doc(node), fields=fields)
        return self.named[full]

    def _member(self, node: Json, space: str, place: str, depth: int) -> Field:
        if not isinstance(node, Mapping) or not isinstance(node.get("name"), str):
            raise ConfigError("schema.syntax", "A field of an Avro record has no name.", place=place)
        found = self.field(node["name"], node.get("type"), space, place, depth + 1)
        return replace(
            found,
            description=_doc(node) or found.description,
            required=True,
            default=from_json(node.get("default"), found.type, found.notation),
        )

    def _union(self, node: list[Json], space: str, place: str, depth: int) -> Field:
        parts = [part for part in node if part != "null"]
        found = [self.field("", part, space, place, depth + 1) for part in parts]
        is_nullable = len(parts) < len(node)
        if len(found) == 1:
            return replace(found[0], nullable=is_nullable)
        if found and all(one.type is Type.OBJECT and not one.repeats for one in found):
            inner = {f.name: f for one in found for f in self.definitions.get(one.ref, one).fields}
            fields = tuple(replace(f, required=False) for f in inner.values())
            return Field("", Type.OBJECT, fields=fields, is_open=True, nullable=is_nullable)
        return Field("", Type.ANY, nullable=is_nullable)

    def _enum(self, node: Mapping[str, Json], space: str, place: str) -> Field:
        full, _ = self._full(node, space, place)
        symbols = node.get("symbols")
        codes = {str(symbol): "" for symbol in symbols} if isinstance(symbols, list) else {}
        self.named[full] = Field("", Type.TEXT, choices=codes, is_closed=True, description=_doc(node))
        return self.named[full]

    def _fixed(self, node: Mapping[str, Json], space: str, place: str) -> Field:
        full, _ = self._full(node, space, place)
        size = node.get("size")
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 1 << 31:
            raise ConfigError("schema.syntax", "The size of a fixed Avro type is wrong.", place=place)
        plain = Field("", Type.BYTES, min_length=size, max_length=size, description=_doc(node))
        self.named[full] = _logical(plain, node)
        return self.named[full]


def _too_deep(place: str) -> int:
    raise ConfigError("schema.too_deep", "The schema is nested too deeply.", place=place)


def _doc(node: Mapping[str, Json]) -> str:
    found = node.get("doc", "")
    return found if isinstance(found, str) else ""


def _logical(found: Field, node: Mapping[str, Json]) -> Field:
    """Give the type that a logical type makes of a plain one; an unknown one changes nothing."""
    logical = node.get("logicalType")
    if logical == "decimal" and found.type is Type.BYTES:
        digits, scale = node.get("precision"), node.get("scale", 0)
        return Field(
            "",
            Type.DECIMAL,
            max_length=digits if isinstance(digits, int) else None,
            scale=scale if isinstance(scale, int) else None,
            description=found.description,
        )
    if isinstance(logical, str) and logical in _LOGICAL:
        return Field("", _LOGICAL[logical], notation=logical, description=found.description)
    return found


def _container_schema(data: bytes) -> bytes:
    """Take the schema out of the metadata at the head of a container file."""
    at = len(MAGIC)
    try:
        while True:
            count, at = _long(data, at)
            if count == 0:
                break
            if count < 0:
                _, at = _long(data, at)
            for _ in range(min(abs(count), 1_000)):
                key, at = _block(data, at)
                value, at = _block(data, at)
                if key == b"avro.schema":
                    return value
    except IndexError:
        pass
    raise ConfigError("schema.syntax", "The Avro file is cut short: it has no schema.", place=f"offset {at}")


def _block(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = _long(data, at)
    if not 0 <= size <= min(MAX_BYTES, len(data) - at):
        raise IndexError(at)
    return data[at : at + size], at + size


def _long(data: bytes, at: int) -> tuple[int, int]:
    """Read a zigzag number. Raises IndexError where the data ends."""
    value = shift = 0
    while shift < 64:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
        shift += 7
    raise IndexError(at)
