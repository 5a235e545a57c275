"""A websocket of somebody who sits in a tenant: who it is, how many pages they open, when they must leave.

Close codes: 4401 signed out, 4403 no member, 4429 too many pages open.
"""

import asyncio
from collections import Counter
from importlib import import_module
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from integrations.errors import AccessError
from integrations.web import tenancy

CHECK_S: Final = 60.0
MOST_PER_PERSON: Final = 20
FRAME_BYTES: Final = 1024
SIGNED_OUT, NO_MEMBER, TOO_MANY = 4401, 4403, 4429


class SeatedConsumer(AsyncWebsocketConsumer):
    """One open page of one person. A kind of page says its group, and what it does when it is open."""

    open_pages: ClassVar[Counter[UUID]]
    """Of this kind, by person."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Channels gives what it likes
        super().__init__(*args, **kwargs)
        self.person: UUID | None = None
        self.seat: tenancy.Seat | None = None
        self.group_name = ""
        self.tasks: set[asyncio.Task[None]] = set()

    def group_of(self, seat: tenancy.Seat) -> str:
        """Name the channel-layer group that this page hears. Raises AccessError; may ask the database."""
        raise NotImplementedError

    async def opened(self) -> None:
        """Begin, now that the person is known and the group is joined."""

    async def connect(self) -> None:
        await self.accept()
        found = await self._place()
        if isinstance(found, int):
            await self.close(code=found)
            return
        seat, group = found
        person = seat.actor.id
        if person is None or self.open_pages[person] >= MOST_PER_PERSON:
            await self.close(code=NO_MEMBER if person is None else TOO_MANY)
            return
        self.seat, self.person, self.group_name = seat, person, group
        self.open_pages[person] += 1
        await self.channel_layer.group_add(group, self.channel_name)
        await self.opened()
        self.check_task = self.start(self._check())

    async def disconnect(self, code: int) -> None:  # noqa: ARG002
        for task in self.tasks:
            task.cancel()
        if self.group_name:
            await self.channel_layer.group_discard(self.group_name, self.channel_name)
        if self.person is not None:
            self.open_pages[self.person] -= 1
            if not self.open_pages[self.person]:
                del self.open_pages[self.person]
            self.person = None

    async def say(self, message: dict[str, object]) -> None:
        await self.send(text_data=msgspec.json.encode(message).decode())

    def start(self, work: Any) -> asyncio.Task[None]:  # noqa: ANN401  a coroutine
        """Start what ends with the page."""
        task: asyncio.Task[None] = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _check(self) -> None:
        """Who signed out or lost their membership hears nothing more after a minute."""
        while True:
            await asyncio.sleep(CHECK_S)
            found = await self._place()
            code = found if isinstance(found, int) else NO_MEMBER
            if isinstance(found, int) or self.seat is None or _who(found[0]) != _who(self.seat):
                await self.close(code=code)
                return

    async def _place(self) -> "tuple[tenancy.Seat, str] | int":
        cookie = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        found: tuple[tenancy.Seat, str] | int = await database_sync_to_async(self._find)(cookie)
        return found

    def _find(self, session_key: str) -> "tuple[tenancy.Seat, str] | int":
        seat = find_seat(session_key)
        if isinstance(seat, int):
            return seat
        try:
            return seat, self.group_of(seat)
        except AccessError:
            return NO_MEMBER


def find_seat(session_key: str) -> tenancy.Seat | int:
    """Read the session anew: who sits where, or the close code that says why nobody does."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key or None)
    user = get_user(request)
    if not user.is_authenticated:
        return SIGNED_OUT
    try:
        return tenancy.seat_of(user, request.session)
    except AccessError:
        return NO_MEMBER


def _who(seat: tenancy.Seat) -> tuple[UUID | None, UUID]:
    return seat.actor.id, seat.actor.tenant_id
