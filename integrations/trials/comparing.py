"""Where two values differ, in words: for cases, and for a draft beside what ran."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from integrations.errors import InputError
from integrations.formats.codec import Value
from integrations.mapping.values import MISSING, Missing, same
from integrations.mapping.words import shown

MOST: Final = 20
_STEP: Final = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")

Found: TypeAlias = "Value | Missing"
"""A value, or that there is none."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where something else stands. path: ``steps.quote.output.items[0].sku``."""

    path: str
    expected: Found
    found: Found

    @property
    def sentence(self) -> str:
        """Say in words what stands there, and what was expected."""
        if isinstance(self.expected, list) and isinstance(self.found, list):
            return f"{self.path} has {_items(self.found)}, expected {len(self.expected)}."
        found = "missing" if self.found is MISSING else shown(self.found)
        expected = "nothing" if self.expected is MISSING else shown(self.expected)
        return f"{self.path} is {found}, expected {expected}."


def differences(expected: Found, found: Found, path: str) -> Iterator[Difference]:
    """Give every place where two values differ. Numbers are equal where they count the same: 1 and 1.00."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in [*expected, *(key for key in found if key not in expected)]:
            here = f"{path}.{key}" if path else key
            yield from differences(expected.get(key, MISSING), found.get(key, MISSING), here)
    elif isinstance(expected, list) and isinstance(found, list):
        for at, (one, other) in enumerate(zip(expected, found, strict=False)):
            yield from differences(one, other, f"{path}[{at}]")
        if len(expected) != len(found):
            yield Difference(path, expected, found)
    elif expected is MISSING or found is MISSING:
        if expected is not found:
            yield Difference(path, expected, found)
    elif not same(expected, found)[0]:
        yield Difference(path, expected, found)


def at_path(value: Found, path: str) -> Found:
    """Give what stands at ``body.items[0].sku``, or MISSING. Raises InputError for what is no path."""
    for key in steps_of(path):
        if isinstance(key, int):
            value = value[key] if isinstance(value, list) and key < len(value) else MISSING
        else:
            value = value.get(key, MISSING) if isinstance(value, dict) else MISSING
    return value


def steps_of(path: str) -> list[str | int]:
    """Cut a path into keys and positions. Raises InputError ``case.path``."""
    found: list[str | int] = []
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise InputError("case.path", f"“{path[:80]}” is no path like items[0].price.", place="paths")
        found.append(step[1] if step[1] is not None else int(step[2]))
        at = step.end()
    return found


def _items(value: list[Value]) -> str:
    return "1 item" if len(value) == 1 else f"{len(value)} items"
