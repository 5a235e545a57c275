"""What happens after a failed attempt: decided here, done by the engine.

Retriable is a property of the error's class: UnavailableError (no connection, no answer in time, 408, 425,
429, 5xx). Everything else is final at once. The destination's mode says what an unknown outcome means.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from integrations.delivery.states import DeadReason, Waiting
from integrations.errors import (
    ConfigError,
    InputError,
    RefusedError,
    SevenMError,
    UnavailableError,
)

IN_LEASE_MAX_S: Final = 2.0
"""Longest Retry-After that is waited for inside the lease; a longer one parks the run."""

PARK_MAX_S: Final = 3600.0
"""A destination that asks for more is asked again after this long."""

WAIT_MAX_S: Final = 72 * 3600.0
"""A run that has waited this long in all for one step is given up as ``unavailable``."""

CRASHES_MAX: Final = 3
"""Leases that may run out before the run is taken for the cause: the fourth makes it dead (poison)."""

NOT_PROCESSED: Final = frozenset({425, 429})
"""Statuses by which the peer says that it did not act on the request."""


class Mode(StrEnum):
    """What a destination does with the same call twice; shown in the builder."""

    IDEMPOTENT = "idempotent"
    AT_LEAST_ONCE = "at_least_once"
    AT_MOST_ONCE = "at_most_once"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """delays_s: the pause before the second, third, … attempt, from the end of the failed one."""

    delays_s: tuple[float, ...] = (0.1, 0.5, 2.0)

    @property
    def attempts(self) -> int:
        """How many attempts there are at most, the first one included."""
        return len(self.delays_s) + 1


@dataclass(frozen=True, slots=True)
class Retry:
    """Wait inside the lease, then try again; this spends an attempt."""

    after_s: float


@dataclass(frozen=True, slots=True)
class Park:
    """Give the lease back and wait durably; no attempt is spent."""

    after_s: float
    reason: Waiting


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The outcome is unknown and asking twice could act twice: a reconcile query or a person decides."""

    code: str


@dataclass(frozen=True, slots=True)
class Dead:
    """Over, until a replay; ``unavailable`` is redriven when the destination recovers."""

    code: str
    reason: DeadReason


@dataclass(frozen=True, slots=True)
class Again:
    """Accepted again, with the next fence number."""


Decision = Retry | Park | InDoubt | Dead


def decide(
    policy: RetryPolicy,
    attempt_number: int,
    error: SevenMError,
    mode: Mode | str = Mode.AT_LEAST_ONCE,
    *,
    waited_s: float = 0.0,
) -> Decision:
    """Decide what to do now that attempt `attempt_number` (from 1, in this lease) ended with `error`.

    waited_s: how long the run has been parked for this step so far.
    A long Retry-After parks before attempts are counted: waiting as asked is never a failure of the
    merchant's flow.
    """
    if not isinstance(error, UnavailableError):
        return Dead(error.code, reason_of(error))
    if mode == Mode.AT_MOST_ONCE and error.sent and error.status not in NOT_PROCESSED:
        return InDoubt(error.code)
    asked_s = error.retry_after_s or 0.0
    if asked_s > IN_LEASE_MAX_S:
        if waited_s >= WAIT_MAX_S:
            return Dead(error.code, DeadReason.UNAVAILABLE)
        return Park(min(asked_s, PARK_MAX_S), Waiting.RETRY_AFTER)
    if attempt_number > len(policy.delays_s):
        return Dead(error.code, DeadReason.UNAVAILABLE)
    return Retry(max(policy.delays_s[attempt_number - 1], asked_s))


def after_lost_lease(mode: Mode | str, crash_count: int, *, call_open: bool) -> Again | InDoubt | Dead:
    """Decide what the sweeper does with a run whose lease ran out.

    crash_count: leases that ran out before this one. call_open: a call of a side-effecting step may have
    been under way (started in the ledger without an end); `mode` is that step's.
    """
    if call_open and mode == Mode.AT_MOST_ONCE:
        return InDoubt("delivery.outcome_unknown")
    if crash_count + 1 > CRASHES_MAX:
        return Dead("delivery.poison", DeadReason.POISON)
    return Again()


def may_redrive(mode: Mode | str, age_s: float, key_memory_s: float | None) -> bool:
    """Tell whether a run may be sent again without asking the destination first.

    age_s: time since its first attempt. key_memory_s: how long the destination remembers idempotency keys,
    None where it never forgets (or where duplicates are accepted anyway).
    """
    if mode == Mode.AT_LEAST_ONCE or key_memory_s is None:
        return True
    return age_s < key_memory_s


def reason_of(error: SevenMError) -> DeadReason:
    """Give the dead letter's reason for a final error."""
    if isinstance(error, UnavailableError):
        return DeadReason.UNAVAILABLE
    if isinstance(error, RefusedError):
        return DeadReason.REFUSED
    if isinstance(error, InputError):
        return DeadReason.INPUT
    return DeadReason.CONFIG if isinstance(error, ConfigError) else DeadReason.BUG
