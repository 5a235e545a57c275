"""Templates over the API: found by what one needs, read, and made into flows."""

import pytest

from integrations.connectors.models import Connection
from integrations.flows.templates import loader
from integrations.partners.models import Table
from integrations.tenants.binding import bind

pytestmark = pytest.mark.django_db


def test_templates_are_found_by_what_one_needs(api) -> None:
    found = api("GET", "/templates?q=bank+statement").json["items"]
    assert found[0] == {
        "key": "bank-statement", "title": "Bank statement into the books", "category": "money",
        "summary": loader.template("bank-statement").about.summary, "formats": ["iso20022"],
        "connectors": ["moneybird"],
    }  # fmt: skip
    assert len(api("GET", "/templates").json["items"]) == len(loader.found())
    assert api("GET", "/templates?category=none").refusal[0] == 400


def test_a_template_is_shown_with_its_flow_and_its_sample(api) -> None:
    shown = api("GET", "/templates/payout-to-books").json
    assert shown["connections"] == {"Card payments": "stripe", "Books": "moneybird"}
    assert shown["tables"] == ["books-accounts"]
    assert shown["flow"] == loader.flow_text("payout-to-books")
    assert api("GET", "/templates/payout-to-books/sample").content == loader.sample("payout-to-books")
    assert api("GET", "/templates/low-stock-alert/sample").status == 404
    assert api("GET", "/templates/..").status == 404


def test_a_flow_is_made_with_what_it_names(api) -> None:
    made = api("POST", "/templates/payout-to-books/flows", {"name": "Payouts", "slug": "payouts"})
    assert (made.status, made.json["slug"], made.json["version"]) == (201, "payouts", None)
    assert api("GET", "/flows/payouts/validation").json["problems"] == []
    with bind(api.tenant.pk):
        assert set(Connection.objects.values_list("name", "mode")) == {
            ("Card payments", "twin"),
            ("Books", "twin"),
        }
        assert Table.objects.filter(key="books-accounts").exists()


def test_a_second_flow_takes_the_twins_that_are_there(api) -> None:
    first = api("POST", "/templates/order-to-chat/flows", {}).json["slug"]
    second = api("POST", "/templates/order-to-chat/flows", {}).json["slug"]
    assert second == f"{first}-2"
    api("POST", "/templates/order-to-chat/flows", {"connections": {"Chat": ""}})
    with bind(api.tenant.pk):
        assert sorted(Connection.objects.values_list("name", flat=True)) == ["Chat", "Chat 2", "Web shop"]


def test_a_connection_of_another_service_is_refused_and_nothing_is_made(api) -> None:
    api("POST", "/templates/order-to-chat/flows", {})
    before = len(api("GET", "/flows").json["items"])
    refused = api("POST", "/templates/customer-to-crm/flows", {"connections": {"CRM": "Chat"}})
    assert (refused.status, refused.json["code"]) == (422, "template.connection")
    assert len(api("GET", "/flows").json["items"]) == before
    with bind(api.tenant.pk):
        assert not Connection.objects.filter(connector="shopify").exists()


def test_a_template_is_tried_without_anything_being_made(api) -> None:
    tried = api("POST", "/templates/edifact-orders-as-json/try", {}).json
    assert (tried["outcome"], tried["reply"]["body"]["count"]) == ("succeeded", 2)
    assert [step["key"] for step in tried["steps"]] == ["interchange", "orders", "answer"]
    assert api("GET", "/flows").json["items"] == []
