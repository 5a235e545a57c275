"""The first steps of an account: its tenant, the checklist made of facts, and how the sample is sent."""

from typing import Any

import pytest
from django.test import Client

from integrations.connectors import loader as connectors
from integrations.delivery.states import State
from integrations.errors import ConflictError
from integrations.flows import queries, services
from integrations.flows.templates import loader
from integrations.tenants.models import ApiKey, Member, Tenant
from integrations.trials.services.templates import use_template
from integrations.web.first_run import sending
from integrations.web.first_run.checklist import checklist
from tests import factories
from tests.desk import rows
from tests.web import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> Any:
    person = factories.user()
    return factories.member(factories.tenant(owner=person).pk, person_id=person.pk)


def done(by: Any) -> list[bool]:
    found = checklist(by)
    assert found is not None
    return [entry.is_done for entry in found.entries]


def test_who_has_no_tenant_makes_one_and_owns_it(as_role: Any) -> None:
    client, user = Client(), factories.user()
    client.force_login(user)
    with as_role("web"):
        assert client.get("/").headers["Location"] == "/start/"
        assert client.post("/start/", {"name": ""}).status_code == 422
        assert client.post("/start/", {"name": "Werkstatt Größ"}).headers["Location"] == "/"
        assert "Werkstatt Größ" in client.get("/").content.decode()
        assert client.get("/start/").headers["Location"] == "/"
    assert Member.objects.get(user=user).role == "owner"
    assert Tenant.objects.filter(name="Werkstatt Größ").count() == 1


def test_each_entry_is_done_when_its_fact_is_there(by: Any) -> None:
    assert done(by) == [False] * 6
    flow = use_template(by=by, key="order-to-chat")
    assert done(by) == [True, True, False, False, False, False]
    services.publish(by=by, flow_id=flow.id)
    assert done(by) == [True, True, True, True, False, False]
    rows.run(queries.flow(by, flow.id), State.RUNNING)
    assert done(by) == [True, True, True, True, True, False]
    rows.run(queries.flow(by, flow.id), State.SUCCEEDED)
    assert checklist(by) is None


def test_a_viewer_and_who_published_a_flow_of_their_own_are_not_led(by: Any) -> None:
    assert checklist(factories.member(by.tenant_id, "viewer")) is None
    world.connect(by)
    world.published(by)
    assert checklist(by) is None


def test_the_checklist_is_put_away(by: Any, as_role: Any) -> None:
    client = world.seat(Tenant.objects.get(pk=by.tenant_id))
    with as_role("web"):
        assert "First steps" in client.get("/").content.decode()
        client.post("/start/hide/")
        assert "First steps" not in client.get("/").content.decode()


def letter(by: Any, key: str) -> Any:
    """The letter that would be sent to a flow of this template."""
    flow = use_template(by=by, key=key)
    services.publish(by=by, flow_id=flow.id)
    flow = queries.flow(by, flow.id)
    assert sending.can_send(by, flow)
    (hook,) = queries.hooks(by, flow.id)
    return sending.letter(by, flow, hook)


def test_a_signed_address_gets_a_secret_and_a_letter_that_fits_it(by: Any) -> None:
    sent = letter(by, "order-to-chat")
    assert sent.body == loader.sample("order-to-chat")
    assert {"X-WC-Webhook-Signature", "X-WC-Webhook-Delivery-ID", "X-WC-Webhook-Topic"} <= set(sent.headers)
    webhooks = connectors.manifest("woocommerce").webhooks
    assert webhooks is not None
    (flow,) = queries.flows(by)
    assert queries.hooks(by, flow.id)[0].verifier is not None


def test_an_event_that_names_itself_in_the_body_has_a_new_name(by: Any) -> None:
    sent = letter(by, "payout-to-books")
    assert b"evt_1SWq7hLk9" not in sent.body
    assert b'"id":"po_twin_1001"' in sent.body.replace(b" ", b"")


def test_an_address_with_keys_gets_one_that_ends_soon_and_may_only_send(by: Any) -> None:
    sent = letter(by, "edifact-orders-as-json")
    key = ApiKey.objects.get(tenant_id=by.tenant_id)
    assert sent.headers["Authorization"].startswith("Bearer 7m_")
    assert (key.scopes, key.expires_at is not None) == (["ingress.send"], True)


def test_what_is_not_published_or_runs_by_the_clock_has_nothing_to_send(by: Any) -> None:
    flow = use_template(by=by, key="low-stock-alert")
    with pytest.raises(ConflictError):
        sending.send_sample(by=by, flow_id=flow.id)
    services.publish(by=by, flow_id=flow.id)
    assert not sending.can_send(by, queries.flow(by, flow.id))
