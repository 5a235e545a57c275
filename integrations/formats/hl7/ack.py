"""Acknowledgements: made for what was received, read for what was sent.

Original mode answers AA, AE or AR. Enhanced mode (MSH-15 or MSH-16 is valued) answers CA, CE or CR when
MSH-15 asks for it, otherwise AA, AE or AR when MSH-16 does. What is itself an answer (it has an MSA) gets
none, so that no two systems answer each other for ever.
Source: HL7 v2.8.2, chapter 2, sections 2.9.2 and 2.9.3.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from integrations.errors import DecodeError, InputError
from integrations.formats.codec import Acknowledge, Limits, Numbers, Outcome, Record, Value, blocks
from integrations.formats.hl7.check import (
    DATA_TYPE,
    INTERNAL,
    LABELS,
    SEQUENCE,
    Finding,
    findings,
)
from integrations.formats.hl7.fields import MAX_FIELDS
from integrations.formats.hl7.framing import CHARSETS, cut_messages
from integrations.formats.hl7.messages import (
    SEGMENTS,
    header_of,
    kind_of,
    read_message,
    write_message,
)
from integrations.formats.hl7.options import Hl7Options
from integrations.formats.hl7.separators import USUAL, Separators, separators_of

_PLACE = re.compile(r"segment (\d+) ([A-Z][A-Z0-9]{2})(?:, field (\d+)(?:\.(\d+))?)?")
_REJECTS = {"hl7.charset", "hl7.encoding", "hl7.separators", "hl7.no_header"}
Verdict: TypeAlias = Literal["accepted", "accepted with errors", "rejected"]
_ASKED = {"AL": (True, True), "NE": (False, False), "ER": (False, True), "SU": (True, False)}


def acknowledger(options: Hl7Options, limits: Limits) -> Acknowledge:
    """Compile the answering of a document: one acknowledgement for each message that asks for one."""

    def acknowledge(data: bytes, numbers: Numbers, now: datetime) -> bytes:
        return b"".join(Answering(options, limits, numbers, now).answers(data))

    return acknowledge


class Header:
    """What an answer needs of the MSH it answers; empty fields where it cannot be read."""

    def __init__(self, raw: bytes) -> None:
        line = re.split(r"[\r\n]", raw.decode("utf-8", "replace"), maxsplit=1)[0]
        self.separators: Separators = USUAL
        self.fields: list[str] = []
        try:
            if line.startswith("MSH"):
                self.separators = separators_of(line, "")
                self.fields = line.split(self.separators.field, MAX_FIELDS)
        except DecodeError:
            self.fields = []

    def field(self, number: int) -> str:
        """Give a field of MSH as it is written; empty where there is none."""
        return self.fields[number - 1] if len(self.fields) >= number else ""

    def components(self, number: int) -> Value:
        """Give a field with its components, as the writer takes it."""
        parts = self.field(number).split(self.separators.component)
        return {str(at): part for at, part in enumerate(parts, 1)} if any(parts) else ""


def mode_of(header: Header, *, is_good: bool, is_final: bool = False) -> str:
    """Tell which acknowledgement is wanted: A (application), C (accept), or none at all.

    A sender who wants no accept acknowledgement for this but an application one gets that at once. is_final:
    the outcome is known, so that an application acknowledgement is given where one is wanted.
    """
    accept, application = header.field(15), header.field(16)
    if not accept and not application:
        return "A"
    wanted = (("C", accept), ("A", application))
    for mode, asked in reversed(wanted) if is_final else wanted:
        if asked and _ASKED.get(asked, (True, True))[not is_good]:
            return mode
    return ""


def _has_answer(record: Record) -> bool:
    listed = record.get(SEGMENTS)
    if isinstance(listed, list):
        return any(isinstance(item, dict) and "MSA" in item for item in listed)
    return "MSA" in record


def finding_of(failure: InputError) -> Finding:
    """Tell a reader's error as the standard's tables do."""
    place = _PLACE.search(failure.place)
    code = SEQUENCE if failure.code in ("hl7.bad_segment", "hl7.unexpected", "hl7.no_header") else DATA_TYPE
    if place is None:
        return Finding(INTERNAL if failure.code.endswith("large") else code, failure.message, "MSH")
    field = ".".join(part for part in place.groups()[2:] if part)
    return Finding(code, failure.message, place[2], 1, field)


@dataclass(frozen=True, slots=True)
class Looked:
    """What the tables of the standard say of one message.

    verdict: A, E or R. is_answer: it acknowledges another message, so that none acknowledges it.
    """

    header: Header
    verdict: str
    found: list[Finding]
    is_answer: bool = False


class Answering:
    """The answering of one document."""

    def __init__(self, options: Hl7Options, limits: Limits, numbers: Numbers, now: datetime) -> None:
        self.options = options
        self.written = options.model_copy(update={"values": "typed", "grouping": "flat"})
        self.limits = limits
        self.numbers = numbers
        self.now = now.replace(microsecond=0)

    def answers(self, data: bytes) -> Iterator[bytes]:
        """Give an acknowledgement for each message that wants one."""
        count = 0
        try:
            for piece in cut_messages(blocks((data,), self.limits, "hl7"), self.limits):
                if piece.kind in ("MSH", ""):
                    count += 1
                    yield self._answer(piece.raw, count)
        except InputError as failure:
            yield self.write(Header(b""), "AR", [finding_of(failure)])

    def look(self, raw: bytes, number: int) -> Looked:
        """Judge one message. Raises nothing: what cannot be read is judged as that."""
        header = Header(raw)
        try:
            record = read_message(raw, number, self.options, self.limits)
        except InputError as failure:
            return Looked(header, "R" if failure.code in _REJECTS else "E", [finding_of(failure)])
        if _has_answer(record):
            return Looked(header, "A", [], is_answer=True)
        kind = kind_of(header.fields, header.separators, self.options)
        found = [self._weighed(item) for item in findings(record, kind, self.options)]
        return Looked(header, "E" if any(item.severity == "E" for item in found) else "A", found)

    def _answer(self, raw: bytes, number: int) -> bytes:
        looked = self.look(raw, number)
        mode = "" if looked.is_answer else mode_of(looked.header, is_good=looked.verdict == "A")
        return self.write(looked.header, mode + looked.verdict, looked.found) if mode else b""

    def _weighed(self, item: Finding) -> Finding:
        """Make a warning of it for a lenient receiver, unless it spoils the acknowledgement itself."""
        if self.options.answers == "strict" or item.segment == "MSH":
            return item
        return replace(item, severity="W")

    def write(self, header: Header, code: str, found: list[Finding]) -> bytes:
        """Write one acknowledgement: addresses swapped; separators, version, character set as received."""
        trigger = header.field(9).split(header.separators.component)[1:2]
        message: Record = {"1": "ACK", **({"2": trigger[0], "3": "ACK"} if trigger and trigger[0] else {})}
        msh: Record = {
            "1": header.separators.field,
            "2": header.separators.encoding,
            "3": header.components(5),
            "4": header.components(6),
            "5": header.components(3),
            "6": header.components(4),
            "7": self.now,
            "9": message,
            "10": str(self.numbers("message")),
            "11": header.components(11) or "P",
            "12": header.components(12) or self.options.version or "2.5.1",
        }
        charset = re.split(r"[^0-9A-Za-z /.-]", header.field(18))[0].strip()
        if charset.upper() in CHARSETS:  # no answer is written in one that cannot be read
            msh["18"] = header.components(18)
        msa: Record = {"1": code, "2": header.field(10)}
        told = found if code[1] != "A" or _has_severity(header.field(12)) else []
        errors: list[Value] = [{"ERR": _error(item, header.field(12))} for item in told]
        return write_message({SEGMENTS: [{"MSH": msh}, {"MSA": msa}, *errors]}, 1, self.written)


def _has_severity(version: str) -> bool:
    """Whether an ERR of this version tells warnings from errors: from 2.5 on."""
    return not version.startswith(("2.1", "2.2", "2.3", "2.4"))


def _error(item: Finding, version: str) -> Record:
    field, _, component = item.field.partition(".")
    location: Record = {"1": item.segment, "2": item.occurrence}
    if field:
        location["3"] = int(field)
    label = LABELS[item.code]
    if not _has_severity(version):
        return {"1": {**location, "4": {"1": item.code, "2": label, "3": "HL70357"}}}
    if component:
        location |= {"4": 1, "5": int(component.split(".")[0])}
    return {
        "2": location,
        "3": {"1": item.code, "2": label, "3": "HL70357"},
        "4": item.severity,
        "8": item.message,
    }


def outcome_reader() -> Callable[[Record], list[Outcome]]:
    """Compile the reading of an answer: what it says of the message whose control id stands in MSA-2."""

    def outcomes(record: Record) -> list[Outcome]:
        segments = flat(record)
        answer = next((segment for name, segment in segments if name == "MSA"), None)
        if answer is None:
            return []
        errors = [_reason(segment) for name, segment in segments if name == "ERR"]
        code = str(answer.get("1", ""))
        verdict: Verdict = "rejected"
        if code in ("AA", "CA"):
            verdict = "accepted with errors" if errors else "accepted"
        said = [code, *(_text(answer.get(key)) for key in ("3", "6")), *errors]
        reason = "; ".join(part for part in said if part)
        return [Outcome("message", _text(answer.get("2")), verdict, reason=reason)]

    return outcomes


def flat(record: Record) -> list[tuple[str, Record]]:
    """Give the segments that matter of an answer, grouped or flat."""
    listed = record.get(SEGMENTS)
    if not isinstance(listed, list):
        listed = []
        for name in ("MSA", "ERR"):
            held = record.get(name)
            listed += [{name: item} for item in (held if isinstance(held, list) else [held])]
    return [
        (name, segment)
        for item in listed
        if isinstance(item, dict)
        for name, segment in item.items()
        if isinstance(segment, dict)
    ]


def _reason(segment: Record) -> str:
    """Say where and what: ``PID^1^3 101^Required field missing``."""
    parts = [_text(segment.get(key)) for key in ("1", "2", "3", "8")]
    return " ".join(part for part in parts if part)


def _text(value: Value) -> str:
    """Write a value of an answer in one line."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return "^".join(_text(inner) for inner in value.values())
    if isinstance(value, list):
        return "~".join(_text(inner) for inner in value)
    return str(value)


def control_id(record: Record) -> str:
    """Give the control id of a message (MSH-10), which its acknowledgement repeats."""
    return str(header_of(record, "record").get("10", ""))
