"""The demo against real servers: a shop's door that checks signatures, and the sandbox."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from aiohttp import web

from integrations.connectors import loader
from integrations.connectors.twin.server import make_app
from integrations.connectors.webhook import Verifier
from integrations.errors import AccessError, ConflictError
from integrations.flows import demo as documents
from integrations.flows import queries, services
from integrations.partners import services as partners
from integrations.web.home import demo
from integrations.web.home.door import Letter, Sender
from tests import factories
from tests.twins import served
from tests.web import world

pytestmark = pytest.mark.django_db


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def door(came: "Queue[Any]") -> web.Application:
    async def take(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        came.put((request.path, headers, await request.read()))
        return web.json_response({}, status=202)

    app = web.Application()
    app.router.add_post("/in/{token}", take)
    return app


@pytest.fixture
def shop(db: None) -> Any:
    """A tenant with the demo's connections and its flow of orders."""
    person = factories.user()
    tenant = factories.tenant(owner=person)
    owner = factories.member(tenant.pk, person_id=person.pk)
    for name, connector in documents.CONNECTIONS.items():
        world.connect(owner, name, connector)
    flow = services.import_flow(by=owner, text=documents.flow_text("cross-border-order"))
    services.publish(by=owner, flow_id=flow.id)
    hook = queries.hooks(owner, flow.id)[0]
    services.set_verifier(by=owner, hook_id=hook.id, secret=world.SECRET)
    return owner, hook


def test_orders_come_signed_as_the_shop_signs_them(shop: Any, settings: Any) -> None:
    owner, hook = shop
    came: Queue[Any] = Queue()
    with served(door(came)) as url:
        settings.SEVENM = replace(settings.SEVENM, port=port_of(url), host="127.0.0.1")
        assert demo.send_orders(by=owner, count=3, per_s=0) == "3 orders are on their way."
        letters = [came.get(timeout=10) for _ in range(3)]
    webhooks = loader.manifest("shopify").webhooks
    assert webhooks is not None
    now = datetime.now(UTC)
    ids = {
        Verifier(webhooks).verify(headers, body, [world.SECRET], now).message_id
        for _, headers, body in letters
    }
    assert {path for path, _, _ in letters} == {f"/in/{hook.token}"}
    assert len(ids) == len({body for _, _, body in letters}) == 3


def test_without_the_flow_nothing_is_sent() -> None:
    with pytest.raises(ConflictError) as refused:
        demo.send_orders(by=factories.member(factories.tenant().pk), count=1, per_s=0)
    assert refused.value.code == "demo.no_flow"


def test_a_tenant_sends_a_few_orders_at_once() -> None:
    came: Queue[Any] = Queue()
    tenant, sender = factories.tenant().pk, Sender()
    with served(door(came)) as address:
        url = f"{address}/in/token"
        for _ in range(4):
            sender.send(tenant, url, [Letter({}, b"{}")] * 50, per_s=100)
        with pytest.raises(ConflictError):
            sender.send(tenant, url, [Letter({}, b"{}")], per_s=0)
        assert [came.get(timeout=10)[2] for _ in range(200)] == [b"{}"] * 200


def test_twins_are_switched_and_say_how_they_are(shop: Any, settings: Any) -> None:
    owner, _ = shop
    manifests = [loader.manifest(key) for key in documents.CONNECTIONS.values()]
    with served(make_app(manifests)) as url:
        settings.SEVENM = replace(settings.SEVENM, sandbox=True, sandbox_url=url)
        seen = []
        for behaviour in ("down", "refuses", "answers"):
            demo.switch_twin(by=owner, key="avalara", behaviour=behaviour)
            seen.append({twin.key: twin.behaviour for twin in demo.panel(owner).twins})
    assert [one["avalara"] for one in seen] == ["down", "refuses", "answers"]
    assert {one["shopify"] for one in seen} == {"answers"}


def test_a_twin_that_the_tenant_does_not_use_is_not_there() -> None:
    with pytest.raises(AccessError):
        demo.switch_twin(by=factories.member(factories.tenant().pk), key="shopify", behaviour="down")


def test_without_a_sandbox_the_panel_says_so(shop: Any) -> None:
    owner, _ = shop
    panel = demo.panel(owner)
    assert not panel.is_sandbox_there
    assert panel.orders is not None
    assert panel.stock is None
    assert panel.edi is None


def test_an_interchange_is_sent_with_the_key_that_the_seeding_left(
    shop: Any, settings: Any, tmp_path: Path
) -> None:
    owner, _ = shop
    for key, (name, profile) in documents.PARTNERS.items():
        partners.save_partner(by=owner, key=key, name=name, profile=profile)
    flow = services.import_flow(by=owner, text=documents.flow_text("edi-orders"))
    services.publish(by=owner, flow_id=flow.id)
    settings.SEVENM = replace(settings.SEVENM, home=tmp_path)
    with pytest.raises(ConflictError):
        demo.send_edi(by=owner, orders=2)
    (tmp_path / documents.KEY_FILE).write_text(f"{owner.tenant_id} 7m_live_key\n")
    came: Queue[Any] = Queue()
    with served(door(came)) as url:
        settings.SEVENM = replace(settings.SEVENM, host="127.0.0.1", port=port_of(url))
        demo.send_edi(by=owner, orders=2)
        path, headers, body = came.get(timeout=10)
    assert path == f"/in/{queries.hooks(owner, flow.id)[0].token}"
    assert headers["authorization"] == "Bearer 7m_live_key"
    assert body.count(b"ST*850*") == 2
