"""The facts of the directories: messages, segments, composites, elements, codes.

Data files, each read when it is first needed.

Directories at hand are D.96A, D.01B and D.24A; what names another is read by the nearest of them that has
the message. Service segments (UNB, UNH, UCI …) go by the version of the syntax: those of D.96A up to version
3, of D.24A from 4 on.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from integrations.formats.segments.tree import Group, grow

DIRECTORIES = ("d96a", "d01b", "d24a")

_YEARS = {"d96a": 1996.0, "d01b": 2001.5, "d24a": 2024.0}
_RELEASE = re.compile(r"([0-9]{2})([AB])")
_ROW = re.compile(r"(SG[0-9]+|[A-Z]{3})([MC])([0-9]*|\*)(\()?|\)")
_PART = re.compile(r"([0-9]{4}|[CES][0-9]{3})([MC])([0-9]*)")
_SERVICE = re.compile(r"U[NC][A-Z]")


@dataclass(frozen=True, slots=True)
class Element:
    """A data element. format: as the directories write it (``an..35``, ``n..15``, ``a3``)."""

    id: str
    title: str
    format: str
    is_mandatory: bool = False
    repeats: int = 1

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers. Those of a fixed length (UNDG numbers) are codes of digits."""
        return self.format.startswith("n..")

    @property
    def max(self) -> int:
        """The most characters it may have."""
        return int(self.format.lstrip("an."))

    @property
    def min(self) -> int:
        """The least characters it may have: as many as the most, or one."""
        return 1 if ".." in self.format else self.max


@dataclass(frozen=True, slots=True)
class Composite:
    """A composite element and its components."""

    id: str
    title: str
    components: tuple[Element, ...]
    is_mandatory: bool = False
    repeats: int = 1


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """A segment and its elements by position."""

    id: str
    title: str
    elements: tuple[Element | Composite, ...]


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """A message of one directory.

    kind: standard, or derived: order and groups are the directory's, how often and whether they must be there
    was taken from a neighbouring directory (to read by, not to reject by).
    """

    message: str
    directory: str
    title: str
    kind: str
    tree: Group


@lru_cache(maxsize=64)
def _table(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        files(__package__).joinpath("tables", f"{name}.json").read_text("utf-8")
    )
    return found


def titles() -> Mapping[str, str]:
    """Give the titles of the messages at hand: ``ORDERS`` → ``Purchase order``."""
    found: Mapping[str, str] = _table("index")["titles"]
    return found


def near_directories(version: str, release: str) -> list[str]:
    """Give the directories at hand, the nearest to what S009 says (``D``, ``96A``) first.

    Versions before D (``2``, ``S``, ``1``) are the oldest there are.
    """
    found = _RELEASE.fullmatch(release) if version == "D" else None
    if found is None:
        return [*DIRECTORIES]
    year = int(found[1]) + (1900 if found[1] >= "88" else 2000) + (0.5 if found[2] == "B" else 0.0)
    return sorted(DIRECTORIES, key=lambda name: abs(_YEARS[name] - year))


@lru_cache(maxsize=256)
def message_name(message: str, version: str, release: str, directory: str = "") -> str:
    """Find the table of a message: ``d96a-ORDERS``; empty where no directory at hand has it.

    directory: looked into first, whatever the message says.
    """
    known = _table("index")["messages"]
    names = near_directories(version, release)
    for name in (directory, *names) if directory else names:
        if message in known[name]:
            return f"{name}-{message}"
    return ""


@lru_cache(maxsize=16)
def message_facts(name: str) -> MessageFacts:
    """Load a message's table by its name."""
    raw = _table(name)
    tree = grow(raw["message"], _rows(raw["rows"]), title=raw["title"])
    return MessageFacts(raw["message"], raw["directory"], raw["title"], raw["kind"], tree)


def _rows(text: str) -> list[list[Any]]:
    """Read ``UNHM SG1C10( RFFM DTMC5 )``: id, status, most repeats (none: 1, *: not known), group."""
    rows: list[list[Any]] = []
    depth = 0
    for row in map(_ROW.fullmatch, text.split()):
        if row is None:
            raise ValueError("a row of a message's table is malformed")
        if row[0] == ")":
            depth -= 1
            continue
        most = None if row[3] == "*" else int(row[3] or 1)
        rows.append([depth, "g" if row[4] else "s", row[1], int(row[2] == "M"), most])
        depth += bool(row[4])
    return rows


def is_service(name: str) -> bool:
    """Whether a segment belongs to the syntax, not to a directory."""
    return _SERVICE.fullmatch(name) is not None


def service_directory(syntax: str) -> str:
    """Give where the service segments of a version of the syntax are."""
    return "d24a" if syntax >= "4" else "d96a"


@lru_cache(maxsize=4096)
def element(name: str, directory: str, status: str = "C", repeats: int = 1) -> Element:
    """Give the facts of an element in a directory."""
    title, form, *older = _table("elements")[name]
    if older:
        form = older[0].get(directory, form)
    return Element(name, title, form, status == "M", repeats)


@lru_cache(maxsize=1024)
def composite(name: str, directory: str, status: str = "C", repeats: int = 1) -> Composite:
    """Give the facts of a composite in a directory."""
    title, listed = _table(f"composites-{directory}")[name]
    parts = tuple(element(item[1], directory, item[2]) for item in _PART.finditer(listed))
    return Composite(name, title, parts, status == "M", repeats)


@lru_cache(maxsize=1024)
def segment(name: str, directory: str, syntax: str = "3") -> SegmentFacts | None:
    """Give the facts of a segment, from another directory where this one does not have it."""
    first = service_directory(syntax) if is_service(name) else directory
    for tried in (first, *reversed(DIRECTORIES)):
        raw = _table(f"segments-{tried}").get(name)
        if raw is not None:
            title, listed = raw
            parts = (_part(item, tried) for item in _PART.finditer(listed))
            return SegmentFacts(name, title, tuple(parts))
    return None


def _part(item: re.Match[str], directory: str) -> Element | Composite:
    name, status, repeats = item[1], item[2], int(item[3] or 1)
    make = element if name.isdigit() else composite
    return make(name, directory, status, repeats)


def codes(name: str) -> Mapping[str, str]:
    """Give the usual codes of an element with their labels; not all of them."""
    found: Mapping[str, str] = _table("codes").get(name, {})
    return found
