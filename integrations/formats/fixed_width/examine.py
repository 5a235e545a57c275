"""Look at a file through its layout, line by line: what a person needs who draws that layout."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from integrations.errors import DecodeError, InputError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record
from integrations.formats.fixed_width.codec import CODEC, decoded
from integrations.formats.fixed_width.layout import FieldLayout, FixedWidthOptions, RecordLayout
from integrations.formats.fixed_width.lines import cut_lines
from integrations.formats.fixed_width.records import RecordType, compile_finder, unknown_record

ANY_RECORD = RecordLayout(name="line", fields=(FieldLayout(name="text", start=1, length=1),))
"""A record type that asks nothing: with it alone a file is cut into lines."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. record: its type, "" where none is known. values: None where it cannot be read."""

    number: int
    text: str
    record: str = ""
    values: Record | None = None
    fault: InputError | None = None


def texts(data: bytes, options: FixedWidthOptions, limits: Limits, most: int) -> list[Line]:
    """Give the first lines as text; what is no text in this encoding is replaced. Raises InputError."""
    found = islice(_cut(data, options, limits), most)
    return [Line(number, raw.decode(options.encoding, "replace")) for number, raw in found]


def examined(data: bytes, options: FixedWidthOptions, limits: Limits, most: int) -> list[Line]:
    """Read each of the first lines by itself. Raises InputError for a file that cannot be cut into lines."""
    types = [RecordType(layout, options) for layout in options.records]
    find = compile_finder(types)
    pads_to = 0
    if options.short_lines != "refuse":
        pads_to = options.record_length or max(kind.least for kind in types)

    def look(number: int, raw: bytes) -> Line:
        shown, kind = raw.decode(options.encoding, "replace"), None
        try:
            text = decoded(raw, number, options.encoding).ljust(pads_to)
            kind = find(text)
            if kind is None:
                return Line(number, shown, fault=unknown_record(text, number, types))
            return Line(number, shown, kind.name, kind.read_alone(kind.fit(text, number), number))
        except DecodeError as failure:
            return Line(number, shown, kind.name if kind else "", fault=failure)

    return [look(number, raw) for number, raw in islice(_cut(data, options, limits), most)]


def faults_of_the_whole(
    data: bytes, options: FixedWidthOptions, limits: Limits, most: int
) -> list[InputError]:
    """Give what is wrong with the file: single lines, their order and number, what the trailer promises."""
    found: list[InputError] = []

    def note(failure: InputError) -> None:
        if len(found) < most:
            found.append(failure)

    try:
        for _ in CODEC.reader(options, limits)((data,), note):
            pass
    except InputError as failure:
        note(failure)
    return found


def _cut(data: bytes, options: FixedWidthOptions, limits: Limits) -> Iterator[tuple[int, bytes]]:
    blocks = codec.blocks((data,), limits, "fixed_width")
    for numbers, raws in cut_lines(blocks, options, limits):
        yield from zip(numbers, raws, strict=True)
