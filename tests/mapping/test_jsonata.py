"""JSONata inside of a plan: exact at the edges, bounded, and the same map after an import."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import MappingError
from integrations.mapping import check, compile_plan
from integrations.mapping.jsonata.engine import JlensExpression, JsonataError, PythonExpression
from integrations.mapping.jsonata.importing import import_map
from tests.mapping.plans import ENV, both, single


def value(text, source=None, *more, **rule):
    made, code, _ = both(single(["jsonata", text, *more], **rule), source or {})
    return code or made.get("it", "none")


@pytest.mark.parametrize(
    ("found", "reaches"),
    [
        (2**53, 2**53),
        (2**53 + 1, str(2**53 + 1)),
        (-(10**30), str(-(10**30))),
        (Decimal("10.10"), "10.10"),
        (Decimal(5), "5"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01T00:00:00+00:00"),
        (None, None),
        ([True, ""], [True, ""]),
    ],
    ids=repr,
)
def test_no_digit_is_lost_on_the_way_in(found, reaches):
    assert value("a", {"a": found}) == reaches


def test_decimals_are_numbers_where_the_plan_asks_for_doubles():
    source = {"a": Decimal("10.10"), "b": Decimal("1.00000000000000001")}
    assert value("a * 2", source, ["get"], "double") == Decimal("20.2")
    assert value("b", source, ["get"], "double") == "1.00000000000000001"


def test_the_rule_types_the_result():
    assert value("0.1 + 0.2") == Decimal("0.30000000000000004")
    assert value("0.1 + 0.2", **{"as": "decimal(2)"}) == Decimal("0.30")
    assert value("lines.sku", {"lines": [{"sku": "a"}]}, **{"as": "list"}) == ["a"]
    assert value("$sum(p)", {"p": [1, 2]}, **{"as": "string"}) == "3"


def test_missing_and_null_are_told_apart():
    assert value("gone") == "none"
    assert value("null") is None
    assert value("a", {"a": None}) is None
    assert value("$exists($)", {}, ["get", "gone"]) is False


def test_dice_and_clock_are_the_same_in_a_retry():
    assert value("$now()") == "2026-03-01T12:30:00.000Z"
    mapping = compile_plan(single(["list", ["jsonata", "$random()"], ["jsonata", "$random()"]]))
    first, again = mapping({}, ENV), mapping({}, ENV)
    assert first == again
    assert first["it"][0] != first["it"][1]


@pytest.mark.parametrize(
    "text",
    [
        "($f := function($x) {$f($x)}; $f(1))",
        "($f := function($x) {1 + $f($x)}; $f(1))",
        "[1..1000000].[1..1000000]",
        '$formatNumber(1, "#." & $pad("", 1000000, "0"))',
        '$pad("x", 9999999)',
        '($d := function($s, $n) {$n = 0 ? $s : $d($s & $s, $n - 1)}; $d("xxxxxxxxxx", 40))',
    ],
)
def test_what_runs_away_is_stopped(text):
    assert value(text) == "mapping.jsonata_limit"


def test_an_expression_that_fails_names_its_code_and_no_value():
    with pytest.raises(MappingError) as caught:
        compile_plan(single(["jsonata", "secret + 1"]))({"secret": "hunter2"}, ENV)
    assert caught.value.code == "mapping.jsonata"
    assert "T2001" in caught.value.message
    assert "hunter2" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("text", "code"),
    [("1 +", "jsonata_syntax"), ("(" * 9000, "jsonata_syntax"), ("1" * 17_000, "jsonata_syntax")],
)
def test_an_expression_that_cannot_be_read_is_refused_at_its_place(text, code):
    assert [(p.code, p.place) for p in check(single(["jsonata", text]))] == [
        (f"mapping.{code}", "rules[0].op[1]")
    ]


def test_the_check_says_what_jsonata_cannot_hold():
    assert [(p.code, p.severity) for p in check(single(["jsonata", "a"]))] == [
        ("mapping.jsonata_numbers", "warning")
    ]


@pytest.mark.parametrize("compile_", [JlensExpression, PythonExpression])
def test_both_engines_stand_behind_one_interface(compile_):
    assert compile_("a.b + 1").evaluate('{"a": {"b": 2}}') == "3"
    assert compile_("gone").evaluate("{}") is None
    assert compile_("null").evaluate(None) == "null"
    assert compile_("$x").evaluate(None, bindings={"x": 5}) == "5"
    with pytest.raises(JsonataError) as caught:
        compile_("1 + 'a'").evaluate(None)
    assert caught.value.code == "T2002"


MAP = """{ /* an order */
  "number": order.number, "name": order.first & " " & order.last,
  "total": $sum(lines.price) * 2 - 1, "count": $count(lines), "kind": order.kind = "x" ? "A" : "B",
  "skus": lines.sku, "big": $uppercase(order.first), "address": {"city": order.`the city`, "zip": '10110'},
  "best": lines[price > 1].sku
}"""


def test_a_map_becomes_a_rule_for_each_key():
    plan = import_map(MAP).plan
    ops = {rule["to"]: rule["op"] for rule in plan["rules"]}
    assert ops["number"] == ["walk", ["get"], "order", "number"]
    assert ops["address"] == ["object", "city", ["walk", ["get"], "order", "the city"], "zip", "10110"]
    assert ops["best"] == ["jsonata", "lines[price > 1].sku", ["get"], "double"]
    assert [key for key, op in ops.items() if op[0] == "jsonata"] == ["best"]
    assert [p for p in check(plan) if p.severity == "error"] == []


@pytest.mark.parametrize(
    "text",
    [
        "lines[0]",
        "$merge([{'a': 1}, {'b': 2}])",
        '{"a": 1}.b',
        '($k := "key"; {$k: 1})',
        '{"a": $match("x", /x,/)}',
    ],
)
def test_what_is_no_plain_object_is_one_rule(text):
    plan = import_map(text).plan
    assert plan["rules"] == [{"to": [], "op": ["jsonata", text, ["get"], "double"]}]


def test_a_broken_map_is_refused():
    with pytest.raises(MappingError) as caught:
        import_map('{"a": ')
    assert caught.value.code == "mapping.jsonata_syntax"


SCALARS = st.sampled_from([1, 2, 7, "x", "Ana", True, False])
NUMBERS = st.integers(-5, 5)
ITEMS = st.fixed_dictionaries(
    {}, optional={"price": NUMBERS, "sku": SCALARS, "tags": st.lists(SCALARS, max_size=2)}
)
INNER = st.fixed_dictionaries(
    {}, optional={"number": NUMBERS, "first": st.text("aé", max_size=2), "kind": SCALARS}
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "order": st.one_of(INNER, st.lists(INNER, max_size=3)),
        "lines": st.one_of(ITEMS, st.lists(st.one_of(ITEMS, st.lists(ITEMS, max_size=2)), max_size=3)),
        "n": NUMBERS,
    },
)
PATHS = [
    "order.number",
    "order.first",
    "order.kind",
    "lines.price",
    "lines.sku",
    "lines.tags",
    "n",
    "lines",
    "order",
]
PARTS = [
    *PATHS,
    *(f"$count({path})" for path in PATHS),
    "$sum(lines.price)",
    "n * 2 - order.number",
    "(n + 1) * -3",
    "n - 1 - 1",
    "n % 3",
    'order.kind = "x"',
    'order.kind = "x" ? n : lines.sku',
    "order.first = order.first",
    "$uppercase(order.first)",
    "$length(order.first)",
    'order.first & "-" & order.first',
    '"é" & n',
    '{"a": n, "b": {"c": lines.sku}}',
    "null",
    "1.5",
    "-2",
]


@given(document=DOCUMENTS, parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=4))
def test_an_imported_map_gives_what_the_map_gives_where_it_gives_something(document, parts):
    text = "{" + ", ".join(f'"k{n}": {part}' for n, part in enumerate(parts)) + "}"
    plan = import_map(text).plan
    assert [rule["op"][0] for rule in plan["rules"] if isinstance(rule["op"], list)].count("jsonata") == 0
    made, code, _ = both(plan, document)
    try:
        wanted = JlensExpression(text).evaluate(json.dumps(document))
    except JsonataError:
        return
    if code:
        assert is_list_in_text(document, parts)
        return
    assert made == msgspec.json.decode(wanted or "null")


def is_list_in_text(document, parts):
    """A list put into a text is the one difference that a note tells of."""
    return isinstance(document.get("order"), list) and any("&" in part for part in parts)


@given(
    st.lists(
        st.sampled_from([*PARTS, *'{}[]()"`:,.&+-*/=?$', "/*", "*/", '"a":', "\\", "and"]), max_size=14
    ).map("".join)
)
def test_any_text_is_imported_or_refused(text):
    try:
        JlensExpression(text)
    except JsonataError:
        with pytest.raises(MappingError, match="jsonata_syntax"):
            import_map(text)
    else:
        assert [p.code for p in check(import_map(text).plan) if p.severity == "error"] == []
