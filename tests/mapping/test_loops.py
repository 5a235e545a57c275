"""Joining, grouping and finding: each item once, in linear time, and the same in both engines."""

from dataclasses import replace
from decimal import Decimal

import pytest

from integrations.mapping import check, explain
from tests.mapping.plans import ENV, both, single

SOURCE = {
    "lines": [
        {"sku": "b", "n": 2, "tags": ["x"]},
        {"sku": "a", "n": 1},
        {"sku": "b", "n": 5},
        {"n": 9},
        {"sku": None, "n": 7},
    ],
    "stock": [{"sku": "b", "left": 3}, {"sku": "b", "left": 1}, {"sku": None, "left": 0}, {"left": 8}],
}
JOIN = {"list": ["get", "stock"], "name": "stock", "by": ["it", "sku"], "on": ["it", "sku"]}
SKU = {"to": "sku", "op": ["it", "sku"]}
LEFT = {"to": "left", "op": ["item", "stock", "left"]}


def loop(*rules, **more):
    return {"version": 1, "rules": [{"to": "out", "each": ["get", "lines"], "rules": [*rules], **more}]}


def out(plan, source=SOURCE):
    return both(plan, source)[0]["out"]


def test_a_join_finds_the_first_partner_and_null_finds_none():
    assert out(loop(SKU, LEFT, join=[JOIN])) == [
        {"sku": "b", "left": 3},
        {"sku": "a"},
        {"sku": "b", "left": 3},
        {},
        {"sku": None},
    ]


def test_a_join_takes_all_partners():
    each = {"to": "left", "each": ["item", "stock"], "rules": [{"to": [], "op": ["it", "left"]}]}
    made = out(loop(each, join=[JOIN | {"take": "all"}]))
    assert made == [{"left": [3, 1]}, {"left": []}, {"left": [3, 1]}, {"left": []}, {"left": []}]


def test_where_sort_and_later_joins_see_the_partner():
    bins = {"list": ["get", "bins"], "name": "bin", "by": ["it", "for"], "on": ["item", "stock", "left"]}
    plan = loop(
        {"to": "n", "op": ["it", "n"]},
        {"to": "bin", "op": ["item", "bin", "name"]},
        {"to": "at", "op": ["position"]},
        join=[JOIN, bins],
        where=["gt", ["item", "stock", "left"], 0],
        sort=[{"by": ["it", "n"], "order": "desc"}],
    )
    assert out(plan, SOURCE | {"bins": [{"for": 3, "name": "B3"}]}) == [
        {"n": 5, "bin": "B3", "at": 1},
        {"n": 2, "bin": "B3", "at": 2},
    ]


def test_a_number_finds_its_equal_in_whatever_way_it_is_written():
    source = {
        "lines": [{"sku": 1}, {"sku": Decimal("1.50")}, {"sku": 10**30}, {"sku": True}],
        "stock": [
            {"sku": Decimal("1.0"), "left": 1},
            {"sku": Decimal("1.5"), "left": 2},
            {"sku": Decimal("1E+30"), "left": 3},
        ],
    }
    assert out(loop(LEFT, join=[JOIN]), source) == [{"left": 1}, {"left": 2}, {"left": 3}, {}]


def test_a_missing_list_has_no_partners_and_something_else_is_an_error():
    assert out(loop(LEFT, join=[JOIN]), {"lines": [{"sku": 1}]}) == [{}]
    assert both(loop(LEFT, join=[JOIN]), {"lines": [{"sku": 1}], "stock": "x"}) == (
        None,
        "mapping.type",
        "rules[0].join[0].list",
    )


GROUP = {"by": {"sku": ["it", "sku"]}}
SUM = {"to": "n", "op": ["sum", ["map", ["it", "items"], "line", ["it", "n"]]]}
KEY = {"to": "sku", "op": ["it", "key", "sku"]}


def test_groups_stand_in_the_order_of_their_first_items_and_missing_is_not_null():
    assert out(loop(KEY, SUM, group=GROUP)) == [
        {"sku": "b", "n": 7},
        {"sku": "a", "n": 1},
        {"n": 9},
        {"sku": None, "n": 7},
    ]


def test_items_are_sorted_before_and_groups_after_grouping():
    first = {"to": "first", "op": ["first", ["map", ["it", "items"], "line", ["it", "n"]]]}
    plan = loop(
        KEY,
        first,
        sort=[{"by": ["it", "n"], "order": "desc"}],
        group=GROUP
        | {"where": ["gt", ["count", ["it", "items"]], 0], "sort": [{"by": ["it", "key", "sku"]}]},
    )
    assert out(plan) == [
        {"sku": "a", "first": 1},
        {"sku": "b", "first": 5},
        {"first": 9},
        {"sku": None, "first": 7},
    ]


def test_groups_by_what_a_join_found():
    plan = loop(
        {"to": "left", "op": ["it", "key", "left"]},
        {"to": "count", "op": ["count", ["it", "items"]]},
        join=[JOIN],
        group={"by": {"left": ["item", "stock", "left"]}},
    )
    assert out(plan) == [{"left": 3, "count": 2}, {"count": 3}]


def test_a_loop_inside_groups_sees_the_group_by_name():
    inner = {
        "to": "lines",
        "each": ["it", "items"],
        "rules": [{"to": [], "op": ["concat", ["item", "g", "key", "sku"], ["it", "n"]]}],
    }
    assert out(loop(inner, name="g", group=GROUP))[0] == {"lines": ["b2", "b5"]}


@pytest.mark.parametrize(
    ("more", "code", "place"),
    [
        ({"join": {}}, "shape", "rules[0].join"),
        ({"join": [{"list": ["get"]}]}, "shape", "rules[0].join[0]"),
        ({"join": [JOIN, JOIN]}, "name_taken", "rules[0].join[1]"),
        ({"join": [JOIN | {"take": "some"}]}, "shape", "rules[0].join[0].take"),
        ({"join": [JOIN | {"list": "x"}]}, "type", "rules[0].join[0].list"),
        ({"join": [JOIN | {"by": ["item", "stock", "sku"]}]}, "unknown_name", "rules[0].join[0].by"),
        ({"group": {"by": {}}}, "shape", "rules[0].group"),
        ({"group": GROUP | {"having": True}}, "unknown_key", "rules[0].group"),
        ({"group": GROUP | {"where": "x"}}, "type", "rules[0].group.where"),
    ],
)
def test_a_wrong_join_or_group_is_refused_at_its_place(more, code, place):
    assert [(p.code, p.place) for p in check(loop(SKU, **more))] == [(f"mapping.{code}", place)]


def test_a_partner_is_not_in_sight_of_a_group():
    assert check(loop(LEFT, join=[JOIN], group=GROUP))[0].code == "mapping.unknown_name"


@pytest.mark.parametrize("count", [1_000, 4_000])
def test_a_join_takes_steps_in_proportion_to_both_lists(count):
    rows = [{"sku": n, "left": n} for n in range(count)]
    env = replace(ENV, max_steps=count * 3 + 10)
    assert both(loop(LEFT, join=[JOIN]), {"lines": rows, "stock": rows}, env)[1] == ""
    assert both(loop(LEFT, join=[JOIN]), {"lines": rows, "stock": rows}, replace(env, max_steps=count * 3))[1]


@pytest.mark.parametrize("count", [500, 2_000])
def test_finding_by_key_indexes_a_list_once(count):
    rows = [{"sku": str(n)} for n in range(count)]
    op = ["map", ["get", "rows"], "row", ["find_by", ["get", "rows"], "other", ["it", "sku"], ["it", "sku"]]]
    env = replace(ENV, max_steps=count * 2 + 10)
    assert both(single(op), {"rows": rows}, env)[1] == ""


def test_an_index_that_depends_on_the_outer_item_is_made_again():
    body = ["concat", ["item", "row"], ["it"]]
    op = ["map", ["get", "rows"], "row", ["find_by", ["get", "rows"], "other", body, "ba"]]
    assert both(single(op), {"rows": ["a", "b"]})[0] == {"it": ["a"]}


def test_keys_made_to_collide_in_a_hash_do_not():
    modulus = 2**61 - 1
    rows = [{"sku": n * modulus} for n in range(1, 20_000)]
    assert both(loop(LEFT, join=[JOIN]), {"lines": rows, "stock": rows})[1] == ""


def test_explaining_shows_the_keys_of_joins_and_groups():
    steps = explain(loop(KEY, join=[JOIN], group=GROUP), SOURCE, ENV).steps
    places = {step.place: step.items for step in steps}
    assert places["rules[0].join[0].by"] == (4,)
    assert places["rules[0].join[0].on"] == (5,)
    assert places["rules[0].group.by.sku"] == (5,)
    assert places["rules[0].rules[0]"] == (4,)
