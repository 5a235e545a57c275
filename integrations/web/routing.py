"""The websockets of the pages."""

from typing import Any, cast

from django.urls import path

from integrations.web.builder.presence import PresenceConsumer
from integrations.web.live import LiveConsumer, SameOrigin

# Django's types know only views; Channels' router calls an ASGI application.
LIVE = cast("Any", SameOrigin(LiveConsumer.as_asgi()))
PRESENCE = cast("Any", SameOrigin(PresenceConsumer.as_asgi()))
websocket_urlpatterns = [path("ws/tenant/", LIVE), path("ws/flows/<uuid:flow_id>/", PRESENCE)]
