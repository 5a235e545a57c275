"""Messages that come in one by one over a connection: who sent which, are they good, what is answered.

Pure, as the codec is: who holds the connection decides when the answer is due.
Source: HL7 v2.8.2, chapter 2, sections 2.9.2 and 2.9.3.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from integrations.errors import ConflictError, DecodeError, InputError, SevenMError
from integrations.formats.codec import Limits, Record, Value, blocks, shape
from integrations.formats.hl7.ack import Answering, Header, Looked, finding_of, flat, mode_of
from integrations.formats.hl7.check import DUPLICATE, INTERNAL, LABELS, Finding
from integrations.formats.hl7.framing import cut_messages
from integrations.formats.hl7.options import Hl7Options

CODES: Final = frozenset({"AA", "AE", "AR", "CA", "CE", "CR"})
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_PLAIN = re.compile(r"[A-Z][A-Z0-9]{2}|[0-9]{1,3}")
_CODE = re.compile(r"[0-9]{3}")


class Reception:
    """The rules of one listener.

    is_final: its answers come when the outcome is known, and not when the message is safe.
    """

    def __init__(self, options: Hl7Options, limits: Limits, *, is_final: bool = False) -> None:
        self._options = options
        self._limits = limits
        self._is_final = is_final

    def look(self, message: bytes) -> Looked:
        """Judge what came in one frame. Raises nothing."""
        try:
            pieces = list(cut_messages(blocks((message,), self._limits, "hl7"), self._limits))
            if [piece.kind for piece in pieces] != ["MSH"]:
                raise DecodeError("hl7.not_one_message", "A frame holds one message.", place="message 1")
        except InputError as failure:
            return Looked(Header(message), "R", [finding_of(failure)])
        return self._answering(0, _NEVER).look(pieces[0].raw, 1)

    def answer(
        self,
        looked: Looked,
        failure: SevenMError | None,
        number: int,
        now: datetime,
        *,
        is_late: bool = False,
    ) -> bytes:
        """Write what the sender is told, b"" where it wants nothing.

        failure: why the message was not taken, None where the verdict on its text stands. is_late: it may be
        taken when it is sent again (AR), and is not wrong (AE). number: goes to MSH-10.
        """
        verdict, found = looked.verdict, looked.found
        if failure is not None:
            verdict = "R" if is_late or looked.verdict == "R" else "E"
            found = [*found, _told(failure)]
        mode = (
            ""
            if looked.is_answer
            else mode_of(looked.header, is_good=verdict == "A", is_final=self._is_final)
        )
        if not mode:
            return b""
        try:
            return self._answering(number, now).write(looked.header, mode + verdict, found)
        except InputError as error:  # its header holds what no answer can repeat
            return self.refusal(error, number, now)

    def refusal(self, failure: InputError, number: int, now: datetime) -> bytes:
        """Write the answer to bytes that are no message."""
        return self._answering(number, now).write(Header(b""), "AR", [finding_of(failure)])

    def _answering(self, number: int, now: datetime) -> Answering:
        return Answering(self._options, self._limits, lambda _: number, now)


def sender_of(looked: Looked) -> str:
    """Name a message for all times: sending application and facility, and its control id; "" without one."""
    control_id = looked.header.field(10)
    return "\x1f".join((looked.header.field(3), looked.header.field(4), control_id)) if control_id else ""


def control_id_of(message: bytes) -> str:
    """Give MSH-10 of a message; "" where it cannot be read."""
    return Header(message).field(10)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an acknowledgement says.

    reason: in words and codes, never in text of the receiver, which may hold data.
    """

    code: str
    control_id: str
    reason: str

    @property
    def is_good(self) -> bool:
        """Whether the message was taken."""
        return self.code in ("AA", "CA")


def verdict_of(record: Record) -> Verdict | None:
    """Read an acknowledgement; None where there is no MSA in it."""
    segments = flat(record)
    answer = next((segment for name, segment in segments if name == "MSA"), None)
    if answer is None:
        return None
    code = str(answer.get("1", ""))
    reasons = [_reason(segment) for name, segment in segments if name == "ERR"]
    said = answer.get("3")
    reasons += [f"text {shape(said)}"] if isinstance(said, str) and said else []
    told = ": " + "; ".join(reasons[:5]) if reasons else ""
    return Verdict(code if code in CODES else shape(code) or "no code", str(answer.get("2", "")), told)


def _reason(segment: Record) -> str:
    """Say where and which of the standard's errors: ``PID 1 3, error 101 (Required field missing)``."""
    place = [part for part in _parts(segment.get("2", segment.get("1"))) if _PLAIN.fullmatch(part)][:3]
    code = next((part for part in _parts(segment.get("3")) if _CODE.fullmatch(part)), "")
    label = f" ({LABELS[code]})" if code in LABELS else ""
    return ", ".join(part for part in (" ".join(place), f"error {code}{label}" if code else "") if part)


def _parts(value: Value) -> list[str]:
    """Give the components of a field in one row."""
    held: list[Value] = [value]
    parts: list[str] = []
    while held and len(parts) < 20:
        item = held.pop(0)
        if isinstance(item, dict):
            held = [*item.values(), *held]
        elif isinstance(item, list):
            held = [*item[:1], *held]
        elif item is not None:
            parts.append(str(item))
    return parts


def _told(failure: SevenMError) -> Finding:
    if isinstance(failure, InputError):
        return finding_of(failure)
    if isinstance(failure, ConflictError):
        return Finding(DUPLICATE, "This control id was used for another message.", "MSH", field="10")
    return Finding(INTERNAL, failure.message, "MSH")
