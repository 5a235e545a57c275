"""The gate before each destination: how many calls at once, how fast, and whether at all.

Limits are shared by all workers: each takes its part, the limit divided by the number of workers that were
heard of in the last seconds. That needs no message per call, and when the broker is away the last known
number stands.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from integrations.delivery import breaker, shaping
from integrations.delivery.breaker import BreakerState, Phase
from integrations.delivery.shaping import Demand, Rate

CAP_DEFAULT: Final = 3000
"""Calls at once to a destination that names no limit of its own: as many as a worker holds runs."""
WAITING_MAX: Final = 20_000


class ClosedGateError(Exception):
    """The breaker is open: the run parks. wait_s: until the next probe may start."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


class ProbeError(Exception):
    """The breaker is open and a probe is due: win it in the database first, then call `admit_probe`."""


@dataclass(slots=True, eq=False)
class Gate:
    """One destination as this worker sees it."""

    destination: UUID
    tenant_id: UUID
    connector: str
    cap: int
    rate: Rate | None = None
    state: BreakerState = breaker.CLOSED
    part: float = 1.0
    live: int = 0
    replay: int = 0
    live_waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    replay_waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    bucket: shaping.Bucket | None = None
    used_at_s: float = 0.0

    def limit(self, now_s: float) -> int:
        """Give the calls that this worker may have under way now; 0 while the breaker is open."""
        return breaker.permit(self.state, now_s, max(1, int(self.cap * self.part))).limit

    async def enter(self, now_s: float, *, is_replay: bool) -> None:
        """Come in, or wait for a place. Raises ClosedGateError or ProbeError while the breaker is open."""
        self.used_at_s = now_s
        permit = breaker.permit(self.state, now_s, max(1, int(self.cap * self.part)))
        if permit.is_probe:
            raise ProbeError
        if permit.limit == 0:
            raise ClosedGateError(permit.wait_s)
        queue = self.replay_waiting if is_replay else self.live_waiting
        total = self.live + self.replay
        if total >= permit.limit or queue or (is_replay and self.live_waiting):
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            queue.append(waiter)
            self.let_in(now_s)
            try:
                await waiter
            except BaseException:
                if waiter in queue:
                    queue.remove(waiter)
                elif waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                    self._leave_place(is_replay=is_replay)
                raise
        elif is_replay:
            self.replay += 1
        else:
            self.live += 1
        if self.rate is not None:
            await self._pace(self.rate)

    async def _pace(self, rate: Rate) -> None:
        """Wait for this worker's part of the destination's rate."""
        mine = Rate(rate.per_s * self.part, max(1.0, rate.burst * self.part))
        now_s = asyncio.get_running_loop().time()
        self.bucket, wait_s = shaping.reserve(self.bucket or shaping.full(mine, now_s), mine, now_s)
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    def admit_probe(self, now_s: float, *, is_replay: bool) -> None:
        """Let the one probe in that was won."""
        self.state = breaker.begin_probe(self.state, now_s)
        if is_replay:
            self.replay += 1
        else:
            self.live += 1

    def leave(self, now_s: float, *, is_replay: bool, succeeded: bool | None) -> bool:
        """Go out; succeeded is None where the call tells nothing. True when the breaker moved."""
        before = self.state.phase
        if succeeded is True:
            if before is not Phase.CLOSED or self.state.failures_in_row or self.state.results:
                self.state = breaker.on_success(self.state, now_s)
                self._forget_quiet_successes()
        elif succeeded is False:
            self.state = breaker.on_failure(self.state, now_s)
        self.state = breaker.settle(self.state, now_s, max(1, int(self.cap * self.part)))
        self._leave_place(is_replay=is_replay)
        if self.state.phase is Phase.OPEN:
            self.turn_away(now_s)
        else:
            self.let_in(now_s)
        return self.state.phase is not before

    def _forget_quiet_successes(self) -> None:
        """Take a window of successes only for an empty one: the usual call then allocates nothing."""
        if self.state.phase is Phase.CLOSED and all(succeeded for _, succeeded in self.state.results):
            self.state = breaker.CLOSED

    def _leave_place(self, *, is_replay: bool) -> None:
        if is_replay:
            self.replay -= 1
        else:
            self.live -= 1

    def let_in(self, now_s: float) -> None:
        """Admit those who wait, live and replay half and half."""
        if not self.live_waiting and not self.replay_waiting:
            return
        start_live, start_replay = shaping.share(
            self.limit(now_s),
            Demand(self.live, len(self.live_waiting)),
            Demand(self.replay, len(self.replay_waiting)),
        )
        for _ in range(start_live):
            self.live_waiting.popleft().set_result(None)
            self.live += 1
        for _ in range(start_replay):
            self.replay_waiting.popleft().set_result(None)
            self.replay += 1

    def turn_away(self, now_s: float) -> None:
        """Park all who wait: the breaker has opened."""
        wait_s = max(0.0, self.state.probe_at_s - now_s)
        for queue in (self.live_waiting, self.replay_waiting):
            while queue:
                waiter = queue.popleft()
                if not waiter.done():
                    waiter.set_exception(ClosedGateError(wait_s))

    def learn_open(self, now_s: float, probe_in_s: float, probes: int) -> None:
        """Another worker says that the destination does not answer."""
        if self.state.phase in {Phase.CLOSED, Phase.RAMPING}:
            self.state = BreakerState(Phase.OPEN, since_s=now_s, probe_at_s=now_s + probe_in_s, probes=probes)
            self.turn_away(now_s)
        elif self.state.phase is Phase.OPEN:
            self.state = BreakerState(
                Phase.OPEN, since_s=self.state.since_s, probe_at_s=now_s + probe_in_s, probes=probes
            )

    def learn_closed(self, now_s: float) -> None:
        """Another worker's probe succeeded."""
        if self.state.phase in {Phase.OPEN, Phase.PROBING}:
            self.state = BreakerState(Phase.RAMPING, since_s=now_s)


class Gates:
    """The gates of this worker, by destination. Bounded: gates that nobody used for a while are forgotten."""

    KEEP = 5000

    def __init__(self) -> None:
        self._gates: dict[UUID, Gate] = {}
        self.part = 1.0

    def gate(self, destination: UUID, tenant_id: UUID, connector: str, cap: int, rate: Rate | None) -> Gate:
        """Give the gate, made on first use."""
        gate = self._gates.get(destination)
        if gate is None:
            if len(self._gates) >= self.KEEP:
                self._forget_unused()
            gate = Gate(destination, tenant_id, connector, cap, rate, part=self.part)
            self._gates[destination] = gate
        gate.cap, gate.rate = cap, rate
        return gate

    def known(self) -> list[Gate]:
        """Give all gates."""
        return list(self._gates.values())

    def find(self, destination: UUID) -> Gate | None:
        """Give the gate if there is one."""
        return self._gates.get(destination)

    def share_among(self, workers: int) -> None:
        """Take this worker's part of every limit."""
        self.part = 1.0 / max(1, workers)
        for gate in self._gates.values():
            gate.part = self.part

    def _forget_unused(self) -> None:
        idle = [
            gate
            for gate in self._gates.values()
            if not (gate.live or gate.replay) and gate.state.phase is Phase.CLOSED
        ]
        for gate in sorted(idle, key=lambda gate: gate.used_at_s)[: self.KEEP // 5]:
            del self._gates[gate.destination]
