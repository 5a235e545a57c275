"""A page's end of a websocket, for tests without a browser."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from django.conf import settings
from django.test import Client

from integrations.tenants import services
from integrations.tenants.models import User
from integrations.web.routing import websocket_urlpatterns

APPLICATION = CookieMiddleware(URLRouter(websocket_urlpatterns))


class Socket:
    """A page's end of the websocket, without a server between."""

    def __init__(self, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": headers}
        self.line = ApplicationCommunicator(APPLICATION, {**scope, "subprotocols": []})

    async def connect(self) -> bool:
        await self.line.send_input({"type": "websocket.connect"})
        return (await self.line.receive_output(3))["type"] == "websocket.accept"

    async def send(self, **frame: str | bytes) -> None:
        await self.line.send_input({"type": "websocket.receive", **frame})

    async def disconnect(self) -> None:
        await self.line.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.line.wait(3)


@asynccontextmanager
async def opened(
    cookie: str, origin: str = "http://testserver", *, path: str = "/ws/tenant/"
) -> AsyncIterator[Socket]:
    headers = [(b"host", b"testserver"), (b"origin", origin.encode())]
    headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
    socket = Socket(path, headers)
    try:
        yield socket
    finally:
        await socket.disconnect()


def member(email: str) -> tuple[str, UUID]:
    user = User.objects.create_user(email, "correct horse battery")
    tenant = services.create_tenant(by=user, name=email)
    client = Client()
    client.force_login(user)
    return client.session.session_key or "", tenant.pk


async def heard(socket: Socket) -> dict[str, object]:
    message: dict[str, object] = json.loads((await socket.line.receive_output(3))["text"])
    return message


async def closed(socket: Socket) -> int:
    code: int = (await socket.line.receive_output(3))["code"]
    return code
