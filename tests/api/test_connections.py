"""The catalogue, and connections whose secrets go in and never come out."""

import pytest

from integrations.connectors import loader
from integrations.connectors.models import Connection


def shop_facts() -> dict[str, object]:
    """Give what the manifest asks for, whatever that is."""
    manifest = loader.manifest("shopify")
    return {
        "connector": "shopify",
        "name": "Leather shop",
        "config": {name: field.default or "siam" for name, field in manifest.config.items()},
        "secrets": dict.fromkeys(manifest.secrets, "hush-hush-4711"),
    }


@pytest.fixture
def shop(api):
    got = api("POST", "/connections", shop_facts())
    assert got.status == 201, got.content
    return got.json


def test_the_catalogue_is_listed_by_key_in_pages(api) -> None:
    keys, query = [], "?limit=1"
    while query:
        got = api("GET", f"/connectors{query}").json
        keys += [connector["key"] for connector in got["items"]]
        query = f"?limit=1&cursor={got['next']}" if got["next"] else ""
    assert keys == list(loader.found())


def test_the_catalogue_by_category(api) -> None:
    got = api("GET", "/connectors?category=tax").json
    assert {connector["category"] for connector in got["items"]} == {"tax"}


@pytest.mark.parametrize("key", loader.found())
def test_a_connector_says_what_a_connection_needs(api, key) -> None:
    told = api("GET", f"/connectors/{key}").json
    assert {field["name"] for field in told["secrets"]} == set(loader.manifest(key).secrets)
    assert told["operations"]
    assert all(operation["response"]["type"] for operation in told["operations"])


def test_a_connector_that_is_none(api) -> None:
    assert api("GET", "/connectors/..%2f..").status == 404
    assert api("GET", "/connectors/none").refusal == (404, "access.not_found")


def test_secrets_are_sealed_and_never_shown(api, shop) -> None:
    row = Connection.objects.get(id=shop["id"])
    shown = api("GET", f"/connections/{shop['id']}").content + api("GET", "/connections").content
    assert (shop["has_secrets"], shop["status"]) == (True, "new")
    assert b"hush" not in bytes(row.secret or b"") + shown


def test_a_missing_secret_is_named(api) -> None:
    got = api("POST", "/connections", {**shop_facts(), "secrets": {"none": "x"}})
    assert (got.status, got.json["place"] != "") == (422, True)


@pytest.mark.parametrize(
    "change", [{"connector": "none"}, {"connector": "../x"}, {"mode": "live", "config": {"a": "b"}}]
)
def test_what_does_not_fit_is_refused(api, change) -> None:
    assert api("POST", "/connections", {**shop_facts(), **change}).status == 422


def test_a_taken_name_is_a_conflict(api, shop) -> None:
    assert api("POST", "/connections", shop_facts()).refusal == (409, "connection.name_taken")


def test_a_change_keeps_what_it_does_not_name(api, shop) -> None:
    got = api("PATCH", f"/connections/{shop['id']}", {"name": "Other name"}).json
    assert got == {**shop, "name": "Other name", "updated_at": got["updated_at"]}


def test_another_address_clears_the_secrets(api, shop) -> None:
    config = {name: "other" if value == "siam" else value for name, value in shop["config"].items()}
    got = api("PATCH", f"/connections/{shop['id']}", {"config": config}).json
    assert (got["has_secrets"], got["status"]) == (False, "no_secret")
    assert api("POST", f"/connections/{shop['id']}/test").refusal == (422, "connection.no_secret")


def test_secrets_are_replaced(api, shop) -> None:
    before = bytes(Connection.objects.get(id=shop["id"]).secret or b"")
    got = api("PUT", f"/connections/{shop['id']}/secrets", {"secrets": shop_facts()["secrets"]})
    assert got.status == 200
    assert bytes(Connection.objects.get(id=shop["id"]).secret or b"") != before


def test_a_test_is_asked_for_and_shown_as_under_way(api, shop) -> None:
    got = api("POST", f"/connections/{shop['id']}/test")
    assert (got.status, got.json["status"]) == (202, "checking")
    assert api("GET", f"/connections/{shop['id']}").json["status"] == "checking"


def test_a_deleted_connection_is_gone(api, shop) -> None:
    assert api("DELETE", f"/connections/{shop['id']}").status == 204
    assert api("GET", f"/connections/{shop['id']}").refusal == (404, "access.not_found")
