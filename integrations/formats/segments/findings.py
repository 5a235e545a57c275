"""What is wrong with a received document, in the codes of its standard's acknowledgements."""

from dataclasses import dataclass, field
from typing import Literal

Level = Literal["interchange", "group", "message", "segment", "element"]
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation.

    code: of the standard, by level. segment, position: id and number in its message from 1. loop: the group
    where it stands. element, component: positions from 1, 0 for none. number: what the standard calls the
    data element. found: the value, for the acknowledgement only; never show or log it. place: as in the
    errors of the reader.
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
    severity: Severity = "error"
