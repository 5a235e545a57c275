"""Versions compared, flows copied, duplicated and archived, and what lies over them."""

import pytest

FILE = """\
name: Stock
slug: stock
steps:
  - {key: order, kind: webhook_trigger, next: send}
  - key: send
    kind: http
    config: {url: "https://a.example", value: [get, order, body], mode: at_least_once, connection: ""}
"""
TWO = FILE.replace("a.example", "b.example")
NAMED = """\
name: Rates
slug: rates
steps:
  - {key: order, kind: webhook_trigger, next: quote}
  - key: quote
    kind: call
    config: {connector: airwallex, operation: create_quote, connection: Currency desk}
"""
YAML = "application/yaml"


@pytest.fixture
def stock(api):
    made = api("POST", "/flows", FILE, content_type=YAML).json
    api("POST", "/flows/stock/publish", {})
    return made


def test_the_draft_is_compared_with_what_runs(api, stock) -> None:
    assert api("GET", "/flows/stock/compare").json["same"]
    api("POST", "/flows", TWO, content_type=YAML)
    got = api("GET", "/flows/stock/compare?old=1&new=draft").json
    (step,) = got["steps"]
    assert (got["old"], got["new"], step["key"], step["change"]) == (
        {"name": "1", "number": 1}, {"name": "draft", "number": None}, "send", "changed"
    )  # fmt: skip
    assert step["settings"] == [
        {"name": "Address", "place": "url", "before": "https://a.example", "after": "https://b.example"}
    ]
    assert api("GET", "/flows/stock/compare?old=9").refusal == (404, "access.not_found")
    assert api("GET", "/flows/stock/compare?old=x").refusal == (400, "flow.side")


def test_a_flow_that_never_ran_has_zeros_over_it(api, stock) -> None:
    got = api("GET", "/flows/stock/overlay?window=24h").json
    assert (got["version"], got["window"], list(got["steps"]), got["runs"]) == (
        1,
        "24h",
        ["order", "send"],
        [],
    )
    assert got["steps"]["send"]["runs"] == 0
    assert api("GET", "/flows/stock/overlay?window=7d").status == 400


def test_a_flow_is_copied_into_the_tenant_of_another_key(api, foreign) -> None:
    api("POST", "/flows", NAMED, content_type=YAML)
    assert api("GET", "/flows/rates/references").json["items"] == [
        {"what": "connection", "name": "Currency desk", "connector": "airwallex", "steps": ["quote"]}
    ]
    steads = [{"what": "connection", "name": "Currency desk", "make_twin": True}]
    made = api("POST", "/flows/rates/copy", {"target_key": foreign.key, "steads": steads})
    assert (made.status, made.json["slug"], made.json["enabled"]) == (201, "rates", False)
    assert foreign("GET", "/flows/rates").json["id"] == made.json["id"]
    assert [row["name"] for row in foreign("GET", "/connections").json["items"]] == ["Currency desk"]


def test_a_copy_needs_a_key_that_may_edit_there(api, make_caller, stock) -> None:
    reader = make_caller({"flow.view"})
    assert api("POST", "/flows/stock/copy", {"target_key": reader.key}).refusal == (403, "access.role")
    assert api("POST", "/flows/stock/copy", {"target_key": "nothing"}).refusal == (401, "access.api_key")
    assert reader("GET", "/flows").json["items"] == []


def test_a_flow_is_duplicated_archived_and_restored(api, stock) -> None:
    copy = api("POST", "/flows/stock/duplicate", {"name": "Stock of Bangkok"}).json
    assert (copy["slug"], copy["version"]) == ("stock-of-bangkok", None)
    assert api("POST", "/flows/stock/archive", {}).refusal == (409, "flow.is_on")
    assert api("POST", f"/flows/{copy['id']}/archive", {}).json["archived_at"] is not None
    assert [one["slug"] for one in api("GET", "/flows").json["items"]] == ["stock"]
    assert [one["slug"] for one in api("GET", "/flows?archived=true").json["items"]] == [copy["slug"]]
    assert api("POST", f"/flows/{copy['id']}/restore", {}).json["archived_at"] is None
