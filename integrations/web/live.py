"""The websocket that tells a page what changed. It says "changed, cursor n"; the page reads again by itself.

Whoever changed something sends to the group of the tenant, in batches:
``group_send("tenant.<uuid>", {"type": "live.changed", "topics": ["runs"], "cursor": 7})``.
The client sends nothing. Close codes: 4401 signed out, 4403 no member, 4429 too many pages open.
"""

import asyncio
from collections import Counter
from importlib import import_module
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from integrations.errors import AccessError
from integrations.web import tenancy

GAP_S: Final = 0.25
BEAT_S: Final = 25.0
CHECK_S: Final = 60.0
MOST_PER_PERSON: Final = 20
MOST_FRAMES: Final = 20
MOST_TOPICS: Final = 64
FRAME_BYTES: Final = 1024
SIGNED_OUT, NO_MEMBER, TOO_MANY = 4401, 4403, 4429


def group(tenant_id: UUID) -> str:
    """Name the channel-layer group of a tenant."""
    return f"tenant.{tenant_id}"


class LiveConsumer(AsyncWebsocketConsumer):
    """One open page of one person in one tenant."""

    open_pages: ClassVar[Counter[UUID]] = Counter()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Channels gives what it likes
        super().__init__(*args, **kwargs)
        self.person: UUID | None = None
        self.tenant: UUID | None = None
        self.topics: set[str] = set()
        self.cursor = 0
        self.frames = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self.flush_task: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        await self.accept()
        seat = await self._seat()
        if isinstance(seat, int):
            await self.close(code=seat)
            return
        person, tenant = seat
        if self.open_pages[person] >= MOST_PER_PERSON:
            await self.close(code=TOO_MANY)
            return
        self.person, self.tenant = person, tenant
        self.open_pages[person] += 1
        await self.channel_layer.group_add(group(tenant), self.channel_name)
        self.beat_task = self._start(self._beat())
        self.check_task = self._start(self._check())

    async def disconnect(self, code: int) -> None:  # noqa: ARG002
        for task in self.tasks:
            task.cancel()
        if self.tenant is not None:
            await self.channel_layer.group_discard(group(self.tenant), self.channel_name)
        if self.person is not None:
            self.open_pages[self.person] -= 1
            if not self.open_pages[self.person]:
                del self.open_pages[self.person]
            self.person = None

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
            self.flush_task = self._start(self._flush())

    async def _flush(self) -> None:
        while self.topics:
            topics, self.topics = sorted(self.topics), set()
            await self._say({"changed": topics, "cursor": self.cursor})
            await asyncio.sleep(GAP_S)

    async def _beat(self) -> None:
        """Give signs of life: the page can tell a quiet tenant from a dead line. The first says we are in."""
        while True:
            await self._say({"beat": self.cursor})
            await asyncio.sleep(BEAT_S)

    async def _check(self) -> None:
        """Who signed out or lost their membership hears nothing more after a minute."""
        while True:
            await asyncio.sleep(CHECK_S)
            seat = await self._seat()
            if seat != (self.person, self.tenant):
                await self.close(code=seat if isinstance(seat, int) else NO_MEMBER)
                return

    async def _say(self, message: dict[str, object]) -> None:
        await self.send(text_data=msgspec.json.encode(message).decode())

    async def _seat(self) -> "tuple[UUID, UUID] | int":
        cookie = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        seat: tuple[UUID, UUID] | int = await database_sync_to_async(find_seat)(cookie)
        return seat

    def _start(self, work: Any) -> asyncio.Task[None]:  # noqa: ANN401  a coroutine
        task: asyncio.Task[None] = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task


def find_seat(session_key: str) -> tuple[UUID, UUID] | int:
    """Read the session anew: who is it, in which tenant; or the close code that says why not."""
    seat = find_person(session_key)
    if isinstance(seat, int):
        return seat
    return (seat.actor.id, seat.actor.tenant_id) if seat.actor.id else NO_MEMBER


def find_person(session_key: str) -> tenancy.Seat | int:
    """Give the seat of a session, or the close code that says why there is none."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key or None)
    user = get_user(request)
    if not user.is_authenticated:
        return SIGNED_OUT
    try:
        return tenancy.seat_of(user, request.session)
    except AccessError:
        return NO_MEMBER


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
