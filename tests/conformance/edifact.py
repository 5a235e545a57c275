"""EDIFACT of pydifact, edifact-rs, EDI.Net and blueseer; most of it is made by hand, with wrong counts.

A file whose own trailers or values are wrong is refused as it should be; it is then read again without those
checks, and that must work. A malformed file must have a violation that its well-formed sibling has not.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from integrations.errors import InputError
from integrations.formats.codec import DEFAULT_LIMITS, Record, parse_options
from integrations.formats.edifact.codec import CODEC
from tests.conformance import Result

ENDINGS = {".edi", ".txt", ".ped", ".lab"}
STARTS = (b"UNA", b"UNB", b"UNH")
OWN_FAULTS = {
    "edifact.segment_count": "the file's own UNT counts another number of segments",
    "edifact.message_reference": "the file's own UNH and UNT differ",
    "edifact.message_count": "the file's own trailer counts another number of messages",
    "edifact.interchange_reference": "the file's own UNB and UNZ differ",
    "edifact.number": "a numeric element of the file holds no number",
}
TRAILERS = (b"UNT", b"UNE", b"UNZ")
NO_END = "the file ends without its trailers"
BEARING = {"counts": "ignore", "invalid": "text"}


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.rglob("*")):
        data = path.read_bytes() if path.is_file() and path.suffix.lower() in ENDINGS else b""
        if not any(start in data for start in STARTS) or "licences" in path.parts:
            continue
        name = path.relative_to(folder).as_posix()
        if "malformed" in path.name:
            yield malformed(data, sibling(path), name)
            continue
        if not is_edifact(data):
            yield refused(data, name)
            continue
        yield from decoded(data, name)
        yield written_back(data, name)


def is_edifact(data: bytes) -> bool:
    """Whether there is a message in it: one laboratory file has an interchange around another format."""
    return b"UNH" in data


def sibling(path: Path) -> bytes:
    found = path.with_name(f"{path.stem.partition('_malformed')[0]}_conforming{path.suffix}")
    return found.read_bytes() if found.exists() else b""


def sniffed(data: bytes, **more: object) -> Any:
    guess = CODEC.sniff(data)
    options = {key: value for key, value in guess.options.items() if key != "message"} if guess else {}
    return parse_options(CODEC, {**options, **more})


def read(data: bytes, **more: object) -> list[Record]:
    return list(CODEC.reader(sniffed(data, **more), DEFAULT_LIMITS)([data]))


def is_cut(data: bytes) -> bool:
    """Whether the file lacks the trailer of its message or interchange."""
    return (b"UNT" not in data) or (b"UNB" in data and b"UNZ" not in data)


def decoded(data: bytes, name: str) -> Iterator[Result]:
    """Read a file; one with wrong trailers or values of its own is refused, and read unchecked."""
    try:
        yield Result(name, "decode", passed=bool(read(data)))
        return
    except InputError as failure:
        found = failure
    cut = found.code == "edifact.truncated" and is_cut(data)
    reason = NO_END if cut else OWN_FAULTS.get(found.code, str(found))
    if not cut and found.code not in OWN_FAULTS:
        yield Result(name, "decode", passed=False, reason=reason)
        return
    yield Result(name, "refuse", bool(found.place), reason)
    try:
        yield Result(name, "decode", bool(read(data, **BEARING)), reason)
    except InputError as failure:
        is_open = failure.code == "edifact.truncated" and b"UNT" not in data
        yield Result(name, "decode", passed=False, reason=str(failure), is_explained=is_open)


def refused(data: bytes, name: str) -> Result:
    try:
        read(data)
    except InputError as failure:
        return Result(name, "refuse", bool(failure.place), str(failure))
    return Result(name, "refuse", passed=False, reason="read without an error")


def malformed(data: bytes, well: bytes, name: str) -> Result:
    try:
        read(data)
        usual = {found.code + found.segment for found in findings(well)}
        wrong = [found for found in findings(data) if found.code + found.segment not in usual]
    except InputError as failure:
        return Result(name, "refuse", bool(failure.place), str(failure))
    return Result(name, "refuse", bool(wrong) and all(found.place for found in wrong), "no finding")


def findings(data: bytes) -> list[Any]:
    return CODEC.validate(sniffed(data), DEFAULT_LIMITS)(data) if data else []


def written_back(data: bytes, name: str) -> Result:
    options = sniffed(data, values="text", **BEARING)
    try:
        records = list(CODEC.reader(options, DEFAULT_LIMITS)([data]))
        written = b"".join(CODEC.writer(options)(records))
    except InputError as failure:
        cut = failure.code == "edifact.truncated" and b"UNT" not in data
        return Result(
            name, "round trip", passed=False, reason=NO_END if cut else str(failure), is_explained=cut
        )
    end = options.separators.segment.encode()
    before, after = segments(data, end), segments(written, end)
    differing = [(old, new) for old, new in zip(before, after, strict=False) if old != new]
    missing = after[len(before) :]
    passed = not differing and len(before) == len(after)
    ours = all(old[:3] in TRAILERS for old, _ in differing) and all(new[:3] in TRAILERS for new in missing)
    bare = [old for old, _ in differing if old[:3] not in TRAILERS]
    if not passed and len(bare) == 1 and bare[0].count(options.separators.element.encode()) < 5:
        return Result(
            name, "round trip", passed=False, reason="the file's own UNB is cut short", is_explained=True
        )
    reason = (
        "counts or references of the file are wrong, ours are right" if ours else f"differs: {bare[:1]!r}"
    )
    return Result(name, "round trip", passed, "" if passed else reason, is_explained=ours and not passed)


def segments(data: bytes, end: bytes) -> list[bytes]:
    """Cut at segment ends, from UNB on: UNA is free, and text before it is not of the interchange."""
    start = max(0, min(at for at in (data.find(b"UNB"), data.find(b"UNH"), len(data)) if at >= 0))
    found = [piece.strip(b"\r\n\t ") for piece in data[start:].split(end)]
    return [piece for piece in found if piece]
