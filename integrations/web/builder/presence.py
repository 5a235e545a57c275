"""Who has a flow's builder open, and that its draft was saved: a websocket of the flow.

A page says which step is open there: ``{"step": "quote"}``. It hears ``{"here": {"id", "label", "step"}}``
and ``{"gone": id}`` of other pages, and ``{"saved": {"revision", "by"}}``. Nothing of it is kept: a page that
comes asks all others to say again that they are here.
"""

from typing import Any, Final
from uuid import UUID

import msgspec
from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django.conf import settings

from integrations.errors import AccessError
from integrations.flows import queries
from integrations.flows.models import Flow
from integrations.tenants.access import Actor
from integrations.web.live import FRAME_BYTES, NO_MEMBER, find_person

MOST_FRAMES: Final = 20_000
STEP_MAX: Final = 63


class _Said(msgspec.Struct):
    step: str = ""


def tell_saved(flow: Flow, by: Actor) -> None:
    """Tell open builders that the draft was saved; a channel layer that is away is passed over."""
    message = {"type": "flow.saved", "revision": flow.draft_revision, "by": by.label}
    try:
        async_to_sync(get_channel_layer().group_send)(group(flow.id), message)
    except (OSError, RuntimeError):  # a hint only: a stale save is refused in any case
        return


def group(flow_id: UUID) -> str:
    """Name the channel-layer group of a flow's builders."""
    return f"flow.{flow_id}"


class PresenceConsumer(AsyncWebsocketConsumer):
    """One open builder."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Channels gives what it likes
        super().__init__(*args, **kwargs)
        self.name = ""
        self.label = ""
        self.step = ""
        self.frames = 0

    async def connect(self) -> None:
        await self.accept()
        flow_id: UUID = self.scope["url_route"]["kwargs"]["flow_id"]
        cookie = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        found = await database_sync_to_async(find_label)(cookie, flow_id)
        if isinstance(found, int):
            await self.close(code=found)
            return
        self.name, self.label = group(flow_id), found
        await self.channel_layer.group_add(self.name, self.channel_name)
        await self._tell({"type": "flow.who"})
        await self._here()

    async def disconnect(self, code: int) -> None:  # noqa: ARG002
        if self.name:
            await self._tell({"type": "flow.gone", "id": self.channel_name})
            await self.channel_layer.group_discard(self.name, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.frames += 1
        if bytes_data is not None or len(text_data or "") > FRAME_BYTES or self.frames > MOST_FRAMES:
            await self.close(code=1009)
            return
        try:
            said = msgspec.json.decode(text_data or "", type=_Said)
        except msgspec.DecodeError:
            await self.close(code=1007)
            return
        if self.name:
            self.step = said.step[:STEP_MAX]
            await self._here()

    async def flow_who(self, event: dict[str, Any]) -> None:  # noqa: ARG002
        await self._here()

    async def flow_here(self, event: dict[str, Any]) -> None:
        if event["id"] != self.channel_name:
            await self._say({"here": {name: event[name] for name in ("id", "label", "step")}})

    async def flow_gone(self, event: dict[str, Any]) -> None:
        await self._say({"gone": event["id"]})

    async def flow_saved(self, event: dict[str, Any]) -> None:
        await self._say({"saved": {"revision": event["revision"], "by": event["by"]}})

    async def _here(self) -> None:
        await self._tell(
            {"type": "flow.here", "id": self.channel_name, "label": self.label, "step": self.step}
        )

    async def _tell(self, message: dict[str, Any]) -> None:
        await self.channel_layer.group_send(self.name, message)

    async def _say(self, message: dict[str, Any]) -> None:
        await self.send(text_data=msgspec.json.encode(message).decode())


def find_label(session_key: str, flow_id: UUID) -> str | int:
    """Give the name of who looks at the flow, or the close code that says why they may not."""
    seat = find_person(session_key)
    if isinstance(seat, int):
        return seat
    try:
        queries.flow(seat.actor, flow_id)
    except AccessError:
        return NO_MEMBER
    return seat.actor.label
