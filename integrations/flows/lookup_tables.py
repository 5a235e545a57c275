"""Which of the tenant's lookup tables the rules of a flow name."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from integrations.formats.codec import Value

TABLE_AT: Final[Mapping[str, int]] = {
    "lookup": 1,
    "reverse_lookup": 1,
    "cross_reference": 1,
    "cross_reference_back": 1,
    "is_business_day": 2,
    "add_business_days": 3,
    "business_days_between": 3,
}
"""Where an operation names its table."""
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
            at = TABLE_AT.get(item[0], 0) if item and isinstance(item[0], str) else 0
            if 0 < at < len(item) and isinstance(item[at], str):
                found.add(item[at])
            rest += item
    return frozenset(found)
