"""A plan that cannot work is refused before it runs, with every problem and its place."""

import json
from decimal import Decimal

import jsonschema_rs
import pytest

from bench.mapping import PLAN
from integrations.errors import MappingError
from integrations.mapping import PLAN_SCHEMA, catalogue, check, compile_plan
from integrations.mapping.ops.registry import OPS
from tests.mapping.plans import both, single


def found(plan):
    return [(problem.code, problem.place) for problem in check(plan)]


@pytest.mark.parametrize(
    ("op", "code", "place"),
    [
        (["uper", "a"], "unknown_op", "rules[0].op"),
        ([], "unknown_op", "rules[0].op"),
        ([1, 2], "unknown_op", "rules[0].op"),
        ({"a": 1}, "literal", "rules[0].op"),
        (["upper"], "arguments", "rules[0].op"),
        (["upper", "a", "b"], "arguments", "rules[0].op"),
        (["object", "a"], "arguments", "rules[0].op"),
        (["upper", 5], "type", "rules[0].op[1]"),
        (["trim", ["count", ["get", "a"]]], "type", "rules[0].op[1]"),
        (["if", ["upper", "a"], 1, 2], "type", "rules[0].op[1]"),
        (["filter", ["get", "a"], "x", ["it", "y"], 3], "arguments", "rules[0].op"),
        (["filter", ["get", "a"], ["it"], True], "shape", "rules[0].op[2]"),
        (["map", ["get", "a"], "x", ["map", ["it"], "x", 1]], "name_taken", "rules[0].op[3]"),
        (["it", "a"], "no_item", "rules[0].op"),
        (["position"], "no_item", "rules[0].op"),
        (["item", "line", "a"], "unknown_name", "rules[0].op"),
        (["let", "x"], "unknown_name", "rules[0].op"),
        (["get", ["upper", "a"]], "shape", "rules[0].op"),
        (["get", True], "shape", "rules[0].op"),
        (["regex_extract", "a", "(?=x)"], "regex", "rules[0].op[2]"),
        (["regex_extract", "a", ["get", "p"]], "type", "rules[0].op[2]"),
        (["parse_date", "a", "%Y"], "pattern", "rules[0].op[2]"),
        (["parse_date", "a", "DD.DD"], "pattern", "rules[0].op[2]"),
        (["round", 1, 101], "argument", "rules[0].op[2]"),
        (["round", 1, 2, "sideways"], "arguments", "rules[0].op[3]"),
        (float("nan"), "literal", "rules[0].op"),
    ],
)
def test_a_wrong_operation_is_refused_at_its_place(op, code, place):
    assert found(single(op)) == [(f"mapping.{code}", place)]


@pytest.mark.parametrize(
    ("plan", "code", "place"),
    [
        ([], "shape", ""),
        ({"version": 1, "rules": []}, "shape", "rules"),
        ({"version": 2, "rules": [{"to": "a", "op": 1}]}, "version", "version"),
        ({"version": True, "rules": [{"to": "a", "op": 1}]}, "version", "version"),
        ({"version": 1, "rules": [{"to": "a", "op": 1}], "lets": {}}, "unknown_key", ""),
        ({"version": 1, "rules": [{"to": "a"}]}, "shape", "rules[0]"),
        ({"version": 1, "rules": [{"op": 1}]}, "target", "rules[0].to"),
        ({"version": 1, "rules": [{"to": ["a", 1], "op": 1}]}, "target", "rules[0].to"),
        ({"version": 1, "rules": [{"to": "a", "op": 1, "onmissing": "null"}]}, "unknown_key", "rules[0]"),
        (
            {"version": 1, "rules": [{"to": "a", "op": 1, "onMissing": "default"}]},
            "shape",
            "rules[0].default",
        ),
        ({"version": 1, "rules": [{"to": "a", "op": 1, "as": "money"}]}, "shape", "rules[0].as"),
        (
            {"version": 1, "rules": [{"to": "a", "op": 1}, {"to": "a", "op": 2}]},
            "target_twice",
            "rules[1].to",
        ),
        (
            {"version": 1, "rules": [{"to": "a", "op": 1}, {"to": ["a", "b"], "op": 2}]},
            "target_twice",
            "rules[1].to",
        ),
        (
            {"version": 1, "rules": [{"to": ["a", "b"], "op": 1}, {"to": "a", "op": 2}]},
            "target_twice",
            "rules[1].to",
        ),
        ({"version": 1, "rules": [{"to": [], "op": 1}, {"to": "a", "op": 2}]}, "target", "rules[0].to"),
        (
            {"version": 1, "let": {"b": ["let", "b"]}, "rules": [{"to": "a", "op": 1}]},
            "unknown_name",
            "let.b",
        ),
        ({"version": 1, "let": {"b": 1}, "rules": [{"to": "a", "op": 1}]}, "unused", "let.b"),
        (
            {"version": 1, "rules": [{"to": "a", "each": "x", "rules": [{"to": "b", "op": 1}]}]},
            "type",
            "rules[0].each",
        ),
    ],
)
def test_a_wrong_plan_is_refused_at_its_place(plan, code, place):
    assert found(plan) == [(f"mapping.{code}", place)]


def test_all_problems_are_found_at_once():
    plan = {
        "version": 3,
        "rules": [
            {"to": 5, "op": ["uper", 1]},
            {"to": "b", "each": ["get"], "where": ["it2"], "rules": [{"op": []}]},
        ],
    }
    with pytest.raises(MappingError) as caught:
        compile_plan(plan)
    assert [(problem.code, problem.place) for problem in caught.value.problems] == [
        ("mapping.version", "version"),
        ("mapping.target", "rules[0].to"),
        ("mapping.unknown_op", "rules[0].op"),
        ("mapping.unknown_op", "rules[1].where"),
        ("mapping.target", "rules[1].rules[0].to"),
        ("mapping.unknown_op", "rules[1].rules[0].op"),
    ]
    assert caught.value.code == "mapping.plan"


def test_a_misspelt_operation_gets_a_proposal():
    assert "“upper”" in check(single(["uper", "a"]))[0].hint


def test_plans_beyond_the_limits_are_refused():
    deep = ["get", "a"]
    for _ in range(5_000):
        deep = ["not", deep]
    assert found(single(deep)) == [("mapping.too_deep", "rules[0].op" + "[1]" * 32)]
    loops = {"to": "a", "op": 1}
    for _ in range(20):
        loops = {"to": "a", "each": ["get", "a"], "rules": [loops]}
    assert [code for code, _ in found({"version": 1, "rules": [loops]})] == ["mapping.too_deep"]
    wide = single(["list", *[["list", *[["get", "a"]] * 60]] * 60])
    assert found(wide) == [("mapping.too_large", "rules[0].op")]
    many = {"version": 1, "rules": [{"to": str(n), "op": 1} for n in range(10_001)]}
    assert ("mapping.too_large", "rules") in found(many)


def test_the_deepest_allowed_plan_compiles_and_runs():
    deep = ["get", "a"]
    for _ in range(31):
        deep = ["if", True, deep, 0]
    rule = {"to": "a", "op": deep}
    for _ in range(8):
        rule = {"to": "a", "each": ["to_list", ["get", "a"]], "if": True, "rules": [rule]}
    assert both({"version": 1, "rules": [rule]}, {"a": 7})[1] == ""


def test_the_schema_accepts_and_refuses_what_check_does():
    jsonschema_rs.meta.validate(PLAN_SCHEMA)
    validator = jsonschema_rs.validator_for(PLAN_SCHEMA)
    assert validator.is_valid(PLAN)
    assert check(PLAN) == []
    for op in OPS.values():
        for example in op.examples:
            assert validator.is_valid(single(example.op)), example.op
    for wrong in (["uper", "a"], ["upper"], ["upper", "a", "b"], ["round", 1, 2, "sideways"], {"a": 1}):
        assert not validator.is_valid(single(wrong))
    assert not validator.is_valid({"version": 1, "rules": [{"to": "a", "op": 1, "onMissing": "maybe"}]})


def test_the_catalogue_is_plain_data():
    described = {op["key"]: op for op in catalogue()}
    assert described.keys() == OPS.keys()
    assert described["upper"]["args"] == [{"name": "text", "kinds": ["text"], "fixed": False}]
    assert json.dumps(list(described.values()), default=str)


def test_a_float_of_the_plan_is_read_by_its_shortest_text():
    assert both(single(["multiply", 0.1, 3]), {})[0] == {"it": Decimal("0.3")}
