"""COBOL: a folder holds a copybook, data, and what other software read of it as JSON.

How a file is to be read is said in the notes of the collection; OPTIONS says it in our words. A folder that
is not named there is tried as records of one length in cp037. Values of other software are compared without
what it changes on purpose: hyphens in names, control characters in text, nulls that it leaves out.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from integrations.errors import SevenMError
from integrations.formats.cobol.codec import CODEC
from integrations.formats.cobol.importer import schema_of
from integrations.formats.cobol.options import CobolOptions
from integrations.formats.codec import Limits, Record
from tests.conformance import Result

Rows = list[dict[str, Any]]
LIMITS = Limits(max_bytes=1 << 30)
FLOATS = {"FLOAT_01": "f", "DOUBLE_01": "d"}
ADDED = {"File_Id", "Record_Id", "Record_Byte_Length", "Seg_Id0", "Seg_Id1"}
SEGMENTS = {"C": "COMPANY", "P": "PERSON", "B": "PO-BOX"}


def as_it_is(rows: Rows) -> Rows:
    return rows


def under_root(rows: Rows) -> Rows:
    return [{"RECORD": row} for row in rows]


def only_signed(rows: Rows) -> Rows:
    return [row for row in rows if row["SIGNATURE"] == "S9276511"]


def by_company(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: (row["COMPANY_ID"], row["AMOUNT"]))


@dataclass(frozen=True)
class How:
    options: dict[str, Any] = field(default_factory=dict)
    arrange: Callable[[Rows], Rows] = as_it_is


OPTIONS: dict[str, How] = {
    "test1": How(),
    "test3": How({}, only_signed),
    "test4": How(
        {
            "encoding": "latin-1",
            "framing": "rdw",
            "rdw": {"order": "little", "length_at": 2, "counts_itself": False},
        }
    ),
    "test6": How(),
    "test10": How({"encoding": "ascii", "as_text": ["NAME", "ACCOUNT-NO"]}, under_root),
    "test13a": How({"header_bytes": 10, "footer_bytes": 12}, by_company),
    "test16": How(
        {"segments": [{"field": "SEGMENT-ID", "values": [v], "use": use} for v, use in SEGMENTS.items()]}
    ),
    "test21": How({"encoding": "ascii", "framing": "content"}, under_root),
}


def check(folder: Path) -> Iterator[Result]:
    for copybook in sorted(folder.glob("**/*.cob")):
        case = copybook.relative_to(folder).parts[0]
        how = OPTIONS.get(case, How())
        try:
            options = CobolOptions(copybook=copybook.read_text(), **how.options)
            has_fields = bool(schema_of(options).root.fields)
        except SevenMError as failure:
            yield Result(copybook.name, "decode", passed=False, reason=str(failure))
            continue
        yield Result(copybook.name, "decode", has_fields)
        for data in sorted((folder / case).glob("*data*/*")):
            yield from _data(data, case, options, how)


def _data(path: Path, case: str, options: CobolOptions, how: How) -> Iterator[Result]:
    name = f"{case}/{path.name}"
    data = path.read_bytes()
    try:
        records = list(CODEC.reader(options, LIMITS)([data]))
    except SevenMError as failure:
        yield Result(name, "decode", passed=False, reason=str(failure))
        return
    yield Result(name, "decode", passed=True)
    yield _round_trip(name, data, options)
    ours = how.arrange([like_theirs(record) for record in records])
    for expected in sorted(path.parent.parent.glob("*expected/*.txt")):
        yield Result(f"{case}/{expected.name}", "twin", *_twin(ours, expected))


def _round_trip(name: str, data: bytes, options: CobolOptions) -> Result:
    """Keep everything that can be kept: then the bytes are the same, but for tables that are not full."""
    exact = options.model_copy(update={"trim": "none", "fillers": "keep"})
    records = list(CODEC.reader(exact, LIMITS)([data]))
    written = b"".join(CODEC.writer(exact)(records))
    again = list(CODEC.reader(exact, LIMITS)([written]))
    if again != records:
        return Result(name, "round trip", passed=False, reason="what is read back differs")
    frame = options.header_bytes, len(data) - options.footer_bytes
    is_same = written[slice(*frame)] == data[slice(*frame)]
    if is_same or "DEPENDING" in options.copybook or options.framing == "rdw":
        return Result(name, "round trip", passed=True)
    changed = [(a, b) for a, b in zip(data, written, strict=True) if a != b]
    is_free = all(_is_plus(a, b) for a, b in changed)
    return Result(
        name, "round trip", is_free, "" if is_free else f"{len(changed)} of {len(data)} bytes differ"
    )


def _is_plus(theirs: int, ours: int) -> bool:
    """Whether only the form of a plus differs, which is free: C or F in packed digits, + or a blank."""
    return (theirs & 0x0F == 0x0C and ours == theirs | 0x0F) or (theirs, ours) == (0x4E, 0x40)


def _twin(ours: Rows, path: Path) -> tuple[bool, str]:
    theirs = list(_objects(path.read_text()))
    wanted = [{key: value for key, value in row.items() if key not in ADDED} for row in theirs]
    for number, (mine, row) in enumerate(zip(ours, wanted, strict=False), 1):
        found = difference(mine, row, "")
        if found:
            return False, f"record {number}: {found} differs"
    return len(ours) >= len(wanted) > 0, f"{len(ours)} records instead of {len(wanted)}"


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Objects one a line, or indented one after the other."""
    decode = msgspec.json.Decoder(float_hook=Decimal).decode
    pieces: Iterable[str] = text.splitlines()
    if text.startswith("{\n"):
        pieces = ("{" + piece for piece in text.strip().removeprefix("{").split("\n{"))
    return (decode(piece) for piece in pieces if piece.strip())


def like_theirs(record: Record) -> dict[str, Any]:
    return {_name(key): _value(value) for key, value in record.items() if value is not None}


def _name(key: str) -> str:
    return key.replace("-TEXT", "_NT").replace("-", "_")


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return like_theirs(value)
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, str):
        return "".join(letter for letter in value if letter >= " ")
    return value


def difference(mine: Any, theirs: Any, path: str) -> str:
    """The path of the first value that differs; empty if none does."""
    if isinstance(theirs, dict):
        if not isinstance(mine, dict):
            return path
        more = next((key for key in mine.keys() - theirs.keys() if mine[key] not in ("", 0, {}, [])), None)
        found = (difference(mine.get(key), theirs[key], f"{path}/{key}") for key in theirs)
        return next((place for place in found if place), f"{path}/{more}" if more else "")
    if isinstance(theirs, list):
        if not isinstance(mine, list) or len(mine) != len(theirs):
            return path
        pairs = enumerate(zip(mine, theirs, strict=True))
        return next((d for n, (a, b) in pairs if (d := difference(a, b, f"{path}/{n}"))), "")
    return "" if _is_same(mine, theirs, path.rpartition("/")[2]) else path


def _is_same(mine: Any, theirs: Any, name: str) -> bool:
    if name in FLOATS:
        code = ">" + FLOATS[name]
        return struct.pack(code, mine) == struct.pack(code, theirs)
    if isinstance(theirs, str):
        # A blank at the left is kept by us, as in the data; the other loses bytes beyond ASCII.
        kept = str(mine).encode("ascii", "ignore").decode() if "\ufffd" in theirs else str(mine)
        return isinstance(mine, str) and kept.strip() == theirs.replace("\ufffd", "").strip()
    return bool(mine == theirs) or (mine is None and theirs == 0)
