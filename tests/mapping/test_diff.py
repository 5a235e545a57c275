"""What changed between two plans, in sentences; and the tests that a plan carries."""

import json
from datetime import date
from decimal import Decimal

import jsonschema_rs
import pytest

from integrations.mapping import PLAN_SCHEMA, check
from integrations.mapping.diff import diff
from integrations.mapping.trial import run_tests


def plan(*rules, **more):
    return {"version": 1, "rules": [*rules], **more}


A = {"to": "a", "op": ["get", "order", "a"]}
LINES = {"to": "lines", "each": ["get", "lines"], "rules": [A]}


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        (plan(A), plan(A), []),
        (plan(A), plan(A, {"to": ["b", "c"], "op": 5}), ["“b / c” is now written, from 5."]),
        (plan(A, {"to": "b", "op": 5}), plan(A), ["“b” is no longer written."]),
        (
            plan(A),
            plan(A | {"op": ["upper", ["get", "order", "b"]]}),
            ["“a” comes from Upper case (order / b) instead of order / a."],
        ),
        (
            plan(A),
            plan(A | {"if": ["gt", ["get", "n"], 0]}),
            ["“a” is written only if n > 0; before, always."],
        ),
        (
            plan(A),
            plan(A | {"onMissing": "error", "as": "decimal(2)"}),
            [
                "“a”: when the value is missing, the run stops; before, it is left out.",
                "“a” is written as decimal(2) instead of as it is.",
            ],
        ),
        (
            plan(A | {"default": 1}),
            plan(A),
            ["“a”: when the value is missing, it is left out; before, 1 is written."],
        ),
        (
            plan(LINES),
            plan(
                LINES | {"sort": [{"by": ["it", "n"], "order": "desc"}], "rules": [A | {"op": ["it", "b"]}]}
            ),
            [
                "“lines”: the order changed: by item / n descending.",
                "“lines / a” comes from item / b instead of order / a.",
            ],
        ),
        (
            plan(LINES),
            plan(LINES | {"each": ["get", "rows"]}),
            ["“lines” comes from each of rows instead of each of lines."],
        ),
        (
            plan(LINES | {"group": {"by": {"k": ["it", "k"]}}}),
            plan(LINES),
            ["“lines”: the groups changed: there is none."],
        ),
        (
            plan(A, let={"n": 1, "m": 2}),
            plan(A, let={"n": ["get", "x"], "k": "t"}),
            [
                "The named value “n” is x instead of 1.",
                "The named value “m” is gone.",
                "The named value “k” is new: “t”.",
            ],
        ),
        (plan(A, {"to": "b", "op": 5}), plan({"to": "b", "op": 5}, A), ["The rules stand in another order."]),
        (
            plan(A, tests=[{"name": "t", "input": {}, "expected": 1}]),
            plan(
                A,
                tests=[{"name": "t", "input": {}, "expected": 2}, {"name": "u", "input": {}, "expected": 2}],
            ),
            ["The test “t” changed.", "The test “u” is new."],
        ),
    ],
)
def test_a_change_is_a_sentence(old, new, sentences):
    assert [change.sentence for change in diff(old, new)] == sentences


def test_changes_have_their_place():
    changes = diff(plan(A, LINES), plan(LINES | {"where": True}, {"to": "b", "op": 1}))
    assert [(change.kind, change.place) for change in changes] == [
        ("removed", "rules[0]"),
        ("changed", "rules[0].where"),
        ("added", "rules[1]"),
    ]


def verdict(expected, found, **more):
    test = {"name": "it works", "input": {"v": found}, "expected": expected, **more}
    return run_tests(plan({"to": [], "op": ["get", "v"]}, tests=[test]))[0]


@pytest.mark.parametrize(
    ("expected", "found", "path", "sentence"),
    [
        ({"a": 1}, {"a": 1, "b": None}, ("b",), "“b”: null instead of missing."),
        ({"a": [1, 2]}, {"a": [1, 3]}, ("a", 1), "“a / item 2”: 3 instead of 2."),
        ({"a": [1]}, {"a": [1, 3]}, ("a",), "“a”: There are 2 items instead of 1."),
        ({"a": ""}, {"a": None}, ("a",), '“a”: null instead of "".'),
        ({"a": 1}, {"a": True}, ("a",), "“a”: true instead of 1."),
        (Decimal("0.30"), Decimal("0.3000000000000001"), (), "0.3000000000000001 instead of 0.30."),
        (820982911946154508, 820982911946154509, (), "820982911946154509 instead of 820982911946154508."),
    ],
)
def test_the_first_difference_has_its_path(expected, found, path, sentence):
    result = verdict(expected, found)
    assert not result.passed
    assert (result.difference.path, result.difference.sentence) == (path, sentence)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (1.10, Decimal("1.10")),
        (1, Decimal("1.00")),
        ({"a": [None, ""]}, {"a": [None, ""]}),
        ("2026-03-01", date(2026, 3, 1)),
    ],
)
def test_what_is_the_same_passes(expected, found):
    assert verdict(expected, found).passed


def test_a_test_has_its_own_now_and_counters():
    test = {"name": "n", "input": {}, "expected": ["2026-05-01", 1, 1, 2], "now": "2026-05-01T00:00:00Z"}
    op = [
        "list",
        ["format_date", ["now"], "YYYY-MM-DD"],
        ["sequence", "c", "k"],
        ["sequence", "c", "k"],
        ["sequence", "c"],
    ]
    assert run_tests(plan({"to": [], "op": op}, tests=[test]))[0].passed


def test_a_test_shows_the_error_of_the_mapping():
    test = {"name": "n", "input": {}, "expected": 1}
    result = run_tests(plan({"to": [], "op": ["get", "v"], "onMissing": "error"}, tests=[test]))[0]
    assert (result.passed, result.error.code) == (False, "mapping.missing")


@pytest.mark.parametrize(
    ("test", "place"),
    [
        ({"name": "n", "input": {}}, "tests[0]"),
        ({"name": "", "input": {}, "expected": 1}, "tests[0].name"),
        ({"name": "n", "input": [], "expected": 1}, "tests[0].input"),
        ({"name": "n", "input": {}, "expected": 1, "now": "2026-03-01"}, "tests[0].now"),
        ({"name": "n", "input": {}, "expected": 1, "result": 1}, "tests[0]"),
    ],
)
def test_a_broken_test_is_refused_at_its_place(test, place):
    assert [problem.place for problem in check(plan(A, tests=[test]))] == [place]


def test_the_schema_knows_joins_groups_and_tests():
    loop = LINES | {
        "join": [{"list": ["get", "s"], "name": "s", "by": ["it", "k"], "on": ["it", "k"], "take": "all"}],
        "group": {"by": {"k": ["it", "k"]}, "where": True, "sort": [{"by": ["it", "key", "k"]}]},
    }
    good = plan(loop, tests=[{"name": "n", "input": {}, "expected": None, "now": "2026-05-01T00:00:00Z"}])
    validator = jsonschema_rs.validator_for(PLAN_SCHEMA)
    assert check(good) == []
    assert validator.is_valid(json.loads(json.dumps(good)))
    for bad in (
        plan(loop | {"join": [{"list": ["get", "s"]}]}),
        plan(A, tests=[{"name": "n"}]),
        plan(loop | {"group": {}}),
    ):
        assert check(bad)
        assert not validator.is_valid(bad)
