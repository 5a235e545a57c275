"""No plan and no document makes a mapping run away, and no text of a plan becomes code."""

import ast
import re
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import integrations.mapping
from integrations.errors import MappingError
from integrations.mapping import compile_plan
from integrations.mapping.compile import FIXED
from tests.mapping.plans import ENV, both, single

BIG = {"text": "x" * 200_000, "items": list(range(20_000)), "rows": [{"a": n} for n in range(300)]}
SMALL = replace(ENV, max_steps=50_000, max_output=1 << 20)


def nest(depth, op):
    for level in range(depth):
        op = ["map", ["get", "items"], f"n{level}", op]
    return op


@pytest.mark.parametrize(
    ("op", "code"),
    [
        (nest(3, 1), "steps"),
        (["filter", ["get", "rows"], "r", ["contains", ["get", "items"], -1]], "steps"),
        (["map", ["get", "rows"], "r", ["sum", ["get", "items"]]], "steps"),
        (["map", ["get", "rows"], "r", ["contains", ["get", "text"], "y"]], "steps"),
        (
            ["map", ["get", "rows"], "r", ["eq", ["get", "rows"], ["lit", [{"a": n} for n in range(300)]]]],
            "steps",
        ),
        (["map", ["get", "items"], "n", ["get", "text"]], "output"),
        (["map", ["get", "rows"], "n", ["concat", ["get", "text"], ["it", "a"]]], "output"),
        (["replace", ["get", "text"], "x", "y" * 1000], "text_size"),
        (["join", ["map", ["get", "items"], "n", "y" * 900], ","], "output"),
        (["pad", "a", 10**9], "argument"),
    ],
)
def test_a_greedy_operation_is_stopped(op, code):
    started = time.perf_counter()
    assert both(single(op), BIG, SMALL)[1] == f"mapping.{code}"
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    ("op", "code"),
    [
        (["concat", ["let", "#"], ["let", "#"]], "mapping.output"),
        (["list", ["let", "#"], ["let", "#"]], "mapping.output"),
        (["flatten", ["list", ["let", "#"], ["let", "#"]]], "mapping.output"),
        (["object", "a", ["let", "#"], "b", ["let", "#"]], "mapping.output"),
        (["multiply", ["let", "#"], ["let", "#"]], "mapping.number_size"),
    ],
    ids=["concat", "list", "flatten", "object", "multiply"],
)
def test_doubling_forty_times_is_stopped(op, code):
    start = {"concat": "0123456789", "flatten": ["lit", [0, 1]], "multiply": 12345}.get(op[0], "x")
    let = {"l0": start}
    for n in range(40):
        let[f"l{n + 1}"] = replaced(op, f"l{n}")
    plan = {"version": 1, "let": let, "rules": [{"to": "it", "op": ["let", "l40"]}]}
    assert both(plan, {}, SMALL)[1] == code


def replaced(op, name):
    return [replaced(part, name) if isinstance(part, list) else name if part == "#" else part for part in op]


def test_a_loop_that_copies_the_document_is_stopped():
    plan = {
        "version": 1,
        "rules": [{"to": "a", "each": ["get", "rows"], "rules": [{"to": "all", "op": ["get"]}]}],
    }
    assert both(plan, BIG, SMALL) == (None, "mapping.output", "rules[0].rules[0].op")


def test_what_fits_the_limits_passes():
    assert both(single(["map", ["get", "rows"], "r", ["it", "a"]]), BIG, SMALL)[1] == ""


NASTY = [
    "'",
    '"',
    "\\",
    "'''",
    '"""',
    "\n",
    "\r",
    "\x00",
    "\u2028",
    "\ud800",
    "{}",
    "{0}",
    "%s",
    "#",
    "\\N{DIGIT ONE}",
    "__import__('os').system('true')",
    "'); raise SystemExit #",
    "\\'); raise SystemExit #",
    "lambda: 0",
    "pass",
    "../../etc/passwd",
    "..\\..\\windows",
    "'; DROP TABLE runs; --",
    "1' OR '1'='1",
    "{{7*7}}",
    "${7*7}",
    "<%= 7*7 %>",
    "__class__",
    "__proto__",
    "constructor",
    "source",
    "A",
    "M",
    "k0",
    "t0",
]


def everywhere(text):
    """A plan with a text in every place that takes one."""
    return {
        "version": 1,
        "let": {text: ["get", text]},
        "rules": [
            {
                "to": [text, text + "2"],
                "op": ["let", text, text],
                "onMissing": "default",
                "default": {text: [text]},
            },
            {
                "to": text + "3",
                "op": ["concat", text, ["lookup", text, text]],
                "if": ["ne", ["get", text], text],
            },
            {
                "to": text + "4",
                "each": ["to_list", ["get", text]],
                "name": text + "n",
                "where": ["ne", ["item", text + "n", text], text],
                "sort": [{"by": ["it", text]}],
                "rules": [
                    {
                        "to": text,
                        "op": ["map", ["list", text], text + "m", ["object", text, ["item", text + "m"]]],
                    },
                    {"to": text + "5", "op": ["switch", text, text, text, text]},
                ],
            },
        ],
    }


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_nasty_texts_are_only_texts(text):
    env = replace(ENV, lookups={text: {text: "found"}})
    value, code, _ = both(everywhere(text), {text: {text: "v", "k": 1}}, env)
    assert code == ""
    assert value[text] == {text + "2": "v"}
    assert value[text + "3"] == text + "found"


NAMES = re.compile(r"(source|mapping|make|error|A|p|w|[ntvlroixk][0-9]+)")
ATTRIBUTES = {
    "get",
    "append",
    "work",
    "hold",
    "output",
    "refuse_output",
    "spot",
    "quantize",
    "replace",
    "seek",
    "index",
    "indexed",
    "group",
    "upper",
    "lower",
    "strip",
    "startswith",
    "endswith",
}


def assert_harmless(text):
    """Every name and attribute of generated code is one that the generator makes up."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            assert NAMES.fullmatch(node.id) or node.id in FIXED or node.id == "P", node.id
        if isinstance(node, ast.Attribute):
            assert node.attr in ATTRIBUTES, node.attr
        assert not isinstance(node, ast.Import | ast.ImportFrom | ast.Lambda | ast.Global)


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_nasty_texts_are_never_names_in_generated_code(text):
    generated = compile_plan(everywhere(text)).text
    assert generated.isascii()
    assert_harmless(generated)


@given(st.text(min_size=1, max_size=12))
@settings(max_examples=50, deadline=None)
def test_no_text_of_a_plan_becomes_code(text):
    assert_harmless(compile_plan(everywhere(text)).text)


def test_generated_code_has_no_builtins():
    mapping = compile_plan(single(["get", "a"]))
    assert mapping._run.__globals__["__builtins__"] == {}  # noqa: SLF001  what the generated code can see


def test_only_one_module_executes_generated_code():
    folder = Path(integrations.mapping.__file__).parent
    calls = re.compile(r"(?<![\w.])(exec|eval|compile|__import__)\(")
    users = {path.name for path in folder.rglob("*.py") if calls.search(path.read_text())}
    assert users == {"compile.py"}


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){20}"])
def test_patterns_run_in_linear_time(pattern):
    started = time.perf_counter()
    assert both(single(["regex_extract", ["get", "t"], pattern]), {"t": "a" * 40_000 + "!"})[1] == ""
    assert time.perf_counter() - started < 3


def test_large_exponents_are_cheap():
    assert both(single(["get", "a"], **{"as": "integer"}), {"a": Decimal("1E+400")})[1] == ""
    assert (
        both(single(["get", "a"], **{"as": "integer"}), {"a": Decimal("1E+999999")})[1]
        == "mapping.number_size"
    )
    assert (
        both(single(["get", "a"], **{"as": "string"}), {"a": Decimal("1E-999999")})[1]
        == "mapping.number_size"
    )
    assert both(single(["round", ["get", "a"], 2]), {"a": Decimal("1E+999999")})[1] == "mapping.number_size"


SIZES = (200, 400, 800)
LINEAR = {
    "join": {
        "to": "it",
        "each": ["get", "rows"],
        "join": [
            {"list": ["get", "rows"], "name": "other", "by": ["it", "a"], "on": ["it", "a"], "take": "all"}
        ],
        "rules": [{"to": "n", "op": ["count", ["item", "other"]]}],
    },
    "group": {
        "to": "it",
        "each": ["get", "rows"],
        "group": {"by": {"k": ["remainder", ["it", "a"], 7]}},
        "rules": [{"to": "n", "op": ["count", ["it", "items"]]}],
    },
    "find_by": {
        "to": "it",
        "each": ["get", "rows"],
        "rules": [{"to": "b", "op": ["find_by", ["get", "rows"], "r", ["it", "a"], ["it", "a"]]}],
    },
    "filter_by": {
        "to": "it",
        "op": [
            "map",
            ["get", "rows"],
            "x",
            ["count", ["filter_by", ["get", "rows"], "r", ["it", "a"], ["item", "x", "a"]]],
        ],
    },
    "group_by": {"to": "it", "op": ["group_by", ["get", "rows"], "r", ["remainder", ["it", "a"], 3]]},
    "reverse_lookup": {
        "to": "it",
        "op": ["map", ["get", "rows"], "r", ["reverse_lookup", "big", ["it", "a"]]],
    },
    "segment": {"to": "it", "op": ["segments", ["get", "rows"], "[a=1|2]", "a"]},
    "walk": {"to": "it", "op": ["walk", ["get"], "rows", "a"]},
    "allocate": {"to": "it", "op": ["allocate", 100, ["map", ["get", "rows"], "r", ["it", "a"]]]},
    "distinct": {"to": "it", "op": ["distinct", ["get", "rows"]]},
}


def steps_needed(rule, size):
    """The smallest number of steps with which a plan passes, by halving."""
    plan = {"version": 1, "rules": [rule]}
    mapping = compile_plan(plan)
    source = {"rows": [{"a": n} for n in range(size)]}
    low, high = 0, size * size
    while low < high:
        middle = (low + high) // 2
        env = replace(ENV, max_steps=middle, lookups={"big": {str(n): n for n in range(size)}})
        try:
            mapping(source, env)
            high = middle
        except MappingError:
            low = middle + 1
    return low


@pytest.mark.parametrize("name", LINEAR)
def test_steps_grow_in_proportion_to_the_document(name):
    small, middle, large = (steps_needed(LINEAR[name], size) for size in SIZES)
    assert large - middle == 2 * (middle - small)
    assert large <= 10 * SIZES[-1]
