"""Paths into JSON values as manifests write them: ``order.line_items[0].price``; ``$`` is the whole."""

import re
from functools import lru_cache

from integrations.formats.codec import Value

_PART = re.compile(r"[^.\[\]]+|\[\d*\]")


@lru_cache(maxsize=4096)
def split_path(path: str) -> tuple[str, ...]:
    """Cut a path into names, indexes (``[0]``) and "each" (``[]``)."""
    return () if path in {"", "$"} else tuple(_PART.findall(path))


def pick(value: Value, path: str) -> Value:
    """Give what stands at the path; None where nothing does. ``[]`` gives a list, one entry an item."""
    return _pick(value, split_path(path))


def _pick(value: Value, parts: tuple[str, ...]) -> Value:
    for position, part in enumerate(parts):
        if part == "[]":
            if not isinstance(value, list):
                return []
            return [_pick(item, parts[position + 1 :]) for item in value]
        if part.startswith("["):
            index = int(part[1:-1])
            value = value[index] if isinstance(value, list) and index < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def place(target: dict[str, Value], path: str, value: Value) -> None:
    """Put a value at a path of names, making the objects on the way."""
    *way, last = path.split(".")
    for name in way:
        inner = target.setdefault(name, {})
        if not isinstance(inner, dict):
            inner = target[name] = {}
        target = inner
    target[last] = value
