"""What is wrong with a received document, in the codes of the standard's acknowledgements."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["interchange", "group", "message", "segment", "element"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation.

    code: of the level: TA105, AK905, AK502, AK304 or AK403 (with an I: of 999 only). segment, position:
    id and number in its message from 1. loop: where it stands. element, component: positions from 1, 0 for
    none. number: the data element's reference number. found: the value, for the acknowledgement only; never
    show or log it. place: as in the errors of the reader.
    """

    level: Level
    code: str
    message: str
    place: str = ""
    segment: str = ""
    position: int = 0
    loop: str = ""
    element: int = 0
    component: int = 0
    number: str = ""
    found: str = field(default="", repr=False)
    severity: Literal["error", "warning"] = "error"


@dataclass(slots=True)
class MessageReport:
    """A received transaction set: its id, control number and guide as they were written."""

    set: str
    number: str
    guide: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        """The findings that are more than a warning."""
        return [found for found in self.findings if found.severity == "error"]


@dataclass(slots=True)
class GroupReport:
    """A received group: elements of GS, its messages, and how many GE says there are."""

    header: list[str]
    messages: list[MessageReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    promised: str = ""


@dataclass(slots=True)
class InterchangeReport:
    """A received interchange: elements of ISA and its groups."""

    header: list[str]
    groups: list[GroupReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def all_findings(self) -> Iterator[Finding]:
        """Yield the findings of the interchange and of all in it."""
        yield from self.findings
        for group in self.groups:
            yield from group.findings
            for message in group.messages:
                yield from message.findings
