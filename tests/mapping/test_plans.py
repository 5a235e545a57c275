"""What a plan means: targets, loops, missing values, exact numbers, places of errors."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, localcontext

import pytest

from integrations.mapping import compile_plan, explain
from tests.mapping.plans import ENV, both, single

LINES = {
    "lines": [
        {"sku": "b", "n": 2, "tags": ["x", "y"]},
        {"sku": "a", "n": 0},
        {"sku": "c", "n": 5, "tags": []},
    ]
}


def rules(*given, **plan):
    return {"version": 1, "rules": list(given), **plan}


def loop(*given, **more):
    return {"to": "out", "each": ["get", "lines"], "name": "line", "rules": list(given), **more}


@pytest.mark.parametrize(
    ("rule", "source", "made"),
    [
        ({}, {}, {}),
        ({"onMissing": "skip"}, {}, {}),
        ({"onMissing": "null"}, {}, {"it": None}),
        ({"onMissing": "default", "default": [1]}, {}, {"it": [1]}),
        ({"onMissing": "error"}, {"a": None}, {"it": None}),
        ({"onMissing": "default", "default": "x"}, {"a": ""}, {"it": ""}),
        ({"as": "string"}, {"a": None}, {"it": None}),
        ({"as": "string"}, {}, {}),
    ],
)
def test_missing_null_and_empty_are_three_things(rule, source, made):
    assert both(single(["get", "a"], **rule), source) == (made, "", "")


def test_a_value_that_must_be_there_names_its_target_and_rule():
    plan = rules(
        {"to": "id", "op": 1}, {"to": ["customer", "name"], "op": ["get", "name"], "onMissing": "error"}
    )
    assert both(plan, {}) == (None, "mapping.missing", "rules[1].op")
    assert "“customer / name”" in explain(plan, {}, ENV).error.message


def test_objects_of_the_target_appear_with_their_first_value_only():
    plan = rules(
        {"to": ["a", "x"], "op": ["get", "x"]},
        {"to": "b", "op": 1},
        {"to": ["a", "y"], "op": ["get", "y"]},
        {"to": ["c", "z"], "op": ["get", "z"]},
    )
    made, _, _ = both(plan, {"y": 2})
    assert list(made.items()) == [("b", 1), ("a", {"y": 2})]


def test_a_dot_in_a_key_means_nothing():
    assert both(rules({"to": "a.b", "op": ["get", "x.y"]}), {"x.y": 1, "x": {"y": 2}})[0] == {"a.b": 1}


def test_a_loop_filters_sorts_and_counts_what_it_writes():
    plan = rules(
        loop(
            {"to": "number", "op": ["position"]},
            {"to": "sku", "op": ["upper", ["it", "sku"]]},
            where=["gt", ["it", "n"], 0],
            sort=[{"by": ["it", "n"], "order": "desc"}],
        )
    )
    assert both(plan, LINES)[0] == {"out": [{"number": 1, "sku": "C"}, {"number": 2, "sku": "B"}]}


def test_sorting_by_several_keys_is_stable_and_puts_missing_keys_last():
    source = {
        "lines": [{"a": 2, "i": 0}, {"a": 1, "i": 1}, {"i": 2}, {"a": 2, "b": 1, "i": 3}, {"a": 1, "i": 4}]
    }
    plan = rules(
        loop({"to": [], "op": ["it", "i"]}, sort=[{"by": ["it", "a"], "order": "desc"}, {"by": ["it", "b"]}])
    )
    assert both(plan, source)[0] == {"out": [3, 0, 1, 4, 2]}


def test_an_inner_loop_sees_outer_items_by_name():
    inner = {
        "to": "tags",
        "each": ["it", "tags"],
        "rules": [{"to": [], "op": ["concat", ["item", "line", "sku"], ["position", "line"], ["it"]]}],
    }
    made, _, _ = both(rules(loop(inner)), LINES)
    assert made == {"out": [{"tags": ["b1x", "b1y"]}, {}, {"tags": []}]}


def test_a_loop_over_something_else_is_an_error():
    plan = rules(loop({"to": "a", "op": 1}))
    assert both(plan, {"lines": {"sku": "a"}}) == (None, "mapping.type", "rules[0].each")


def test_an_error_inside_a_loop_names_the_item():
    plan = rules(loop({"to": "sku", "op": ["upper", ["it", "n"]]}, where=["gt", ["it", "n"], 0]))
    assert both(plan, LINES) == (None, "mapping.type", "rules[0].rules[0].op")
    assert explain(plan, LINES, ENV).error.message == (
        "“out / sku” (item 1): upper needs text as “text”, not a whole number."
    )


def test_a_bare_rule_makes_the_value_itself():
    assert both(
        rules({"to": [], "each": ["get", "lines"], "rules": [{"to": [], "op": ["it", "sku"]}]}), LINES
    )[0] == [
        "b",
        "a",
        "c",
    ]
    assert both(rules({"to": [], "op": ["get", "gone"]}), {}) == (None, "", "")


def test_a_later_rule_with_a_condition_wins():
    plan = rules({"to": "a", "op": 1}, {"to": "a", "op": 2, "if": ["get", "flag"]})
    assert both(plan, {"flag": True})[0] == {"a": 2}
    assert both(plan, {})[0] == {"a": 1}


def test_lets_are_computed_in_their_order():
    plan = rules(
        {"to": "total", "op": ["multiply", ["let", "twice"], 10]},
        let={"n": ["get", "n"], "twice": ["multiply", ["let", "n"], 2]},
    )
    assert both(plan, {"n": 4})[0] == {"total": 80}


def test_the_cheapest_rate_that_is_fast_enough():
    rates = [
        {"service": "sea", "days": 30, "price": 9},
        {"service": "air", "days": 4, "price": 31},
        {"service": "x", "price": 1},
    ]
    best = [
        "min_by",
        ["filter", ["get", "rates"], "rate", ["lt", ["it", "days"], 5]],
        "rate",
        ["it", "price"],
    ]
    plan = rules(
        {"to": "service", "op": ["let", "best", "service"], "onMissing": "error"}, let={"best": best}
    )
    assert both(plan, {"rates": rates})[0] == {"service": "air"}
    assert both(plan, {"rates": rates[:1]}) == (None, "mapping.missing", "rules[0].op")


@pytest.mark.parametrize("number", [820982911946154508, 10**17 + 1, 999999999999999999])
def test_eighteen_digit_ids_are_kept(number):
    assert both(single(["get", "id"], **{"as": "string"}), {"id": number})[0] == {"it": str(number)}
    assert both(single(["to_integer", ["get", "id"]]), {"id": str(number)})[0] == {"it": number}


def test_decimals_are_exact_to_two_thousand_digits_and_then_refused():
    long = Decimal("1." + "1" * 999)
    assert both(single(["multiply", ["get", "a"], ["get", "a"]]), {"a": long})[1] == ""
    square = ["multiply", ["get", "a"], ["multiply", ["get", "a"], ["get", "a"]]]
    assert both(single(square), {"a": long}) == (None, "mapping.number_size", "rules[0].op")
    assert both(single(square), {"a": 10**999}) == (None, "mapping.number_size", "rules[0].op")


def test_the_ambient_decimal_context_changes_nothing():
    with localcontext() as context:
        context.prec = 3
        assert both(single(["add", ["get", "a"], 1]), {"a": Decimal("12345.678")})[0] == {
            "it": Decimal("12346.678")
        }
        assert both(single(["get", "a"], **{"as": "decimal(2)"}), {"a": "12345.675"})[0] == {
            "it": Decimal("12345.68")
        }


@pytest.mark.parametrize("bad", [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")])
@pytest.mark.parametrize("op", ["add", "multiply", "lt", "divide", "to_string", "round", "to_integer", "sum"])
def test_what_is_no_number_never_leaks_a_python_error(op, bad):
    args = {
        "to_string": [["get", "a"]],
        "round": [["get", "a"], 2],
        "to_integer": [["get", "a"]],
        "sum": [["get", "l"]],
    }
    _, code, _ = both(single([op, *args.get(op, [["get", "a"], 1])]), {"a": bad, "l": [bad, 1]})
    assert code in {"", "mapping.number_size"}


@pytest.mark.parametrize("value", [1.5, (1, 2), {1}, object()])
def test_what_no_format_gives_is_a_type_error(value):
    assert both(single(["upper", ["get", "a"]]), {"a": value})[1] == "mapping.type"


def test_each_use_makes_its_own_constant():
    plan = rules({"to": "a", "op": ["lit", {"b": []}]})
    mapping = compile_plan(plan)
    mapping({}, ENV)["a"]["b"].append(1)
    assert mapping({}, ENV) == {"a": {"b": []}}


def test_ids_are_stable_in_a_run_and_differ_between_runs():
    first = both(single(["uuid5", "order"]), {})
    assert first == both(single(["uuid5", "order"]), {})
    assert first != both(
        single(["uuid5", "order"]), {}, replace(ENV, run_id="other", now=datetime(2027, 1, 1, tzinfo=UTC))
    )


def test_explaining_shows_every_value_on_the_way():
    explained = explain(single(["upper", ["trim", ["get", "a"]]]), {"a": " x "}, ENV)
    assert [(step.place, step.value) for step in explained.steps] == [
        ("rules[0].op[1][1]", " x "),
        ("rules[0].op[1]", "x"),
        ("rules[0].op", "X"),
        ("rules[0]", "X"),
    ]
    assert explained.is_complete
