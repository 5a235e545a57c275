"""Who has a flow's builder open, and that its draft was saved: a websocket of the flow.

A page says which step is open there: ``{"step": "quote"}``. It hears ``{"here": {"id", "label", "step"}}``
and ``{"gone": id}`` of other pages, and ``{"saved": {"revision", "by"}}``. Nothing of it is kept: a page that
comes asks all others to say again that they are here.
"""

from collections import Counter
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from typing_extensions import override

from integrations.flows import queries
from integrations.flows.models import Flow
from integrations.tenants.access import Actor
from integrations.web.seated import FRAME_BYTES, SeatedConsumer
from integrations.web.tenancy import Seat

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


class PresenceConsumer(SeatedConsumer):
    """One open builder."""

    open_pages: ClassVar[Counter[UUID]] = Counter()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Channels gives what it likes
        super().__init__(*args, **kwargs)
        self.step = ""
        self.frames = 0

    @override
    def group_of(self, seat: Seat) -> str:
        return group(queries.flow(seat.actor, self.scope["url_route"]["kwargs"]["flow_id"]).id)

    @override
    async def opened(self) -> None:
        await self._tell({"type": "flow.who"})  # it asks this page as well

    @override
    async def disconnect(self, code: int) -> None:
        if self.group_name:
            await self._tell({"type": "flow.gone", "id": self.channel_name})
        await super().disconnect(code)

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
        if self.group_name:
            self.step = said.step[:STEP_MAX]
            await self._here()

    async def flow_who(self, event: dict[str, Any]) -> None:  # noqa: ARG002
        await self._here()

    async def flow_here(self, event: dict[str, Any]) -> None:
        if event["id"] != self.channel_name:
            await self.say({"here": {name: event[name] for name in ("id", "label", "step")}})

    async def flow_gone(self, event: dict[str, Any]) -> None:
        await self.say({"gone": event["id"]})

    async def flow_saved(self, event: dict[str, Any]) -> None:
        await self.say({"saved": {"revision": event["revision"], "by": event["by"]}})

    async def _here(self) -> None:
        label = self.seat.actor.label if self.seat is not None else ""
        await self._tell({"type": "flow.here", "id": self.channel_name, "label": label, "step": self.step})

    async def _tell(self, message: dict[str, Any]) -> None:
        await self.channel_layer.group_send(self.group_name, message)
