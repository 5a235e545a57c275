"""What is wrong with a received document, by its envelopes.

The codes of a Finding are TA105, AK905, AK502, AK304 or AK403 by its level (with an I: of 999 only).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from integrations.formats.segments.findings import Finding


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
