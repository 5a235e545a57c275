"""What a step may ask the engine to keep for it in PostgreSQL, and the ports by which the answers leave.

The engine answers once for a run, a step and its place in the loops around it; a run that is resumed or
replayed hears the same answer again. An answer that is not there yet parks the run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from integrations.errors import Problem
from integrations.formats.codec import Value
from integrations.graph.flow import Settings

APPROVED: Final = "approved"
REJECTED: Final = "rejected"
EXPIRED: Final = "expired"
DUPLICATE: Final = "duplicate"
COLLECTED: Final = "collected"
FULL: Final = "full"

WAIT_MAX: Final = timedelta(days=30)
"""The longest that a run waits at one step."""

Unit: TypeAlias = Literal["seconds", "minutes", "hours", "days"]
SECONDS: Final[Mapping[str, float]] = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0}


@dataclass(frozen=True, slots=True)
class Pause:
    """Go on so many seconds after the run first came here, or at an instant; by the port ``next``."""

    seconds: float = 0.0
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Have a person decide: ``approved``, ``rejected``, or ``expired`` when nobody did in time.

    title: without data, for lists and mail. message and shown: with data, sealed. roles, people: who may
    decide; people by their e-mail in lower case.
    """

    title: str
    message: str
    shown: Value
    roles: tuple[str, ...]
    people: tuple[str, ...]
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Once:
    """Was this key here before? ``next`` for the first run that brings it in the time, else ``duplicate``."""

    key: Value
    within_s: float


@dataclass(frozen=True, slots=True)
class Collect:
    """Add a value to a list, and end by ``collected``. The full list goes on in its own run, by ``full``.

    group: what the values of one list have in common. count, size_bytes, within_s: what makes a list
    full, whichever comes first; the time counts from its first value.
    """

    value: Value
    group: Value
    count: int
    size_bytes: int
    within_s: float


Ask: TypeAlias = Pause | Question | Once | Collect


def nobody_waits(settings: Settings, seconds: float, place: str) -> list[Problem]:
    """Warn where the caller of a synchronous flow gets 202 before the wait is over."""
    if settings.reply != "sync" or seconds < settings.deadline_s:
        return []
    return [
        Problem(
            "wait.caller_gone",
            f"The caller waits {settings.deadline_s:g} seconds, then gets 202 and a status address.",
            place,
            "Give the answer before this step, or let the flow answer 202 at once.",
            severity="warning",
        )
    ]
