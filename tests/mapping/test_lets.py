"""Named values are computed after those that they read, in whatever order a store gives them back."""

from itertools import pairwise, permutations

import pytest

from integrations.mapping.check import check
from integrations.mapping.compile import compile_plan
from integrations.mapping.lets import in_order
from integrations.mapping.trial import ENV

LETS = {
    "order": ["get", "body"],
    "net": ["multiply", ["let", "order", "price"], ["let", "order", "count"]],
    "gross": ["multiply", ["let", "net"], ["let", "rate"]],
    "rate": ["lit", 2],
}
RULES = [{"to": "gross", "op": ["let", "gross"]}]


@pytest.mark.parametrize("names", list(permutations(LETS)), ids=",".join)
def test_any_order_gives_the_same(names: tuple[str, ...]) -> None:
    plan = {"version": 1, "let": {name: LETS[name] for name in names}, "rules": RULES}
    assert check(plan) == []
    assert compile_plan(plan)({"body": {"price": 5, "count": 3}}, ENV) == {"gross": 30}


def test_an_order_that_holds_stays() -> None:
    assert in_order({"b": 1, "a": ["let", "b"], "c": 2}) == ["b", "a", "c"]


def test_what_stands_in_a_literal_reads_nothing() -> None:
    assert in_order({"a": ["lit", ["let", "b"]], "b": 1}) == ["a", "b"]


@pytest.mark.parametrize(
    ("lets", "place"),
    [
        ({"a": ["let", "a"]}, "let.a"),
        ({"a": ["upper", ["let", "b"]], "b": ["let", "a"]}, "let.b"),
    ],
    ids=["itself", "each other"],
)
def test_a_circle_is_refused(lets: dict[str, object], place: str) -> None:
    plan = {"version": 1, "let": lets, "rules": [{"to": "x", "op": ["let", "a"]}]}
    found = [problem for problem in check(plan) if problem.severity == "error"]
    assert [(problem.code, problem.place) for problem in found] == [("mapping.unknown_name", place)]


def test_a_long_chain_backwards_is_no_trouble() -> None:
    names = [f"v{number:03}" for number in range(100)]
    lets: dict[str, object] = {name: ["let", before] for before, name in pairwise(names)}
    backwards = dict(reversed([(names[0], 1), *lets.items()]))
    assert in_order(backwards) == names
