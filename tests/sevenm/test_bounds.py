"""Requests that are larger or slower than they may be, before Django stores anything of them."""

import asyncio
from typing import Any

import pytest

from sevenm.bounds import Bounded


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Read the whole body as Django does; say nothing when the caller left meanwhile."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def call(
    *chunks: bytes, path: str = "/api/x", ends: bool = True, headers: Any = (), body_s: float = 5.0
) -> int:
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if ends:
        messages.append({"type": "http.request", "body": b"", "more_body": False})
    coming = iter(messages)
    sent = []

    async def receive() -> Any:
        message = next(coming, None)
        if message is None:
            await asyncio.Event().wait()
        return message

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": list(headers),
    }
    bounded = Bounded(application, head_bytes=200, body_bytes={"/api/": 10, "": 20}, body_s=body_s)
    await bounded(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("chunks", "path", "status"),
    [
        ([], "/api/x", 200),
        ([b"x" * 10], "/api/x", 200),
        ([b"x" * 5, b"x" * 6], "/api/x", 413),
        ([b"x" * 20], "/pages", 200),
        ([b"x" * 21], "/pages", 413),
    ],
)
async def test_a_body_has_a_largest_size_by_its_path(chunks, path, status) -> None:
    assert await call(*chunks, path=path) == status


async def test_a_body_without_end_is_cut_off_where_it_is_too_large() -> None:
    assert await call(*[b"xxx"] * 4, ends=False) == 413


@pytest.mark.parametrize("length", [b"11", b"9" * 30, b"-1", b"x"])
async def test_what_is_announced_too_large_is_not_read(length) -> None:
    assert await call(headers=[(b"content-length", length)], ends=False) == 413


async def test_a_large_head_is_refused() -> None:
    assert await call(headers=[(b"x-filler", b"x" * 200)]) == 431


async def test_a_body_that_does_not_come_is_given_up() -> None:
    assert await call(b"x", ends=False, body_s=0.01) == 408
