"""The states of a run and the legal ways between them. Nothing else in 7M decides this.

    ingress → verify ──commit──► accepted → 202   (duplicate key, same body → first answer; other body → 409)
    accepted → running(lease, fence+1) ─┬─ 2xx, or destination confirms ──────────────► succeeded
       ▲           in-lease retries     ├─ breaker open, Retry-After > 2 s, paused,
       │           100 ms, 500 ms, 2 s  │  approval, delay, agent away ───────────────► waiting → accepted
       │                                │                                    (no attempt spent)
       │                                ├─ outcome unknown, not idempotent ───────────► in_doubt
       │                                ├─ stage 3 failed, or permanent ──────────────► dead ─72 h─► expired
       │                                └─ a person asked, between two steps ─────────► cancelled
       └─ lease ran out: sweeper, fence+1, crash_count+1 (> 3 → dead "poison"); or in_doubt if the
          destination is at_most_once
    waiting → accepted  when the probe passed;  dead "unavailable" → accepted  automatically on recovery;
    dead other → accepted  by a person (replay)
    in_doubt → succeeded / accepted / dead  by reconcile query or a person;
    any waiting state (accepted, waiting, in_doubt, dead) → cancelled  by a person, audited

Source: the delivery state machine of the security design, section 6.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

from integrations.errors import ConflictError


class State(IntEnum):
    """Where a run stands; the number is what the database stores."""

    ACCEPTED = 1
    RUNNING = 2
    WAITING = 3
    IN_DOUBT = 4
    SUCCEEDED = 5
    DEAD = 6
    CANCELLED = 7
    EXPIRED = 8


class Waiting(StrEnum):
    """Why a run waits durably, without a lease and without spending an attempt."""

    BREAKER = "breaker"
    RETRY_AFTER = "retry_after"
    PAUSED = "paused"
    DELAY = "delay"
    APPROVAL = "approval"
    ORDER = "order"


class DeadReason(StrEnum):
    """Why a run is dead; only ``unavailable`` comes back by itself when the destination recovers."""

    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    INPUT = "input"
    CONFIG = "config"
    POISON = "poison"
    BUG = "bug"


TRANSITIONS: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        State.ACCEPTED: frozenset({State.RUNNING, State.CANCELLED}),
        State.RUNNING: frozenset(
            {
                State.ACCEPTED,
                State.WAITING,
                State.IN_DOUBT,
                State.SUCCEEDED,
                State.DEAD,
                State.CANCELLED,
            }
        ),
        State.WAITING: frozenset({State.ACCEPTED, State.CANCELLED}),
        State.IN_DOUBT: frozenset({State.ACCEPTED, State.SUCCEEDED, State.DEAD, State.CANCELLED}),
        State.SUCCEEDED: frozenset(),
        State.DEAD: frozenset({State.ACCEPTED, State.CANCELLED, State.EXPIRED}),
        State.CANCELLED: frozenset(),
        State.EXPIRED: frozenset(),
    }
)

FINAL: Final = frozenset(state for state, onward in TRANSITIONS.items() if not onward)
"""States that nothing leaves."""

CANCELLABLE: Final = frozenset(
    state for state, onward in TRANSITIONS.items() if State.CANCELLED in onward and state is not State.RUNNING
)
"""States from which a person cancels at once; a running run is cancelled by its lease holder later."""


def move(state: State, to: State) -> State:
    """Give `to` when the way from `state` is legal. Raises ConflictError ``run.illegal_transition``."""
    if to not in TRANSITIONS[state]:
        raise ConflictError(
            "run.illegal_transition",
            f"A run that is {label(state)} cannot become {label(to)}.",
            hint="Reload: its state has moved on.",
        )
    return to


def sources(to: State) -> tuple[State, ...]:
    """Give every state with a way to `to`: the ``WHERE state IN (…)`` of the write that moves there."""
    return tuple(state for state, onward in TRANSITIONS.items() if to in onward)


def label(state: State) -> str:
    """Give the state in words for people: ``in doubt``."""
    return state.name.lower().replace("_", " ")
