from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integrations.delivery.retry import Mode
from integrations.errors import (
    DecodeError,
    LimitError,
    MappingError,
    RefusedError,
    SchemaError,
    UnavailableError,
)
from integrations.flows.steps.context import Document, RaisedError
from integrations.graph.flow import Settings
from tests.flows.build import FACTS, problems, runner

ORDER = {"order": {"body": {"id": "a/b 1", "total": Decimal("10.10"), "lines": [{"sku": "x"}, {"sku": "y"}]}}}
BODY = {"version": 1, "rules": [{"to": "total", "op": ["get", "order", "body", "total"]}]}


def codes(kind: str, config: dict, **facts) -> list[tuple[str, str]]:
    return [(problem.code, problem.place) for problem in problems(kind, config, **facts)]


# webhook_trigger


def test_a_webhook_gives_body_chosen_headers_and_query() -> None:
    step = runner("webhook_trigger", {"headers": ["X-Topic", "X-Gone"]})
    document = Document(b'{"total":10.10}', {"x-topic": "orders", "x-other": "no"}, {"a": "1"})
    assert step.receive(document).value == {
        "body": {"total": Decimal("10.10")}, "headers": {"x-topic": "orders"}, "query": {"a": "1"},
    }  # fmt: skip
    assert step.headers == ("x-topic", "x-gone")


def test_a_webhook_can_take_another_format() -> None:
    step = runner("webhook_trigger", {"format": "csv"})
    assert step.receive(Document(b"a,b\n1,2\n")).value["body"] == [{"a": "1", "b": "2"}]


def test_a_webhook_that_is_not_json_says_so() -> None:
    with pytest.raises(DecodeError):
        runner("webhook_trigger", {}).receive(Document(b"{nope"))


def test_a_signed_webhook_knows_its_connector() -> None:
    step = runner("webhook_trigger", {"auth": "signature", "connection": "Leather shop"})
    assert step.connector == "shopify"
    assert codes("webhook_trigger", {"auth": "signature"}) == [("webhook.no_connection", "connection")]
    gone = {"auth": "signature", "connection": "Gone"}
    assert codes("webhook_trigger", gone) == [("connection.unknown", "connection")]


def test_an_unknown_format_and_its_options_are_found() -> None:
    assert codes("webhook_trigger", {"format": "x13"}) == [("format.unknown", "format")]
    assert codes("decode", {"value": "x", "format": "csv", "options": {"nope": 1}}) == [
        ("format.options", "options.nope")
    ]


# file_trigger


def test_a_file_becomes_one_document_for_each_record() -> None:
    step = runner("file_trigger", {"format": "csv"})
    parts = list(step.split([b"sku,n\nA", b",1\nB,2\n"], "stock.csv"))
    assert [(part.kind, part.number) for part in parts] == [("header", 1), ("item", 1), ("item", 2)] or [
        (part.kind, part.number) for part in parts
    ] == [("item", 1), ("item", 2)]
    output = step.receive(Document(parts[-1].document)).value
    assert (output["record"], output["number"], output["file"]) == ({"sku": "B", "n": "2"}, 2, "stock.csv")


def test_nobody_waits_for_a_file_or_a_schedule() -> None:
    sync = Settings(reply="sync")
    assert codes("file_trigger", {}, settings=sync) == [("file.sync", "")]
    assert codes("schedule_trigger", {"every_minutes": 5}, settings=sync) == [("schedule.sync", "")]


# schedule_trigger


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("config", "after", "due"),
    [
        ({"every_minutes": 15}, "2026-11-23T09:30:00", "2026-11-23T09:45:00"),
        ({"every_minutes": 15}, "2026-11-23T09:29:59", "2026-11-23T09:30:00"),
        ({"daily_at": "06:30", "zone": "Asia/Bangkok"}, "2026-11-22T23:30:00", "2026-11-23T23:30:00"),
        ({"daily_at": "06:30", "zone": "Asia/Bangkok"}, "2026-11-22T23:29:00", "2026-11-22T23:30:00"),
        ({"daily_at": "02:30", "zone": "Europe/Berlin"}, "2026-03-28T12:00:00", "2026-03-29T01:30:00"),
        ({"daily_at": "02:30", "zone": "Europe/Berlin"}, "2026-10-25T00:00:00", "2026-10-25T00:30:00"),
        ({"daily_at": "02:30", "zone": "Europe/Berlin"}, "2026-10-25T00:30:00", "2026-10-26T01:30:00"),
        ({"daily_at": "00:00", "weekdays": ["mon"]}, "2026-11-23T00:00:00", "2026-11-30T00:00:00"),
        ({"every_minutes": 60, "weekdays": ["sun"]}, "2026-11-23T00:00:00", "2026-11-29T00:00:00"),
    ],
)
def test_a_schedule_fires_next(config: dict, after: str, due: str) -> None:
    assert runner("schedule_trigger", config).next_after(at(after)) == at(due)


def test_a_schedule_names_a_zone_that_exists() -> None:
    assert codes("schedule_trigger", {"every_minutes": 5, "zone": "Mars/Base"}) == [("schedule.zone", "zone")]


# map, decode, encode


def test_a_mapping_fills_a_new_document() -> None:
    assert runner("map", {"plan": BODY}).run(ORDER, FACTS).value == {"total": Decimal("10.10")}


def test_a_wrong_plan_is_found_at_its_rule() -> None:
    plan = {"version": 1, "rules": [{"to": "a", "op": ["nope"]}, {"op": 1}]}
    places = [place for _, place in codes("map", {"plan": plan})]
    assert [place.split(".")[:2] for place in places] == [["plan", "rules[0]"], ["plan", "rules[1]"]]


def test_a_rule_that_fails_names_itself() -> None:
    plan = {"version": 1, "rules": [{"to": "a", "op": ["get", "gone"], "onMissing": "error"}]}
    with pytest.raises(MappingError) as failed:
        runner("map", {"plan": plan}).run(ORDER, FACTS)
    assert failed.value.place.startswith("config.plan.rules[0]")


def test_a_document_inside_a_field_is_read_and_written() -> None:
    scope = {"mail": {"csv": "a,b\n1,2\n"}}
    assert runner("decode", {"value": ["get", "mail", "csv"], "format": "csv"}).run(scope, FACTS).value == [
        {"a": "1", "b": "2"}
    ]
    written = runner("encode", {"value": ["get", "order", "body"]}).run(ORDER, FACTS).value
    assert written == '{"id":"a/b 1","total":10.10,"lines":[{"sku":"x"},{"sku":"y"}]}'


def test_there_must_be_something_to_read() -> None:
    with pytest.raises(SchemaError) as refused:
        runner("decode", {"value": ["get", "gone"]}).run(ORDER, FACTS)
    assert (refused.value.code, refused.value.place) == ("decode.not_text", "config.value")


# branch, for_each, raise


def test_a_branch_takes_the_first_case_that_holds() -> None:
    over = lambda limit: ["gt", ["get", "order", "body", "total"], limit]  # noqa: E731
    cases = [
        {"port": "huge", "if": over(100)},
        {"port": "large", "if": over(10)},
        {"port": "any", "if": True},
    ]
    assert runner("branch", {"cases": cases}).run(ORDER, FACTS).port == "large"
    assert runner("branch", {"cases": cases[:1]}).run(ORDER, FACTS).port == "else"


def test_a_condition_on_something_missing_does_not_hold() -> None:
    case = {"port": "yes", "if": ["eq", ["get", "order", "body", "gone"], 1]}
    assert runner("branch", {"cases": [case]}).run(ORDER, FACTS).port == "else"


def test_the_names_of_cases_are_free_once() -> None:
    cases = [{"port": "yes", "if": True}, {"port": "yes", "if": True}, {"port": "else", "if": True}]
    assert codes("branch", {"cases": cases}) == [
        ("branch.port_taken", "cases[1].port"), ("branch.port_taken", "cases[2].port"),
    ]  # fmt: skip


def test_a_wrong_condition_is_found_at_its_case() -> None:
    cases = [{"port": "yes", "if": ["nope", 1]}]
    (problem,) = problems("branch", {"cases": cases})
    assert problem.place.startswith("cases[0].if")


def test_a_loop_gives_items_in_order_and_gathers_results() -> None:
    step = runner("for_each", {"items": ["get", "order", "body", "lines"]})
    assert step.items(ORDER, FACTS) == [{"sku": "x"}, {"sku": "y"}]
    assert step.enter({"sku": "y"}, 1) == {"item": {"sku": "y"}, "index": 1}
    assert step.done([1, 2]).value == {"count": 2, "results": [1, 2]}
    assert step.done([]).port == "done"


def test_a_loop_over_nothing_has_no_items() -> None:
    assert runner("for_each", {"items": ["get", "gone"]}).items(ORDER, FACTS) == []


def test_a_loop_wants_a_list_within_its_limit() -> None:
    with pytest.raises(SchemaError):
        runner("for_each", {"items": ["get", "order", "body", "id"]}).items(ORDER, FACTS)
    with pytest.raises(LimitError):
        runner("for_each", {"items": ["get", "order", "body", "lines"], "limit": 1}).items(ORDER, FACTS)


def test_raise_ends_the_run_with_the_authors_words() -> None:
    step = runner("raise", {"code": "order.no_address", "message": "No address."})
    with pytest.raises(RaisedError) as ended:
        step.run(ORDER, FACTS)
    assert (ended.value.code, ended.value.message) == ("order.no_address", "No address.")


# http


def request(**config):
    return runner("http", {"url": "https://example.com/in"} | config).request(ORDER, FACTS)


def test_a_value_cannot_leave_its_place_in_the_address() -> None:
    call = request(
        url="https://example.com/orders/{order.body.id}?q={query}", fields={"query": "a&b=c/../#?"}
    )
    assert call.url == "https://example.com/orders/a%2Fb%201?q=a%26b%3Dc%2F..%2F%23%3F"


@pytest.mark.parametrize("text", ["..", ".", "", None, ["x"], {"a": 1}, "x" * 2001])
def test_a_value_that_fits_no_address_is_refused(text) -> None:
    with pytest.raises(MappingError) as refused:
        request(url="https://example.com/{a}/x", fields={"a": ["lit", text]})
    assert refused.value.place == "config.url"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/", "https://{host}/", "https://example.com{order.body.id}/", "//example.com/",
        "https://user:pw@example.com/", "https://example.com/a b", "https://example.com/#x",
        "javascript:alert(1)",
        "https://example.com:{port}/", "https://example.com\r\n/", "{order.body.url}",
    ],
)  # fmt: skip
def test_data_never_chooses_the_destination(url: str) -> None:
    assert "http.url" in [code for code, _ in codes("http", {"url": url})]


@pytest.mark.parametrize("place", ["{__import__('os')}", "{a[0]}", "{}", "{a.b", "{a!r}", "{{a}}"])
def test_a_place_is_a_name_or_a_path_and_nothing_else(place: str) -> None:
    assert ("http.place", "url") in codes("http", {"url": f"https://example.com/{place}"})


def test_a_body_by_rules_is_written_in_the_format() -> None:
    call = request(body=BODY)
    assert (call.body, call.headers) == (b'{"total":10.10}', {"content-type": "application/json"})


def test_a_text_body_goes_out_as_it_is() -> None:
    call = request(value=["get", "order", "body", "id"], headers={"Content-Type": "text/plain"})
    assert (call.body, call.headers) == (b"a/b 1", {"content-type": "text/plain"})
    assert request(method="GET").body is None


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "a b", "x:y", ""])
def test_some_headers_cannot_be_set(name: str) -> None:
    assert "http.header" in [
        code for code, _ in codes("http", {"url": "https://e.com/", "headers": {name: "x"}})
    ]


def test_a_header_holds_no_line_break() -> None:
    with pytest.raises(MappingError):
        request(headers={"X-A": "{a}"}, fields={"a": "x\r\nX-B: y"})


@pytest.mark.parametrize(
    ("config", "mode"),
    [
        ({"method": "POST"}, Mode.AT_LEAST_ONCE),
        ({"method": "POST", "idempotency_header": "Idempotency-Key"}, Mode.IDEMPOTENT),
        ({"method": "GET"}, Mode.IDEMPOTENT),
        ({"method": "POST", "mode": "at_most_once"}, Mode.AT_MOST_ONCE),
    ],
)
def test_what_a_destination_does_with_a_repeat(config: dict, mode: Mode) -> None:
    assert request(**config).mode is mode


def test_an_idempotent_post_needs_a_key() -> None:
    config = {"url": "https://example.com/", "mode": "idempotent"}
    assert codes("http", config) == [("http.no_key", "idempotency_header")]


def answer(status: int, headers: dict | None = None, body: bytes = b"", **config):
    return runner("http", {"url": "https://example.com/"} | config).response(status, headers or {}, body)


def test_an_answer_is_read_by_its_type() -> None:
    json = {"content-type": "application/problem+json; charset=utf-8"}
    assert answer(200, json, b'{"a":0.10}').value["body"] == {"a": Decimal("0.10")}
    assert answer(200, json, b"{nope").value["body"] == "{nope"
    assert answer(200, {"content-type": "text/plain; charset=latin-1"}, b"\xe9").value["body"] == "é"
    assert answer(204).value == {"status": 204, "headers": {}, "body": None}
    assert answer(200, {"content-type": "image/png"}, b"\x89P").value["body"] == b"\x89P"


def test_other_answers_are_errors_of_the_right_class() -> None:
    with pytest.raises(RefusedError) as refused:
        answer(422)
    assert refused.value.status == 422
    with pytest.raises(UnavailableError) as later:
        answer(503, {"retry-after": "30"})
    assert (later.value.status, later.value.retry_after_s, later.value.sent) == (503, 30.0, True)
    assert answer(404, accept=[404]).value["status"] == 404
    with pytest.raises(RefusedError):
        answer(301, {"location": "https://evil.example/"})


# respond


def test_a_reply_has_status_headers_and_body() -> None:
    step = runner("respond", {"status": 201, "headers": {"X-Total": "{order.body.total}"}, "body": BODY})
    reply = step.run(ORDER, FACTS).reply
    assert (reply.status, reply.body) == (201, b'{"total":10.10}')
    assert reply.headers == {"x-total": "10.10", "content-type": "application/json"}


def test_a_reply_nobody_waits_for_is_a_warning() -> None:
    (problem,) = problems("respond", {})
    assert (problem.code, problem.severity) == ("respond.nobody_waits", "warning")
    assert problems("respond", {}, settings=Settings(reply="sync")) == []


# call

LEVEL = {"connector": "shopify", "operation": "set_inventory_level", "connection": "Leather shop"}


def test_a_call_fills_path_query_and_body() -> None:
    rules = [
        {"to": ["path", "orderId"], "op": 17},
        {"to": ["query", "fields"], "op": "id"},
    ]
    config = LEVEL | {"operation": "get_order", "input": {"version": 1, "rules": rules}}
    call = runner("call", config).request(ORDER, FACTS)
    assert (call.connector, call.operation, call.method) == ("shopify", "get_order", "GET")
    assert (call.path_params, call.query, call.body) == ({"orderId": 17}, {"fields": "id"}, None)
    assert call.mode is Mode.IDEMPOTENT


def test_a_call_is_checked_against_connection_and_manifest() -> None:
    assert ("connection.unknown", "connection") in codes("call", LEVEL | {"connection": "Gone"})
    assert ("call.other_connector", "connection") in codes("call", LEVEL | {"connection": "Carriers"})
    assert ("connector.unknown", "connector") in codes("call", LEVEL | {"connector": "nope"})
    assert ("connector.unknown_operation", "operation") in codes("call", LEVEL | {"operation": "nope"})


def test_a_call_warns_of_required_fields_that_nothing_fills() -> None:
    rules = [{"to": ["body", "available"], "op": 1}, {"to": ["body", "location_id"], "op": 1}]
    found = problems("call", LEVEL | {"input": {"version": 1, "rules": rules}})
    assert [(problem.code, problem.severity) for problem in found] == [("call.unfilled", "warning")]
    assert "body.inventory_item_id" in found[0].message


def test_a_refusal_speaks_in_the_connectors_words() -> None:
    step = runner("call", LEVEL)
    with pytest.raises(RefusedError) as refused:
        step.response(422, {}, b'{"errors":"secret 4111"}')
    assert "does not accept" in refused.value.message
    assert "4111" not in refused.value.message
    with pytest.raises(UnavailableError):
        step.response(429, {"retry-after": "2.0"}, b"")
