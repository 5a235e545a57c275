"""Whether a tenant's plan takes a request: asked of billing, kept for seconds, one look-up on the way in.

Nobody waits for billing but the first request of a tenant, and one whose plan was used up when last asked.
While billing cannot be asked, requests are taken: a few too many cost less than one refused for no reason.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Final, Protocol
from uuid import UUID

from integrations.errors import UnavailableError

log = logging.getLogger(__name__)

UNLIMITED_S: Final = 60.0
LIMITED_S: Final = 5.0
USED_UP_S: Final = 1.0
ANSWER_S: Final = 2.0
KEEP: Final = 20_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a tenant's plan still takes until it resets. limit, remaining: None without a limit."""

    plan: str
    limit: int | None
    remaining: int | None
    resets_at: datetime


class Plans(Protocol):
    """Who knows; raises UnavailableError while it does not."""

    async def allowance(self, tenant_id: UUID) -> Allowance: ...


@dataclass(slots=True)
class _Held:
    """left: what may still be taken by this process until it asks again; None without a limit."""

    known: Allowance | None
    left: int | None
    until: float


class Allowances:
    """What this process knows of its tenants' plans. For one event loop."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans
        self._held: dict[UUID, _Held] = {}
        self._asking: dict[UUID, asyncio.Task[_Held]] = {}

    async def take(self, tenant_id: UUID) -> bool:
        """Take one request of the plan; gives whether it had one left.

        Several processes, or requests of one moment, may pass a limit together by a few.
        """
        held = self._held.get(tenant_id)
        if held is None or (held.left == 0 and held.until <= monotonic()):
            self._ask(tenant_id)
            held = await asyncio.shield(self._asking[tenant_id])
        elif held.until <= monotonic():
            self._ask(tenant_id)
        if held.left is None:
            return True
        if held.left == 0:
            return False
        held.left -= 1
        return True

    def refusal(self, tenant_id: UUID) -> UnavailableError:
        """Say why `take` gave no, when that ends, and what to do."""
        held = self._held.get(tenant_id)
        if held is None or held.known is None:
            raise RuntimeError("nobody was refused")
        known = held.known
        return UnavailableError(
            "plan.used_up",
            f"The {known.plan} plan takes {known.limit} requests a month, and they are used up.",
            status=402,
            sent=False,
            retry_after_s=max(1.0, (known.resets_at - datetime.now(UTC)).total_seconds()),
            hint=f"Choose another plan, or send again after {known.resets_at:%Y-%m-%d %H:%M} UTC.",
        )

    def _ask(self, tenant_id: UUID) -> None:
        """Begin to ask, unless that is under way."""
        if tenant_id not in self._asking:
            task = self._asking[tenant_id] = asyncio.create_task(self._load(tenant_id))
            task.add_done_callback(lambda _: self._asking.pop(tenant_id, None))

    async def _load(self, tenant_id: UUID) -> _Held:
        try:
            async with asyncio.timeout(ANSWER_S):
                known = await self._plans.allowance(tenant_id)
        except (UnavailableError, TimeoutError) as error:
            log.warning("allowance.unknown tenant=%s error=%s", tenant_id, type(error).__name__)
            held = _Held(None, None, monotonic() + LIMITED_S)
        else:
            fresh_s = {None: UNLIMITED_S, 0: USED_UP_S}.get(known.remaining, LIMITED_S)
            held = _Held(known, known.remaining, monotonic() + fresh_s)
        if len(self._held) >= KEEP:
            self._held.clear()
        self._held[tenant_id] = held
        return held
