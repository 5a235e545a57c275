"""Telling the workers that runs are ready. A message is a hint: losing one costs a second, never a run."""

import logging
import queue
import threading
from collections.abc import Iterable
from time import monotonic
from typing import Final, Protocol
from uuid import UUID

from integrations.engine.models import Lane

log = logging.getLogger(__name__)

PACE_S: Final[dict[int, float]] = {
    Lane.SYNC: 0.004,
    Lane.ASYNC: 0.05,
    Lane.REPLAY: 0.05,
    Lane.BULK: 0.05,
    Lane.MAINTENANCE: 0.0,
}
"""A Celery message costs about 1.3 ms of CPU in all: a lane sends one in this time, and the first at once."""

MESSAGE_MAX: Final = 500
WAITING_MAX: Final = 200_000
"""Ids that may wait for a broker that is away; above it they are left to the workers' own search."""


class Send(Protocol):
    """Puts one message on the queue of a lane; may block and may raise."""

    def __call__(self, lane: Lane, run_ids: list[str]) -> None: ...


class Announcer:
    """A thread that gathers run ids by lane and sends them; callers never wait for the broker."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._inbox: queue.SimpleQueue[tuple[Lane, list[UUID]] | None] = queue.SimpleQueue()
        self._waiting: dict[Lane, list[UUID]] = {lane: [] for lane in Lane}
        self._sent_at = dict.fromkeys(Lane, 0.0)
        self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Send what waits and end."""
        self._inbox.put(None)
        self._thread.join(timeout=5)

    def announce(self, lane: int, run_ids: Iterable[UUID]) -> None:
        """Name runs that were committed."""
        self._inbox.put((Lane(lane), list(run_ids)))

    def _run(self) -> None:
        while True:
            try:
                taken = self._inbox.get(timeout=self._next_due_s())
            except queue.Empty:
                pass
            else:
                if taken is None:
                    break
                lane, run_ids = taken
                if sum(map(len, self._waiting.values())) < WAITING_MAX:
                    self._waiting[lane].extend(run_ids)
            self._send_due()
        self._sent_at = dict.fromkeys(Lane, 0.0)
        self._send_due()

    def _next_due_s(self) -> float | None:
        now = monotonic()
        due = [self._sent_at[lane] + PACE_S[lane] - now for lane, ids in self._waiting.items() if ids]
        return max(0.0, min(due)) if due else None

    def _send_due(self) -> None:
        now = monotonic()
        for lane, ids in self._waiting.items():
            if not ids or self._sent_at[lane] + PACE_S[lane] > now:
                continue
            message, self._waiting[lane] = ids[:MESSAGE_MAX], ids[MESSAGE_MAX:]
            self._sent_at[lane] = now
            try:
                self._send(lane, [str(run_id) for run_id in message])
            except Exception as error:  # noqa: BLE001  any broker's error: the workers find the runs themselves
                log.warning(
                    "announce.failed lane=%s runs=%d error=%s", lane.name, len(message), type(error).__name__
                )
                self._sent_at[lane] = now + 1.0
