"""HL loops nested by their parents (HL02): shipment → order → pack → item, as people think of an 856.

Sets of guides nest their HL loops by level already; here are those whose table has one flat HL loop.
"""

from typing import Any

from integrations.errors import LimitError
from integrations.formats.codec import Limits, Record
from integrations.formats.segments.tree import Group

Item = dict[str, Any]


def loop_key(tree: Group) -> str:
    """Give the key of the one HL loop at the top of a set; empty if it has none or several."""
    keys = [child.key for child in tree.children if isinstance(child, Group) and child.first.id == "HL"]
    return keys[0] if len(keys) == 1 else ""


def nest(record: Record, key: str, limits: Limits, place: str) -> None:
    """Move each HL loop into its parent's, under the same key. One without a known parent stays at the top.

    Raises LimitError ``x12.too_deep``.
    """
    items = record.get(key)
    if not isinstance(items, list):
        return
    top: list[Any] = []
    known: dict[Any, tuple[Item, int]] = {}
    for item in items:
        if not isinstance(item, dict):
            return
        level = item.get("HL")
        said = level if isinstance(level, dict) else {}
        parent, depth = known.get(said.get("02"), (None, 0))
        if depth >= limits.max_depth:
            raise LimitError(
                "x12.too_deep", f"HL loops are nested deeper than {limits.max_depth} levels.", place=place
            )
        (top if parent is None else parent.setdefault(key, [])).append(item)
        if said.get("01"):
            known[said["01"]] = (item, depth + 1)
    record[key] = top


def unnest(record: Record, key: str) -> Record:
    """Give the record with its HL loops one after the other again, each before its children."""
    items = record.get(key)
    if not isinstance(items, list) or not any(isinstance(item, dict) and key in item for item in items):
        return record
    flat: list[Any] = []
    waiting = [*reversed(items)]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict) and isinstance(inner := item.get(key), list):
            waiting.extend(reversed(inner))
            item = {name: value for name, value in item.items() if name != key}
        flat.append(item)
    return {**record, key: flat}
