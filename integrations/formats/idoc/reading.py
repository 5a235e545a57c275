"""Lines → IDocs: each control record begins one, and its segments are nested below it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Bad, Limits, Record
from integrations.formats.idoc.options import SDATA_LENGTH, IdocOptions
from integrations.formats.idoc.structure import (
    CONTROL,
    CONTROL_LENGTH,
    HEAD_LENGTH,
    Message,
    control_segment,
    message_of,
    type_name,
)

_MARK = b"\xef\xbb\xbf"
Line = tuple[int, int, bytes]
"""Number from 1, offset in the file, bytes without the line end."""


@dataclass(slots=True)
class Data:
    """A data record. depth: of nesting, 1 for those of the IDoc itself."""

    line: int
    offset: int
    raw: bytes
    written: str
    name: str
    numbers: tuple[str, str, str, str, str]
    text: str
    depth: int = 1
    parent: "Data | None" = None
    children: list["Data"] = field(default_factory=list)


@dataclass(slots=True)
class Idoc:
    """One IDoc as it stands in a file: its control record and its data records, nested."""

    line: int
    offset: int
    raw: bytes
    control: dict[str, str]
    message: Message
    items: list[Data]

    @property
    def whole(self) -> list[bytes]:
        """Its lines."""
        return [self.raw, *(item.raw for item in self.items)]


def cut_lines(chunks: Iterable[bytes], options: IdocOptions, limits: Limits) -> Iterator[Line]:
    """Yield lines that are not blank. Raises LimitError for one without end."""
    blocks = codec.blocks(chunks, limits, "idoc")
    if options.line_end == "none":
        yield from _unended(blocks)
        return
    number, offset, rest = 1, 0, b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            if line.strip(b"\r "):
                yield number, offset, line
            number += 1
            offset += len(line) + 1
        if len(rest) > limits.max_record_bytes:
            raise codec.record_too_large("idoc", limits, f"line {number}")
    if rest.strip(b"\r\x1a "):
        yield number, offset, rest


def _unended(blocks: Iterator[bytes]) -> Iterator[Line]:
    number, offset, data = 1, 0, b""
    for block in blocks:
        data += block
        at = 0
        while True:
            length = _length_at(data, at)
            if len(data) - at < length:
                break
            yield number, offset + at, data[at : at + length]
            number += 1
            at += length
        data = data[at:]
        offset += at
    if data.strip(b"\r\n\x1a "):
        yield number, offset, data


def _length_at(data: bytes, at: int) -> int:
    is_control = data.startswith(CONTROL.encode("ascii"), at) or len(data) - at < len(CONTROL)
    return CONTROL_LENGTH if is_control else HEAD_LENGTH + SDATA_LENGTH


def read_idocs(
    chunks: Iterable[bytes], options: IdocOptions, limits: Limits, bad: Bad | None
) -> Iterator[Idoc]:
    """Yield the IDocs of a file. With `bad`, the first fault of one is handed over and the next is read."""
    number = 0
    for number, lines in enumerate(_groups(cut_lines(chunks, options, limits), limits), 1):
        if number > limits.max_records:
            raise codec.too_many_records("idoc", limits, f"line {lines[0][0]}")
        try:
            yield _idoc(lines, options)
        except DecodeError as failure:
            if bad is None:
                raise
            bad(failure)
    if not number:
        raise DecodeError("idoc.empty", "The file has no records.", place="line 1")


def _groups(lines: Iterator[Line], limits: Limits) -> Iterator[list[Line]]:
    """Yield the lines of each IDoc: from a control record to the next."""
    group: list[Line] = []
    size = 0
    for line in lines:
        if group and line[2].removeprefix(_MARK).startswith(b"EDI_DC"):
            yield group
            group, size = [], 0
        group.append(line)
        size += len(line[2])
        if size > limits.max_record_bytes:
            raise codec.record_too_large("idoc", limits, f"line {line[0]}")
    if group:
        yield group


def _idoc(lines: list[Line], options: IdocOptions) -> Idoc:
    idoc = _begun(lines[0], options)
    idoc.items.extend(_data(line, options) for line in lines[1:])
    return nested(idoc, options)


def _text(line: Line, options: IdocOptions) -> str:
    number, offset, raw = line
    try:
        text = raw.decode(options.encoding).removeprefix("\ufeff").removesuffix("\r")
    except UnicodeDecodeError as failure:
        raise DecodeError(
            "idoc.encoding",
            f"The line is not text in {options.encoding}.",
            hint="Choose the encoding that the sender writes.",
            place=f"line {number}, offset {offset + failure.start}",
        ) from None
    if "\0" in text:
        raise DecodeError(
            "idoc.nul",
            "The line holds the character NUL.",
            place=f"line {number}, column {text.index(chr(0)) + 1}",
        )
    return text


def _begun(line: Line, options: IdocOptions) -> Idoc:
    text = _text(line, options)
    if not text.startswith("EDI_DC"):
        raise DecodeError(
            "idoc.no_control",
            "The file does not begin with a control record.",
            hint="Its first line begins with EDI_DC40.",
            place=f"line {line[0]}, column 1",
        )
    if not text.startswith(CONTROL):
        raise DecodeError(
            "idoc.control",
            "The control record is not of the kind EDI_DC40.",
            hint="Let the sender use the port version 4 (SAP release 4.x or later).",
            place=f"line {line[0]}, column 1",
        )
    if text[CONTROL_LENGTH:].strip(" "):
        raise DecodeError(
            "idoc.control_long",
            f"The control record has {len(text)} characters instead of {CONTROL_LENGTH}.",
            place=f"line {line[0]}, column {CONTROL_LENGTH + 1}",
        )
    control = control_segment().cut(text)
    message = message_of(options.message or control.get("IDOCTYP", ""), options)
    return Idoc(line[0], line[1], line[2], control, message, [])


def _data(line: Line, options: IdocOptions) -> Data:
    place = f"line {line[0]}"
    text = _text(line, options)
    written = text[:30].rstrip(" ")
    if len(text) < HEAD_LENGTH or not written or " " in written:
        raise DecodeError(
            "idoc.segment",
            f"A segment begins with {HEAD_LENGTH} characters that name and number it; this line does not.",
            hint="The line may have been cut or wrapped on its way.",
            place=f"{place}, column {min(len(text), HEAD_LENGTH) + 1}",
        )
    if len(text) > HEAD_LENGTH + SDATA_LENGTH and text[HEAD_LENGTH + SDATA_LENGTH :].strip(" "):
        raise DecodeError(
            "idoc.segment_long",
            f"The segment has {len(text)} characters; {HEAD_LENGTH + SDATA_LENGTH} are the most.",
            place=f"{place}, segment {written}, column {HEAD_LENGTH + SDATA_LENGTH + 1}",
        )
    numbers = (text[30:33], text[33:49], text[49:55], text[55:61], text[61:63])
    return Data(line[0], line[1], line[2], written, type_name(written), numbers, text[HEAD_LENGTH:])


def nested(idoc: Idoc, options: IdocOptions) -> Idoc:
    """Find the parent of each segment."""
    by_numbers = options.nesting == "numbers" or (options.nesting == "auto" and _are_true(idoc.items))
    find = _by_numbers() if by_numbers else _by_structure(idoc.message)
    for item in idoc.items:
        parent = find(item)
        if parent is not None:
            item.parent = parent
            item.depth = parent.depth + 1
            parent.children.append(item)
    return idoc


def _are_true(items: list[Data]) -> bool:
    """Whether the numbers of parents can be relied on: each names a segment before it, and some do."""
    seen = {"000000", "      "}
    nests = False
    for item in items:
        number, parent = item.numbers[2], item.numbers[3]
        if parent not in seen:
            return False
        nests = nests or parent not in {"000000", "      "}
        seen.add(number)
    return nests


def _by_numbers() -> Callable[[Data], Data | None]:
    found: dict[str, Data] = {}

    def find(item: Data) -> Data | None:
        parent = found.get(item.numbers[3]) if item.numbers[3].strip(" 0") else None
        found[item.numbers[2]] = item
        return parent

    return find


def _by_structure(message: Message) -> Callable[[Data], Data | None]:
    latest: dict[str, Data] = {}

    def find(item: Data) -> Data | None:
        known = message.segments.get(item.name)
        parent = latest.get(known.parent) if known and known.parent else None
        latest[item.name] = item
        return parent

    return find


def to_record(idoc: Idoc) -> Record:
    """Give an IDoc as a record: the control record, then lists of segments by their types."""
    record: Record = {"control": {**idoc.control}}
    is_natural = _in_order(idoc)
    made: dict[int, Record] = {}
    for number, item in enumerate(idoc.items, 1):
        fields = _fields(item, number, idoc)
        if not is_natural:
            fields["_position"] = number
        made[id(item)] = fields
        owner = made[id(item.parent)] if item.parent is not None else record
        siblings = owner.setdefault(item.name, [])
        if isinstance(siblings, list):
            siblings.append(fields)
    return record


def _in_order(idoc: Idoc) -> bool:
    """Whether writing the lists one after the other gives the segments in their order."""
    order: list[Data] = []

    def walk(items: list[Data]) -> None:
        groups: dict[str, list[Data]] = {}
        for item in items:
            groups.setdefault(item.name, []).append(item)
        for group in groups.values():
            for item in group:
                order.append(item)
                walk(item.children)

    walk([item for item in idoc.items if item.parent is None])
    return all(mine is theirs for mine, theirs in zip(order, idoc.items, strict=True))


def _fields(item: Data, number: int, idoc: Idoc) -> Record:
    """Take the fields, and of the name and numbers what a writer could not know."""
    known = idoc.message.segments.get(item.name)
    if known is None:
        fields: Record = {"SDATA": item.text.rstrip(" ")} if item.text.strip(" ") else {}
        written = item.name[0] + "2" + item.name[2:] if item.name[1:2] == "1" else item.name
    else:
        fields = {**known.cut(item.text)}
        written = known.written
        if rest := item.text[known.layout.width :].rstrip(" "):
            fields["_rest"] = rest
    if item.written != written:
        fields["_segment"] = item.written
    parent = item.parent.numbers[2] if item.parent is not None else "000000"
    expected = expected_numbers(idoc.control, number, parent, item.depth)
    for key, found, wanted in zip(NUMBERS, item.numbers, expected, strict=True):
        if found != wanted:
            fields[key] = found.rstrip(" ")
    return fields


NUMBERS = ("_mandt", "_docnum", "_segnum", "_psgnum", "_hlevel")


def expected_numbers(control: dict[str, str], number: int, parent: str, depth: int) -> tuple[str, ...]:
    """Give the five parts of a header as SAP writes them; the level of the control record counts as 01."""
    client, idoc = control.get("MANDT", ""), control.get("DOCNUM", "")
    return f"{client:3}", f"{idoc:16}", f"{number:06}", parent, f"{min(depth + 1, 99):02}"
