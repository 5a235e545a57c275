"""Bounds of what the pages and the API take in, before Django reads it: Django stores a whole body first.

The ingress has its own (`integrations.engine.ingress`), because it reads what it takes as it comes.
"""

import asyncio
import json
from collections.abc import Mapping
from time import monotonic
from typing import Final

from sevenm.front import Application, Message, Receive, Scope, Send

BODY_S: Final = 30.0
DIGITS_MAX: Final = 18


class Bounded:
    """An application whose requests have a largest head, a largest body, and a time for the body to come.

    body_bytes: the most by the beginning of the path; the first that fits counts, and "" fits every path.
    """

    def __init__(
        self,
        application: Application,
        *,
        head_bytes: int,
        body_bytes: Mapping[str, int],
        body_s: float = BODY_S,
    ) -> None:
        self._application = application
        self._head_bytes, self._body_bytes, self._body_s = head_bytes, body_bytes, body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = next(size for path, size in self._body_bytes.items() if scope["path"].startswith(path))
        if head_size(scope) > self._head_bytes:
            await refuse(send, 431, "The head of the request is too large.")
        elif announced(scope) > most:
            await refuse(send, 413, "The body of the request is too large.")
        else:
            body = _Body(receive, send, most=most, deadline=monotonic() + self._body_s)
            await self._application(scope, body.receive, body.send)
            if body.refusal and not body.is_answered:
                await refuse(send, *body.refusal)


class _Body:
    """Counts a body as it comes; one too large or too slow ends as if the caller had left."""

    def __init__(self, receive: Receive, send: Send, *, most: int, deadline: float) -> None:
        self._receive, self._send = receive, send
        self._left, self._deadline = most, deadline
        self._is_complete = False
        self.is_answered = False
        self.refusal: tuple[int, str] | None = None

    async def receive(self) -> Message:
        if self.refusal:
            return {"type": "http.disconnect"}
        if self._is_complete:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._deadline - monotonic()))
        except TimeoutError:
            self.refusal = (408, "The body of the request did not come in time.")
            return {"type": "http.disconnect"}
        self._left -= len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)
        if self._left < 0:
            self.refusal = (413, "The body of the request is too large.")
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        self.is_answered = True
        await self._send(message)


def head_size(scope: Scope) -> int:
    """Give the size of the request line and the headers."""
    lines = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    return lines + len(scope.get("raw_path", b"")) + len(scope.get("query_string", b""))


def announced(scope: Scope) -> int:
    """Give the length that the request says its body has; 0 where it says none."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) <= DIGITS_MAX else 1 << 62
    return 0


async def refuse(send: Send, status: int, message: str) -> None:
    """Answer with a problem, and read nothing more from this connection."""
    body = json.dumps({"status": status, "code": "request.out_of_bounds", "title": message}).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
