"""A circuit breaker per destination as a pure value: functions from a state and the time to the next state.

Closed: calls flow. It opens at 5 retryable failures in a row, or when at least half of the last 20 results
within 10 s were failures. Open: nothing is sent, one probe after 1, 2, 4, 5, 5 … s. A probe that succeeds
starts a ramp: 4 calls at once, doubling every 2 s up to the destination's cap. Only retryable failures
count: a destination that answers 400 is up.

Times are seconds of any one monotonic clock. Results of calls that began before the breaker opened change
nothing while it is open.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

FAILURES_IN_ROW: Final = 5
WINDOW: Final = 20
WINDOW_S: Final = 10.0
PROBE_DELAYS_S: Final = (1.0, 2.0, 4.0, 5.0)
PROBE_TIMEOUT_S: Final = 35.0
"""A probe without a result for this long is taken for lost with its worker, and another may start."""
RAMP_START: Final = 4
RAMP_DOUBLE_S: Final = 2.0


class Phase(IntEnum):
    """The number is what the database stores."""

    CLOSED = 1
    OPEN = 2
    PROBING = 3
    RAMPING = 4


@dataclass(frozen=True, slots=True)
class BreakerState:
    """results: (time, succeeded) of the last calls, oldest first. probe_at_s: when the next probe may start.

    since_s: when this phase began. probes: probes sent since it opened.
    """

    phase: Phase = Phase.CLOSED
    failures_in_row: int = 0
    results: tuple[tuple[float, bool], ...] = ()
    since_s: float = 0.0
    probe_at_s: float = 0.0
    probes: int = 0


@dataclass(frozen=True, slots=True)
class Permit:
    """The answer to "may I call now?".

    limit: calls that may be under way at once, this one included; 0 where none may start. is_probe: the
    caller must store `begin_probe` first (compare and swap) and only its winner sends. wait_s: ask again
    after this long.
    """

    limit: int
    is_probe: bool = False
    wait_s: float = 0.0


CLOSED: Final = BreakerState()


def permit(state: BreakerState, now_s: float, cap: int) -> Permit:
    """How many calls may be under way at `now_s` for a destination that takes `cap` at once."""
    if state.phase is Phase.CLOSED:
        return Permit(cap)
    if state.phase is Phase.RAMPING:
        return Permit(ramp_limit(state, now_s, cap))
    due_s = state.probe_at_s if state.phase is Phase.OPEN else state.since_s + PROBE_TIMEOUT_S
    wait_s = due_s - now_s
    return Permit(0, wait_s=wait_s) if wait_s > 0 else Permit(1, is_probe=True)


def begin_probe(state: BreakerState, now_s: float) -> BreakerState:
    """Mark the one probe as under way."""
    return replace(state, phase=Phase.PROBING, since_s=now_s, probes=state.probes + 1)


def on_success(state: BreakerState, now_s: float) -> BreakerState:
    """Count a call that the destination answered; a final refusal is an answer."""
    match state.phase:
        case Phase.OPEN:
            return state
        case Phase.PROBING:
            return BreakerState(phase=Phase.RAMPING, since_s=now_s)
        case _:
            return replace(state, failures_in_row=0, results=_recent(state, now_s, succeeded=True))


def on_failure(state: BreakerState, now_s: float) -> BreakerState:
    """Count a retryable failure."""
    match state.phase:
        case Phase.OPEN:
            return state
        case Phase.PROBING:
            return _open(now_s, state.probes)
        case _:
            in_row, results = state.failures_in_row + 1, _recent(state, now_s, succeeded=False)
            if in_row >= FAILURES_IN_ROW or _half_failed(results):
                return _open(now_s, 0)
            return replace(state, failures_in_row=in_row, results=results)


def settle(state: BreakerState, now_s: float, cap: int) -> BreakerState:
    """Close once the ramp has reached the cap; before that the state stays as it is."""
    if state.phase is Phase.RAMPING and ramp_limit(state, now_s, cap) >= cap:
        return replace(state, phase=Phase.CLOSED, since_s=now_s)
    return state


def ramp_limit(state: BreakerState, now_s: float, cap: int) -> int:
    """Give the calls at once in a ramp: 4, 8, 16, … each 2 s, never over `cap`."""
    doublings = min(int(max(now_s - state.since_s, 0.0) / RAMP_DOUBLE_S), 20)
    return min(cap, RAMP_START << doublings)


def probe_delay_s(probes: int) -> float:
    """Give the pause before probe number `probes` + 1: 1, 2, 4, 5, 5 … s."""
    return PROBE_DELAYS_S[min(probes, len(PROBE_DELAYS_S) - 1)]


def _open(now_s: float, probes: int) -> BreakerState:
    return BreakerState(
        phase=Phase.OPEN, since_s=now_s, probes=probes, probe_at_s=now_s + probe_delay_s(probes)
    )


def _recent(state: BreakerState, now_s: float, *, succeeded: bool) -> tuple[tuple[float, bool], ...]:
    return (*state.results[-(WINDOW - 1) :], (now_s, succeeded))


def _half_failed(results: tuple[tuple[float, bool], ...]) -> bool:
    """Tell whether this is a full window within 10 s of which at least half failed."""
    if len(results) < WINDOW or results[-1][0] - results[0][0] > WINDOW_S:
        return False
    return 2 * sum(not succeeded for _, succeeded in results) >= WINDOW
