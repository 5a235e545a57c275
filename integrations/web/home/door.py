"""Calls of the web process itself: to its own door, as a shop would, and to the sandbox's control API.

Both addresses are the operator's settings, never a user's; the one guarded client makes the calls.
"""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from integrations.connectors.client import Outbound, OutboundRequest, OutboundResponse
from integrations.connectors.egress import Guard, only
from integrations.errors import ConflictError, RemoteError

if TYPE_CHECKING:
    from concurrent.futures import Future

log = logging.getLogger(__name__)

CONTROL_S: Final = 3.0
LETTER_S: Final = 40.0
MOST_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Letter:
    """One document to post, with the headers that its sender gives it."""

    headers: dict[str, str]
    body: bytes


def call(url: str, request: OutboundRequest) -> OutboundResponse:
    """Make one call and wait for it. Raises RemoteError."""

    async def once() -> OutboundResponse:
        async with Outbound(Guard(only(url))) as outbound:
            return await outbound.send(request)

    return asyncio.run(once())


class Sender:
    """Posts letters at a pace, on one thread beside the requests; a few orders of a tenant at once."""

    def __init__(self) -> None:
        self._busy: Counter[UUID] = Counter()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def send(self, tenant_id: UUID, url: str, letters: Sequence[Letter], *, per_s: float) -> None:
        """Begin; the outcome stands in the runs. Raises ConflictError while too many are not over."""
        with self._lock:
            if self._busy[tenant_id] >= MOST_AT_ONCE or self._busy.total() >= 4 * MOST_AT_ONCE:
                raise ConflictError(
                    "demo.busy", "The orders asked for before are still being sent.", hint="Wait a moment."
                )
            self._busy[tenant_id] += 1
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="demo orders", daemon=True).start()
            future = asyncio.run_coroutine_threadsafe(_post(url, letters, per_s), self._loop)
        future.add_done_callback(lambda done: self._over(tenant_id, done))

    def _over(self, tenant_id: UUID, done: "Future[int]") -> None:
        with self._lock:
            self._busy[tenant_id] -= 1
        failed = done.exception()
        log.info("demo.sent tenant=%s error=%s", tenant_id, type(failed).__name__ if failed else "")


async def _post(url: str, letters: Sequence[Letter], per_s: float) -> int:
    """Post all; answers are not awaited before the next is due. Gives how many were taken."""
    async with Outbound(Guard(only(url))) as outbound, asyncio.TaskGroup() as group:
        tasks = []
        for letter in letters:
            tasks.append(group.create_task(_one(outbound, url, letter)))
            await asyncio.sleep(1 / per_s if per_s else 0)
    return sum(task.result() for task in tasks)


async def _one(outbound: Outbound, url: str, letter: Letter) -> bool:
    request = OutboundRequest(
        method="POST",
        url=url,
        headers=letter.headers,
        body=letter.body,
        first_byte_s=LETTER_S,
        total_s=LETTER_S,
    )
    try:
        return (await outbound.send(request)).status < 500
    except RemoteError as error:
        log.warning("demo.not_sent code=%s", error.code)
        return False
