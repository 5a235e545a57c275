"""Partners, lookup tables and counters over the API."""


def test_a_partner_is_made_changed_and_removed(api) -> None:
    made = api("PUT", "/partners/acme", {"name": "ACME", "profile": {"csv": {"delimiter": ";"}}})
    assert (made.status, made.json["profile"]) == (200, {"csv": {"delimiter": ";"}})
    assert [one["key"] for one in api("GET", "/partners").json["items"]] == ["acme"]
    assert api("PUT", "/partners/acme", {"name": "ACME", "profile": {"csv": {"no": 1}}}).refusal[1] == (
        "partner.profile"
    )
    assert api("DELETE", "/partners/acme").status == 204
    assert api("GET", "/partners/acme").status == 404


def test_a_table_is_replaced_only_by_who_saw_it_last(api) -> None:
    rows = {"title": "Carriers", "rows": {"1": "DHL"}}
    first = api("PUT", "/tables/carriers", rows).json
    assert api("PUT", "/tables/carriers", rows | {"revision": first["revision"]}).status == 200
    assert (
        api("PUT", "/tables/carriers", rows | {"revision": first["revision"]}).refusal[1] == "table.changed"
    )
    assert api("GET", "/tables/carriers").json["rows"] == {"1": "DHL"}
    assert "rows" not in api("GET", "/tables").json["items"][0]
    assert api("DELETE", "/tables/carriers").status == 204


def test_a_counter_is_set_with_a_reason(api) -> None:
    assert api("PUT", "/counters/acme.x12.group", {"last": 41}).refusal[1] == "request.invalid"
    assert api("PUT", "/counters/acme.x12.group", {"last": 41, "reason": "taken over"}).json["last"] == 41
    assert [one["name"] for one in api("GET", "/counters").json["items"]] == ["acme.x12.group"]
    assert api("GET", "/counters/acme.x12.group/numbers").json == {"items": []}
