"""Records → Schema: what some records show. They cannot show what others may hold, so objects stay open."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from integrations.errors import ConfigError
from integrations.schema.model import MAX_DEPTH, MAX_FIELDS, Field, Schema, Type
from integrations.schema.notation import ALL, remaining

MAX_RECORDS: Final = 10_000
MAX_EXAMPLES: Final = 3
MAX_CHOICES: Final = 12
_CHOICE_LENGTH: Final = 30
_CHOICE_TIMES: Final = 4
_TYPES: Final[Mapping[type, Type]] = {
    str: Type.TEXT,
    int: Type.INTEGER,
    Decimal: Type.DECIMAL,
    bool: Type.BOOLEAN,
    date: Type.DATE,
    datetime: Type.MOMENT,
    bytes: Type.BYTES,
}
_NUMBERS: Final = {Type.INTEGER, Type.DECIMAL}


@dataclass(slots=True)
class _Seen:
    """What was seen under one key. times: in how many of its parents."""

    times: int = 0
    types: set[Type] = field(default_factory=set)
    nulls: int = 0
    lists: int = 0
    objects: int = 0
    keys: dict[str, "_Seen"] = field(default_factory=dict)
    examples: dict[object, None] = field(default_factory=dict)
    longest: int = 0
    scale: int = 0
    filled: int = 0
    notations: tuple[str, ...] = ALL
    choices: Counter[str] | None = field(default_factory=Counter)


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
            _measure(seen, value)
            if self.examples and len(seen.examples) < MAX_EXAMPLES and not isinstance(value, bytes):
                seen.examples[value] = None

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


def _measure(seen: _Seen, value: object) -> None:
    """Take in how long a value is, and what a text may mean."""
    length = 0
    if isinstance(value, str):
        length = len(value)
        if value:
            seen.filled += 1
            seen.notations = remaining(seen.notations, value)
            _count(seen, value)
    elif isinstance(value, bytes):
        length = len(value)
    elif isinstance(value, Decimal) and value.is_finite():
        _, digits, exponent = value.as_tuple()
        places = -exponent if isinstance(exponent, int) else 0
        seen.scale = max(seen.scale, places)
        length = max(len(digits), places) - min(places, 0)
    elif isinstance(value, int):
        length = len(str(abs(value))) if abs(value) < 10**100 else 101
    seen.longest = max(seen.longest, length)


def _count(seen: _Seen, value: str) -> None:
    if seen.choices is None:
        return
    seen.choices[value] += 1
    if len(seen.choices) > MAX_CHOICES or len(value) > _CHOICE_LENGTH or not value.isprintable():
        seen.choices = None


def infer(
    records: Iterable[Mapping[str, object]],
    origin: str = "sample",
    *,
    max_records: int = MAX_RECORDS,
    examples: bool = False,
) -> Schema:
    """Describe the records that were seen, at most the first `max_records`.

    A key is required if every record has it, a list if it ever was one. Whole and decimal numbers make a
    decimal field; other mixtures any value. max_length and scale are the largest seen. A text whose values
    all look like numbers, dates or yes and no keeps its type and says so in ``notation`` (``YYYY-MM-DD``).
    Texts of few values, each seen again and again, are choices of an open list. examples: keep the
    first values of each field, which are payload.
    Raises ConfigError ``schema.too_deep`` or ``schema.too_large``.
    """
    sampler = _Sampler(examples=examples)
    root = _Seen()
    for record in _first(records, max_records):
        sampler.members(root, record, 0)
    if not root.objects:
        return Schema(Field("", Type.OBJECT, is_open=True), origin=origin)
    return Schema(_field("", root, root.objects), origin=origin)


def _first(records: Iterable[Mapping[str, object]], count: int) -> Iterator[Mapping[str, object]]:
    """Give so many records, and ask for no more."""
    stream = iter(records)
    for _ in range(count):
        record = next(stream, None)
        if record is None:
            return
        yield record


def _field(name: str, seen: _Seen, parents: int) -> Field:
    kind = _type(seen)
    is_sized = kind in {Type.TEXT, Type.BYTES, *_NUMBERS} and seen.longest > 0
    notation = _notation(seen) if kind is Type.TEXT else ""
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
        max_length=seen.longest if is_sized else None,
        scale=seen.scale if kind is Type.DECIMAL else None,
        notation=notation,
        choices=_choices(seen) if kind is Type.TEXT and not notation else {},
        examples=tuple(seen.examples) if kind is not Type.ANY else (),
    )


def _notation(seen: _Seen) -> str:
    """Tell how the texts write their values; two ways where day and month may be either."""
    if not seen.filled or not seen.notations:
        return ""
    first = seen.notations[0]
    return f"{first} or MM/DD/YYYY" if seen.notations[:2] == ("DD/MM/YYYY", "MM/DD/YYYY") else first


def _choices(seen: _Seen) -> dict[str, str]:
    """Give the values of a field that has few, each of them seen again and again."""
    found = seen.choices
    if not found or seen.filled < _CHOICE_TIMES * len(found) or min(found.values()) < 2:
        return {}
    return dict.fromkeys(sorted(found), "")


def _type(seen: _Seen) -> Type:
    if seen.objects or not seen.types:
        return Type.OBJECT if seen.objects and not seen.types else Type.ANY
    if len(seen.types) == 1:
        return next(iter(seen.types))
    return Type.DECIMAL if seen.types == _NUMBERS else Type.ANY
