import json
from datetime import UTC, datetime

import pytest

from integrations.connectors import kept_choices
from integrations.connectors.choices import Choice
from integrations.connectors.kept_choices import Asked, Loaded
from integrations.connectors.models import Connection
from integrations.tenants.models import AuditEvent
from sevenm import celery
from tests import factories
from tests.web import world

pytestmark = pytest.mark.django_db
assert celery.app  # what the views wake workers through

LOCATION = {"connection": "Leather shop", "operation": "set_inventory_level", "field": "body.location_id"}


def post(client, path, **said):
    return client.post(f"/build/{path}", json.dumps(said), content_type="application/json")


@pytest.fixture
def shop():
    tenant = factories.tenant("Siam Leather")
    return world.connect(factories.member(tenant.pk)), world.seat(tenant, "builder")


def test_short_lists_hold_what_the_tenant_has():
    mine = world.make()
    found = world.seat(mine.tenant, "viewer").get("/build/lists").json()
    assert [row["title"] for row in found["partners"]] == ["Stores of Siam Leather"]
    assert [row["slug"] for row in found["flows"]] == ["stock-file"]
    assert {"key": "x12", "title": "EDI X12"} in found["formats"]
    assert "Asia/Bangkok" in found["zones"]


def test_the_options_of_a_format_are_a_form():
    client = world.seat(factories.tenant(), "viewer")
    found = client.get("/build/format?format=csv").json()
    assert found["form"]["properties"]["delimiter"]["title"] == "Delimiter"
    assert client.get("/build/format?format=nobody").status_code == 422


def test_a_format_tells_its_messages_and_the_options_that_name_them():
    client = world.seat(factories.tenant(), "viewer")
    found = {one["choice"]: one for one in client.get("/build/format?format=x12").json()["messages"]}
    assert found["004010 855"] == {
        "choice": "004010 855",
        "title": "Purchase Order Acknowledgment",
        "options": {"transaction_set": "855", "envelope": {"version": "004010"}},
    }
    assert client.get("/build/format?format=csv").json()["messages"] == []


def test_an_operation_tells_its_fields_and_which_have_choices():
    client = world.seat(factories.tenant(), "viewer")
    found = client.get("/build/operation?connector=shopify&operation=set_inventory_level").json()
    fields = {".".join(field["path"]): field for field in found["fields"]}
    assert fields["body.location_id"]["title"] == "Location"
    assert (fields["body.location_id"]["required"], fields["body.location_id"]["choices"]) == (True, True)
    assert fields["body.available"]["choices"] is False
    assert found["sent_twice"] == "A repeated call changes nothing more."


def test_a_schedule_tells_its_next_five_firings():
    client = world.seat(factories.tenant(), "viewer")
    said = post(client, "firings", config={"daily_at": "06:30", "zone": "Asia/Bangkok"}).json()
    moments = [datetime.fromisoformat(moment) for moment in said["firings"]]
    assert [(moment.hour, moment.minute) for moment in moments] == [(23, 30)] * 5
    assert moments[0] > datetime.now(UTC)


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({}, "Give either a number of minutes or a time of day."),
        ({"every_minutes": 5, "zone": "Mars/Olympus"}, "There is no time zone “Mars/Olympus”."),
    ],
)
def test_a_schedule_that_is_not_finished_says_why_it_does_not_fire(config, why):
    client = world.seat(factories.tenant(), "viewer")
    assert post(client, "firings", config=config).json() == {"firings": [], "message": why}


def test_a_list_that_is_not_there_yet_is_asked_of_the_worker(shop):
    row, client = shop
    found = post(client, "choices", **LOCATION).json()
    assert (found["state"], found["items"]) == ("loading", [])
    assert AuditEvent.objects.filter(tenant_id=row.tenant_id, action="connection.listed").count() == 1


def test_a_list_that_came_is_given_with_its_age_until_it_is_asked_for_anew(shop):
    row, client = shop
    asked = Asked(row.tenant_id, row.id, LOCATION["operation"], LOCATION["field"])
    kept_choices.keep(asked, Loaded(items=[Choice(71009281, "Chiang Mai workshop")]))
    found = post(client, "choices", **LOCATION).json()
    assert found["items"] == [{"value": 71009281, "label": "Chiang Mai workshop"}]
    assert (found["state"], bool(found["at"])) == ("ready", True)
    assert post(client, "choices", **LOCATION, refresh=True).json()["state"] == "loading"


def test_a_list_that_failed_says_why(shop):
    row, client = shop
    asked = Asked(row.tenant_id, row.id, LOCATION["operation"], LOCATION["field"])
    kept_choices.keep(asked, Loaded(message="Shopify does not answer."))
    found = post(client, "choices", **LOCATION).json()
    assert (found["state"], found["message"]) == ("failed", "Shopify does not answer.")


def test_a_field_without_choices_is_refused(shop):
    _, client = shop
    found = post(client, "choices", **{**LOCATION, "field": "body.available"})
    assert found.json()["error"]["code"] == "choices.none"


def test_lists_are_sealed_where_they_are_kept(shop):
    row, _ = shop
    asked = Asked(row.tenant_id, row.id, "list", "body.x")
    kept_choices.keep(asked, Loaded(items=[Choice("a", "a canary of a customer")]))
    stored = kept_choices.stored(asked)
    assert stored is not None
    assert b"canary" not in stored
    other = Asked(row.tenant_id, row.id, "list", "body.y")
    kept_choices.store(other, stored)
    assert kept_choices.kept(other) is None


def test_a_connection_is_made_and_its_test_begun_without_leaving():
    tenant = factories.tenant()
    client = world.seat(tenant, "builder")
    form = client.get("/build/connection-form?connector=shopify").json()
    assert ([one["name"] for one in form["secrets"]], form["fresh"]) == (["access_token"], True)
    got = post(
        client, "connections", connector="shopify", name="My shop", mode="twin", config={"shop": "baan-nang"}
    )
    assert (got.status_code, got.json()["status"]) == (201, "checking")
    state = client.get(f"/build/connection?connection={got.json()['id']}").json()
    assert (state["name"], state["mode"]) == ("My shop", "twin")


def test_who_signed_in_long_ago_is_asked_first():
    tenant = factories.tenant()
    client = world.seat(tenant, "builder", is_fresh=False)
    got = post(client, "connections", connector="shopify", name="My shop", mode="twin", config={"shop": "a"})
    assert (got.status_code, got.json()["error"]["code"]) == (403, "access.fresh")
    assert got.json()["signIn"].startswith("/accounts/reauthenticate")
    assert not Connection.objects.filter(tenant=tenant).exists()


def test_a_wrong_setting_is_told_at_its_field():
    client = world.seat(factories.tenant(), "builder")
    got = post(client, "connections", connector="shopify", name="My shop", mode="live", config={})
    assert (got.json()["error"]["code"], got.json()["error"]["place"]) == ("connection.config", "shop")


def test_a_foreign_connection_is_not_there(shop):
    row, _ = shop
    stranger = world.seat(factories.tenant("Andean Wool"), "builder")
    assert stranger.get(f"/build/connection?connection={row.id}").status_code == 404
    assert post(stranger, "choices", **{**LOCATION, "connection": str(row.id)}).status_code == 404
