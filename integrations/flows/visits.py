"""What a rehearsal is told and what it tells: the facts and bounds of a walk, its visits, its end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from integrations.errors import SevenMError
from integrations.flows.compile import CompiledStep
from integrations.flows.steps.context import Call, Reply, Value

STEPS_MAX: Final = 100_000
"""Steps that one rehearsal may walk, loops included: as many as a run."""
VISITS_MAX: Final = 1_000
"""Visits that are told; the walk goes on without telling."""

Iteration: TypeAlias = tuple[int, ...]


class Outcome(StrEnum):
    """How a rehearsal ended. REACHED: at the step that was to be the last. ASKS: a call has no answer."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REACHED = "reached"
    ASKS = "asks"
    IN_DOUBT = "in_doubt"
    CANCELLED = "cancelled"


class VisitState(StrEnum):
    """How one visit of a step ended."""

    OK = "ok"
    FAILED = "failed"
    PINNED = "pinned"
    ASKS = "asks"
    NOT_REACHED = "not_reached"


class NeedsAnswerError(SevenMError):
    """A call that nobody may answer: it is told, not sent."""


class UnfinishedError(SevenMError):
    """A step of a draft that cannot run yet; no error port takes it."""


@dataclass(frozen=True, slots=True)
class Request:
    """A call as it would leave. to: ``twin``, ``recorded`` or ``nobody``; url: empty where it has none."""

    to: str
    method: str
    url: str
    connector: str = ""
    operation: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a call. headers: lower-case names. error: in the place of an answer."""

    request: Request
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: SevenMError | None = None


Answers: TypeAlias = Callable[[CompiledStep, Call, Iteration], Answer]
"""Answers a call; raises SevenMError only where no request could be made of it."""


@dataclass(frozen=True, slots=True)
class Pin:
    """An output that stands for a step's own. port: the way on; None for the step's usual one."""

    value: Value
    port: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One time that the walk came to a step. port: "" where there was no way on."""

    key: str
    iteration: Iteration
    state: VisitState
    port: str
    duration_s: float
    output: Value = None
    error: SevenMError | None = None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it. visits: in order, VISITS_MAX at most. value: of the last step.

    entered: what the steps inside a loop or a branch found there last, by the key of the step around them.
    """

    outcome: Outcome
    visits: tuple[Visit, ...]
    value: Value
    reply: Reply | None
    duration_s: float
    error: SevenMError | None = None
    error_step: str = ""
    is_complete: bool = True
    entered: Mapping[str, Value] = field(default_factory=dict)


class RehearsalBooks:
    """Numbers for a rehearsal: those that were taken before, and others that begin at 1. None is taken."""

    def __init__(self, taken: Mapping[tuple[str, str], int] | None = None) -> None:
        """Make the books. taken: counter and place → number, as a run's allotments say."""
        self.where: tuple[str, Iteration] = ("", ())
        self._numbers = dict(taken or {})

    def number(self, counter: str, place: str) -> int:
        step, iteration = self.where
        ask = (counter, f"{step}[{'.'.join(map(str, iteration))}]{place}")
        known = self._numbers.get(ask)
        if known is None:
            used = [number for (other, _), number in self._numbers.items() if other == counter]
            known = self._numbers[ask] = max(used, default=0) + 1
        return known

    def settle(self, counter: str, number: int, verdict: str, reason: str) -> UUID | None:  # noqa: ARG002
        return None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the steps may know. lookups: the tenant's tables by name."""

    run_id: UUID
    tenant_id: UUID
    now: datetime
    lookups: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    books: RehearsalBooks = field(default_factory=RehearsalBooks)


@dataclass(frozen=True, slots=True)
class Bounds:
    """clock: seconds, monotonic. is_late: whether the time for the whole is over. steps: at most."""

    clock: Callable[[], float] = lambda: 0.0
    is_late: Callable[[], bool] = lambda: False
    steps: int = STEPS_MAX
