"""Ordering items by keys, for operations and loops. Items without a key come last, or are passed over."""

from collections.abc import Sequence
from typing import Any

from integrations.mapping.values import MISSING, Result, require_order


def choose(items: Sequence[Any], keys: Sequence[Result], *, largest: bool) -> Any:  # noqa: ANN401  one of the items
    """Give the first item with the smallest (largest) key, passing over those without a key, or MISSING."""
    best: Any = MISSING
    best_key: Any = None
    for item, key in zip(items, keys, strict=True):
        if key is MISSING or key is None:
            continue
        require_order(key, key if best_key is None else best_key)
        if best_key is None or (key > best_key if largest else key < best_key):
            best, best_key = item, key
    return best


def arrange(items: Sequence[Any], keys: Sequence[Result], *, descending: bool) -> list[Any]:
    """Sort items by their keys, stably; those without a key come last. Raises MappingError."""
    keyed: list[tuple[Any, Any]] = []
    last: list[Any] = []
    for item, key in zip(items, keys, strict=True):
        if key is MISSING or key is None:
            last.append(item)
        else:
            require_order(key, keyed[0][0] if keyed else key)
            keyed.append((key, item))
    keyed.sort(key=lambda pair: pair[0], reverse=descending)
    return [item for _, item in keyed] + last


def arrange_by(
    items: Sequence[Any], keys: Sequence[Sequence[Result]], descending: Sequence[bool]
) -> list[Any]:
    """Sort items by several lists of keys, the first being the most important one. Raises MappingError."""
    order = [*range(len(items))]
    for column, is_descending in zip(reversed(keys), reversed(descending), strict=True):
        order = arrange(order, [column[index] for index in order], descending=is_descending)
    return [items[index] for index in order]
