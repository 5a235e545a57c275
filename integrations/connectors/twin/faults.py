"""Faults a person or a test plants in a twin, and its rate limit."""

from collections.abc import Callable
from typing import Literal

import msgspec

Mode = Literal["down", "error", "slow", "reset", "hang"]


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """One planted fault.

    mode: ``down`` and ``error`` answer with a status, ``slow`` waits delay_ms and goes on, ``reset`` breaks
    the connection, ``hang`` never answers. seconds, count: how long, and for how many calls; None for ever.
    operation: only this one. when: before the effect, or after it: then the effect is there, but no good
    answer.
    """

    mode: Mode
    status: int = 503
    seconds: float | None = None
    count: int | None = None
    delay_ms: int = 1000
    operation: str = ""
    when: Literal["before", "after"] = "before"
    retry_after_s: int | None = None
    ends_at: float | None = None


class Faults:
    """The faults of one twin. clock: monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._planted: list[Fault] = []

    def plant(self, fault: Fault) -> None:
        """Add a fault; at most 32 stand at once."""
        fault.ends_at = None if fault.seconds is None else self._clock() + fault.seconds
        self._planted = [*self._active(), fault][-32:]

    def heal(self) -> None:
        self._planted = []

    def take(self, operation: str, when: str) -> Fault | None:
        """Give the fault that hits this call, and count it."""
        if not self._planted:
            return None
        for fault in self._active():
            if fault.when == when and fault.operation in {"", operation}:
                if fault.count is not None:
                    fault.count -= 1
                return fault
        return None

    def facts(self) -> list[dict[str, object]]:
        return [msgspec.structs.asdict(fault) for fault in self._active()]

    def _active(self) -> list[Fault]:
        now = self._clock()
        self._planted = [
            fault
            for fault in self._planted
            if (fault.ends_at is None or now < fault.ends_at) and (fault.count is None or fault.count > 0)
        ]
        return self._planted


class Bucket:
    """A leaky bucket: ``burst`` calls at once, refilled at ``per_s``. clock: monotonic seconds."""

    def __init__(self, per_s: float, burst: int, clock: Callable[[], float]) -> None:
        self.per_s = per_s
        self.burst = max(burst, 1)
        self._clock = clock
        self._left = float(self.burst)
        self._seen = clock()

    def wait_s(self) -> float:
        """Take one call: 0.0 where it may go, else the seconds until one may."""
        if self.per_s <= 0:
            return 0.0
        now = self._clock()
        self._left = min(float(self.burst), self._left + (now - self._seen) * self.per_s)
        self._seen = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self.per_s
