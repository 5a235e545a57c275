"""Where a field comes from, in a plan and in a run of it."""

from integrations.mapping.lineage import lineage, trace
from tests.mapping.plans import ENV

PLAN = {
    "version": 1,
    "let": {"order": ["get", "hook", "body"], "rate": ["divide", ["get", "hook", "rate"], 100]},
    "rules": [
        {"to": "number", "op": ["concat", "TH-", ["let", "order", "number"]], "if": ["get", "hook", "ok"]},
        {"to": ["ship", "carrier"], "op": ["lookup", "carriers", ["let", "order", "carrier"]]},
        {
            "to": "lines",
            "each": ["filter", ["let", "order", "items"], "i", ["gt", ["it", "n"], 0]],
            "name": "line",
            "join": [{"list": ["get", "stock"], "name": "stock", "by": ["it", "sku"], "on": ["it", "sku"]}],
            "sort": [{"by": ["it", "at"]}],
            "rules": [
                {"to": "sku", "op": ["upper", ["it", "sku"]]},
                {"to": "left", "op": ["coalesce", ["item", "stock", "left"], 0]},
                {"to": "tax", "op": ["multiply", ["it", "price"], ["let", "rate"]], "as": "decimal(2)"},
                {"to": "tags", "each": ["it", "tags"], "rules": [{"to": [], "op": ["it"]}]},
            ],
        },
        {
            "to": "days",
            "each": ["let", "order", "items"],
            "group": {"by": {"day": ["slice", ["it", "at"], 0, 10]}},
            "rules": [
                {"to": "day", "op": ["it", "key", "day"]},
                {"to": "n", "op": ["sum", ["map", ["it", "items"], "i", ["it", "n"]]]},
                {"to": "first", "op": ["let", "order", "items", 0, "sku"]},
            ],
        },
    ],
}
ITEM = ("hook", "body", "items", "[]")


def of(*target):
    return next(line for line in lineage(PLAN) if line.target == target)


def test_every_target_has_its_lineage_once_in_order():
    assert [line.target for line in lineage(PLAN)] == [
        ("number",),
        ("ship", "carrier"),
        ("lines", "[]", "sku"),
        ("lines", "[]", "left"),
        ("lines", "[]", "tax"),
        ("lines", "[]", "tags", "[]"),
        ("days", "[]", "day"),
        ("days", "[]", "n"),
        ("days", "[]", "first"),
    ]


def test_sources_are_found_through_lets_and_conditions_are_told_apart():
    line = of("number")
    assert line.sources == (("hook", "body", "number"),)
    assert line.conditions == (("hook", "ok"),)
    assert line.ops == ("concat",)
    assert line.constants == ("TH-",)
    assert line.place == "rules[0]"
    assert of("ship", "carrier").lookups == ("carriers",)


def test_sources_are_found_through_loops_joins_and_computed_lets():
    assert of("lines", "[]", "sku").sources == ((*ITEM, "sku"),)
    assert of("lines", "[]", "left").sources == (("stock", "[]", "left"),)
    assert of("lines", "[]", "tax").sources == ((*ITEM, "price"), ("hook", "rate"))
    assert of("lines", "[]", "tax").ops == ("round", "multiply", "divide")
    assert of("lines", "[]", "tags", "[]").sources == ((*ITEM, "tags", "[]"),)


def test_what_chooses_and_orders_items_is_a_condition():
    assert set(of("lines", "[]", "sku").conditions) == {
        ("hook", "body", "items"),
        (*ITEM, "n"),
        (*ITEM, "at"),
        (*ITEM, "sku"),
        ("stock", "[]", "sku"),
    }


def test_groups_lead_back_to_their_items():
    assert of("days", "[]", "day").sources == ((*ITEM, "at"),)
    assert of("days", "[]", "n").sources == ((*ITEM, "n"),)
    assert of("days", "[]", "first").sources == (("hook", "body", "items", 0, "sku"),)


SOURCE = {
    "hook": {
        "ok": True,
        "rate": 7,
        "body": {"number": "S-17", "items": [{"n": 1, "sku": "b1", "at": "2026-03-01", "price": 200}]},
    },
    "stock": [],
}


def test_a_run_shows_shapes_only():
    traced = trace(PLAN, SOURCE, ENV)
    first = traced[0]
    assert (first.target, first.value) == (("number",), "text AA-A-99")
    assert first.sources == ((("hook", "body", "number"), "text A-99"),)
    tax = next(row for row in traced if row.target == ("lines", 1, "tax"))
    assert tax.value == "a decimal number 99.99"
    assert not any("S-17" in str(row) or "b1" in str(row) for row in traced)


def test_a_run_shows_values_to_who_may_see_them():
    traced = {row.target: row for row in trace(PLAN, SOURCE, ENV, shows_values=True)}
    assert traced["number",].value == '"TH-S-17"'
    assert traced["lines", 1, "tax"].value == "14.00"
    assert traced["lines", 1, "tax"].sources[0] == ((*ITEM, "price"), "200")
    assert traced["ship", "carrier"].value == "missing"
