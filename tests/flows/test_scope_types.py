"""What is known of a flow's scope, and the mappings that can never work with it."""

import time
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from integrations.errors import FlowError
from integrations.flows.documents import as_json
from integrations.flows.scope_types import scope_of
from integrations.flows.trials import failed_tests
from integrations.flows.validation import parse_config, validate
from integrations.graph.flow import Edge, Flow, Node, Settings
from integrations.mapping.fit.facts import kinds_of
from integrations.mapping.values import Kind
from integrations.schema.model import Field, Schema, Type
from tests.flows.build import env, flow

X12: dict[str, Any] = {
    "transaction_set": "850",
    "envelope": {"version": "004010", "sender": "US", "receiver": "THEM"},
}
RAW = Node("in", "webhook_trigger", "In", {"format": "raw"})
READ = Node("edi", "decode", "Read", {"value": ["get", "in", "body"], "format": "x12", "options": X12})
EACH = Node("orders", "for_each", "Each", {"items": ["get", "edi"]})


def plan(*rules: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": 1, "rules": list(rules), **more}


def mapping(key: str, *rules: Mapping[str, Any]) -> Node:
    return Node(key, "map", key, {"plan": plan(*rules)})


def found(given: Flow) -> set[tuple[str, str, str]]:
    return {(one.code, one.place, one.severity) for one in validate(given, env(given.settings))}


def in_scope(given: Flow, key: str, *path: str) -> Field:
    configs = {node.key: parse_config(node) for node in given.nodes}
    field = scope_of(given, configs, env(), key).find(path)
    assert field is not None
    return field


def orders(*rules: Mapping[str, Any]) -> Flow:
    nodes = (RAW, READ, EACH, mapping("order", *rules))
    edges = (Edge("in", "next", "edi"), Edge("edi", "next", "orders"), Edge("orders", "each", "order"))
    return Flow(nodes, edges, Settings())


def test_a_loop_gives_the_records_of_the_format_one_by_one() -> None:
    number = in_scope(orders({"to": "n", "op": 1}), "order", "orders", "item", "BEG", "03")
    assert (number.type, number.required) == (Type.TEXT, True)
    assert in_scope(orders({"to": "n", "op": 1}), "order", "orders", "index").type is Type.INTEGER


def test_a_field_that_the_message_does_not_have_is_reported() -> None:
    wrong = orders({"to": "number", "op": ["get", "orders", "item", "BEG", "99"]})
    place = "steps.order.config.plan.rules[0].op"
    assert ("mapping.unknown_source", place) in {found[:2] for found in found(wrong)}


def test_a_list_that_is_used_as_one_value_is_an_error() -> None:
    wrong = orders({"to": "line", "op": ["get", "orders", "item", "PO1_loop", "PO1", "01"]})
    assert ("mapping.list_as_single", "steps.order.config.plan.rules[0].op", "error") in found(wrong)


def test_what_a_mapping_makes_is_known_to_the_next() -> None:
    first = mapping("first", {"to": ["a", "total"], "op": ["to_decimal", ["get", "order", "body", "x"]]})
    wrong = mapping("second", {"to": "t", "op": ["get", "first", "a", "totl"]})
    given = flow(Node("order", "webhook_trigger", "Order"), first, wrong)
    assert in_scope(given, "second", "first", "a", "total").type is Type.DECIMAL
    assert found(given) == {
        ("mapping.unknown_source", "steps.second.config.plan.rules[0].op", "error"),
    }


def test_an_unknown_document_makes_no_problems() -> None:
    rules = ({"to": "a", "op": ["upper", ["get", "order", "body", "x"]]},)
    assert found(flow(Node("order", "webhook_trigger", "Order"), mapping("made", *rules))) == set()


def test_behind_a_failure_nothing_is_known_of_the_step() -> None:
    nodes = (
        Node("order", "webhook_trigger", "Order"),
        mapping("made", {"to": "a", "op": 1}),
        mapping("failed", {"to": "code", "op": ["get", "made", "error", "code"]}),
    )
    given = Flow(nodes, (Edge("order", "next", "made"), Edge("made", "error", "failed")), Settings())
    assert found(given) == set()
    assert in_scope(given, "failed", "made").type is Type.ANY


def test_a_step_that_only_some_ways_pass_may_lack() -> None:
    branch = {"cases": [{"port": "yes", "if": ["eq", ["get", "order", "body", "a"], 1]}]}
    nodes = (
        Node("order", "webhook_trigger", "Order"),
        Node("choice", "branch", "Choice", branch),
        mapping("made", {"to": "a", "op": 1}),
        mapping("end", {"to": "a", "op": ["get", "made", "a"]}),
    )
    edges = (
        Edge("order", "next", "choice"),
        Edge("choice", "yes", "made"),
        Edge("choice", "else", "end"),
        Edge("made", "next", "end"),
    )
    given = Flow(nodes, edges, Settings())
    assert (in_scope(given, "end", "made").required, in_scope(given, "end", "choice").required) == (
        False,
        True,
    )


def test_the_answer_of_a_connector_is_known_and_open() -> None:
    config = {"connector": "airwallex", "operation": "create_quote", "connection": "Currency desk"}
    given = flow(
        Node("order", "webhook_trigger", "Order"),
        Node("quote", "call", "Quote", config),
        mapping("made", {"to": "a", "op": ["get", "quote", "body", "client_rat"]}),
    )
    place = "steps.made.config.plan.rules[0].op"
    assert ("mapping.unknown_source", place, "warning") in found(given)


def test_a_type_that_a_connector_refuses_is_an_error() -> None:
    rules = plan({"to": ["body", "location_id"], "op": ["list", 1]})
    config = {"connector": "shopify", "operation": "set_inventory_level", "connection": "Leather shop"}
    given = flow(
        Node("order", "webhook_trigger", "Order"), Node("set", "call", "Set", {**config, "input": rules})
    )
    assert ("mapping.list_as_single", "steps.set.config.input.rules[0]", "error") in found(given)


def test_dates_of_a_file_are_text_in_its_runs() -> None:
    day = Field("day", Type.DATE)
    inner = as_json(Schema(Field("", Type.OBJECT, fields=(Field("at", Type.OBJECT, fields=(day,)),))))
    found = inner.find(("at", "day"))
    assert found is not None
    assert kinds_of(found) is Kind.TEXT


def test_what_a_format_cannot_write_is_a_warning() -> None:
    rules = ({"to": ["BEG", "03"], "op": "a number of far more than twenty-two characters"},)
    write = {"value": ["get", "made"], "format": "x12", "options": X12}
    nodes = (
        Node("in", "webhook_trigger", "In"),
        mapping("made", *rules),
        Node("out", "encode", "Out", write),
    )
    assert found(flow(*nodes)) == {("mapping.truncated", "steps.out.config.value", "warning")}


@pytest.mark.parametrize(
    ("form", "options"),
    [("nothing", {}), ("x12", {"transaction_set": "999999"}), ("xml", {"xsd": {"a.xsd": "<broken"}})],
)
def test_a_format_that_is_set_up_wrong_says_nothing_of_its_records(
    form: str, options: dict[str, Any]
) -> None:
    step = Node("in", "webhook_trigger", "In", {"format": form, "options": options})
    given = flow(step, mapping("made", {"to": "a", "op": ["get", "in", "body", 0, "x", "y"]}))
    assert {code for code, _, _ in found(given) if code.startswith("mapping.")} == set()


def test_tests_of_a_plan_fail_with_their_place() -> None:
    cases = [
        {"name": "right", "input": {"a": "x"}, "expected": {"b": "x"}},
        {"name": "wrong", "input": {"a": "x"}, "expected": {"b": "y"}},
        {"name": "by table", "input": {"a": "EA"}, "expected": {"b": "EA"}},
    ]
    rules = plan({"to": "b", "op": ["get", "a"]}, tests=cases)
    (problem,) = failed_tests(flow(Node("made", "map", "Made", {"plan": rules})), {})
    assert (problem.code, problem.place) == ("mapping.test_failed", "steps.made.config.plan.tests[1]")


def test_tests_see_the_tables_of_the_step_s_partner() -> None:
    case = {"name": "unit", "input": {"a": "EA"}, "expected": {"b": "C62"}}
    rules = plan({"to": "b", "op": ["lookup", "units", ["get", "a"]]}, tests=[case])
    given = flow(Node("made", "map", "Made", {"plan": rules, "partner": "acme"}))
    assert failed_tests(given, {"units": {"EA": "PCE"}, "units@acme": {"EA": "C62"}}) == []
    assert len(failed_tests(given, {"units": {"EA": "PCE"}})) == 1


@pytest.mark.parametrize("count", [30])
def test_a_flow_of_thirty_mappings_is_checked_while_it_is_typed(count: int) -> None:
    rules = [{"to": f"f{number}", "op": ["get", "orders", "item", "BEG", "03"]} for number in range(20)]
    maps = [mapping(f"map{number}", *rules) for number in range(count)]
    ways = [Edge(left.key, "next", right.key) for left, right in pairwise(maps)]
    start = orders(*rules)
    edges = (*start.edges[:2], Edge("orders", "each", "map0"), *ways)
    given = Flow((RAW, READ, EACH, *maps), edges, Settings())
    assert validate(given, env()) == []
    begun = time.process_time()
    validate(given, env())
    assert time.process_time() - begun < 1


def test_a_loop_in_the_graph_is_told_once() -> None:
    given = Flow((RAW, READ), (Edge("in", "next", "edi"), Edge("edi", "next", "edi")), Settings())
    assert [one.code for one in validate(given, env()) if "loop" in one.code] == ["flow.loop"]
    with pytest.raises(FlowError):
        scope_of(given, {}, env(), "edi")
