"""X12 of xlate/staedi, LinuxForHealth, EDI.Net and blueseer, and staedi's events and nesting as twins.

A file whose own trailers or values are wrong is refused as it should be; it is then read again without those
checks, and that must work.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from integrations.errors import InputError
from integrations.formats.codec import DEFAULT_LIMITS, Record, parse_options
from integrations.formats.x12.codec import CODEC
from tests.conformance import Result

INVALID = re.compile(r"invalid", re.IGNORECASE)
# Not what is left of binary data that was cut where it holds a segment's end.
SEGMENT = re.compile(rb"[A-Z][A-Z0-9]{1,2}([^A-Za-z0-9]|$)")
ENDINGS = {".edi", ".txt", ".837", ".837i", ".835", ".x12"}
OWN_FAULTS = {
    "x12.segment_count": "the file's own SE01 counts another number of segments",
    "x12.interchange_number": "the file's own ISA13 and IEA02 differ",
    "x12.group_number": "the file's own GS06 and GE02 differ",
    "x12.message_number": "the file's own ST02 and SE02 differ",
    "x12.number": "a numeric element of the file holds no number",
    "x12.date": "a date of the file is none",
}
BEARING = {"counts": "ignore", "invalid": "text", "in_text": "keep"}


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.rglob("*")):
        data = path.read_bytes() if path.is_file() and path.suffix.lower() in ENDINGS else b""
        if b"ISA" not in data[:512] or "structure" in path.parts or path.stem.endswith("-expected"):
            continue
        name = path.relative_to(folder).as_posix()
        if INVALID.search(path.name):
            yield refused(data, name)
            continue
        yield from decoded(data, name)
        yield written_back(data, name)
        if (events := path.with_suffix(".json")).exists():
            yield twin(data, json.loads(events.read_text()), name)
        if (nesting := path.with_name(f"{path.stem}-expected.txt")).exists():
            yield nested(data, nesting.read_text(), name)


def sniffed(data: bytes, **more: object) -> Any:
    guess = CODEC.sniff(data)
    options = (
        {key: value for key, value in guess.options.items() if key != "transaction_set"} if guess else {}
    )
    return parse_options(CODEC, {**options, **more})


def read(data: bytes, **more: object) -> list[Record]:
    return list(CODEC.reader(sniffed(data, **more), DEFAULT_LIMITS)([data]))


def decoded(data: bytes, name: str) -> Iterator[Result]:
    """Read a file; one with wrong trailers or values of its own is refused, and read unchecked."""
    try:
        yield Result(name, "decode", passed=bool(read(data)))
        return
    except InputError as failure:
        found = failure
    if found.code not in OWN_FAULTS:
        yield Result(name, "decode", passed=False, reason=str(found))
        return
    yield Result(name, "refuse", bool(found.place), OWN_FAULTS[found.code])
    try:
        yield Result(name, "decode", bool(read(data, **BEARING)), OWN_FAULTS[found.code])
    except InputError as failure:
        yield Result(name, "decode", passed=False, reason=str(failure))


def refused(data: bytes, name: str) -> Result:
    try:
        read(data)
    except InputError as failure:
        return Result(name, "refuse", bool(failure.place), str(failure))
    found = CODEC.validate(sniffed(data), DEFAULT_LIMITS)(data)
    return Result(name, "refuse", bool(found), "no finding")


def written_back(data: bytes, name: str) -> Result:
    options = sniffed(data, values="text", **BEARING)
    try:
        records = list(CODEC.reader(options, DEFAULT_LIMITS)([data]))
        written = b"".join(CODEC.writer(options)(records))
    except InputError as failure:
        return Result(name, "round trip", passed=False, reason=str(failure))
    end = options.separators.segment.encode()
    before, after = segments(data, end), segments(written, end)
    differing = [(old, new) for old, new in zip(before, after, strict=False) if old != new]
    passed = not differing and len(before) == len(after)
    trailers = all(old[:2] in (b"SE", b"GE", b"IE") for old, _ in differing) and len(before) == len(after)
    reason = (
        ""
        if passed
        else "counts or control numbers of the file are wrong, ours are right"
        if trailers
        else "differs"
    )
    return Result(name, "round trip", passed, reason, is_explained=trailers and not passed)


def segments(data: bytes, end: bytes) -> list[bytes]:
    found = [piece.strip(b"\r\n\t ") for piece in data.removeprefix(b"\xef\xbb\xbf").split(end)]
    return [piece for piece in found if piece]


def twin(data: bytes, events: dict[str, Any], name: str) -> Result:
    """Compare the elements of every segment with those of staedi's events."""
    options = sniffed(data, values="text", **BEARING)
    written = b"".join(CODEC.writer(options)(list(CODEC.reader(options, DEFAULT_LIMITS)([data]))))
    mark = options.separators.element
    ours = [
        [plain(part) for part in text.decode().split(mark)]
        for text in segments(written, options.separators.segment.encode())
        if SEGMENT.match(text) and not text.startswith((b"ISA", b"BIN"))
    ]
    component = options.separators.component
    theirs = [
        [event["name"], *(joined(part, component) for part in event["data"])]
        for event in walk(events)
        if event["name"] not in ("ISA", "BIN")
    ]
    wrong = next(
        (f"{a} is not {b}" for a, b in zip(ours, theirs, strict=False) if trimmed(a) != trimmed(b)), ""
    )
    return Result(
        name, "twin", not wrong and len(ours) == len(theirs), wrong or f"{len(ours)} and {len(theirs)}"
    )


def walk(event: Any) -> Iterator[dict[str, Any]]:
    if event.get("type") == "segment":
        yield event
        return
    for inner in event.get("data", ()):
        yield from walk(inner)


def joined(part: Any, component: str) -> str:
    if isinstance(part, dict):
        part = part.get("data", "")
    if isinstance(part, list):
        return component.join(joined(item, component) for item in part)
    return plain("" if part is None else str(part))


def plain(text: str) -> str:
    """Numbers lose the zeros that say nothing, as staedi's events have them."""
    return str(int(text)) if text.isdigit() else text


def trimmed(parts: list[str]) -> list[str]:
    while parts and not parts[-1]:
        parts = parts[:-1]
    return parts


def nested(data: bytes, expected: str, name: str) -> Result:
    """Compare the nesting of HL loops with staedi's picture of it, by the depth of each."""
    lines = [line for line in expected.splitlines() if re.match(r"\s*HL:( id|$)", line)]
    theirs = [(len(line) - len(line.lstrip())) // 2 for line in lines]
    ours = [
        depth
        for record in read(data, hierarchy="nested", **BEARING)
        for depth in depths(record.get("2000_loop"), 3)
    ]
    return Result(name, "twin", ours == theirs, f"{ours} is not {theirs}")


def depths(loops: Any, depth: int) -> Iterator[int]:
    for loop in loops or ():
        yield depth
        yield from depths(loop.get("2000_loop"), depth + 1)
