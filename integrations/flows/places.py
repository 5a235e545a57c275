"""Where something is wrong, written the same way everywhere: ``steps.quote.config.plan.rules[2].op``."""

import re
from collections.abc import Iterable
from typing import Final

_PART: Final = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def path_of(parts: Iterable[str | int], before: str = "") -> str:
    """Join keys with points and indexes in brackets after `before`."""
    path = before
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def keys_of(place: str) -> tuple[str | int, ...]:
    """Give the keys and indexes that a place is made of."""
    return tuple(int(index) if index else key for index, key in _PART.findall(place))


def join(before: str, after: str) -> str:
    """Put one place inside another; either may be empty."""
    if not before or not after:
        return before or after
    return f"{before}{after}" if after.startswith("[") else f"{before}.{after}"


def spoken(message: str) -> str:
    """Make a sentence of pydantic's message."""
    text = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return text if text.endswith((".", "!", "?")) else f"{text[:1].upper()}{text[1:]}."
