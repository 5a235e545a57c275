"""Records to interchanges: envelopes are opened and closed as they change from record to record.

What the record says of its envelope (ISA, GS, ST) is written; the options fill what it leaves open; control
numbers that nobody gave are asked for, counts are always ours. Records that were cut out of one large message
(``_part``) become one message again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from integrations.errors import EncodeError
from integrations.formats.codec import Numbers, Record
from integrations.formats.segments.assemble import PART, Fault
from integrations.formats.segments.flatten import Flattener
from integrations.formats.segments.interchange import counting
from integrations.formats.segments.parts import Part
from integrations.formats.segments.reading import SEGMENTS
from integrations.formats.x12 import tables, values
from integrations.formats.x12.framing import Marks
from integrations.formats.x12.hierarchy import loop_key, unnest
from integrations.formats.x12.options import X12Options
from integrations.formats.x12.parts import place_of_parts
from integrations.formats.x12.reading import dialect_of
from integrations.formats.x12.segments import BINARY, KEYS, Dialect
from integrations.formats.x12.written import compile_write, write_any

ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)

_SKIPS = frozenset({"ISA", "GS", "SE"})
_LINE_ENDS = {"none": "", "lf": "\n", "crlf": "\r\n"}


@lru_cache(maxsize=32)
def flattener_of(set_name: str, dialect: Dialect) -> Flattener:
    """Compile a set for writing in a dialect."""
    whole = tables.set_facts(set_name).tree
    tree = replace(whole, children=tuple(child for child in whole.children if child.key != "SE"))
    write_of = lru_cache(maxsize=None)(lambda name: compile_write(name, dialect))
    return Flattener(
        tree, write_of, lambda name, parts: write_any(name, parts, dialect), _SKIPS, has_trailer=False
    )


@lru_cache(maxsize=2048)
def _write_of(name: str, dialect: Dialect) -> Callable[[Any], str]:
    return compile_write(name, dialect)


class Writing:
    """The state of writing one document.

    numbers: gives control numbers; without it they count from 1. now: when it is made, where the records do
    not say; without it they must.
    """

    def __init__(
        self, options: X12Options, numbers: Numbers | None = None, now: datetime | None = None
    ) -> None:
        self.made = (now.strftime("%Y%m%d"), now.strftime("%H%M")) if now else ("", "")
        self.options = options
        self.numbers = numbers or counting()
        self.line_end = _LINE_ENDS[options.separators.line_end]
        self.marks = Marks("", "", "", "")
        self.record = 0
        self._isa_source: object = None
        self._gs_source: object = None
        self._interchange = self._group = self._version = ""
        self._is_open = self._has_group = False
        self._groups = self._messages = 0
        self._part: Part | None = None

    def write(self, records: Iterable[Record]) -> Iterator[bytes]:
        """Yield the document, at least one piece for each record."""
        for record in records:
            self.record += 1
            try:
                yield self._encode(self._segments(record))
            except Fault as fault:
                raise self._error(fault) from None
        yield self._encode([*self._end_message(), *self._end_group(), *self._end_interchange()])

    def _segments(self, record: Record) -> list[str]:
        start = record.get("ST")
        if "TA1" in record and start is None:
            opened = self._open_interchange(record)
            return [*opened, _write_of("TA1", self._dialect())(record["TA1"])]
        if not isinstance(start, dict) or not isinstance(start.get("01"), str):
            raise Fault(
                "no_set",
                "The record does not say which transaction set it is.",
                segment="ST",
                element="01",
                hint='For a purchase order: "ST": {"01": "850"}.',
            )
        if self._part is not None and self._part.goes_on(record):
            return self._next_part(self._part, record, start)
        return [
            *self._end_message(),
            *self._open_interchange(record),
            *self._open_group(record, str(start["01"])),
            *self._message(record, start),
        ]

    def _dialect(self) -> Dialect:
        return dialect_of(self.marks, self._version, self.options)

    def _message(self, record: Record, start: dict[str, Any]) -> list[str]:
        self._messages += 1
        number = start.get("02")
        if number is None:
            number = f"{self.numbers('message'):04}"
            record = {**record, "ST": {"01": start["01"], "02": number, **start}}
        version = str(start.get("03") or self._version)
        body = self._body(record, str(start["01"]), version)
        place = place_of_parts(record, version, self.options)
        self._part = Part(record, body, str(number), place, header="ST", mark=self.marks.element)
        return [*body] if PART in record else [*body, *self._end_message()]

    def _body(self, record: Record, transaction_set: str, version: str) -> list[str]:
        flattener = self._flattener(transaction_set, version)
        if flattener is None or SEGMENTS in record:
            return _flat(record, dialect_of(self.marks, version, self.options))
        name = tables.set_name(transaction_set, self.options.guide or version)
        return flattener.flatten(unnest(record, loop_key(tables.set_facts(name).tree)))

    def _flattener(self, transaction_set: str, version: str) -> Flattener | None:
        name = tables.set_name(transaction_set, self.options.guide or version)
        return flattener_of(name, dialect_of(self.marks, version, self.options)) if name else None

    def _next_part(self, part: Part, record: Record, start: dict[str, Any]) -> list[str]:
        own = part.own(record)
        if own is not None:
            return own
        said = str(start["01"]), str(start.get("03") or self._version)
        return part.follow(record, self._body(record, *said), self._flattener(*said))

    def _end_message(self) -> list[str]:
        part, self._part = self._part, None
        if part is None:
            return []
        return [self.marks.element.join(("SE", str(part.count + 1), part.number))]

    def _open_interchange(self, record: Record) -> list[str]:
        source = record.get("ISA") or {}
        if self._is_open and source == self._isa_source:
            return []
        if not isinstance(source, dict):
            raise Fault("wrong_shape", "What stands under ISA is not an object.", segment="ISA")
        closed = [*self._end_group(), *self._end_interchange()]
        header = self._header(source, record)
        self._isa_source, self._is_open = source, True
        self._interchange = header[12]
        return [*closed, self.marks.element.join(("ISA", *header))]

    def _header(self, source: Mapping[str, Any], record: Record) -> list[str]:
        said = self.options.envelope
        marks = self.options.separators
        version = str(source.get("12") or said.interchange_version)
        repeats = version.strip() >= "00402"
        group = record.get("GS")
        day, time = self.made
        if isinstance(group, dict):
            day, time = str(group.get("04", day)), str(group.get("05", time))
        defaults = (
            *("00", "", "00", "", said.sender_qualifier, said.sender, said.receiver_qualifier, said.receiver),
            *(day[-6:], time[:4], marks.repetition if repeats else "U", version, "", ""),
            *(said.usage, marks.component),
        )
        header = [
            values.plain(source[key]) if key in source else default
            for key, default in zip(KEYS, defaults, strict=False)
        ]
        # A document may have been read with separators that are others' here: then ours are written.
        taken = marks.element + marks.segment
        header[15] = marks.component if header[15] in taken else header[15]
        header[10] = marks.repetition if repeats and header[10].strip() in taken + header[15] else header[10]
        header[12] = header[12] or f"{self.numbers('interchange'):09}"
        header[13] = header[13] or str(int(said.wants_acknowledgement))
        self._check_header(header)
        sign = header[10].strip()
        self.marks = Marks(
            marks.element,
            header[15],
            sign if repeats and len(sign) == 1 and not sign.isalnum() else "",
            marks.segment,
        )
        return header

    def _check_header(self, header: list[str]) -> None:
        marks = self.options.separators
        if not header[8] or not header[9]:
            raise Fault(
                "no_date",
                "The record does not say when the interchange was made.",
                segment="ISA",
                element="09",
                hint='Give "ISA": {"09": "YYMMDD", "10": "HHMM"}, or "04" and "05" of GS.',
            )
        for at, width in enumerate(ISA_WIDTHS):
            if self.options.pads_isa:
                header[at] = header[at].zfill(width) if at == 12 else header[at].ljust(width)
                if len(header[at]) > width:
                    raise Fault("too_long", f"It holds {width} characters.", segment="ISA", element=KEYS[at])
            if marks.element in header[at] or marks.segment in header[at]:
                raise Fault(
                    "separator",
                    "The header holds a character that is a separator.",
                    segment="ISA",
                    element=KEYS[at],
                    hint="Choose other separators.",
                )
        if len(header[15]) != 1:
            raise Fault(
                "separator", "ISA16 must be the one component separator.", segment="ISA", element="16"
            )

    def _open_group(self, record: Record, transaction_set: str) -> list[str]:
        source = record.get("GS") or {"01": tables.functional_group(transaction_set)}
        if self._has_group and source == self._gs_source:
            return []
        if not isinstance(source, dict):
            raise Fault("wrong_shape", "What stands under GS is not an object.", segment="GS")
        closed = self._end_group()
        said = self.options.envelope
        interchange = record.get("ISA")
        made = interchange if isinstance(interchange, dict) else {}
        day = str(made.get("09", self.made[0][2:]))
        century = "20" if day < "70" else "19"
        defaults = {
            "01": tables.functional_group(transaction_set),
            "02": said.sender_code or said.sender or str(made.get("06", "")).strip(),
            "03": said.receiver_code or said.receiver or str(made.get("08", "")).strip(),
            "04": century + day,
            "05": str(made.get("10", self.made[1])),
            "06": "",
            "07": "X",
            "08": said.version,
        }
        header: dict[str, Any] = {**defaults, **source}
        header["06"] = header["06"] or str(self.numbers("group"))
        self._group, self._version = str(header["06"]), str(header["08"])
        self._gs_source, self._has_group, self._messages = source, True, 0
        self._groups += 1
        parts = [values.plain(header[key]) for key in sorted(header)]
        text = self.marks.element.join(("GS", *parts))
        if text.count(self.marks.element) != len(parts) or self.marks.segment in text:
            raise Fault("separator", "The group header holds a separator.", segment="GS")
        return [*closed, text]

    def _end_group(self) -> list[str]:
        if not self._has_group:
            return []
        self._has_group = False
        return [self.marks.element.join(("GE", str(self._messages), self._group))]

    def _end_interchange(self) -> list[str]:
        if not self._is_open:
            return []
        self._is_open, groups, self._groups = False, self._groups, 0
        return [self.marks.element.join(("IEA", str(groups), self._interchange))]

    def _encode(self, segments: list[str]) -> bytes:
        end = self.options.separators.segment + self.line_end
        text = end.join([*segments, ""])
        try:
            return text.encode(self.options.encoding)
        except UnicodeEncodeError:
            return b"".join(self._encode_one(segment) + end.encode() for segment in segments)

    def _encode_one(self, segment: str) -> bytes:
        name = segment[:3]
        try:
            return segment.encode(self.options.encoding, "surrogateescape" if name in BINARY else "strict")
        except UnicodeEncodeError:
            fault = Fault(
                "encoding",
                f"A text holds a character that {self.options.encoding} does not have.",
                segment=segment.split(self.marks.element, 1)[0],
            )
            raise self._error(fault) from None

    def _error(self, fault: Fault) -> EncodeError:
        place = f"record {self.record}"
        if fault.segment:
            place += f", segment {fault.segment[:8]}"
        if fault.element:
            place += f", element {fault.element}"
        return EncodeError(f"x12.{fault.code}", fault.message, place=place, hint=fault.hint)


def _flat(record: Record, dialect: Dialect) -> list[str]:
    """Write a set that the tables do not know from its list of segments."""
    out = [_write_of("ST", dialect)(record["ST"])]
    listed = record.get(SEGMENTS, [])
    if not isinstance(listed, list):
        raise Fault("wrong_shape", "What stands under segments is not a list.")
    for segment in listed:
        name = segment.get("id") if isinstance(segment, dict) else None
        if not isinstance(segment, dict) or not isinstance(name, str) or not name.isalnum():
            raise Fault("wrong_shape", "A segment of the list has no id.", hint='{"id": "REF", "01": …}')
        elements = {key: value for key, value in segment.items() if key != "id"}
        out.append(_write_of(name, dialect)(elements))
    return out
