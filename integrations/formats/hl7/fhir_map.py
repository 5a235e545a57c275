"""HL7 v2 to FHIR R4 as plain rows: what stands where, to begin a mapping with.

The rows say where a value of our records goes, through which table of codes and on what condition. Conditions
and computed values are words of the source, not code: who makes a mapping of the rows decides on them.
Groups and segments are those of the newest edition; some are not in the structures of older ones.
Source: the element map of HL7/v2-to-fhir (Apache-2.0), facts only.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from integrations.formats.hl7.tables import RELEASES, release

_MAX_DEPTH = 3
_FIELD = re.compile(r"([A-Z][A-Z0-9]{2})(?:-([0-9]+)(?:\.([0-9]+))?)?")
_COMPONENT = re.compile(r"([A-Z][A-Za-z0-9_]*)\.([0-9]+)(?:\.([0-9]+))?")
# Composite types of older releases.
_OLD = {"CE", "CQ", "TS", "CF", "TQ"}
_ITSELF = ("$value", "$this", "")


class Row(NamedTuple):
    """One line of the map.

    path: keys in the record of the message, lists looked through. resource: type and number of the resource
    in the Bundle ("Patient[1]"). target: path in it. type: of FHIR. codes: table for ``code_table``, empty
    where the code stays. fixed: a value that does not come from the message. condition: in words.
    """

    path: tuple[str, ...]
    resource: str
    target: str
    type: str = ""
    codes: str = ""
    fixed: str = ""
    condition: str = ""


@lru_cache(maxsize=1)
def _map() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(__package__).joinpath("tables", "fhir.json").read_bytes())
    return found


def structures() -> tuple[str, ...]:
    """Give the message structures that have a map."""
    return tuple(_map()["messages"])


def code_table(name: str) -> dict[str, str]:
    """Give a table of codes: of HL7 v2 → of FHIR; empty where the source leaves it open."""
    return {row[0]: row[1] for row in _map()["codes"].get(name, ()) if len(row) > 1}


def rows(structure: str) -> list[Row]:
    """Give the map of a message structure, data types resolved to components; empty if there is none."""
    return [
        row
        for place, resource, segment, _, condition in map(_padded, _map()["messages"].get(structure, ()))
        for row in _segment(tuple(place.split(".")), resource, segment, condition)
    ]


def _padded(row: list[str], width: int = 5) -> list[str]:
    return (row + [""] * width)[:width]


def _segment(place: tuple[str, ...], resource: str, name: str, condition: str) -> Iterator[Row]:
    for raw in _map()["segments"].get(name, ()):
        position, target, kind, data_type, codes, fixed, when = _padded(raw, 7)
        found = _FIELD.fullmatch(position)
        if found is None or not _is_path(target):
            continue
        keys = tuple(key for key in found.groups()[1:] if key)
        both = " AND ".join(part for part in (condition, when) if part)
        row = Row((*place, *keys), resource, target, kind, codes, fixed, both)
        yield from _resolved(row, data_type, _MAX_DEPTH)


def _resolved(row: Row, data_type: str, depth: int) -> Iterator[Row]:
    """Go into the components of a data type, as deep as its own map does."""
    inner = _data_types().get(data_type.lower(), ()) if depth and not row.fixed else ()
    if not inner:
        yield row
        return
    for raw in inner:
        position, target, kind, below, codes, fixed, when = _padded(raw, 7)
        found = _COMPONENT.fullmatch(position)
        if found is None or not _is_path(target):
            continue
        # A simple type has no components of its own; the source writes it as its first.
        keys = found.groups()[1:] if found[1] in release(RELEASES[-1]).types or found[1] in _OLD else ()
        part = Row(
            row.path + tuple(key for key in keys if key),
            row.resource,
            _joined(row.target, target),
            kind or row.type,
            codes or row.codes,
            fixed,
            " AND ".join(said for said in (row.condition, when) if said),
        )
        yield from _resolved(part, below, depth - 1)


def _joined(target: str, inner: str) -> str:
    """Append a path that may begin with the number of a repetition, or name the last part once more."""
    if inner in _ITSELF:
        return target
    outer, _, last = target.rpartition(".")
    if outer and last == inner.split(".", 1)[0]:
        return f"{outer}.{inner}"
    if inner[0] != "[":
        return f"{target}.{inner}"
    return target + (inner.removeprefix("[1]") if target.endswith("]") else inner)


@lru_cache(maxsize=1)
def _data_types() -> dict[str, list[list[str]]]:
    """Give the maps of data types by name; references to them differ in case."""
    return {name.lower(): listed for name, listed in _map()["datatypes"].items()}


def _is_path(target: str) -> bool:
    """Whether it is a path and not a remark ("local implementation")."""
    return target in _ITSELF or (" " not in target and "?" not in target)
