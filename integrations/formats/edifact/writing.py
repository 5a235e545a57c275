"""Records to interchanges: envelopes are opened and closed as they change from record to record.

What the record says of its envelope (UNB, UNG, UNH) is written; the options fill what it leaves open;
references that nobody gave are asked for, counts are always ours. Records that were cut out of one large
message (``_part``) become one message again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from integrations.errors import EncodeError
from integrations.formats.codec import Numbers, Record
from integrations.formats.edifact import tables
from integrations.formats.edifact.charsets import encoding_of
from integrations.formats.edifact.elements import Dialect
from integrations.formats.edifact.envelope import Kind, kind_of_record
from integrations.formats.edifact.framing import Marks
from integrations.formats.edifact.options import EdifactOptions
from integrations.formats.edifact.reading import dialect_of, name_of
from integrations.formats.edifact.written import compile_write
from integrations.formats.edifact.written_carefully import write_any
from integrations.formats.segments.assemble import PART, Fault
from integrations.formats.segments.flatten import Flattener
from integrations.formats.segments.interchange import counting
from integrations.formats.segments.parts import NOWHERE, Part, Place, find_group, place_in
from integrations.formats.segments.reading import SEGMENTS

_SKIPS = frozenset({"UNB", "UNG", "UNT"})
_LINE_ENDS = {"none": "", "lf": "\n", "crlf": "\r\n"}
_USUAL_UNA = "UNA:+.? '"


@lru_cache(maxsize=32)
def flattener_of(message_name: str, dialect: Dialect) -> Flattener:
    """Compile a message for writing in a dialect."""
    whole = tables.message_facts(message_name).tree
    tree = replace(whole, children=tuple(child for child in whole.children if child.key != "UNT"))
    write_of = lru_cache(maxsize=None)(lambda name: compile_write(name, dialect))
    return Flattener(
        tree, write_of, lambda name, parts: write_any(name, parts, dialect), _SKIPS, has_trailer=False
    )


@lru_cache(maxsize=2048)
def _write_of(name: str, dialect: Dialect) -> Callable[[Any], str]:
    return compile_write(name, dialect)


class Writing:
    """The state of writing one document.

    numbers: gives references; without it they count from 1. now: when it is made, where the records do not
    say; without it they must.
    """

    def __init__(
        self, options: EdifactOptions, numbers: Numbers | None = None, now: datetime | None = None
    ) -> None:
        self.options = options
        self.numbers = numbers or counting()
        self.now = now
        self.line_end = _LINE_ENDS[options.separators.line_end]
        self.marks = self._marks(options.envelope.syntax, options.envelope.syntax_version)
        self.encoding = encoding_of(options.envelope.syntax, options.encoding)
        self.record = 0
        self._unb_source: object = None
        self._ung_source: object = None
        # As the records have them, which may be of an odd shape.
        self._interchange: Any = ""
        self._group: Any = ""
        self._message_reference: Any = ""
        self._is_open = self._has_group = self._has_una = False
        self._groups = self._messages = self._in_group = 0
        self._open: Part | None = None

    def write(self, records: Iterable[Record]) -> Iterator[bytes]:
        """Yield the document, at least one piece for each record."""
        for record in records:
            self.record += 1
            try:
                closed = self._closing(record)
                if closed:
                    yield self._encode(closed)
                yield self._encode(self._segments(record))
            except Fault as fault:
                raise self._error(fault) from None
        try:
            yield self._encode([*self._end_message(), *self._end_group(), *self._end_interchange()])
        except Fault as fault:
            raise self._error(fault) from None

    def _marks(self, syntax: str, version: str) -> Marks:
        said = self.options.separators
        return Marks(
            said.component,
            said.element,
            said.decimal,
            said.release,
            said.repetition if version >= "4" else "",
            said.segment,
            syntax,
            version,
        )

    def _closing(self, record: Record) -> list[str]:
        """Close what the record does not belong to any more, in the encoding that it has."""
        if self._open is not None and self._open.goes_on(record):
            return []
        closed = self._end_message()
        source = record.get("UNB") or {}
        if self._is_open and source != self._unb_source:
            return [*closed, *self._end_group(), *self._end_interchange()]
        if self._has_group and self._group_of(record) != self._ung_source:
            return [*closed, *self._end_group()]
        return closed

    def _group_of(self, record: Record) -> object:
        found = record.get("UNG")
        return {} if found is None and self.options.groups == "always" else found

    def _segments(self, record: Record) -> list[str]:
        if self._open is not None:
            return self._next_part(self._open, record)
        start = record.get("UNH")
        if not isinstance(start, dict):
            raise Fault(
                "no_message",
                "The record does not say which message it is.",
                segment="UNH",
                hint='For an order: "UNH": {"S009": {"0065": "ORDERS"}}.',
            )
        return [
            *self._open_interchange(record),
            *self._open_group(record, start),
            *self._message(record, start),
        ]

    def _message(self, record: Record, start: Mapping[str, Any]) -> list[str]:
        self._messages += 1
        self._in_group += 1
        reference = start.get("0062")
        if reference is None:
            reference = str(self.numbers("message"))
        if SEGMENTS not in record or "S009" in start:
            start = {**start, "S009": self._identifier(start)}
        header = {"0062": reference, **start}
        record = {**record, "UNH": header}
        self._message_reference = reference
        body = self._body(record)
        place = self._place_of_parts(record) if PART in record else NOWHERE
        self._open = Part(record, body, str(reference), place, header="UNH", mark=self.marks.element)
        return [*body] if PART in record else [*body, *self._end_message()]

    def _identifier(self, start: Mapping[str, Any]) -> dict[str, Any]:
        """Give S009, filled up from the options where the record says only which message."""
        said = start.get("S009", {})
        if not isinstance(said, dict):
            raise Fault("wrong_shape", "What stands under S009 is not an object.", segment="UNH")
        named = {"0065": self.options.message, **said}
        if not named["0065"] and said.keys() <= {"0065"}:
            raise Fault(
                "no_message",
                "The record does not say which message it is.",
                segment="UNH",
                element="S009/0065",
                hint='For an order: "UNH": {"S009": {"0065": "ORDERS"}}.',
            )
        if said.keys() - {"0065"}:
            return {key: value for key, value in named.items() if value != "" or key in said}
        given = self.options.envelope
        if named["0065"] == "CONTRL":
            version, release = ("4", "1") if self.marks.version >= "4" else ("D", "3")
            return {**named, "0052": version, "0054": release, "0051": "UN"}
        filled = {"0052": given.version, "0054": given.release, "0051": given.agency}
        return {**named, **filled, **({"0057": given.association} if given.association else {})}

    def _facts(self, record: Record) -> tuple[str, Dialect]:
        start = record.get("UNH")
        kind = kind_of_record(start) if isinstance(start, dict) else Kind()
        name = name_of(kind, self.options)
        return name, dialect_of(self.marks, kind, name, self.options)

    def _body(self, record: Record) -> list[str]:
        name, dialect = self._facts(record)
        if name and SEGMENTS not in record:
            return flattener_of(name, dialect).flatten(record)
        return _flat(record, dialect)

    def _place_of_parts(self, record: Record) -> Place:
        name, _ = self._facts(record)
        tree = tables.message_facts(name).tree if name else None
        group = find_group(tree, self.options.split_at) if tree else None
        return place_in(tree, group.key) if tree and group else NOWHERE

    def _next_part(self, part: Part, record: Record) -> list[str]:
        own = part.own(record)
        if own is not None:
            return own
        name, dialect = self._facts(record)
        return part.follow(record, self._body(record), flattener_of(name, dialect) if name else None)

    def _end_message(self) -> list[str]:
        message, self._open = self._open, None
        if message is None:
            return []
        return [_write_of("UNT", self._plain())({"0074": message.count + 1, "0062": self._message_reference})]

    def _plain(self) -> Dialect:
        return Dialect("d96a", self.marks, self.options.values == "typed", keeps_invalid=True)

    def _open_interchange(self, record: Record) -> list[str]:
        source = record.get("UNB") or {}
        if not isinstance(source, dict):
            raise Fault("wrong_shape", "What stands under UNB is not an object.", segment="UNB")
        if self._is_open:
            return []
        una = self._una()
        self._unb_source, self._is_open = source, True
        if self.options.interchange == "without":
            return una
        header = self._header(source)
        syntax = header["S001"] if isinstance(header["S001"], dict) else {}
        name, version = str(syntax.get("0001", "")), str(syntax.get("0002", "3"))[:1]
        self.marks = self._marks(name, version)
        self.encoding = encoding_of(name, self.options.encoding)
        self._interchange = header["0020"]
        return [*self._una(), _write_of("UNB", self._plain())(header)]

    def _una(self) -> list[str]:
        """Give the service string advice, without its last character, which ends it as it does a segment."""
        marks = self.marks
        told = f"UNA{marks.component}{marks.element}{marks.decimal}{marks.release}{marks.repetition or ' '}"
        usual = _USUAL_UNA[:-1] if not marks.repetition else "UNA:+.?*"
        is_usual = told == usual and marks.segment == "'"
        return (
            [] if self.options.una == "never" or (self.options.una == "when needed" and is_usual) else [told]
        )

    def _header(self, source: Mapping[str, Any]) -> dict[str, Any]:
        said = self.options.envelope
        filled: dict[str, Any] = {
            "S001": {"0001": said.syntax, "0002": said.syntax_version},
            "S002": _party("0004", said.sender, said.sender_qualifier),
            "S003": _party("0010", said.receiver, said.receiver_qualifier),
            "S004": self._moment(source.get("S001")),
            "0020": "",
            "0026": said.application,
            "0031": "1" if said.wants_acknowledgement else "",
            "0032": said.agreement,
            "0035": "1" if said.is_test else "",
        }
        # Of a header that came with a document, what it left out is left out.
        taken = ("S002", "S003", "S004", "0020") if "S001" in source else tuple(filled)
        header = {**{key: filled[key] for key in taken if filled[key] and key not in source}, **source}
        if "S004" not in header and "S001" not in source:
            raise Fault(
                "no_date",
                "The record does not say when the interchange was made.",
                segment="UNB",
                element="S004",
                hint='Give "UNB": {"S004": {"0017": "YYMMDD", "0019": "HHMM"}}.',
            )
        if "0020" not in header:
            header["0020"] = str(self.numbers("interchange"))
        return header

    def _moment(self, syntax: object) -> dict[str, str]:
        """Give S004: the date has a century from version 4 on."""
        if self.now is None:
            return {}
        version = str(syntax.get("0002", "3")) if isinstance(syntax, dict) else self.marks.version
        return {
            "0017": self.now.strftime("%Y%m%d" if version >= "4" else "%y%m%d"),
            "0019": self.now.strftime("%H%M"),
        }

    def _end_interchange(self) -> list[str]:
        if not self._is_open:
            return []
        self._is_open, groups, messages = False, self._groups, self._messages
        self._groups = self._messages = 0
        if self.options.interchange == "without":
            return []
        end = {"0036": groups or messages, "0020": self._interchange}
        return [_write_of("UNZ", self._plain())(end)]

    def _open_group(self, record: Record, start: Mapping[str, Any]) -> list[str]:
        source = self._group_of(record)
        if source is None or self._has_group:
            return []
        if not isinstance(source, dict):
            raise Fault("wrong_shape", "What stands under UNG is not an object.", segment="UNG")
        header = self._group_header(source, record, start)
        self._group = header["0048"]
        self._ung_source, self._has_group, self._in_group = source, True, 0
        self._groups += 1
        return [_write_of("UNG", self._plain())(header)]

    def _group_header(
        self, source: Mapping[str, Any], record: Record, start: Mapping[str, Any]
    ) -> dict[str, Any]:
        named = self._identifier(start)
        said, interchange = self.options.envelope, record.get("UNB")
        made = interchange if isinstance(interchange, dict) else {}
        version = {"0052": named.get("0052", ""), "0054": named.get("0054", "")}
        filled: dict[str, Any] = {
            "0038": named["0065"],
            "S006": _party("0040", said.sender, said.sender_qualifier),
            "S007": _party("0044", said.receiver, said.receiver_qualifier),
            "S004": made.get("S004") or self._moment(made.get("S001")),
            "0051": named.get("0051", ""),
            "S008": version,
        }
        header = (
            {**source}
            if "0038" in source
            else {**{key: held for key, held in filled.items() if held}, **source}
        )
        return header if "0048" in header else {**header, "0048": str(self.numbers("group"))}

    def _end_group(self) -> list[str]:
        if not self._has_group:
            return []
        self._has_group = False
        return [_write_of("UNE", self._plain())({"0060": self._in_group, "0048": self._group})]

    def _encode(self, segments: list[str]) -> bytes:
        end = self.marks.segment + self.line_end
        text = end.join([*segments, ""])
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError:
            bad = next(segment for segment in segments if not _fits(segment, self.encoding))
        raise self._error(
            Fault(
                "encoding",
                f"A text holds a character that {self.encoding} does not have.",
                segment=bad.split(self.marks.element, 1)[0],
                hint="UNOW and UNOY hold every character.",
            )
        )

    def _error(self, fault: Fault) -> EncodeError:
        place = f"record {self.record}"
        if fault.segment:
            place += f", segment {fault.segment[:8]}"
        if fault.element:
            place += f", element {fault.element}"
        return EncodeError(f"edifact.{fault.code}", fault.message, place=place, hint=fault.hint)


def _party(key: str, name: str, qualifier: str) -> dict[str, str]:
    if not name:
        return {}
    return {key: name, **({"0007": qualifier} if qualifier else {})}


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _flat(record: Record, dialect: Dialect) -> list[str]:
    """Write a message that the tables do not know from its list of segments."""
    out = [_write_of("UNH", dialect)(record["UNH"])]
    listed = record.get(SEGMENTS, [])
    if not isinstance(listed, list):
        raise Fault("wrong_shape", "What stands under segments is not a list.")
    for segment in listed:
        name = segment.get("id") if isinstance(segment, dict) else None
        if not isinstance(segment, dict) or not isinstance(name, str) or not name.isalnum():
            raise Fault("wrong_shape", "A segment of the list has no id.", hint='{"id": "RFF", "C506": …}')
        out.append(_write_of(name, dialect)({key: value for key, value in segment.items() if key != "id"}))
    return out
