"""What the envelope promises: counts and references, and which message a header names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from integrations.formats.codec import Record, Value
from integrations.formats.edifact.framing import Marks, split_at
from integrations.formats.segments.assemble import Fault

_BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a message says it is (S009): ``ORDERS``, ``D``, ``96A``, ``UN``, ``EAN008``."""

    message: str = ""
    version: str = ""
    release: str = ""
    agency: str = ""
    association: str = ""

    @override
    def __str__(self) -> str:
        """Write it as people do: ``ORDERS D.96A``."""
        return f"{self.message} {self.version}.{self.release}".strip(" .")


def kind_of(parts: list[str], marks: Marks) -> Kind:
    """Read S009 of a UNH, from its elements."""
    text = parts[1] if len(parts) > 1 else ""
    found = [part.strip(_BLANKS) for part in split_at(text, marks.component, marks.release)[:5]]
    return Kind(*found)


def kind_of_record(header: Record) -> Kind:
    """Read S009 of a UNH, from the record."""
    named = header.get("S009")
    if not isinstance(named, dict):
        return Kind()
    return Kind(*(str(named.get(key, "")) for key in ("0065", "0052", "0054", "0051", "0057")))


def check_trailer(start: Value, end: Mapping[str, Any], count: int) -> None:
    """Compare UNT with its message. Raises Fault ``segment_count`` or ``message_reference``."""
    if as_number(end.get("0074")) != count:
        raise Fault(
            "segment_count",
            f"The message has {count} segments, its trailer UNT counts another number.",
            segment="UNT",
            element="0074",
            hint="The message may have been cut or changed on its way.",
        )
    if not isinstance(start, dict) or start.get("0062") != end.get("0062"):
        raise Fault(
            "message_reference",
            "The references of UNH and UNT are not the same.",
            segment="UNT",
            element="0062",
            hint="Two messages may have run into each other.",
        )


def check_count(what: str, end: Mapping[str, Value], key: str, count: int) -> None:
    """Compare the count of UNE (messages) or UNZ (messages, or groups where there are any)."""
    if as_number(end.get(key)) != count:
        raise Fault(
            "message_count" if what == "messages" else "group_count",
            f"There are {count} {what}; the trailer counts another number.",
            element=key,
            hint="A part may have been lost on its way.",
        )


def check_reference(what: str, start: Mapping[str, Value], end: Mapping[str, Value], key: str) -> None:
    """Compare the reference of UNE or UNZ with that of UNG or UNB."""
    if start.get(key) != end.get(key):
        raise Fault(
            f"{what}_reference", f"The references at both ends of the {what} are not the same.", element=key
        )


def as_number(value: Value) -> int | None:
    """Read a count; None for what is none."""
    if isinstance(value, str):
        text = value.strip(_BLANKS)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 40 else None
    return value if isinstance(value, int) else None
