"""The websocket of a flow's builder: who is here, and that the draft was saved."""

from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async

from integrations.flows import queries, services
from integrations.flows.models import Flow
from integrations.tenants.access import system
from integrations.web import seated
from integrations.web.builder import presence
from tests.web.sockets import Socket, closed, heard, member, opened

pytestmark = pytest.mark.django_db(transaction=True)


def flow_of(tenant: UUID) -> Flow:
    return services.create_flow(by=system(tenant), name="Drawn")


def path_of(flow: Flow) -> str:
    return f"/ws/flows/{flow.id}/"


async def next_of(socket: Socket, kind: str) -> Any:
    """Give the next message of a kind; others before it are passed over."""
    while kind not in (message := await heard(socket)):
        continue
    return message[kind]


async def test_two_pages_hear_of_each_other_and_of_the_step_that_is_open() -> None:
    key, tenant = await sync_to_async(member)("ann@example.com")
    path = path_of(await sync_to_async(flow_of)(tenant))
    async with opened(key, path=path) as one:
        await one.connect()
        async with opened(key, path=path) as other:
            await other.connect()
            found = await next_of(one, "here")
            assert (found["label"], found["step"]) == ("ann@example.com", "")
            await one.send(text='{"step": "vat"}')
            while (await next_of(other, "here"))["step"] != "vat":  # before it, that the page is here
                continue
        assert await next_of(one, "gone") == found["id"]


async def test_a_saved_draft_is_told() -> None:
    key, tenant = await sync_to_async(member)("ann@example.com")
    flow = await sync_to_async(flow_of)(tenant)
    by = system(tenant, "Ben")
    async with opened(key, path=path_of(flow)) as socket:
        await socket.connect()
        saved = await sync_to_async(services.save_draft)(by=by, flow_id=flow.id, definition={}, revision=1)
        await sync_to_async(presence.tell_saved)(saved, by)
        assert await next_of(socket, "saved") == {"revision": 2, "by": "Ben"}
    assert (await sync_to_async(queries.flow)(by, flow.id)).draft_revision == 2


async def test_a_flow_of_another_tenant_and_nobody_are_turned_away() -> None:
    key, _ = await sync_to_async(member)("ann@example.com")
    _, other = await sync_to_async(member)("ben@example.com")
    path = path_of(await sync_to_async(flow_of)(other))
    for cookie, code in ((key, seated.NO_MEMBER), ("nonsense", seated.SIGNED_OUT)):
        async with opened(cookie, path=path) as socket:
            await socket.connect()
            assert await closed(socket) == code


@pytest.mark.parametrize(("frame", "code"), [("{", 1007), ('{"step": 7}', 1007), ("x" * 2000, 1009)])
async def test_what_is_no_frame_ends_it(frame: str, code: int) -> None:
    key, tenant = await sync_to_async(member)("ann@example.com")
    path = path_of(await sync_to_async(flow_of)(tenant))
    async with opened(key, path=path) as socket:
        await socket.connect()
        await socket.send(text=frame)
        assert await closed(socket) == code
