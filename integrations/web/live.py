"""The websocket that tells a page what changed. It says "changed, cursor n"; the page reads again by itself.

Whoever changed something sends to the group of the tenant, in batches:
``group_send("tenant.<uuid>", {"type": "live.changed", "topics": ["runs"], "cursor": 7})``.
The client sends nothing. Close codes: those of `seated`.
"""

import asyncio
from collections import Counter
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit
from uuid import UUID

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from typing_extensions import override

from integrations.web.seated import FRAME_BYTES, SeatedConsumer
from integrations.web.tenancy import Seat

GAP_S: Final = 0.25
BEAT_S: Final = 25.0
MOST_FRAMES: Final = 20
MOST_TOPICS: Final = 64


def group(tenant_id: UUID) -> str:
    """Name the channel-layer group of a tenant."""
    return f"tenant.{tenant_id}"


class LiveConsumer(SeatedConsumer):
    """One open page of one person in one tenant."""

    open_pages: ClassVar[Counter[UUID]] = Counter()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Channels gives what it likes
        super().__init__(*args, **kwargs)
        self.topics: set[str] = set()
        self.cursor = 0
        self.frames = 0
        self.flush_task: asyncio.Task[None] | None = None

    @override
    def group_of(self, seat: Seat) -> str:
        return group(seat.actor.tenant_id)

    @override
    async def opened(self) -> None:
        self.beat_task = self.start(self._beat())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nothing is expected from the client; a little is borne, more ends the connection."""
        self.frames += 1
        if bytes_data is not None or len(text_data or "") > FRAME_BYTES:
            await self.close(code=1009)
        elif self.frames > MOST_FRAMES:
            await self.close(code=1008)

    async def live_changed(self, event: dict[str, Any]) -> None:
        """Collect topics; the first goes out at once, the others together a quarter of a second later."""
        self.topics.update(str(topic) for topic in event["topics"][:MOST_TOPICS])
        self.cursor = max(self.cursor, int(event.get("cursor", 0)))
        if self.flush_task is None or self.flush_task.done():
            self.flush_task = self.start(self._flush())

    async def _flush(self) -> None:
        while self.topics:
            topics, self.topics = sorted(self.topics), set()
            await self.say({"changed": topics, "cursor": self.cursor})
            await asyncio.sleep(GAP_S)

    async def _beat(self) -> None:
        """Give signs of life: the page can tell a quiet tenant from a dead line. The first says we are in."""
        while True:
            await self.say({"beat": self.cursor})
            await asyncio.sleep(BEAT_S)


class SameOrigin:
    """Refuses a page of another origin, another port of the same host among them, before anything is read."""

    def __init__(self, inner: ASGI3Application) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        headers = dict(scope["headers"]) if scope["type"] == "websocket" else {}
        origin = urlsplit(headers.get(b"origin", b"").decode("latin-1")).netloc
        if not origin or origin != headers.get(b"host", b"").decode("latin-1"):
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        await self.inner(scope, receive, send)
