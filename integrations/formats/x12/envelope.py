"""What the envelope promises: counts and control numbers, and the separators of an interchange."""

from collections.abc import Mapping
from dataclasses import replace

from integrations.formats.codec import Value
from integrations.formats.segments.assemble import Fault
from integrations.formats.x12.framing import Marks

_BLANKS = " \t\r\n"


def marks_of_parts(parts: list[str], marks: Marks | None) -> Marks | None:
    """Take what an ISA says of separators: ISA16 the component's, ISA11 that of repetitions from 00402 on."""
    if marks is None or len(parts) < 16 or len(parts[15]) != 1:
        return None
    repetition = parts[10].strip(_BLANKS) if parts[11].strip(_BLANKS) >= "00402" else ""
    if (
        len(repetition) != 1
        or repetition.isalnum()
        or repetition in marks.element + marks.segment + parts[15]
    ):
        repetition = ""
    return replace(marks, component=parts[15], repetition=repetition)


def check_trailer(start: Value, end: Mapping[str, Value], count: int) -> None:
    """Compare SE with its message. Raises Fault ``segment_count`` or ``message_number``."""
    if as_number(end.get("01")) != count:
        raise Fault(
            "segment_count",
            f"The message has {count} segments, its trailer SE01 counts another number.",
            segment="SE",
            element="01",
            hint="The message may have been cut or changed on its way.",
        )
    if not isinstance(start, dict) or start.get("02") != end.get("02"):
        raise Fault(
            "message_number",
            "The control numbers of ST02 and SE02 are not the same.",
            segment="SE",
            element="02",
            hint="Two messages may have run into each other.",
        )


def check_count(code: str, what: str, parts: list[str], count: int) -> None:
    """Compare the count of GE or IEA."""
    if as_number(parts[0] if parts else "") != count:
        raise Fault(
            code,
            f"There are {count} {what}; the trailer counts another number.",
            element="01",
            hint="A part may have been lost on its way.",
        )


def check_number(code: str, what: str, parts: list[str], number: Value) -> None:
    """Compare the control number of GE or IEA with that of GS or ISA."""
    if as_number(parts[1] if len(parts) > 1 else "") != as_number(number):
        raise Fault(code, f"The control numbers at both ends of the {what} are not the same.", element="02")


def as_number(value: Value) -> int | str | None:
    """Read a count or control number: leading zeros say nothing; what is no number stays itself."""
    if isinstance(value, str):
        text = value.strip(_BLANKS)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 400 else text
    return value if isinstance(value, int) else None
