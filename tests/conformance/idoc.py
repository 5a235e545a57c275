"""SAP IDoc: sample files are read and written back to the same bytes; the tables of fields are compared."""

import csv
from collections.abc import Iterator
from pathlib import Path

from integrations.errors import InputError
from integrations.formats.codec import Limits, Value
from integrations.formats.idoc.codec import CODEC
from integrations.formats.idoc.options import IdocOptions
from integrations.formats.idoc.structure import control_segment, message_of, type_name
from tests.conformance import Result

OPTIONS = IdocOptions()


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.glob("*.txt")):
        data = path.read_bytes()
        try:
            records = list(CODEC.reader(OPTIONS, Limits())([data]))
        except InputError as failure:
            yield Result(path.name, "decode", passed=False, reason=str(failure))
            continue
        unknown = sorted(unknown_in(records))
        yield Result(path.name, "decode", not unknown, f"not known: {', '.join(unknown)}" if unknown else "")
        written = b"".join(CODEC.writer(OPTIONS)(records))
        is_same = written.rstrip(b"\n") == data.rstrip(b"\n")
        yield Result(path.name, "round trip", is_same, "" if is_same else "other bytes")
    for path in sorted(folder.glob("structure/*.csv")):
        reason = compare(path)
        yield Result(path.name, "twin", not reason, reason)


def unknown_in(value: Value) -> Iterator[str]:
    """The segments that were kept raw."""
    if isinstance(value, list):
        for item in value:
            yield from unknown_in(item)
    elif isinstance(value, dict):
        if "SDATA" in value:
            yield str(value.get("_segment", "a segment"))
        for inner in value.values():
            yield from unknown_in(inner)


def compare(path: Path) -> str:
    """Hold our lengths of fields against a table of other software; empty where all agree."""
    message = message_of(path.stem.removeprefix("IDOC").upper(), OPTIONS)
    theirs: dict[str, list[int]] = {}
    with path.open(newline="") as file:
        for row in csv.reader(file):
            if len(row) > 8 and not row[0].startswith("#"):
                theirs.setdefault(row[0], []).append(int(row[8]))
    for name, lengths in theirs.items():
        if name.startswith(("Y", "Z")):
            continue  # an extension of a customer, not of SAP
        known = control_segment() if name.startswith("EDI_DC") else message.segments.get(type_name(name))
        if known is None:
            return f"{name} is not known"
        ours = [column.length for column in known.layout.columns]
        # Their first row is the part of the name by which the record is known, the second its rest.
        wanted = [lengths[0] + lengths[1], *lengths[2:]] if name.startswith("EDI_DC") else lengths[7:]
        if ours != wanted:
            return f"{name}: {ours} instead of {lengths}"
    return ""
