"""What is known of a value, said as a field of a schema, so that the next mapping can be checked by it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from integrations.mapping.fit.facts import Fact, either
from integrations.mapping.values import Kind
from integrations.schema.model import Field, Type

MAX_DEPTH: Final = 32
_TYPES: Final = {
    Kind.TEXT: Type.TEXT,
    Kind.INTEGER: Type.INTEGER,
    Kind.DECIMAL: Type.DECIMAL,
    Kind.NUMBER: Type.DECIMAL,
    Kind.BOOLEAN: Type.BOOLEAN,
    Kind.DATE: Type.DATE,
    Kind.DATETIME: Type.MOMENT,
    Kind.BYTES: Type.BYTES,
}


def field_of(fact: Fact, name: str = "", depth: int = 0) -> Field:
    """Give the field that holds such values; of type ANY where several kinds are possible."""
    is_sure = not fact.may_lack
    unknown = Field(name, Type.ANY, required=is_sure, nullable=True)
    if depth > MAX_DEPTH:
        return unknown
    if fact.kinds is Kind.LIST:
        item = field_of(fact.item, name, depth + 1) if fact.item is not None else unknown
        if item.repeats:
            item = unknown
        return replace(item, repeats=True, required=is_sure, nullable=fact.may_lack)
    if fact.kinds is Kind.OBJECT and fact.members is not None:
        fields = tuple(field_of(inner, key, depth + 1) for key, inner in fact.members.items())
        return Field(name, Type.OBJECT, fields=fields, required=is_sure, nullable=fact.may_lack)
    declared = fact.declared
    if declared is not None and (fact.kinds is Kind.OBJECT or len(fact.paths) == 1):
        return replace(declared, name=name, repeats=False, required=is_sure, nullable=fact.may_lack)
    if fact.kinds not in _TYPES:
        return unknown
    return Field(
        name,
        _TYPES[fact.kinds],
        max_length=fact.length if fact.kinds is Kind.TEXT else fact.digits,
        scale=fact.scale,
        choices=dict.fromkeys(sorted(fact.values), "") if fact.values else {},
        is_closed=bool(fact.values),
        required=is_sure,
        nullable=fact.may_lack,
    )


def written(facts: Iterable[Fact], *, is_sure: bool) -> Fact:
    """Give what is known of a target that one of several rules writes."""
    return replace(either(facts), may_lack=not is_sure)
