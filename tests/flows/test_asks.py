"""Steps that ask the engine: what they ask for, and what a rehearsal supposes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integrations.errors import LimitError, SchemaError
from integrations.flows.asks import Collect, Once, Pause, Question
from integrations.flows.compile import compile_version
from integrations.flows.key_text import key_text
from integrations.flows.rehearsal import rehearse
from integrations.flows.steps.context import Document
from integrations.flows.validation import validate
from integrations.flows.visits import Facts, Pin
from integrations.graph.flow import Edge, Flow, Node, Settings
from tests.flows.build import FACTS, NOW, env, problems, runner

SCOPE = {"order": {"body": {"id": "A-1", "total": Decimal("10.50"), "at": "2026-11-24T08:00", "to": "x"}}}
BODY = ["get", "order", "body"]


def codes(kind, config, **facts):
    return [(problem.code, problem.place) for problem in problems(kind, config, **facts)]


def test_a_delay_is_in_the_unit_that_it_names_and_has_an_end():
    assert runner("delay", {"amount": 1.5, "unit": "hours"}).ask({}, FACTS) == Pause(5400)
    with pytest.raises(ValueError, match="30 days"):
        runner("delay", {"amount": 31, "unit": "days"})


def test_a_caller_who_would_be_gone_is_told_of():
    sync = Settings(reply="sync", deadline_s=20)
    assert codes("delay", {"amount": 1, "unit": "hours"}, settings=sync) == [("wait.caller_gone", "amount")]
    assert codes("delay", {"amount": 5, "unit": "seconds"}, settings=sync) == []


@pytest.mark.parametrize(
    ("zone", "at"), [("UTC", (24, 8)), ("Asia/Bangkok", (24, 1)), ("America/New_York", (24, 13))]
)
def test_a_time_without_a_zone_is_one_of_the_step(zone, at):
    asked = runner("wait_until", {"until": [*BODY, "at"], "zone": zone}).ask(SCOPE, FACTS)
    assert asked == Pause(until=datetime(2026, 11, *at, tzinfo=UTC))
    assert codes("wait_until", {"until": "x", "zone": "Mars"}) == [("wait.zone", "zone")]


def test_what_is_no_instant_or_too_far_is_refused():
    with pytest.raises(SchemaError):
        runner("wait_until", {"until": [*BODY, "total"]}).ask(SCOPE, FACTS)
    far = (NOW + timedelta(days=30, seconds=1)).isoformat()
    with pytest.raises(LimitError):
        runner("wait_until", {"until": far}).ask(SCOPE, FACTS)


def test_a_key_must_be_there():
    assert runner("dedupe", {"key": [*BODY, "id"]}).ask(SCOPE, FACTS) == Once("A-1", 86400)
    for missing in ([*BODY, "gone"], ""):
        with pytest.raises(SchemaError):
            runner("dedupe", {"key": missing}).ask(SCOPE, FACTS)


def test_equal_values_are_one_key_and_others_are_not():
    assert key_text(7) == key_text(Decimal("7.00")) != key_text("7")
    assert key_text({"a": 1, "b": [True]}) == key_text({"b": [True], "a": Decimal(1)})
    different = [1, "1", True, None, [1], {"number": "1"}, b"1", NOW, "null"]
    assert len({key_text(value) for value in different}) == len(different)


def test_a_question_holds_data_in_its_message_only():
    config = {
        "title": "Pay?", "message": "{order.body.total} for {order.body.id}",
        "shows": BODY, "roles": ["owner"],
    }  # fmt: skip
    assert runner("approval", config).ask(SCOPE, FACTS) == Question(
        "Pay?", "10.50 for A-1", SCOPE["order"]["body"], ("owner",), (), 86400
    )


def test_somebody_must_be_asked_and_be_a_member():
    assert codes("approval", {"title": "Pay?"}) == [("approval.nobody", "roles")]
    given = {"title": "Pay?", "people": ["Ann@shop.example", "no address"]}
    assert codes("approval", given) == [
        ("approval.no_member", "people[0]"), ("approval.no_member", "people[1]"),
    ]  # fmt: skip


def test_a_list_is_full_by_count_size_or_time():
    config = {"value": BODY, "group": [*BODY, "to"], "count": 3, "size_kb": 2, "within": 2}
    assert runner("aggregate", config).ask(SCOPE, FACTS) == Collect(SCOPE["order"]["body"], "x", 3, 2048, 120)


# what a rehearsal supposes

ORDER = Node("order", "webhook_trigger")


def rehearsed(*nodes, edges, pins=None):
    flow = Flow((ORDER, *nodes), tuple(Edge(*each) for each in edges))
    found = rehearse(
        compile_version(flow, env()),
        Document(b'{"id": "A-1"}'),
        facts=Facts(FACTS.run_id, FACTS.tenant_id, NOW),
        answer=lambda *_: None,
        pins=pins,
    )
    assert found.error is None
    return [(visit.key, visit.port) for visit in found.visits], found.value


def test_a_rehearsal_waits_for_nothing():
    wait = Node("wait", "delay", config={"amount": 1, "unit": "hours"})
    once = Node("once", "dedupe", config={"key": [*BODY, "id"]})
    ways, value = rehearsed(wait, once, edges=[("order", "next", "wait"), ("wait", "next", "once")])
    assert ways == [("order", "next"), ("wait", "next"), ("once", "next")]
    assert value == {"duplicate": False}


def test_in_a_rehearsal_people_approve_unless_a_pin_says_otherwise():
    ask = Node("ask", "approval", config={"title": "Pay?", "roles": ["owner"]})
    assert rehearsed(ask, edges=[("order", "next", "ask")])[0][-1] == ("ask", "approved")
    pins = {"ask": Pin({"decision": "rejected"}, "rejected")}
    assert rehearsed(ask, edges=[("order", "next", "ask")], pins=pins)[0][-1] == ("ask", "rejected")


def test_a_rehearsed_list_is_full_with_one_value_and_knows_nothing_else():
    lot = Node("lot", "aggregate", config={"value": BODY})
    seen = Node("seen", "respond", config={"value": ["get", "lot", "items"]})
    other = Node("other", "branch", config={"cases": [{"port": "known", "if": ["is_missing", BODY]}]})
    ways, _ = rehearsed(
        lot, seen, other, edges=[("order", "next", "lot"), ("lot", "full", "seen"), ("seen", "next", "other")]
    )
    assert ways[1:] == [("lot", "full"), ("seen", "next"), ("other", "known")]


def test_a_rule_behind_a_list_that_reads_what_came_before_is_told_of():
    lot = Node("lot", "aggregate", config={"value": BODY})
    after = Node("after", "respond", config={"value": [*BODY, "id"]})
    flow = Flow((ORDER, lot, after), (Edge("order", "next", "lot"), Edge("lot", "full", "after")))
    found = [(one.code, one.place, one.severity) for one in validate(flow, env())]
    assert ("flow.reads_before_list", "steps.after.config", "warning") in found
