"""Records → IDoc lines: names and numbers of segments are made where a record does not say them."""

from collections.abc import Iterable, Iterator

from integrations.errors import EncodeError
from integrations.formats.codec import Record, Value
from integrations.formats.idoc.options import SDATA_LENGTH, IdocOptions
from integrations.formats.idoc.reading import NUMBERS, expected_numbers
from integrations.formats.idoc.structure import HEAD_LENGTH, Message, Segment, control_segment, message_of
from integrations.formats.segments.assemble import Fault

_OWN = {"_rest", "_segment", "_position", *NUMBERS}
_WIDTHS = (3, 16, 6, 6, 2)
_MAX_DEPTH = 90


class _Found:
    """A segment to be written and the place where it stands. number: of its line, once all are in order."""

    def __init__(self, name: str, fields: Record, parent: "_Found | None", place: str) -> None:
        self.name = name
        self.fields = fields
        self.parent = parent
        self.place = place
        self.depth: int = parent.depth + 1 if parent else 1
        self.number = ""


def write_idocs(records: Iterable[Record], options: IdocOptions) -> Iterator[bytes]:
    """Yield the lines of each record. Raises EncodeError with record and segment."""
    end = {"lf": "\n", "crlf": "\r\n", "none": ""}[options.line_end]
    for number, record in enumerate(records, 1):
        text = end.join([*_lines(record, f"record {number}", options), ""])
        try:
            yield text.encode(options.encoding)
        except UnicodeEncodeError:
            raise EncodeError(
                "idoc.encoding",
                f"A field holds a character that {options.encoding} does not have.",
                place=f"record {number}",
            ) from None


def _lines(record: Record, place: str, options: IdocOptions) -> Iterator[str]:
    control = record.get("control")
    if not isinstance(control, dict):
        raise EncodeError("idoc.control", "An IDoc needs its control record.", place=f"{place}, control")
    fields = {"TABNAM": "EDI_DC40", **_texts(control, f"{place}, control")}
    yield _filled(control_segment(), fields, f"{place}, control")
    message = message_of(options.message or fields.get("IDOCTYP", ""), options)
    found = list(_segments(record, None, place))
    positions = [item.fields.get("_position") for item in found]
    if found and all(isinstance(position, int) for position in positions):
        found = [item for _, item in sorted(zip(positions, found, strict=True), key=_by_position)]
    for number, item in enumerate(found, 1):
        yield _segment_line(item, number, fields, (message, options))


def _by_position(pair: tuple[Value, _Found]) -> int:
    return pair[0] if isinstance(pair[0], int) else 0


def _segments(owner: Record, parent: _Found | None, place: str) -> Iterator[_Found]:
    for name, value in owner.items():
        if isinstance(value, dict) and not (parent is None and name == "control"):
            value = [value]  # noqa: PLW2901  one segment may come without its list
        if not isinstance(value, list):
            if parent is None and name != "control":
                raise EncodeError(
                    "idoc.not_a_segment", "A list of segments was expected.", place=f"{place}, segment {name}"
                )
            continue
        for index, fields in enumerate(value, 1):
            here = f"{place}, segment {name}[{index}]"
            if not isinstance(fields, dict):
                raise EncodeError("idoc.not_a_segment", "A segment is an object of fields.", place=here)
            found = _Found(name, fields, parent, here)
            if found.depth > _MAX_DEPTH:
                raise EncodeError("idoc.too_deep", "Segments are nested too deeply.", place=here)
            yield found
            yield from _segments(fields, found, here)


def _segment_line(item: _Found, number: int, control: dict[str, str], by: tuple[Message, IdocOptions]) -> str:
    message, options = by
    known = message.segments.get(item.name)
    texts = _texts(item.fields, item.place)
    parent = item.parent.number if item.parent is not None else "000000"
    expected = expected_numbers(control, number, parent, item.depth)
    numbers = [
        f"{texts.pop(key, wanted):{width}}"
        for key, wanted, width in zip(NUMBERS, expected, _WIDTHS, strict=True)
    ]
    item.number = numbers[2]
    default = known.written if known else _default_name(item.name)
    head = f"{texts.pop('_segment', default):30}" + "".join(numbers)
    if len(head) != HEAD_LENGTH:
        raise EncodeError("idoc.too_long", "A name or number of the segment is too long.", place=item.place)
    rest = texts.pop("_rest", "")
    data = _filled(known, texts, item.place) + rest if known else _raw(texts, item.place)
    if len(data) > SDATA_LENGTH:
        raise EncodeError(
            "idoc.too_long", f"The segment is longer than {SDATA_LENGTH} characters.", place=item.place
        )
    if options.padding == "full" or options.line_end == "none":
        return head + data.ljust(SDATA_LENGTH)
    return head + (data.rstrip(" ") if options.padding == "none" else data)


def _default_name(name: str) -> str:
    return name[0] + "2" + name[2:] if name[1:2] == "1" else name


def _raw(texts: dict[str, str], place: str) -> str:
    if texts.keys() - {"SDATA"}:
        raise EncodeError(
            "idoc.unknown_segment",
            "The segment is not known, so only its data as a whole (SDATA) can be written.",
            hint="Describe the segment in the options, or import its description from SAP.",
            place=place,
        )
    return texts.get("SDATA", "")


def _texts(fields: Record, place: str) -> dict[str, str]:
    """Take the fields of a segment, not the segments below it; null is a blank field."""
    texts: dict[str, str] = {}
    for name, value in fields.items():
        if name == "_position" or isinstance(value, list | dict) or value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise EncodeError("idoc.not_text", "A text was expected.", place=f"{place}, field {name}")
        text = str(value)
        if "\n" in text or "\r" in text or "\0" in text:
            raise EncodeError(
                "idoc.line_end", "A text holds a line end or NUL.", place=f"{place}, field {name}"
            )
        texts[name] = text
    return texts


def _filled(segment: Segment, texts: dict[str, str], place: str) -> str:
    try:
        return segment.fill(texts)
    except Fault as fault:
        raise EncodeError(
            f"idoc.{fault.code}", fault.message, place=f"{place}, field {fault.element}"
        ) from None
