"""Which of the tenant's lookup tables the rules of a flow name."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from integrations.formats.codec import Value

TABLE_OPS: Final = frozenset({"lookup", "reverse_lookup", "cross_reference", "cross_reference_back"})
Tables: TypeAlias = Mapping[str, Mapping[str, Value]]


def named_tables(definition: object) -> frozenset[str]:
    """Give the names of the lookup tables that the ops of a definition name."""
    found: set[str] = set()
    rest = [definition]
    while rest:
        item = rest.pop()
        if isinstance(item, dict):
            rest += item.values()
        elif isinstance(item, list):
            if len(item) > 1 and all(isinstance(part, str) for part in item[:2]) and item[0] in TABLE_OPS:
                found.add(item[1])
            rest += item
    return frozenset(found)
