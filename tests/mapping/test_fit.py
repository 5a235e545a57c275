"""A plan is checked against both documents when it is saved: each finding at its rule, with its severity."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings

from bench.mapping import PLAN
from integrations.canonical import model
from integrations.errors import MappingError
from integrations.mapping import MISSING, compile_plan
from integrations.mapping.check import checked
from integrations.mapping.fit import check_fit
from integrations.mapping.fit.follow import Follower
from integrations.mapping.plan import Path, expressions, walk
from integrations.mapping.values import Kind, kind_of
from integrations.schema.json_schema import from_json_schema
from integrations.schema.model import Field, Schema, Type
from tests.mapping.plans import single
from tests.mapping.test_agreement import ENVS, SOURCES, operations, plans

TEXT = {"type": "string"}
LINE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["sku", "qty"],
    "properties": {
        "sku": {"type": "string", "maxLength": 10},
        "qty": {"type": "integer", "minimum": 0, "maximum": 999},
        "price": {"type": "number", "x-7m-scale": 4},
        "note": TEXT,
    },
}
SOURCE = from_json_schema(
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["number", "state", "lines", "made", "total", "buyer", "paid"],
        "properties": {
            "number": {"type": "string", "maxLength": 20},
            "state": {"enum": ["new", "done"]},
            "made": {"type": "string", "format": "date"},
            "due": {"type": "string", "format": "date", "x-7m-type": "date"},
            "total": {"type": "number", "x-7m-scale": 4},
            "paid": {"type": "boolean"},
            "comment": TEXT,
            "buyer": {"type": "object", "properties": {"name": TEXT, "city": TEXT}, "required": ["name"]},
            "lines": {"type": "array", "items": LINE},
            "tags": {"type": "array", "items": TEXT},
            "extra": {},
        },
    }
)
TARGET = from_json_schema(
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "ref": {"type": "string", "maxLength": 8},
            "status": {"enum": ["N", "D"]},
            "day": {"type": "string", "format": "date", "x-7m-type": "date"},
            "amount": {"type": "number", "x-7m-scale": 2},
            "count": {"type": "integer", "maximum": 99},
            "text": TEXT,
            "flag": {"type": "boolean"},
            "who": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "zip"],
                "properties": {"name": TEXT, "zip": TEXT},
            },
            "rows": {
                "type": "array",
                "items": {"type": "object", "required": ["sku"], "properties": {"sku": TEXT, "n": TEXT}},
            },
            "words": {"type": "array", "items": {"type": "string", "maxLength": 3}},
        },
    }
)
TABLES = {
    "states": {"new": "N"},
    "both": {"new": "N", "done": "D"},
    "odd": {"new": "N", "done": "X"},
    "parts": {"new": "N"},
    "parts@ACME": {"done": "D"},
}


def found(*rules, source=SOURCE, target=TARGET, infos=False, **plan):
    """Code, place and severity of every finding."""
    problems = check_fit({"version": 1, "rules": list(rules), **plan}, source, target, TABLES)
    return [
        (problem.code.removeprefix("mapping."), problem.place, problem.severity)
        for problem in problems
        if infos or problem.code != "mapping.unread_source"
    ]


@pytest.mark.parametrize(
    ("to", "op", "code", "place", "severity"),
    [
        ("text", ["get", "numbr"], "unknown_source", "rules[0].op", "error"),
        ("text", ["get", "buyer", "nam"], "unknown_source", "rules[0].op", "warning"),
        ("text", ["get", "number", "x"], "unknown_source", "rules[0].op", "error"),
        ("text", ["get", "lines", "sku"], "list_as_single", "rules[0].op", "error"),
        ("text", ["get", "buyer", 0], "single_as_list", "rules[0].op", "error"),
        ("txt", ["get", "number"], "unknown_target", "rules[0].to", "error"),
        (["rows", "sku"], ["get", "number"], "single_as_list", "rules[0].to", "error"),
        (["text", "a"], ["get", "number"], "unknown_target", "rules[0].to", "error"),
        ("words", ["get", "number"], "single_as_list", "rules[0]", "error"),
        ("text", ["get", "tags"], "list_as_single", "rules[0]", "error"),
        ("flag", ["get", "number"], "type_clash", "rules[0]", "error"),
        ("text", ["get", "total"], "type_clash", "rules[0]", "warning"),
        ("amount", ["get", "number"], "type_clash", "rules[0]", "error"),
        ("day", ["get", "made"], "type_clash", "rules[0]", "error"),
        ("text", ["upper", ["get", "total"]], "type_clash", "rules[0].op[1]", "error"),
        ("day", ["parse_date", ["get", "due"], "YYYY-MM-DD"], "type_clash", "rules[0].op[1]", "error"),
        ("amount", ["get", "total"], "precision", "rules[0]", "warning"),
        ("amount", ["multiply", ["get", "total"], ["get", "total"]], "precision", "rules[0]", "warning"),
        ("count", ["get", "total"], "precision", "rules[0]", "warning"),
        ("count", 100, "overflow", "rules[0]", "error"),
        ("count", ["get", "lines", 0, "qty"], "overflow", "rules[0]", "warning"),
        ("ref", ["get", "number"], "truncated", "rules[0]", "warning"),
        ("ref", "much too long", "truncated", "rules[0]", "error"),
        ("ref", ["concat", "AB-", ["slice", ["get", "number"], 0, 6]], "truncated", "rules[0]", "warning"),
        ("words", ["map", ["get", "tags"], "t", "long"], "truncated", "rules[0]", "error"),
        ("status", ["get", "state"], "code_unmapped", "rules[0]", "error"),
        ("status", "X", "code_unmapped", "rules[0]", "error"),
        ("status", ["get", "number"], "code_unmapped", "rules[0]", "info"),
        ("status", ["lookup", "states", ["get", "state"]], "code_unmapped", "rules[0].op", "warning"),
        ("status", ["lookup", "odd", ["get", "state"]], "code_unmapped", "rules[0]", "warning"),
        (
            "status",
            ["cross_reference", "states", ["get", "state"]],
            "code_unmapped",
            "rules[0].op",
            "warning",
        ),
        ("ref", ["truncate", ["get", "number"], 9], "truncated", "rules[0]", "warning"),
        ("flag", ["eq", ["get", "state"], "old"], "never_equal", "rules[0].op", "warning"),
        ("flag", ["eq", ["get", "total"], "5"], "never_equal", "rules[0].op", "warning"),
        (["who", "name"], ["get", "buyer", "name"], "required_target", "rules", "error"),
        ("who", ["get", "buyer"], "", "", ""),
    ],
)
def test_a_finding_stands_at_its_rule(to, op, code, place, severity):
    assert found({"to": to, "op": op}) == ([(code, place, severity)] if code else [])


@pytest.mark.parametrize(
    ("to", "op"),
    [
        ("text", ["get", "extra", "anything", 3, "below"]),
        ("ref", ["slice", ["get", "number"], 0, 8]),
        ("amount", ["round", ["get", "total"], 2]),
        ("day", ["parse_date", ["get", "made"], "YYYY-MM-DD"]),
        ("day", ["get", "due"]),
        ("status", ["lookup", "both", ["get", "state"]]),
        ("status", ["cross_reference", "parts", ["get", "state"]]),
        ("ref", ["truncate", ["get", "number"], 8]),
        ("status", ["switch", ["get", "state"], "new", "N", "done", "D"]),
        ("status", ["if", ["get", "paid"], "D", "N"]),
        ("text", ["coalesce", ["get", "comment"], ["get", "number"]]),
        ("text", ["get", "lines", 0, "sku"]),
        ("text", ["get", "tags", -1]),
        ("text", ["to_string", ["get", "total"]]),
        ("words", ["list", "a", "b"]),
        ("count", ["count", ["get", "lines"]]),
        ("text", ["first", ["map", ["get", "lines"], "line", ["it", "sku"]]]),
        ("flag", ["gt", ["get", "total"], 5]),
    ],
)
def test_what_fits_is_not_reported(to, op):
    assert found({"to": to, "op": op}) == []


def test_the_hint_names_what_was_meant():
    (problem,) = (
        problem
        for problem in check_fit(
            {"version": 1, "rules": [{"to": "text", "op": ["get", "Comments"]}]}, SOURCE, TARGET
        )
        if problem.severity == "error"
    )
    assert (problem.message, problem.hint) == (
        "the source has no field “Comments”.",
        "Did you mean “comment”?",
    )


def rows(*rules, **loop):
    return {"to": "rows", "each": ["get", "lines"], **loop, "rules": list(rules)}


def test_loops_know_their_items():
    assert found(rows({"to": "sku", "op": ["it", "sku"]})) == []
    assert found(rows({"to": "sku", "op": ["it", "skuu"]})) == [
        ("unknown_source", "rules[0].rules[0].op", "error")
    ]
    assert found(rows({"to": "n", "op": ["it", "note"]})) == [("required_target", "rules[0].rules", "error")]
    assert found(rows({"to": "sku", "op": ["it", "note"]})) == [
        ("may_be_missing", "rules[0].rules[0]", "warning")
    ]
    assert found({**rows({"to": "sku", "op": ["it", "sku"]}), "each": ["get", "number"]}) == [
        ("single_as_list", "rules[0].each", "error")
    ]
    assert found({**rows({"to": "sku", "op": ["it", "sku"]}), "to": "text"}) == [
        ("list_as_single", "rules[0].to", "error")
    ]


def test_groups_and_partners_are_known_too():
    group = {"by": {"sku": ["it", "sku"]}}
    assert found(rows({"to": "sku", "op": ["it", "key", "sku"]}, group=group)) == []
    assert found(rows({"to": "sku", "op": ["it", "key", "ean"]}, group=group)) == [
        ("unknown_source", "rules[0].rules[0].op", "error")
    ]
    join = [{"list": ["get", "lines"], "name": "twin", "by": ["it", "sku"], "on": ["it", "sku"]}]
    assert found(rows({"to": "sku", "op": ["item", "twin", "sku"]}, join=join)) == [
        ("may_be_missing", "rules[0].rules[0]", "warning")
    ]
    assert found(rows({"to": "sku", "op": ["item", "twin", "key"]}, join=join))[0][0] == "unknown_source"


def test_a_rule_with_a_condition_or_a_default_gives_what_is_required():
    name = {"to": ["who", "name"], "op": ["get", "buyer", "name"]}
    code = {"to": ["who", "zip"], "op": ["get", "buyer", "city"]}
    assert found(name, code) == [("may_be_missing", "rules[1]", "warning")]
    assert found(name, {**code, "default": "?"}) == []
    assert found(name, {**code, "onMissing": "error"}) == []
    assert found(name, {**code, "if": ["get", "paid"], "default": "?"}) == [
        ("may_be_missing", "rules[1]", "warning")
    ]
    sure = {"to": ["who", "zip"], "op": "0000"}
    assert found(name, sure, {**code, "if": ["get", "paid"]}) == []


def test_an_object_written_as_a_whole_is_compared_field_by_field():
    op = ["object", "name", ["get", "buyer", "name"], "town", "Graz"]
    assert found({"to": "who", "op": op}) == [
        ("unknown_target", "rules[0]", "error"),
        ("required_target", "rules[0]", "error"),
    ]


def test_what_nothing_reads_is_told_part_by_part():
    plan = [
        {"to": "text", "op": ["let", "b", "name"]},
        rows({"to": "sku", "op": ["it", "sku"]}, where=["gt", ["it", "qty"], 0]),
    ]
    places = [
        place.removeprefix("source/")
        for code, place, severity in found(*plan, let={"b": ["get", "buyer"]}, infos=True)
        if code == "unread_source" and severity == "info"
    ]
    assert places == [
        *("number", "state", "made", "due", "total", "paid", "comment", "buyer/city"),
        *("lines/price", "lines/note", "tags", "extra"),
    ]


def test_either_side_may_be_unknown():
    rule = {"to": "nowhere", "op": ["upper", ["get", "number"]]}
    assert found(rule, target=None) == []
    assert found({"to": "text", "op": ["upper", ["get", "a", "b"]]}, source=None) == []
    assert found(rule, source=None) == [("unknown_target", "rules[0].to", "error")]


def test_a_plan_that_is_wrong_in_itself_is_left_to_the_check_of_plans():
    assert check_fit({"version": 1, "rules": [{"to": "a", "op": ["uper"]}]}, SOURCE, TARGET) == []


def test_a_plan_is_checked_against_canonical_models():
    order, invoice = model("order"), model("invoice")
    plan = {
        "version": 1,
        "rules": [
            {"to": "number", "op": ["get", "number"]},
            {"to": "issue_date", "op": ["get", "ordered_at"]},
            {"to": "currency", "op": ["get", "currency"]},
            {"to": "total", "op": ["get", "total"]},
            {
                "to": "lines",
                "each": ["get", "lines"],
                "rules": [
                    {"to": "number", "op": ["it", "number"]},
                    {"to": "quantity", "op": ["it", "quantity"]},
                    {"to": ["total", "amount"], "op": ["it", "total", "amount"]},
                ],
            },
        ],
    }
    problems = [p for p in check_fit(plan, order, invoice) if p.severity != "info"]
    assert sorted((p.code, p.place) for p in problems) == [
        ("mapping.may_be_missing", "rules[3]"),
        ("mapping.may_be_missing", "rules[4].rules[2]"),
        ("mapping.required_target", "rules[4].rules"),
        ("mapping.type_clash", "rules[1]"),
    ]


def test_the_plan_of_the_benchmark_is_followed_without_a_schema():
    assert check_fit(PLAN, None, None) == []


@given(plan=plans())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_plan_can_be_checked(plan):
    for problem in check_fit(plan, SOURCE, TARGET, TABLES):
        assert problem.place.startswith(("rules", "let", "source/"))


@given(op=operations(), source=SOURCES, env=ENVS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_foretold_of_a_value_holds(op, source, env):
    """The facts of an operation are true of what it gives: its kind, length, digits and codes."""
    plan, problems = checked(single(op))
    assume(not problems)
    fact = Follower(plan, Schema(Field("", Type.ANY)), {}).fact(plan.block.rules[0].op)
    try:
        value = compile_plan(single(op))(source, env).get("it", MISSING)
    except MappingError:
        return
    if value is MISSING or value is None:
        assert fact.may_lack or fact.kinds is Kind.ANY or uses_source(plan)
        return
    assert kind_of(value) in fact.kinds
    if isinstance(value, str):
        assert fact.length is None or len(value) <= fact.length
        assert fact.values is None or value in fact.values
    if type(value) in {int, Decimal}:
        exponent = Decimal(value).normalize().as_tuple().exponent
        assert fact.scale is None or max(0, -exponent) <= fact.scale


def uses_source(plan):
    """Whether a plan reads what no schema describes, of which nothing is foretold."""
    return any(isinstance(part, Path) for expr in expressions(plan.block) for part in walk(expr))
