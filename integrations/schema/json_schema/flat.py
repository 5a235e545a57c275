"""Flattening: ``$ref``, ``allOf``, ``oneOf`` and ``anyOf`` at one place of a JSON Schema become one node.

What several forms allow is the union of them, so that a mapping can be drawn to any of the fields; which form
a document takes is told in a note.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from integrations.errors import ConfigError
from integrations.schema.documents import Json

MAX_MERGES: Final = 100_000
MAX_NESTING: Final = 100
ROOT: Final = "#"
"""The pointer of the whole document, as a name."""

ANNOTATIONS: Final = frozenset(
    {"title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly"}
)
HEAD: Final = frozenset({"$schema", "$id", "id", "$comment", "$defs", "definitions", "$anchor", "components"})
IGNORED: Final = ("if", "not", "dependentSchemas", "dependencies", "patternProperties", "contains")
UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems")


@dataclass(frozen=True, slots=True)
class Spot:
    """A raw schema and its place in the document, as a JSON pointer."""

    node: Json
    place: str

    def at(self, *keys: str | int) -> "Spot":
        """Go to a part of it that is known to be there."""
        node, place = self.node, self.place
        for key in keys:
            node = node[key]
            place += "/" + str(key).replace("~", "~0").replace("/", "~1")
        return Spot(node, place)


@dataclass(frozen=True, slots=True)
class Flat:
    """All that is said at one place.

    types: JSON type names, empty where nothing is said. keys: the other keywords. ref: the pointer of the
    object definition that this is, where nothing but a title or the like is added to it.
    """

    types: frozenset[str] = frozenset()
    keys: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Spot] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    items: Spot | None = None
    nullable: bool = False
    ref: str = ""
    place: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_object(self) -> bool:
        """Tell whether this is an object and nothing else."""
        return self.types == {"object"}

    @property
    def is_bare(self) -> bool:
        """Tell whether nothing is said of the value's structure, only of its title and the like."""
        said = (key for key in self.keys if key not in ANNOTATIONS and not key.startswith("x-"))
        return not self.types and not self.properties and not self.required and not any(said)


class Flattener:
    """Flattens the places of one document; ``$ref`` may lead to any place in it, but not outside."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.root = Spot(document, "")
        self._by_pointer: dict[str, Flat] = {}
        self._open: list[str] = []
        self._merges = 0
        self._anchors: dict[str, Spot] | None = None

    def flat(self, spot: Spot, depth: int = 0) -> Flat:
        """Flatten the schema at a place. Raises ConfigError with the place for what is no schema."""
        node = spot.node
        if isinstance(node, bool):
            return Flat(place=spot.place)
        if not isinstance(node, Mapping):
            raise ConfigError("schema.shape", "A schema must be an object.", place=spot.place or "/")
        self._merges += 1
        if depth > MAX_NESTING or self._merges > MAX_MERGES:
            raise ConfigError(
                "schema.too_deep", "The schema refers to other schemas too deeply.", place=spot.place
            )
        parts = [_plain(spot)]
        if isinstance(node.get("$ref"), str):
            parts.append(self._referred(spot, depth))
        if isinstance(node.get("allOf"), list):
            members = (spot.at("allOf", number) for number in range(len(node["allOf"])))
            parts += [self.flat(member, depth + 1) for member in members]
        parts += [
            self._one_of([spot.at(key, number) for number in range(len(node[key]))], depth)
            for key in ("oneOf", "anyOf")
            if isinstance(node.get(key), list) and node[key]
        ]
        return _all(parts)

    def _referred(self, spot: Spot, depth: int) -> Flat:
        target = self.find(str(spot.node["$ref"]), spot.place)
        known = self._by_pointer.get(target.place)
        if known is None:
            if target.place in self._open:
                raise ConfigError(
                    "schema.endless_ref", "The reference leads back to itself.", place=f"{spot.place}/$ref"
                )
            self._open.append(target.place)
            known = self.flat(target, depth + 1)
            self._open.pop()
            self._by_pointer[target.place] = known
        if not known.is_object:
            return known
        # The title and the like stay with the definition.
        keys = {k: v for k, v in known.keys.items() if k not in ANNOTATIONS and not k.startswith("x-")}
        return replace(known, keys=keys, ref=known.ref or target.place or ROOT)

    def _one_of(self, spots: list[Spot], depth: int) -> Flat:
        consts = [spot.node for spot in spots]
        if all(isinstance(node, Mapping) and isinstance(node.get("const"), str | int) for node in consts):
            labels = {str(node["const"]): str(node.get("title", "")) for node in consts}
            return Flat(keys={"enum": [node["const"] for node in consts], "x-7m-labels": labels})
        return _any([self.flat(spot, depth + 1) for spot in spots])

    def find(self, ref: str, place: str) -> Spot:
        """Follow a local reference. Raises ConfigError ``schema.remote_ref`` or ``schema.unknown_ref``."""
        base, _, fragment = ref.partition("#")
        identity = self.document.get("$id", self.document.get("id")) if self.is_object() else None
        if base and base != str(identity).rstrip("#"):
            raise ConfigError(
                "schema.remote_ref",
                "The schema refers to another file.",
                hint="Bundle the schemas into one file first.",
                place=f"{place}/$ref",
            )
        if fragment and not fragment.startswith("/"):
            anchored = self._anchored().get(fragment)
            if anchored is not None:
                return anchored
            raise _unknown(place)
        found = self.root
        for part in fragment.split("/")[1:]:
            found = _step(found, part, place)
        return found

    def is_object(self) -> bool:
        """Tell whether the whole document is an object."""
        return isinstance(self.document, Mapping)

    def _anchored(self) -> dict[str, Spot]:
        if self._anchors is None:
            self._anchors = {}
            waiting = [self.root]
            while waiting:
                spot = waiting.pop()
                if isinstance(spot.node, Mapping):
                    anchor = spot.node.get("$anchor", spot.node.get("$id"))
                    if isinstance(anchor, str):
                        self._anchors[anchor.lstrip("#")] = spot
                    waiting += [spot.at(key) for key in spot.node]
                elif isinstance(spot.node, list):
                    waiting += [spot.at(number) for number in range(len(spot.node))]
        return self._anchors


def _unknown(place: str) -> ConfigError:
    return ConfigError("schema.unknown_ref", "The reference leads nowhere.", place=f"{place}/$ref")


def _step(spot: Spot, part: str, place: str) -> Spot:
    key = _unquoted(part).replace("~1", "/").replace("~0", "~")
    if isinstance(spot.node, Mapping) and key in spot.node:
        return spot.at(key)
    if isinstance(spot.node, list) and key.isascii() and key.isdigit() and int(key[:9]) < len(spot.node):
        return spot.at(int(key))
    raise _unknown(place)


def _unquoted(part: str) -> str:
    if "%" not in part:
        return part
    head, *pieces = part.split("%")
    raw = head.encode()
    for piece in pieces:
        try:
            raw += bytes.fromhex(piece[:2]) + piece[2:].encode()
        except ValueError:
            raw += b"%" + piece.encode()
    return raw.decode("utf-8", "replace")


def _plain(spot: Spot) -> Flat:
    """Take what a node says itself, without what it refers to."""
    node = spot.node
    named = node.get("type")
    types = {str(name) for name in named} if isinstance(named, list) else {str(named)} if named else set()
    properties = node.get("properties")
    names = properties if isinstance(properties, Mapping) else {}
    required = node.get("required")
    notes = tuple(f"“{key}” is not checked." for key in IGNORED if key in node)
    return Flat(
        types=frozenset(types - {"null"}) or _implied(node),
        keys={key: value for key, value in node.items() if key not in _STRUCTURE},
        properties={str(name): spot.at("properties", name) for name in names},
        required=frozenset(map(str, required)) if isinstance(required, list) else frozenset(),
        items=_items(spot),
        nullable="null" in types or node.get("nullable") is True or node.get("x-nullable") is True,
        place=spot.place,
        notes=notes,
    )


_STRUCTURE: Final = {
    *(
        "type",
        "properties",
        "required",
        "items",
        "prefixItems",
        "allOf",
        "oneOf",
        "anyOf",
        "$ref",
        "nullable",
    ),
    *(*HEAD, *IGNORED),
}


def _implied(node: Mapping[str, Any]) -> frozenset[str]:
    """Tell the type by the keywords where none is given."""
    if "properties" in node:
        return frozenset({"object"})
    if "items" in node or "prefixItems" in node:
        return frozenset({"array"})
    if not {"minLength", "maxLength", "pattern"}.isdisjoint(node):
        return frozenset({"string"})
    if not {"minimum", "maximum", "multipleOf"}.isdisjoint(node):
        return frozenset({"number"})
    return frozenset()


def _items(spot: Spot) -> Spot | None:
    node = spot.node
    for key in ("prefixItems", "items"):
        found = node.get(key)
        if isinstance(found, list) and found:
            return Spot({"anyOf": found}, f"{spot.place}/{key}")
        if isinstance(found, Mapping):
            return spot.at(key)
    return None


def _all(parts: list[Flat]) -> Flat:
    """Join what must all hold."""
    said = [part for part in parts if not part.is_bare or part.keys or part.nullable or part.notes]
    if len(said) < 2:
        return replace((said or parts)[0], place=parts[0].place)
    parts = said
    found = Flat()
    refs = [part.ref for part in parts if part.ref]
    for part in reversed(parts):  # the outermost comes first, and its title wins
        found = Flat(
            types=_both_types(found.types, part.types),
            keys=_both_keys(found.keys, part.keys),
            required=found.required | part.required,
            items=part.items or found.items,
            nullable=found.nullable or part.nullable,
            place=part.place or found.place,
            notes=tuple(dict.fromkeys((*found.notes, *part.notes))),
        )
    for part in parts:
        found = replace(found, properties=_both_properties(found.properties, part.properties, "allOf"))
    is_one = len(refs) == 1 and all(part.ref or part.is_bare for part in parts)
    return replace(found, ref=refs[0]) if is_one else found


def _both_types(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    if not left or not right:
        return left or right
    common = left & right
    if {"integer", "number"} <= left | right and not common & {"integer", "number"}:
        common |= {"integer"}
    return common or left | right


def _both_keys(found: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    joined = {**found, **added}
    for keys, choose in ((UPPER, min), (LOWER, max)):
        for key in keys:
            if _is_number(found.get(key)) and _is_number(added.get(key)):
                joined[key] = choose(found[key], added[key])
    if isinstance(found.get("enum"), list) and isinstance(added.get("enum"), list):
        joined["enum"] = [value for value in added["enum"] if value in found["enum"]]
    if found.get("additionalProperties") is False or added.get("additionalProperties") is False:
        joined["additionalProperties"] = False
    return joined


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _both_properties(left: Mapping[str, Spot], right: Mapping[str, Spot], how: str) -> dict[str, Spot]:
    joined = {**left}
    for name, spot in right.items():
        known = joined.get(name)
        if known is None or known.node == spot.node:
            joined[name] = spot
        else:
            earlier = known.node[how] if isinstance(known.node, Mapping) and [*known.node] == [how] else None
            members = [*earlier, spot.node] if earlier is not None else [known.node, spot.node]
            joined[name] = Spot({how: members}, known.place)
    return joined


def _any(parts: list[Flat]) -> Flat:
    """Join forms of which a document takes one (or some)."""
    nullable = any(part.nullable for part in parts)
    forms = [part for part in parts if not _is_null(part)]
    if len(forms) == 1:
        return replace(forms[0], nullable=nullable or len(parts) > 1)
    if all(part.is_object or (part.is_bare and part.required) for part in forms):
        return _any_object(forms, nullable=nullable)
    types = frozenset[str]().union(*(part.types for part in forms)) if all(p.types for p in forms) else None
    note = f"One of {len(forms)} forms."
    if types is not None and types <= {"integer", "number"}:
        return Flat(types=frozenset({"number"}), nullable=nullable, notes=(note,))
    if types is not None and len(types) == 1:
        return _any_scalar(forms, types, nullable=nullable, note=note)
    return Flat(keys={"x-7m-any": True}, nullable=nullable, notes=(note,))


def _is_null(part: Flat) -> bool:
    return part.nullable and part.is_bare


def _any_object(forms: list[Flat], *, nullable: bool) -> Flat:
    properties: dict[str, Spot] = {}
    for form in forms:
        properties = _both_properties(properties, form.properties, "anyOf")
    is_closed = all(form.keys.get("additionalProperties") is False for form in forms)
    only_required = all(form.is_bare for form in forms)
    return Flat(
        types=frozenset() if only_required else frozenset({"object"}),
        keys={"additionalProperties": False} if is_closed else {},
        properties=properties,
        required=frozenset.intersection(*(form.required for form in forms)),
        nullable=nullable,
        notes=tuple(
            dict.fromkeys((f"One of {len(forms)} forms.", *(note for form in forms for note in form.notes)))
        ),
    )


def _any_scalar(forms: list[Flat], types: frozenset[str], *, nullable: bool, note: str) -> Flat:
    """Keep of the forms what they share: the widest limits, the codes of all."""
    keys: dict[str, Any] = {}
    first = forms[0]
    for key, value in first.keys.items():
        others = [form.keys.get(key) for form in forms]
        if key in UPPER or key in LOWER:
            bounds = [other for other in others if other is not None and _is_number(other)]
            if len(bounds) == len(others):
                keys[key] = (max if key in UPPER else min)(bounds)
        elif key == "enum" and all(isinstance(other, list) for other in others):
            keys[key] = [*dict.fromkeys(str(code) for other in others for code in other or ())]
        elif all(other == value for other in others):
            keys[key] = value
    items = first.items
    if "array" in types:
        nodes = [form.items.node for form in forms if form.items is not None]
        items = Spot({"anyOf": nodes}, first.place) if nodes else None
    return Flat(types=types, keys=keys, items=items, nullable=nullable, place=first.place, notes=(note,))
