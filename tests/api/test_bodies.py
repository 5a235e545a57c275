"""What the API takes in: strict JSON, known fields, sound cursors (B-01 to B-07, B-10, B-20, B-22)."""

import gzip

import pytest

from integrations.api.bodies import DEPTH_MAX
from tests.api.conftest import JSON
from tests.desk import rows


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "request.invalid"),
        (b" ", "json.malformed"),
        ('{"name":"Müller"}'.encode("latin-1"), None),
        (b'{"name":"a\\u0000b"}', None),
        (b'{"name":"\\ud800"}', None),
        (b'{"name":"a","name":"b"}', "json.duplicate_key"),
        (b'{"name":NaN}', None),
        (b'{"name":"x","definition":{"a":1e400}}', None),
        (b'{"name":"x","definition":{"a":' + b"9" * 5000 + b"}}", None),
        (b'{"name":"x","definition":{"a":' + b"[" * DEPTH_MAX + b"]" * DEPTH_MAX + b"}}", None),
        (b"[" * 100_000, None),
        (b'["name"]', "request.invalid"),
        (b'"name"', "request.invalid"),
        (b'{"name":{"a":1}}', "request.invalid"),
        (b'{"name":null}', "request.invalid"),
        (b'{"name":""}', "request.invalid"),
        (b'{"name":"x","tenant_id":"y"}', "request.invalid"),
        (b'{"name":"x","__proto__":{}}', "request.invalid"),
    ],
)
def test_a_bad_body_is_refused_with_400(api, body, code) -> None:
    got = api("POST", "/flows", body)
    assert got.status == 400, got.content
    if code and code.startswith("request"):
        assert got.refusal == (400, code)


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "x"],
)
def test_a_right_body_with_a_wrong_type_is_refused(api, kind) -> None:
    assert api("POST", "/flows", '{"name": "A"}', content_type=kind).status == 415


@pytest.mark.parametrize(
    "kind", [JSON, "application/json; charset=utf-8", "Application/JSON", "application/merge+json"]
)
def test_json_has_several_names(api, kind) -> None:
    assert api("POST", "/flows", '{"name": "A"}', content_type=kind).status == 201


def test_a_compressed_body_is_refused(api) -> None:
    body = gzip.compress(b'{"name": "A"}')
    assert api("POST", "/flows", body, headers={"Content-Encoding": "gzip"}).status == 415


def test_a_body_of_the_limit_is_read_and_one_byte_more_is_not(api, settings) -> None:
    limit = settings.SEVENM.limits.body_bytes
    frame = b'{"name":"A","x":""}'
    full = frame[:-2] + b"x" * (limit - len(frame)) + frame[-2:]
    assert api("POST", "/flows", full).refusal == (400, "request.invalid")
    assert api("POST", "/flows", full + b" ").refusal == (413, "request.too_large")


def test_every_problem_is_named_with_its_place(api) -> None:
    got = api("POST", "/replays", {"filter": {"ids": ["x"], "colour": 1}, "pace_per_s": -1, "extra": 1})
    assert {problem["place"] for problem in got.json["problems"]} == {
        "filter.ids[0]", "filter.colour", "pace_per_s", "extra",
    }  # fmt: skip


def test_what_changes_something_takes_no_query(api) -> None:
    assert api("POST", "/flows?name=B", {"name": "A"}).refusal == (400, "request.invalid")


def test_ten_thousand_parameters_are_refused(api) -> None:
    query = "&".join(f"a{number}=1" for number in range(10_000))
    assert api("GET", f"/runs?{query}").status == 400


def test_an_unknown_filter_is_not_ignored(api) -> None:
    got = api("GET", "/runs?stat=dead")
    assert (got.refusal, got.json["place"]) == ((400, "request.invalid"), "stat")


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1", "limit=0", "limit=101", "limit=9999999999999999999999", "limit=x", "limit=1.5", "limit=",
        "cursor=x", "cursor=%00", "cursor=" + "x" * 5000, "cursor=IjEi:abc", "cursor=-1", "sort=-id",
        "before=1", "since=0000-00-00", "since=0001-01-01T00:00:00Z",
        "until=9999-12-31T23:59:60Z", "since=now",
        "state=asleep", "search=%00", "batch=1", "replay=%27", "flow=%00",
    ],
)  # fmt: skip
def test_a_bad_query_is_refused(api, query) -> None:
    got = api("GET", f"/runs?{query}")
    assert got.status == 400, got.content


def test_pages_follow_each_other_to_the_end(api) -> None:
    flow = rows.flow(api.tenant.pk)
    made = [str(rows.run(flow).id) for _ in range(5)]
    seen, query = [], "?limit=2"
    while query:
        got = api("GET", f"/runs{query}").json
        seen += [run["id"] for run in got["items"]]
        query = f"?limit=2&cursor={got['next']}" if got["next"] else ""
    assert seen == made[::-1]


def test_a_cursor_of_another_tenant_or_list_is_refused(api, foreign) -> None:
    flow = rows.flow(foreign.tenant.pk)
    rows.run(flow)
    rows.run(flow)
    cursor = foreign("GET", "/runs?limit=1").json["next"]
    assert foreign("GET", f"/runs?limit=1&cursor={cursor}").status == 200
    assert api("GET", f"/runs?cursor={cursor}").refusal == (400, "page.cursor")
    assert foreign("GET", f"/flows?cursor={cursor}").refusal == (400, "page.cursor")
    assert foreign("GET", f"/dead-letters?cursor={cursor}").refusal == (400, "page.cursor")


def test_numbers_keep_every_digit(api) -> None:
    body = (
        b'{"name":"A","definition":{"steps":[{"key":"a","kind":"map","config":{"n":123456789012345678.10}}]}}'
    )
    flow = api("POST", "/flows", body).json
    assert b"123456789012345678.10" in api("GET", f"/flows/{flow['id']}/draft").content
