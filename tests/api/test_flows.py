"""Flows: made, changed, checked, published, exported, switched, given addresses."""

import pytest

from integrations.flows.models import Hook
from integrations.tenants.models import AuditEvent

FILE = """\
name: Orders
slug: orders
steps:
  - {key: order, kind: webhook_trigger, next: book}
  - key: book
    kind: http
    config: {url: "https://books.example/orders", value: [get, order, body], mode: at_least_once}
"""
YAML = "application/yaml"


@pytest.fixture
def orders(api):
    return api("POST", "/flows", FILE, content_type=YAML).json


SCOPED = {
    "steps": [
        {"key": "in", "kind": "webhook_trigger", "config": {"headers": ["X-Topic"]}},
        {"key": "made", "kind": "map", "config": {"plan": {"version": 1, "rules": []}}},
    ],
    "edges": [{"source": "in", "target": "made"}],
}


def test_a_flow_is_made_from_a_file(api, orders) -> None:
    assert (orders["name"], orders["slug"], orders["version"], orders["enabled"]) == (
        "Orders",
        "orders",
        None,
        False,
    )
    assert api("GET", "/flows/orders").json == api("GET", f"/flows/{orders['id']}").json == orders


def test_the_same_file_again_changes_nothing_and_another_one_the_draft(api, orders) -> None:
    assert api("POST", "/flows", FILE, content_type=YAML).json["id"] == orders["id"]
    got = api("POST", "/flows", FILE.replace("books.", "ledger."), content_type=YAML)
    assert (got.status, got.json["id"], got.json["draft_revision"]) == (200, orders["id"], 2)


@pytest.mark.parametrize(
    "text", ["# nothing", "name: [", "just text", "name: A\nsteps: 3\n", "&a [*a]", "a: !!python/object:x"]
)
def test_a_bad_file_is_refused_with_its_place(api, text) -> None:
    got = api("POST", "/flows", text, content_type=YAML)
    assert got.status == 422
    assert got.json["code"].startswith("flow.")


def test_a_file_that_is_not_utf8(api) -> None:
    assert api("POST", "/flows", b"name: \xff", content_type=YAML).refusal == (400, "request.not_utf8")


def test_an_export_is_what_was_imported(api, orders) -> None:
    got = api("GET", "/flows/orders/yaml")
    assert got.headers["Content-Type"] == "application/yaml; charset=utf-8"
    again = api("POST", "/flows", got.content, content_type=YAML).json
    assert again["draft_revision"] == 1


def test_a_taken_short_name_is_a_conflict(api, orders) -> None:
    assert api("POST", "/flows", {"name": "B", "slug": "orders"}).refusal == (409, "flow.slug_taken")


def test_a_draft_is_saved_over_the_revision_it_was_made_from(api, orders) -> None:
    draft = api("GET", "/flows/orders/draft").json
    first = api("PUT", "/flows/orders/draft", draft)
    second = api("PUT", "/flows/orders/draft", draft)
    assert (first.status, first.json["revision"]) == (200, 2)
    assert second.refusal == (409, "flow.draft_changed")


def test_validation_points_at_step_and_field(api) -> None:
    definition = {"steps": [{"key": "a", "kind": "http", "config": {"url": "nowhere"}}]}
    flow = api("POST", "/flows", {"name": "A", "definition": definition}).json
    told = api("GET", f"/flows/{flow['slug']}/validation").json
    assert told["valid"] is False
    assert "steps.a.config.url" in {problem["place"] for problem in told["problems"]}
    got = api("POST", f"/flows/{flow['slug']}/publish")
    assert got.refusal == (422, "flow.not_valid")
    assert got.json["problems"]


def test_publishing_gives_a_version_an_address_and_switches_on(api, orders) -> None:
    got = api("POST", "/flows/orders/publish", {"comment": "First"})
    assert (got.status, got.json["number"], got.json["comment"]) == (201, 1, "First")
    assert api("GET", "/flows/orders").json["enabled"] is True
    (hook,) = api("GET", "/flows/orders/hooks").json["items"]
    assert hook["path"] == f"/in/{Hook.objects.get().token}"
    assert api("POST", "/flows/orders/publish").refusal == (409, "flow.unchanged")


def test_an_old_version_comes_back_as_a_new_one(api, orders) -> None:
    api("POST", "/flows/orders/publish")
    api("POST", "/flows", FILE.replace("books.", "ledger."), content_type=YAML)
    api("POST", "/flows/orders/publish")
    got = api("POST", "/flows/orders/rollback", {"number": 1})
    assert (got.status, got.json["number"]) == (201, 3)
    listed = api("GET", "/flows/orders/versions?limit=2").json
    assert [version["number"] for version in listed["items"]] == [3, 2]
    rest = api("GET", f"/flows/orders/versions?limit=2&cursor={listed['next']}").json
    assert [version["number"] for version in rest["items"]] == [1]
    first = api("GET", "/flows/orders/versions/1").json
    assert first["definition"] == got.json["definition"]


def test_a_version_that_is_not_there(api, orders) -> None:
    assert api("GET", "/flows/orders/versions/9").refusal == (404, "access.not_found")
    assert api("GET", f"/flows/orders/versions/{10**30}").refusal == (404, "access.not_found")
    assert api("POST", "/flows/orders/rollback", {"number": 9}).refusal == (422, "flow.no_version")


def test_a_flow_is_switched_off_and_on(api, orders) -> None:
    assert api("POST", "/flows/orders/enable").refusal == (409, "flow.no_version")
    api("POST", "/flows/orders/publish")
    assert api("POST", "/flows/orders/disable").json["enabled"] is False
    assert api("POST", "/flows/orders/enable").json["enabled"] is True


def test_renaming_keeps_the_short_name(api, orders) -> None:
    got = api("PATCH", "/flows/orders", {"name": "Orders of the shop"}).json
    assert (got["name"], got["slug"]) == ("Orders of the shop", "orders")


def test_a_verifier_goes_in_and_never_comes_out(api, orders) -> None:
    hook = api("POST", "/flows/orders/hooks", {"secret": "hush-hush-4711"})
    assert (hook.status, hook.json["has_verifier"]) == (201, True)
    path = f"/hooks/{hook.json['id']}"
    put = api("PUT", f"{path}/verifier", {"secret": "hush-hush-4712", "keep_previous": True})
    closed = api("PATCH", path, {"enabled": False})
    listed = api("GET", "/flows/orders/hooks")
    gone = api("DELETE", f"{path}/verifier")
    assert (put.status, closed.json["enabled"], gone.status) == (200, False, 204)
    assert all(b"hush" not in answer.content for answer in (hook, put, closed, listed, gone))
    assert api("GET", "/flows/orders/hooks").json["items"][0]["has_verifier"] is False


def test_acts_are_in_the_audit_trail_under_the_key(api, orders) -> None:
    event = AuditEvent.objects.get(action="flow.created")
    assert (event.actor_kind, event.actor_label, event.origin) == ("api_key", "test", "127.0.0.1")


def test_the_scope_of_a_step_is_described(api) -> None:
    flow = api("POST", "/flows", {"name": "F", "definition": SCOPED}).json
    told = api("GET", f"/flows/{flow['id']}/scope/made").json["json_schema"]["properties"]
    assert told["in"]["properties"]["headers"]["properties"] == {"x-topic": {"type": "string"}}
    assert api("GET", f"/flows/{flow['id']}/scope/nothing").status == 404
