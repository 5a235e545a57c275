"""One message to its record and back: by the tree of its structure, or flat where it has none."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from integrations.errors import DecodeError, EncodeError, LimitError
from integrations.formats.codec import Limits, Numbers, Record, Value
from integrations.formats.hl7.fields import ID, MAX_FIELDS, FieldReader, field_reader
from integrations.formats.hl7.framing import LINE_ENDS, charset_of, lines_of, text_of
from integrations.formats.hl7.options import Hl7Options
from integrations.formats.hl7.separators import HEADERS, Separators, separators_from, separators_of
from integrations.formats.hl7.tables import nearest, release, structure_of
from integrations.formats.hl7.written import FieldWriter, field_writer
from integrations.formats.segments.assemble import Assembly, Fault
from integrations.formats.segments.flatten import Flattener
from integrations.formats.segments.plan import Plan
from integrations.formats.segments.tree import Group, grow

ENVELOPE = "_envelope"
# Of a type or version: what is longer is none, and is not to fill a cache.
_LONGEST = 40
SEGMENTS = "segments"
_NO_ENDS: frozenset[str] = frozenset()


class Kind(NamedTuple):
    """What a header says the message is. release: whose tables are the nearest to its version."""

    message: str
    trigger: str
    structure: str
    version: str
    release: str


def kind_of(header: list[str], separators: Separators, options: Hl7Options) -> Kind:
    """Read MSH-9 and MSH-12 from the cut header."""
    said = _first(header, 9, separators)
    return _kind((*said, "", "")[:3], options.version or _first(header, 12, separators)[0])


def _first(header: list[str], number: int, separators: Separators) -> list[str]:
    """Give the components of a field of the header, of its first repetition."""
    text = header[number - 1][:_LONGEST] if len(header) >= number else ""
    if separators.repetition:
        text = text.partition(separators.repetition)[0]
    return text.split(separators.component)


def _kind_to_write(header: Record, options: Hl7Options) -> Kind:
    """Take the same from a header that is to be written."""
    said, version = (
        held[0] if isinstance(held, list) and held else held for held in (header.get("9"), header.get("12"))
    )
    if isinstance(version, dict):
        version = version.get("1")
    known = said if isinstance(said, dict) else {"1": said}
    names = tuple(str(known.get(key) or "")[:_LONGEST] for key in ("1", "2", "3"))
    return _kind(names, options.version or str(version or "")[:_LONGEST])


def _kind(names: tuple[str, ...], version: str) -> Kind:
    message, trigger, structure = names
    return Kind(message, trigger, structure, version, nearest(version))


@lru_cache(maxsize=256)
def tree_of(structure: str, version: str) -> Group:
    """Give the tree of a structure that the release has."""
    fact = release(version).structures[structure]
    rows = [
        (depth, "g" if kind == "g" else "s", name, least, most)
        for depth, kind, name, least, most in fact.items
    ]
    return grow(structure, rows, title=fact.title)


@lru_cache(maxsize=256)
def plan_of(structure: str, holder: str, reader: FieldReader) -> Plan:
    """Give the structure, compiled for reading."""
    return Plan(tree_of(structure, holder), reader.segment, enters_late=True)


@lru_cache(maxsize=256)
def _flattener(structure: str, holder: str, writer: FieldWriter) -> Flattener:
    tree = tree_of(structure, holder)
    return Flattener(tree, writer.segment_writer, writer.kept, frozenset({ENVELOPE}), has_trailer=False)


def find_structure(kind: Kind, options: Hl7Options) -> tuple[str, str] | None:
    """Give the structure and the release that has it; None where the message is to be read flat."""
    if options.grouping == "flat":
        return None
    if options.message:
        message, _, trigger = options.message.partition("_")
        return structure_of(kind.release, message, trigger, options.message)
    return structure_of(kind.release, kind.message, kind.trigger, kind.structure)


def read_message(raw: bytes, number: int, options: Hl7Options, limits: Limits) -> Record:
    """Read one message. Raises DecodeError with the number of the message, the segment and the field."""
    place = f"message {number}"
    lines = lines_of(text_of(raw, options.encoding, place))
    separators = separators_of(lines[0], place)
    if len(raw) > limits.max_field_bytes:
        _check_sizes(lines, separators, limits, place)
    kind = kind_of(lines[0].split(separators.field, MAX_FIELDS), separators, options)
    reader = field_reader(release(kind.release), separators, typed=options.values == "typed")
    found = find_structure(kind, options)
    if found is None:
        return _read_flat(lines, reader, place)
    assembly = Assembly(
        plan_of(*found, reader),
        _cutter(separators.field),
        _NO_ENDS,
        keeps=options.unknown == "keep",
        kept=reader.kept,
    )
    try:
        assembly.take(lines)
    except Fault as fault:
        raise _refusal(fault, place, assembly.count, lines[assembly.count - 1]) from None
    return assembly.finish()


def _read_flat(lines: list[str], reader: FieldReader, place: str) -> Record:
    """Read every segment as it comes: ``{"segments": [{"MSH": {…}}, {"PID": {…}}, …]}``."""
    cut = _cutter(reader.separators.field)
    segments: list[Value] = []
    for line in lines:
        try:
            name, *parts = cut(line)
            read = reader.any_segment(name) if segments else reader.segment(name)
            segments.append({name: read(parts)})
        except Fault as fault:
            raise _refusal(fault, place, len(segments) + 1, line) from None
    return {SEGMENTS: segments}


@lru_cache(maxsize=64)
def _cutter(mark: str) -> Callable[[str], list[str]]:
    return lambda line: line.split(mark, MAX_FIELDS + 1)


def _refusal(fault: Fault, place: str, number: int, line: str) -> DecodeError:
    segment = f"segment {number}" + (f" {line[:3]}" if ID.match(line) else "")
    where = ", ".join([place, segment, *([f"field {fault.element}"] if fault.element else [])])
    return DecodeError(f"hl7.{fault.code}", fault.message, hint=fault.hint, place=where)


def _check_sizes(lines: list[str], separators: Separators, limits: Limits, place: str) -> None:
    for number, line in enumerate(lines, 1):
        if len(line) * 4 <= limits.max_field_bytes:
            continue
        for at, part in enumerate(line.split(separators.field, MAX_FIELDS)):
            if len(part.encode(errors="replace")) > limits.max_field_bytes:
                raise LimitError(
                    "hl7.field_too_long",
                    f"A field is longer than the {limits.max_field_bytes:,} bytes allowed here.",
                    place=f"{place}, segment {number} {line[:3]}, field {at}",
                )


def write_message(record: Record, number: int, options: Hl7Options) -> bytes:
    """Write one message. Raises EncodeError with the number of the record, the segment and the field."""
    place = f"record {number}"
    header = header_of(record, place)
    separators = header_separators(header, place)
    typed = options.values == "typed"
    writer = field_writer(separators, typed=typed)
    try:
        if SEGMENTS in record:
            lines = _flat_lines(record, writer)
        else:
            found = find_structure(_kind_to_write(header, options), options)
            if found is None:
                raise Fault(
                    "no_structure",
                    "The tables have no structure for this message, so it must be written flat.",
                    hint=f"Give the list '{SEGMENTS}' of segments in their order.",
                )
            lines = _flattener(*found, writer).flatten(record)
    except Fault as fault:
        parts = [place, *([f"segment {fault.segment}"] if fault.segment else [])]
        where = ", ".join([*parts, *([f"field {fault.element}"] if fault.element else [])])
        raise EncodeError(f"hl7.{fault.code}", fault.message, hint=fault.hint, place=where) from None
    if lines[0][:3] != "MSH":
        raise EncodeError("hl7.no_header", "A message begins with its one MSH segment.", place=place)
    return encoded(lines, lines[0] if "18" in header else "", place, options)


def encoded(lines: list[str], first: str, place: str, options: Hl7Options) -> bytes:
    """Join the segments and encode them as the MSH in `first` says; empty: as the options do."""
    end = LINE_ENDS[options.line_end]
    charset = charset_of(first.encode("utf-8", "replace"), place) or options.encoding
    try:
        return (end.join(lines) + end).encode(charset)
    except UnicodeEncodeError:
        raise EncodeError(
            "hl7.encoding",
            f"A text holds a character that {charset} does not have.",
            hint="Let MSH-18 be UNICODE UTF-8.",
            place=place,
        ) from None


def header_of(record: Record, place: str) -> Record:
    """Find the MSH of a record, grouped or flat. Raises EncodeError ``hl7.no_header``."""
    header = record.get("MSH")
    listed = record.get(SEGMENTS)
    if header is None and isinstance(listed, list) and listed and isinstance(listed[0], dict):
        header = listed[0].get("MSH")
    if not isinstance(header, dict):
        raise EncodeError("hl7.no_header", "The record has no MSH segment.", place=place)
    return header


def with_header(record: Record, numbers: Numbers, now: datetime) -> Record:
    """Give the record with a time in MSH-7 and a control id in MSH-10; itself if it has both or no MSH."""
    try:
        header = header_of(record, "record")
    except EncodeError:
        return record
    if header.get("10", "") != "" and "7" in header:
        return record
    numbered: Record = {
        **header,
        "7": header.get("7", now.replace(microsecond=0)),
        "10": header.get("10") or str(numbers("message")),
    }
    listed = record.get(SEGMENTS)
    if "MSH" in record or not isinstance(listed, list):
        return {**record, "MSH": numbered}
    return {**record, SEGMENTS: [{"MSH": numbered}, *listed[1:]]}


def header_separators(header: Record, place: str) -> Separators:
    """Take the separators from fields 1 and 2 of a header; the usual ones where they are missing."""
    field, encoding = header.get("1", "|"), header.get("2", "^~\\&")
    if not isinstance(field, str) or not isinstance(encoding, str):
        raise EncodeError("hl7.separators", "The separators of a header are texts.", place=place)
    try:
        return separators_from(field, encoding, place)
    except DecodeError as failure:
        raise EncodeError(failure.code, failure.message, hint=failure.hint, place=place) from None


def _flat_lines(record: Record, writer: FieldWriter) -> list[str]:
    listed = record[SEGMENTS]
    lines: list[str] = []
    for item in listed if isinstance(listed, list) else ():
        if not isinstance(item, dict) or len(item) != 1:
            raise Fault("segment_not_object", "A segment of the list is not an object with one key, its id.")
        ((name, segment),) = item.items()
        if not ID.fullmatch(name) or (name in HEADERS and lines):
            raise Fault("bad_segment", "The id of a segment is three capital letters or digits.")
        lines.append(writer.segment(name, segment))
    return lines
