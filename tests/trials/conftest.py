"""A tenant of the demo's, at the door of the builder, with the vendor twins beside it."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.test import Client

from integrations.flows import demo, services
from integrations.flows.answers import decode_json
from integrations.flows.exact_json import json_bytes
from integrations.flows.models import Flow
from integrations.partners.services import save_partner, save_table
from integrations.tenants.access import Actor
from integrations.tenants.models import Tenant
from sevenm import celery
from tests import factories
from tests.twins import demo_twins
from tests.web import world

assert celery.app  # what the views wake workers through


@pytest.fixture(scope="session")
def twins() -> Iterator[str]:
    with demo_twins() as url:
        yield url


@dataclass
class Shop:
    """A tenant with the demo's flow of orders as a draft."""

    tenant: Tenant
    owner: Actor
    flow: Flow
    client: Client
    as_role: Any

    @property
    def definition(self) -> dict[str, Any]:
        return deepcopy(self.flow.draft)

    def ask(self, method: str, path: str, body: Any = None, *, client: Client | None = None) -> Any:
        """Call the JSON door below the flow; gives the response, with `said` as its JSON."""
        data = b"" if body is None else json_bytes(body)
        with self.as_role("web"):
            got: Any = (client or self.client).generic(
                method, f"/flows/{self.flow.id}/{path}", data, content_type="application/json"
            )
        is_json = got.headers.get("Content-Type") == "application/json"
        got.said = decode_json(got.content) if is_json else None
        return got

    def ok(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Call, and give what was said when all was well."""
        got = self.ask(method, path, body)
        assert got.status_code == status, got.content
        return got.said

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str, str]:
        """Call, and give status, code and place of the refusal."""
        got = self.ask(method, path, body)
        return got.status_code, got.said["error"]["code"], got.said["error"]["place"]

    def try_it(self, body: bytes | None = None, **more: Any) -> Any:
        given = {"definition": self.definition, **more}
        if body is not None:
            given["document"] = {"text": body.decode(), "media_type": "application/json"}
        return self.ok("POST", "try", given)


def step_of(trial: Any, key: str, iteration: list[int] | None = None) -> Any:
    """Give a step's entry in a trial."""
    return next(
        one
        for one in trial["steps"]
        if one["key"] == key and (iteration is None or one["iteration"] == iteration)
    )


@pytest.fixture
def shop(db: None, settings: Any, twins: str, as_role: Any) -> Shop:
    settings.SEVENM = replace(settings.SEVENM, sandbox=True, sandbox_url=twins)
    person = factories.user()
    tenant = factories.tenant(owner=person)
    owner = factories.member(tenant.pk, person_id=person.pk)
    for name, connector in demo.CONNECTIONS.items():
        world.connect(owner, name, connector)
    for key, (name, profile) in demo.PARTNERS.items():
        save_partner(by=owner, key=key, name=name, profile=profile)
    save_table(by=owner, key="harbor-articles", title="Articles", rows=demo.HARBOR_ARTICLES)
    flow = services.import_flow(by=owner, text=demo.flow_text("cross-border-order"))
    return Shop(tenant, owner, flow, world.seat(tenant), as_role)


@pytest.fixture
def with_flow(shop: Shop) -> Any:
    """Give the shop with another draft."""

    def of(definition: dict[str, Any]) -> Shop:
        flow = services.create_flow(by=shop.owner, name="Another", definition=definition)
        return replace(shop, flow=flow)

    return of
