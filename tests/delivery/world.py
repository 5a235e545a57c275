"""A world where delivery happens: a virtual clock, workers that die and freeze, a destination with bad days.

Everything that decides is the real thing (`states`, `retry`, `breaker`, `keys`); what the engine does around
it is done here in its plainest form. `Rules` holds each decision as a function, so that a test can plant a
bug in one and see whether `World.broken` tells of it.
"""

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from uuid import UUID

from integrations.delivery import breaker, keys, retry
from integrations.delivery.retry import Again, Dead, InDoubt, Mode, Park, Retry, RetryPolicy
from integrations.delivery.states import FINAL, DeadReason, State, Waiting, move
from integrations.errors import ConflictError, RefusedError, SevenMError, UnavailableError

LEASE_S = 30.0
KEPT_S = 72 * 3600.0
CAP = 16


@dataclass
class Run:
    number: int
    mode: Mode
    order: int
    poison: bool
    state: State = State.ACCEPTED
    fence: int = 0
    crash_count: int = 0
    lease_until: float = 0.0
    due_s: float = 0.0
    waited_s: float = 0.0
    waiting: Waiting | None = None
    dead_reason: DeadReason | None = None
    dead_at: float = 0.0
    call_open: bool = False
    ended_at: float | None = None
    promised_gap: float = 0.0
    lost_leases: int = 0
    sent_again_by_person: bool = False

    @property
    def id(self) -> UUID:
        return UUID(int=self.number)


@dataclass
class Rules:
    """The decisions, as the engine is to make them."""

    decide: Callable[..., retry.Decision] = retry.decide
    after_lost_lease: Callable[..., Again | InDoubt | Dead] = retry.after_lost_lease
    key: Callable[[Run], str] = lambda run: keys.idempotency_key(run.id, "send")
    mine: Callable[[Run, int], bool] = lambda run, fence: run.state is State.RUNNING and run.fence == fence
    may_lease: Callable[["World", Run], bool] = lambda world, run: world.is_head(run)
    permit: Callable[..., breaker.Permit] = breaker.permit
    wakes: Callable[[Run], bool] = lambda run: True
    stores: Callable[[random.Random], bool] = lambda dice: True
    gap_s: Callable[[Retry, float], float] = lambda decision, took_s: decision.after_s


@dataclass
class World:
    seed: int
    rules: Rules = field(default_factory=Rules)
    runs_wanted: int = 40
    now: float = 0.0
    steps: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # noqa: S311  repeatable, not secret
        self.submitted: list[int] = []
        self.runs: dict[int, Run] = {}
        self.effects: list[tuple[float, int, str]] = []
        self.broken: list[str] = []
        self.policy = RetryPolicy()
        self.breaker = breaker.CLOSED
        self.probes = 0
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self.bad_from = self.dice.uniform(0, 60)
        self.bad_until = self.bad_from + self.dice.choice((0, 5, 40, 300))
        self.calm = False

    def at(self, when: float, do: Callable[[], None]) -> None:
        heapq.heappush(self.events, (when, next(self._order), do))

    def play(self) -> "World":
        for number, when in enumerate(sorted(self.dice.uniform(0, 100) for _ in range(self.runs_wanted)), 1):
            self.at(when, partial(self.submit, number))
        self.at(0.5, self.housekeeping)
        self._until(500.0)
        self.calm = True
        self._until(1500.0)
        self.now = 1500.0 + KEPT_S
        for run in self.runs.values():
            if run.state is State.DEAD and self.dice.random() < 0.5:
                self.change(run, State.EXPIRED)
        self.check_the_end()
        return self

    def _until(self, end: float) -> None:
        while self.events and self.events[0][0] <= end:
            self.now, _, do = heapq.heappop(self.events)
            self.steps += 1
            do()

    # What happens

    def submit(self, number: int) -> None:
        mode = self.dice.choice(tuple(Mode))
        run = Run(number, mode, self.dice.choice((0, 0, 1, 2)), poison=self.dice.random() < 0.04)
        self.submitted.append(number)
        if self.rules.stores(self.dice):
            run.number = number
            self.runs[number] = run

    def housekeeping(self) -> None:
        """Sweep, wake, claim, redrive and let a person act: what beat and workers do all the time."""
        self.breaker = breaker.settle(self.breaker, self.now, CAP)
        for run in list(self.runs.values()):
            self.attend(run)
        if not self.is_over():
            self.at(self.now + (0.5 if self.now < 150 else 1.0), self.housekeeping)

    def is_over(self) -> bool:
        return len(self.submitted) == self.runs_wanted and all(r.state in FINAL for r in self.runs.values())

    def attend(self, run: Run) -> None:
        match run.state:
            case State.RUNNING if run.lease_until < self.now:
                self.lose_lease(run)
            case State.WAITING if run.due_s <= self.now and self.rules.wakes(run):
                run.waiting = None
                self.change(run, State.ACCEPTED)
            case State.ACCEPTED if self.rules.may_lease(self, run):
                self.lease(run)
            case State.DEAD if run.dead_reason is DeadReason.UNAVAILABLE and self.is_up():
                if retry.may_redrive(run.mode, 0.0, 86400.0):
                    self.change(run, State.ACCEPTED)
            case State.DEAD | State.IN_DOUBT | State.WAITING if self.calm or self.dice.random() < 0.01:
                self.person(run)

    def person(self, run: Run) -> None:
        if run.state is State.IN_DOUBT:
            happened = any(number == run.number for _, number, _ in self.effects)
            self.change(run, State.SUCCEEDED if happened else State.ACCEPTED)
        elif run.state is State.DEAD and run.dead_reason is not DeadReason.UNAVAILABLE:
            if run.poison or self.dice.random() < 0.5:
                self.change(run, State.CANCELLED)
            else:
                self.change(run, State.ACCEPTED)
        elif run.state is State.WAITING and not self.calm and self.dice.random() < 0.02:
            self.change(run, State.CANCELLED)

    def lease(self, run: Run) -> None:
        self.change(run, State.RUNNING)
        run.fence += 1
        run.lease_until = self.now + LEASE_S
        run.ended_at = None
        fence = run.fence
        self.at(self.now + self.dice.uniform(0, 0.05), lambda: self.attempt(run, fence, 1))

    def lose_lease(self, run: Run) -> None:
        run.lost_leases += 1
        match self.rules.after_lost_lease(run.mode, run.crash_count, call_open=run.call_open):
            case Again():
                run.crash_count += 1
                self.change(run, State.ACCEPTED)
            case InDoubt():
                self.change(run, State.IN_DOUBT)
            case Dead(_, reason):
                self.die(run, reason)
        run.call_open = False

    def attempt(self, run: Run, fence: int, number: int) -> None:
        if not (run.state is State.RUNNING and run.fence == fence):
            return
        allowed = self.rules.permit(self.breaker, self.now, CAP)
        if allowed.limit == 0:
            self.park(run, Park(max(allowed.wait_s, 0.1), Waiting.BREAKER))
            return
        if run.poison:
            return  # the worker dies, before it wrote anything
        if allowed.is_probe:
            self.breaker = breaker.begin_probe(self.breaker, self.now)
        self.check_send(run, allowed)
        self.check_gap(run, number)
        run.call_open = True
        took_s = self.dice.choice((0.02, 0.3, 1.0))
        error, effect = self.answer()
        if effect:
            self.effects.append((self.now, run.number, self.rules.key(run)))
        trouble = 0.0 if self.calm else self.dice.random()
        if trouble > 0.98:
            return  # killed in the middle of the call
        frozen_s = LEASE_S * 1.5 if trouble > 0.96 else 0.0
        self.at(self.now + took_s + frozen_s, lambda: self.ended(run, fence, number, error, took_s))

    def answer(self) -> tuple[SevenMError | None, bool]:
        """What the destination does with one call: (what the worker sees, whether it took effect)."""
        luck = 0.0 if self.calm else self.dice.random()
        if not self.is_up():
            luck = 0.75 + luck / 4
        if luck < 0.75:
            return None, True
        if luck < 0.80:
            return UnavailableError("remote.reset", "Reset.", sent=True), True
        if luck < 0.85:
            return UnavailableError("remote.timeout", "Too late.", sent=True), False
        if luck < 0.90:
            return UnavailableError("remote.connect", "No connection.", sent=False), False
        if luck < 0.94:
            return UnavailableError("remote.down", "503", status=503), False
        if luck < 0.98:
            after = self.dice.choice((1.0, 30.0))
            return UnavailableError("remote.limited", "429", status=429, retry_after_s=after), False
        return RefusedError("remote.refused", "422", status=422), False

    def ended(self, run: Run, fence: int, number: int, error: SevenMError | None, took_s: float) -> None:
        is_failure = isinstance(error, UnavailableError)
        count_it = breaker.on_failure if is_failure else breaker.on_success
        self.breaker = count_it(self.breaker, self.now)
        if not self.rules.mine(run, fence):
            return
        if fence != run.fence:
            self.broken.append("a worker that lost its lease wrote")
        run.call_open = False
        run.lease_until = self.now + LEASE_S
        if error is None:
            self.change(run, State.SUCCEEDED)
            return
        match self.rules.decide(self.policy, number, error, run.mode, waited_s=run.waited_s):
            case Retry() as again:
                run.ended_at, run.promised_gap = self.now, self.gap(number, error)
                after_s = self.rules.gap_s(again, took_s)
                self.at(self.now + after_s, lambda: self.attempt(run, fence, number + 1))
            case Park() as park:
                self.park(run, park)
            case InDoubt():
                self.change(run, State.IN_DOUBT)
            case Dead(_, reason):
                self.die(run, reason)

    def park(self, run: Run, park: Park) -> None:
        run.waiting, run.due_s = park.reason, self.now + park.after_s
        run.waited_s += park.after_s
        self.change(run, State.WAITING)

    def die(self, run: Run, reason: DeadReason) -> None:
        run.dead_reason, run.dead_at = reason, self.now
        self.change(run, State.DEAD)

    def change(self, run: Run, to: State) -> None:
        try:
            run.state = move(run.state, to)
        except ConflictError as error:
            self.broken.append(f"illegal: {error.message}")

    # What is known

    def is_up(self) -> bool:
        return self.calm or not self.bad_from <= self.now < self.bad_until

    def is_head(self, run: Run) -> bool:
        """No older run with this ordering key is on its way."""
        return run.order == 0 or not any(
            other.order == run.order and other.number < run.number and other.state not in FINAL
            for other in self.runs.values()
        )

    # What was promised

    def gap(self, number: int, error: SevenMError) -> float:
        asked = getattr(error, "retry_after_s", None) or 0.0
        return max((0.1, 0.5, 2.0, 0.0)[min(number, 4) - 1], asked)

    def check_gap(self, run: Run, number: int) -> None:
        if number > 4:
            self.broken.append("a fifth attempt in one lease")
        if number > 1 and run.ended_at is not None:
            waited = self.now - run.ended_at
            if abs(waited - run.promised_gap) > 1e-6:
                self.broken.append(f"attempt {number} came after {waited} s")

    def check_send(self, run: Run, allowed: breaker.Permit) -> None:
        if self.breaker.phase is breaker.Phase.OPEN:
            self.broken.append("a call through an open breaker")
        if allowed.is_probe:
            self.probes += 1

    def check_the_end(self) -> None:
        if len(self.runs) < len(self.submitted):
            self.broken.append("an accepted run is in no state")
        done = Counter(number for _, number, _ in self.effects)
        different: dict[int, set[str]] = defaultdict(set)
        for _, number, key in self.effects:
            different[number].add(key)
        for run in self.runs.values():
            if run.state in {State.ACCEPTED, State.RUNNING, State.WAITING, State.IN_DOUBT}:
                self.broken.append(f"{run.state.name} for ever")
            if run.state is State.SUCCEEDED and not done[run.number]:
                self.broken.append("succeeded without effect")
            if len(different[run.number]) > 1:
                self.broken.append("two keys for one run")
            if run.mode is Mode.AT_MOST_ONCE and done[run.number] > 1:
                self.broken.append("twice at a destination that cannot deduplicate")
            if run.lost_leases > 4 and run.mode is not Mode.AT_MOST_ONCE and run.poison:
                self.broken.append("poison came back")
        self.check_order()

    def check_order(self) -> None:
        last: dict[int, int] = {}
        for _, number, _ in self.effects:
            order = self.runs[number].order
            if order and number < last.get(order, 0):
                self.broken.append("out of order")
            last[order] = max(number, last.get(order, 0))
