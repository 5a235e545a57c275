"""The split by path: documents at ``/in/``, live pages by websocket, ``/health/``, and the rest is Django."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Door(Protocol):
    """What takes something in; started and stopped with the process."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


class Ingress(Door, Protocol):
    """What takes documents in by HTTP."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class Front:
    """The whole ASGI application of a web process; without `pages` it only takes documents in."""

    def __init__(
        self,
        *,
        ingress: Ingress | None,
        pages: Application | None,
        sockets: Application | None,
        listeners: Door | None = None,
    ) -> None:
        self._listeners = listeners
        self._ingress = ingress
        self._pages = pages or not_found
        self._sockets = sockets or refuse_socket
        self._is_ready = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path: str = scope["path"]
            if path.startswith("/in/") and self._ingress is not None:
                await self._ingress(scope, receive, send)
            elif path.startswith("/health/"):
                await self._say_health(path, send)
            else:
                await self._pages(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
        else:
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Follow the server's lifespan: start before the first request, stop after the last."""
        await receive()
        try:
            if self._ingress is not None:
                await self._ingress.start()
            if self._listeners is not None:
                await self._listeners.start()
        except Exception as error:  # noqa: BLE001  the server's boundary: it prints why and ends
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            return
        self._is_ready = True
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._is_ready = False
        if self._listeners is not None:
            await self._listeners.stop()
        if self._ingress is not None:
            await self._ingress.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _say_health(self, path: str, send: Send) -> None:
        if path == "/health/live" or (path == "/health/ready" and self._is_ready):
            await _answer(send, 200, b"ok\n")
        elif path == "/health/ready":
            await _answer(send, 503, b"not ready\n")
        else:
            await _answer(send, 404, b"not found\n")


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer for the pages where there are none."""
    del scope, receive
    await _answer(send, 404, b"not found\n")


async def refuse_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """Close a websocket before it opens."""
    del scope, receive
    await send({"type": "websocket.close", "code": 1000})


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
