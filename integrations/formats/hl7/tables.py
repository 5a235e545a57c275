"""The facts of HL7 v2 by release: segments, data types, message structures, codes.

Three releases are kept (``tables/*.json``); a message is read by the one nearest to its MSH-12. In the newer
ones, a withdrawn field has the type of the last release that still had it, because it is still sent. The
parts of telephone numbers are texts in all of them, as they are since 2.7 (a leading zero counts).
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

RELEASES = ("2.3.1", "2.5.1", "2.8.2")
_LAST_OF = ((2, 3, "2.3.1"), (2, 6, "2.5.1"))


class FieldFact(NamedTuple):
    """One field of a segment.

    usage: R, C, O, X (withdrawn) … repeats: most repetitions, None without limit.
    """

    type: str
    title: str
    usage: str
    repeats: int | None = 1
    length: int | None = None
    table: str | None = None


class ComponentFact(NamedTuple):
    """One component of a data type."""

    type: str
    title: str
    usage: str
    table: str | None = None


class SegmentFact(NamedTuple):
    """A segment: its title and its fields in order."""

    title: str
    fields: tuple[FieldFact, ...]


class StructureFact(NamedTuple):
    """A message structure: title, and rows (depth, s or g, id, min, max) in order."""

    title: str
    items: tuple[tuple[int, str, str, int, int | None], ...]


@dataclass(frozen=True, eq=False)
class Release:
    """The tables of one release. types: composite data types; all others are simple."""

    version: str
    segments: dict[str, SegmentFact]
    types: dict[str, tuple[ComponentFact, ...]]
    structures: dict[str, StructureFact]


def _load(name: str) -> Any:  # noqa: ANN401  JSON of our own
    return json.loads(files(__package__).joinpath("tables", f"{name}.json").read_bytes())


@lru_cache(maxsize=len(RELEASES))
def release(version: str) -> Release:
    """Load one of RELEASES (about 10 ms, once)."""
    raw = _load(version)
    return Release(
        version,
        {
            name: SegmentFact(title, tuple(FieldFact(*row) for row in rows))
            for name, (title, rows) in raw["segments"].items()
        },
        {name: tuple(ComponentFact(*row) for row in rows) for name, rows in raw["types"].items()},
        {
            name: StructureFact(title, tuple(tuple(row) for row in rows))
            for name, (title, rows) in raw["structures"].items()
        },
    )


@lru_cache(maxsize=1)
def codes() -> dict[str, tuple[str, dict[str, str]]]:
    """Load the code tables: number → (title, code → label)."""
    return {number: (title, labels) for number, (title, labels) in _load("codes").items()}


@lru_cache(maxsize=1)
def _triggers() -> dict[str, str]:
    found: dict[str, str] = _load("triggers")
    return found


@lru_cache(maxsize=64)
def nearest(version: str) -> str:
    """Choose the release for what MSH-12 says; 2.5.1 where it says nothing.

    >>> nearest("2.4"), nearest("2.2"), nearest("2.7.1"), nearest("")
    ('2.5.1', '2.3.1', '2.8.2', '2.5.1')
    """
    parts = version.split(".")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() and len(part) < 3 for part in parts):
        return "2.5.1"
    major, minor = int(parts[0]), int(parts[1])
    return next((name for top, last, name in _LAST_OF if (major, minor) <= (top, last)), "2.8.2")


@lru_cache(maxsize=512)
def structure_of(version: str, message: str, trigger: str, structure: str = "") -> tuple[str, str] | None:
    """Find the structure of a message (MSH-9): (structure, release whose table holds it); None if unknown.

    The sender's own word (MSH-9.3) comes first, then what the trigger event uses. A structure that the
    release does not have (ORM_O01 was withdrawn) is taken from the nearest that does.
    """
    event = f"{message}_{trigger}" if trigger else message
    names = dict.fromkeys((structure, _triggers().get(structure, ""), event, _triggers().get(event, "")))
    order = sorted(RELEASES, key=lambda name: (name != version, name != "2.5.1"))
    for name in filter(None, names):
        for candidate in order:
            if name in release(candidate).structures:
                return name, candidate
    return None
