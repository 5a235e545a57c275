import asyncio
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from integrations.tenants import services
from integrations.web import live, seated
from tests.web.sockets import closed, heard, member, opened

pytestmark = pytest.mark.django_db(transaction=True)


async def say(tenant: UUID, *topics: str, cursor: int = 1) -> None:
    message = {"type": "live.changed", "topics": list(topics), "cursor": cursor}
    await get_channel_layer().group_send(live.group(tenant), message)


async def test_a_member_hears_what_changed_in_their_tenant() -> None:
    key, tenant = await sync_to_async(member)("a@example.com")
    async with opened(key) as socket:
        assert await socket.connect()
        assert await heard(socket) == {"beat": 0}
        await say(tenant, "runs", "flows", cursor=7)
        assert await heard(socket) == {"changed": ["flows", "runs"], "cursor": 7}


async def test_nobody_hears_of_another_tenant() -> None:
    key, _ = await sync_to_async(member)("a@example.com")
    _, other = await sync_to_async(member)("b@example.com")
    async with opened(key) as socket:
        await socket.connect()
        await heard(socket)
        await say(other, "runs")
        assert await socket.line.receive_nothing(0.5)


async def test_a_flood_comes_as_few_frames() -> None:
    key, tenant = await sync_to_async(member)("a@example.com")
    async with opened(key) as socket:
        await socket.connect()
        await heard(socket)
        for cursor in range(1, 101):
            await say(tenant, "runs", f"topic{cursor % 3}", cursor=cursor)
        frames = []
        while not frames or frames[-1]["cursor"] != 100:
            frames.append(await heard(socket))
        assert len(frames) <= 4


async def test_who_is_not_signed_in_is_told_so_and_let_go() -> None:
    async with opened("nonsense") as socket:
        await socket.connect()
        assert await closed(socket) == seated.SIGNED_OUT


@pytest.mark.parametrize("origin", ["http://evil.example", "http://testserver:8000", "", "null"])
async def test_a_page_of_another_origin_is_refused(origin: str) -> None:
    key, _ = await sync_to_async(member)("a@example.com")
    async with opened(key, origin) as socket:
        assert not await socket.connect()


@pytest.mark.parametrize(("frame", "code"), [("x" * 1025, 1009), (b"x", 1009)])
async def test_a_frame_over_the_limit_ends_it(frame: str | bytes, code: int) -> None:
    key, _ = await sync_to_async(member)("a@example.com")
    async with opened(key) as socket:
        await socket.connect()
        await heard(socket)
        await socket.send(**{"bytes" if isinstance(frame, bytes) else "text": frame})
        assert await closed(socket) == code


async def test_a_client_that_talks_is_let_go() -> None:
    key, _ = await sync_to_async(member)("a@example.com")
    async with opened(key) as socket:
        await socket.connect()
        await heard(socket)
        for _ in range(live.MOST_FRAMES + 1):
            await socket.send(text="{}")
        assert await closed(socket) == 1008


async def test_one_person_opens_a_bounded_number_of_pages() -> None:
    key, _ = await sync_to_async(member)("a@example.com")
    pages = []
    for _ in range(seated.MOST_PER_PERSON):
        page = opened(key)
        socket = await page.__aenter__()
        await socket.connect()
        await heard(socket)
        pages.append(page)
    async with opened(key) as socket:
        await socket.connect()
        assert await closed(socket) == seated.TOO_MANY
    await asyncio.gather(*(page.__aexit__(None, None, None) for page in pages))
    assert not live.LiveConsumer.open_pages


def test_a_seat_is_read_anew_each_time() -> None:
    key, tenant = member("a@example.com")
    seat = seated.find_seat(key)
    assert not isinstance(seat, int)
    assert seat.actor.tenant_id == tenant
    assert seat.actor.id is not None
    services.end_sessions(seat.actor.id)
    assert seated.find_seat(key) == seated.SIGNED_OUT
