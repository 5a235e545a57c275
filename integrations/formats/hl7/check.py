"""What a message breaks of its tables, as an acknowledgement reports it (HL7 table 0357)."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from integrations.formats.codec import Record, Value
from integrations.formats.hl7.fields import VARYING
from integrations.formats.hl7.messages import SEGMENTS, find_structure, tree_of
from integrations.formats.hl7.messages import Kind as MessageKind
from integrations.formats.hl7.options import Hl7Options
from integrations.formats.hl7.tables import FieldFact, Release, release
from integrations.formats.segments.assemble import UNEXPECTED
from integrations.formats.segments.tree import Group, Segment

Severity: TypeAlias = Literal["E", "W"]
SEQUENCE, MISSING, DATA_TYPE = "100", "101", "102"
INTERNAL, DUPLICATE = "207", "205"
LABELS = {
    SEQUENCE: "Segment sequence error",
    MISSING: "Required field missing",
    DATA_TYPE: "Data type error",
    DUPLICATE: "Duplicate key identifier",
    INTERNAL: "Application internal error",
}
MAX_FINDINGS = 100

_TIME = r"[0-9]{4}(?:[0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:\.[0-9]{1,4})?)?)?)?)?)?"
_WRITTEN = {
    "NM": re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)"),
    "SI": re.compile(r"[0-9]{1,4}"),
    "DT": re.compile(r"[0-9]{4}(?:[0-9]{2}(?:[0-9]{2})?)?"),
    "TS": re.compile(_TIME + r"(?:[+-][0-9]{4})?"),
    "DTM": re.compile(_TIME + r"(?:[+-][0-9]{4})?"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation. code: of table 0357. occurrence: which of the segments of this id, from 1.

    field: number of the field, with the component after a point; empty where the segment is meant.
    """

    code: str
    message: str
    segment: str
    occurrence: int = 1
    field: str = ""
    severity: Severity = "E"


def findings(record: Record, kind: MessageKind, options: Hl7Options) -> list[Finding]:
    """Give the violations of a message that was read, at most MAX_FINDINGS of them."""
    found: list[Finding] = []
    for finding in _all(record, kind, options):
        found.append(finding)
        if len(found) == MAX_FINDINGS:
            break
    return found


def _all(record: Record, kind: MessageKind, options: Hl7Options) -> Iterator[Finding]:
    tables = release(kind.release)
    place = find_structure(kind, options)
    if SEGMENTS in record or place is None:
        pairs = _flat(record)
    else:
        tree = tree_of(*place)
        yield from _missing_segments(record, tree)
        pairs = list(_segments(record, tree))
    seen: Counter[str] = Counter()
    for name, segment in pairs:
        seen[name] += 1
        fact = tables.segments.get(name)
        if fact is not None and isinstance(segment, dict):
            yield from _check_segment(name, seen[name], segment, fact.fields, tables)


def _missing_segments(holder: Mapping[str, Value], group: Group) -> Iterator[Finding]:
    for child in group.children:
        held = holder.get(child.key)
        if held is None and child.min:
            first = child.id if isinstance(child, Segment) else child.first.id
            yield Finding(SEQUENCE, f"The segment {first} is missing.", first)
        elif isinstance(child, Group):
            for item in held if isinstance(held, list) else [held]:
                if isinstance(item, dict):
                    yield from _missing_segments(item, child)
    for found in _list(holder.get(UNEXPECTED)):
        name = str(found.get("id", "")) if isinstance(found, dict) else ""
        if name[:1] != "Z":
            yield Finding(SEQUENCE, f"The segment {name} has no place here.", name, severity="W")


def _segments(holder: Mapping[str, Value], group: Group) -> Iterator[tuple[str, Value]]:
    for child in group.children:
        for item in _list(holder.get(child.key)):
            if isinstance(child, Segment):
                yield child.id, item
            elif isinstance(item, dict):
                yield from _segments(item, child)


def _flat(record: Record) -> list[tuple[str, Value]]:
    return [pair for item in _list(record.get(SEGMENTS)) if isinstance(item, dict) for pair in item.items()]


def _list(held: Value) -> list[Value]:
    if held is None:
        return []
    return held if isinstance(held, list) else [held]


def _check_segment(
    name: str, number: int, segment: Record, facts: tuple[FieldFact, ...], tables: Release
) -> Iterator[Finding]:
    varying, source = VARYING.get(name, (0, 0))
    for at, fact in enumerate(facts, 1):
        value = segment.get(str(at), "")
        if value in ("", [], {}):
            if fact.usage == "R":
                yield Finding(MISSING, f"{name}-{at} {fact.title} is missing.", name, number, str(at))
            continue
        kind = str(segment.get(str(source), "")) if at == varying else fact.type
        for item in _list(value):
            for place, inner, text in _leaves(item, kind, str(at), tables):
                if not _is_written_as(text, inner):
                    yield Finding(DATA_TYPE, f"{name}-{place} is not of type {inner}.", name, number, place)


def _leaves(value: Value, kind: str, place: str, tables: Release) -> Iterator[tuple[str, str, Value]]:
    components = tables.types.get(kind)
    if not isinstance(value, dict):
        yield place, kind if components is None else components[0].type, value
        return
    for key, inner in value.items():
        at = int(key) - 1
        known = components[at].type if components and at < len(components) else ""
        yield from _leaves(inner, known, f"{place}.{key}", tables)


def _is_written_as(value: Value, kind: str) -> bool:
    """Whether a text has the form of its type; what was read as a number or date has."""
    pattern = _WRITTEN.get(kind)
    if pattern is None or not isinstance(value, str) or not value:
        return True
    if pattern.fullmatch(value) is None:
        return False
    if kind in ("NM", "SI") or len(value) < 8:
        return True
    try:
        date.fromisoformat(value[:8])
    except ValueError:
        return False
    return value[8:12] < "2360"
