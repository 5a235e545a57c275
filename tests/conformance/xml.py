"""James Clark's tests of the W3C suite, in the canonical form that comes with them."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from integrations.errors import InputError
from integrations.formats.codec import DEFAULT_LIMITS, parse_options
from integrations.formats.xml.codec import CODEC
from integrations.formats.xml_text.names import XML
from tests.conformance import Result

OPTIONS = parse_options(CODEC, {"keep": True})
OUTSIDE = re.compile(rb"<!(?:DOCTYPE[^\[>]*|ENTITY[^>]*)\b(?:SYSTEM|PUBLIC)\b")
NOTATIONS = re.compile(r"^<!DOCTYPE \S+ \[\n(?:<!NOTATION [^>]*>\n)+\]>\n")
COLONS = re.compile(rb"[\s<]:[\w.-]*[\s=]|<[\w.-]*:[\s>]|ATTLIST[^>]*\s:")


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.glob("xmltest/*/*/*.xml")):
        name, data = path.relative_to(folder / "xmltest").as_posix(), path.read_bytes()
        try:
            records = list(CODEC.reader(OPTIONS, DEFAULT_LIMITS)([data]))
        except InputError as failure:
            yield from refused(name, data, failure)
            continue
        if name.startswith("not-wf"):
            yield Result(name, "refuse", passed=False, reason="it was read")
            continue
        yield Result(name, "decode", passed=True)
        wanted = path.parent / "out" / path.name
        if wanted.exists():
            # The second canonical form repeats notations, which no record holds: they are free.
            text = NOTATIONS.sub("", wanted.read_text(encoding="utf-8"))
            same = canonical(records[0]) == text
            is_outside = bool(OUTSIDE.search(data))
            reason = "" if same else "it takes declarations from another file, which is never read"
            yield Result(name, "twin", passed=same, reason=reason, is_explained=is_outside)
        written = b"".join(CODEC.writer(OPTIONS)(records))
        same = list(CODEC.reader(OPTIONS, DEFAULT_LIMITS)([written])) == records
        yield Result(name, "round trip", passed=same, reason="" if same else "another record")


def refused(name: str, data: bytes, failure: InputError) -> Iterator[Result]:
    if name.startswith("not-wf"):
        passed = bool(re.match(r"line \d", failure.place))
        yield Result(name, "refuse", passed=passed, reason="" if passed else f"place: {failure.place}")
        return
    reason = str(failure)
    is_explained = failure.code == "xml.external_entity"
    if COLONS.search(data):
        reason, is_explained = f"a colon is no name by the rules of namespaces: {failure}", True
    yield Result(name, "decode", passed=False, reason=reason, is_explained=is_explained)


def canonical(record: Any) -> str:
    """Write a record in the first canonical form: no comments, attributes sorted, no empty tags."""
    notes = chain(record.get("#before", ()), record.get("#after", ()))
    assert not any(key[0] not in "?#" for note in notes for key in note)
    before, after = ("".join(map(part, record.get(side, ()))) for side in ("#before", "#after"))
    return before + "".join(element(key, record[key]) for key in record if key[0] != "#") + after


def part(piece: Any) -> str:
    if isinstance(piece, str):
        return escaped(piece)
    ((key, value),) = piece.items()
    if key == "#comment":
        return ""
    return f"<{key} {value}?>" if key[0] == "?" else element(key, value)


def element(key: str, value: Any) -> str:
    record = value if isinstance(value, dict) else {"#text": value}
    names = sorted(name for name in record if name[0] == "@")
    attributes = "".join(
        f' {"xml:" if XML in name else ""}{name[1:]}="{escaped(record[name])}"' for name in names
    )
    if "#mixed" in record:
        inside = "".join(map(part, record["#mixed"]))
    else:
        keys = record.get("#order") or [
            key for key in record if key[0] not in "@#" for _ in listed(record[key])
        ]
        left = {key: iter(listed(record[key])) for key in keys}
        inside = escaped(record.get("#text", "")) + "".join(element(key, next(left[key])) for key in keys)
    return f"<{key}{attributes}>{inside}</{key}>"


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def escaped(text: str) -> str:
    for mark, escape in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(mark, escape)
    return text.replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")
