"""The facts of the standard: sets, segments, elements, codes. Data files, each read when it is first needed.

Releases at hand are 004010 and 005010 and guides of both (HIPAA); older and newer releases are read by the
nearer of the two, as their structures differ little.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from integrations.formats.segments.tree import Group, grow

RELEASES = ("004010", "005010")

REPEATING = frozenset({("DMG", 5), ("EB", 3), ("EQ", 1)})
"""Elements that may repeat from release 005010 on (segment, position): always lists there."""


@dataclass(frozen=True, slots=True)
class Element:
    """A data element. type: AN, ID, DT, TM, R, B or N0 … N9 (implied places); lengths in characters."""

    id: str
    title: str
    type: str
    min: int
    max: int
    usage: str = "O"


@dataclass(frozen=True, slots=True)
class Composite:
    """A composite element and its components."""

    id: str
    title: str
    components: tuple[Element, ...]
    notes: tuple[str, ...] = ()
    usage: str = "O"


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """A segment: its elements by position, and its syntax notes (``P0304``: both or none)."""

    id: str
    title: str
    elements: tuple[Element | Composite, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetFacts:
    """A transaction set of one release, or the guide that narrows it.

    kind: standard, guide or derived (structure from a later release: to read by, not to reject by).
    """

    set: str
    release: str
    guide: str
    title: str
    group: str
    kind: str
    tree: Group


@lru_cache(maxsize=64)
def _table(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        files(__package__).joinpath("tables", f"{name}.json").read_text("utf-8")
    )
    return found


def titles() -> Mapping[str, str]:
    """Give the titles of the sets at hand by their numbers."""
    found: Mapping[str, str] = _table("index")["titles"]
    return found


def guides() -> list[str]:
    """Give the guides at hand: ``005010X222A1``."""
    return sorted(_table("index")["guides"])


def functional_group(transaction_set: str) -> str:
    """Give the functional id of a set's group (GS01); empty for unknown sets."""
    found: str = _table("index")["groups"].get(transaction_set, "")
    return found


def near_release(version: str) -> str:
    """Give the release at hand that is nearest to what GS08 says."""
    return "005010" if version[:6] >= "005000" and version[:6].isdigit() else "004010"


@lru_cache(maxsize=256)
def set_name(transaction_set: str, version: str) -> str:
    """Find the table for a set and what GS08 or ST03 says; empty where the set is unknown.

    The guide itself, another edition of it (005010X222A2 for A1), the set of the near release, the set of
    the other.
    """
    index = _table("index")
    known = index["guides"]
    if name := known.get(version, {}).get(transaction_set):
        return str(name)
    for edition, names in sorted(known.items()):
        if transaction_set in names and len(version) >= 10 and edition[:10] == version[:10]:
            return str(names[transaction_set])
    first = near_release(version)
    for release in (first, *RELEASES):
        if name := index["sets"][release].get(transaction_set):
            return str(name)
    return ""


@lru_cache(maxsize=16)
def set_facts(name: str) -> SetFacts:
    """Load a set's table by its name."""
    raw = _table(name)
    lists = [listed.split("|") for listed in raw.get("lists", ())]
    rows = [_row(row, lists) for row in raw["rows"]]
    guide = raw.get("guide", "")
    tree = grow(raw["set"], rows, title=raw["title"], group_key=lambda loop: f"{loop}_loop")
    return SetFacts(raw["set"], raw["release"], guide, raw["title"], raw["group"], raw["kind"], tree)


def _row(row: list[Any], lists: list[list[str]]) -> list[Any]:
    if len(row) < 6 or "c" not in row[5]:
        return row
    codes = {place: lists[number] for place, number in row[5]["c"].items()}
    return [*row[:5], {**row[5], "c": codes}]


@lru_cache(maxsize=4096)
def element(number: str, release: str, usage: str = "O") -> Element:
    """Give the facts of an element in a release."""
    title, kind, least, most, *older = _table("elements")[number]
    if older and release in older[0]:
        kind, least, most = older[0][release]
    return Element(number, title, kind, least, most, usage)


@lru_cache(maxsize=256)
def composite(name: str, release: str, usage: str = "O") -> Composite:
    """Give the facts of a composite in a release."""
    title, listed, *notes = _table("composites")[name]
    parts = tuple(element(item[:-1], release, item[-1]) for item in listed.split())
    return Composite(name, title, parts, tuple(notes[0].split()) if notes else (), usage)


@lru_cache(maxsize=1024)
def segment(name: str, release: str) -> SegmentFacts | None:
    """Give the facts of a segment in a release, or in the other where that release's are not known."""
    for tried in (release, *reversed(RELEASES)):
        raw = _table(f"segments-{tried}").get(name)
        if raw is not None:
            title, listed, *notes = raw
            parts = tuple(_part(item[:-1], release, item[-1]) for item in listed.split())
            return SegmentFacts(name, title, parts, tuple(notes[0].split()) if notes else ())
    return None


def _part(name: str, release: str, usage: str) -> Element | Composite:
    if name in _table("composites"):
        return composite(name, release, usage)
    return element(name, release, usage)


def codes(number: str) -> Mapping[str, str]:
    """Give the usual codes of an element with their labels; not all of them."""
    found: Mapping[str, str] = _table("codes").get(number, {})
    return found
