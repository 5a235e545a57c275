"""Records → Schema: what some records show. They cannot show what others may hold, so objects stay open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from integrations.errors import ConfigError
from integrations.schema.model import MAX_DEPTH, MAX_FIELDS, Field, Schema, Type

MAX_RECORDS: Final = 10_000
MAX_EXAMPLES: Final = 3
_TYPES: Final[Mapping[type, Type]] = {
    str: Type.TEXT,
    int: Type.INTEGER,
    Decimal: Type.DECIMAL,
    bool: Type.BOOLEAN,
    date: Type.DATE,
    datetime: Type.MOMENT,
    bytes: Type.BYTES,
}


@dataclass(slots=True)
class _Seen:
    """What was seen under one key. times: in how many of its parents."""

    times: int = 0
    types: set[Type] = field(default_factory=set)
    nulls: int = 0
    lists: int = 0
    objects: int = 0
    keys: dict[str, "_Seen"] = field(default_factory=dict)
    values: dict[object, None] = field(default_factory=dict)


class _Sampler:
    def __init__(self, *, examples: bool) -> None:
        self.examples = examples
        self.count = 0

    def see(self, seen: _Seen, value: object, depth: int) -> None:
        if isinstance(value, list):
            seen.lists += 1
            for member in value:
                self.one(seen, member, depth)
        else:
            self.one(seen, value, depth)

    def one(self, seen: _Seen, value: object, depth: int) -> None:
        if value is None:
            seen.nulls += 1
        elif isinstance(value, Mapping):
            self.members(seen, value, depth + 1)
        elif isinstance(value, list):
            seen.types.add(Type.ANY)
        else:
            seen.types.add(_TYPES.get(type(value), Type.ANY))
            if self.examples and len(seen.values) < MAX_EXAMPLES and not isinstance(value, bytes):
                seen.values[value] = None

    def members(self, seen: _Seen, value: Mapping[str, object], depth: int) -> None:
        seen.objects += 1
        if depth > MAX_DEPTH:
            raise ConfigError("schema.too_deep", "The sample is nested too deeply.")
        for key, member in value.items():
            inner = seen.keys.get(key)
            if inner is None:
                self.count += 1
                if self.count > MAX_FIELDS:
                    raise ConfigError("schema.too_large", f"A schema has at most {MAX_FIELDS:,} fields.")
                inner = seen.keys[key] = _Seen()
            inner.times += 1
            self.see(inner, member, depth)


def infer(
    records: Iterable[Mapping[str, object]], origin: str = "sample", *, examples: bool = False
) -> Schema:
    """Describe the records that were seen, at most the first 10,000.

    A key is required if every record has it, a list if it ever was one. Whole and decimal numbers make a
    decimal field; other mixtures any value. examples: keep the first values of each field, which are payload.
    Raises ConfigError ``schema.too_deep`` or ``schema.too_large``.
    """
    sampler = _Sampler(examples=examples)
    root = _Seen()
    for number, record in enumerate(records):
        if number == MAX_RECORDS:
            break
        sampler.members(root, record, 0)
    return Schema(_field("", root, root.objects), origin=origin)


def _field(name: str, seen: _Seen, parents: int) -> Field:
    kind = _type(seen)
    return Field(
        name,
        kind,
        required=bool(name) and seen.times == parents,
        nullable=seen.nulls > 0,
        repeats=seen.lists > 0,
        fields=tuple(_field(key, inner, seen.objects) for key, inner in seen.keys.items())
        if kind is Type.OBJECT
        else (),
        is_open=kind is Type.OBJECT,
        examples=tuple(seen.values) if kind is not Type.ANY else (),
    )


def _type(seen: _Seen) -> Type:
    if seen.objects or not seen.types:
        return Type.OBJECT if seen.objects and not seen.types else Type.ANY
    if len(seen.types) == 1:
        return next(iter(seen.types))
    return Type.DECIMAL if seen.types == {Type.INTEGER, Type.DECIMAL} else Type.ANY
