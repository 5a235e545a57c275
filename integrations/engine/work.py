"""One run in the hands of a worker: what it is made of, how it stands, and how it can end early."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from integrations.delivery.states import Waiting
from integrations.engine import frames
from integrations.engine.books import RunBooks
from integrations.engine.gates import Gate
from integrations.engine.ledger import LEASE_ORDINALS, Lease
from integrations.engine.models import Lane, Outcome
from integrations.engine.programs import Program
from integrations.flows.compile import CompiledFlow, CompiledStep
from integrations.flows.ends import StepFailedError
from integrations.flows.steps.context import Call, Document, Reply, RunFacts, Value
from integrations.vault.cipher import TenantCipher


@dataclass(frozen=True, slots=True)
class Answer:
    """What a destination answered. sent: the request as it may be kept, without credentials."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    duration_us: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that is ready to go: where its gate is and how it is sent."""

    gate: Gate
    send: Callable[[], Any]
    shown: dict[str, Any]
    body: bytes


class Caller(Protocol):
    """Makes requests of calls and sends them; fulfilled by `calls.Calls`."""

    async def prepare(self, lease: Lease, call: Call, key: str, timeout_s: float) -> Prepared: ...

    async def win_probe(self, gate: Gate) -> bool: ...

    def breaker_moved(self, gate: Gate) -> None: ...


@dataclass(frozen=True, slots=True)
class Finished:
    """A call that the ledger knows to be done. is_repeated: a replay from the start may make it again."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_repeated: bool = False


class ParkError(Exception):
    """The run gives its lease back and waits durably. step: where, as soon as the executor knows."""

    def __init__(self, reason: Waiting, after_s: float, destination: UUID | None) -> None:
        super().__init__(reason)
        self.step = ""
        self.reason = reason
        self.after_s = after_s
        self.destination = destination


class DoubtError(Exception):
    """The outcome at the destination is unknown, and asking twice could act twice."""

    def __init__(self, step: str, code: str, destination: UUID | None) -> None:
        super().__init__(step)
        self.step = step
        self.code = code
        self.destination = destination


class CancelledRunError(Exception):
    """A person asked the run to stop, between two steps."""


class LeaseLostError(Exception):
    """The run belongs to another worker now; whatever was computed is dropped."""


@dataclass(slots=True)
class Way:
    """Where a walk is: in which flow, in which turns of loops, and what it has answered.

    within: the steps that run this flow, with a slash after each: ``charge/``. is_followed: whether calls may
    follow after this flow. passes: of a branch, the steps that it has passed (`passes`).
    """

    flow: CompiledFlow
    facts: RunFacts
    within: str = ""
    iteration: tuple[int, ...] = ()
    is_followed: bool = False
    reply: Reply | None = None
    passes: list[tuple[str, str, int]] | None = None

    def turn(self, index: int) -> "Way":
        """Give the way through one turn of a loop."""
        iteration, facts = (*self.iteration, index), self.facts
        facts = RunFacts(
            facts.run_id,
            facts.tenant_id,
            facts.now,
            iteration,
            is_replay=facts.is_replay,
            lookups=facts.lookups,
            books=facts.books,
        )
        return Way(self.flow, facts, self.within, iteration, self.is_followed, passes=self.passes)

    def beside(self) -> "Way":
        """Give the way through one of several branches."""
        return Way(self.flow, self.facts, self.within, self.iteration, self.is_followed, passes=[])

    def into(self, step: CompiledStep, flow: CompiledFlow) -> "Way":
        """Give the way through a flow that a step runs."""
        is_followed = self.is_followed or step.key in self.flow.awaited
        return Way(flow, self.facts, f"{self.within}{step.key}/", self.iteration, is_followed)

    def name(self, step: CompiledStep) -> str:
        """Give the name of a step in the ledger, in keys and in errors: one for each place in a run."""
        return f"{self.within}{step.key}" if self.within else step.key

    @property
    def turns(self) -> str:
        """The turns of the loops around, as the ledger writes them."""
        return ".".join(map(str, self.iteration)) if self.iteration else ""

    def is_awaited(self, step: CompiledStep) -> bool:
        """Tell whether a step's call must be durable before the run goes on."""
        return self.is_followed or step.key in self.flow.awaited


@dataclass(slots=True)
class Work:
    """One run while it is walked."""

    lease: Lease
    program: Program
    cipher: TenantCipher
    now: datetime
    document: Document | None
    finished: dict[tuple[str, str], Finished] = field(default_factory=dict)
    open_calls: set[tuple[str, str]] = field(default_factory=set)
    counted: dict[tuple[str, str], int] = field(default_factory=dict)
    waited_s: float = 0.0
    walked: int = 0
    handled: StepFailedError | None = None
    books: RunBooks = field(default_factory=RunBooks)
    facts: RunFacts = field(init=False)

    def __post_init__(self) -> None:
        lease = self.lease
        self.facts = RunFacts(
            lease.run_id,
            lease.tenant_id,
            self.now,
            is_replay=lease.lane == Lane.REPLAY,
            books=self.books,
        )

    def check_still_wanted(self) -> None:
        """Raise where the run is another worker's now, or a person asked it to stop."""
        if self.lease.lost:
            raise LeaseLostError
        if self.lease.cancel_asked:
            raise CancelledRunError

    def give_tables(self, tables: Mapping[str, Mapping[str, Value]]) -> None:
        """Let the run's rules look things up in these tables, by name."""
        self.facts = replace(self.facts, lookups=tables)


def take_up(work: Work, ledger: list[tuple[Any, ...]]) -> None:
    """Read what finished before, so that it is not done again. Rows: statement ``read_ledger``."""
    lease = work.lease
    work.waited_s = lease.parked_us / 1e6
    for _, ordinal, step, iteration, number, outcome, exchange in ledger:
        where = (step, iteration)
        lease.attempts = max(lease.attempts, ordinal - lease.fence * LEASE_ORDINALS)
        work.counted[where] = max(work.counted.get(where, 0), number)
        if outcome == Outcome.STARTED:
            work.open_calls.add(where)
            continue
        work.open_calls.discard(where)
        if outcome == Outcome.OK and exchange is not None:
            frame = work.cipher.open("engine_attempt", "exchange", f"{lease.run_id}/{ordinal}", exchange)
            head, bodies = frames.unpack(frame)
            work.finished[where] = Finished(
                head["status"], head["headers"], bodies[1], is_repeated=ordinal < lease.ledger_from
            )
