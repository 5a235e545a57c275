from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integrations.flows.evaluation import Sight, evaluated
from integrations.mapping.allowance import MapEnv
from integrations.mapping.values import MISSING

ENV = MapEnv(now=datetime(2026, 3, 1, tzinfo=UTC), run_id="0")
SCOPE = {"order": {"total": Decimal("12.50"), "lines": [{"sku": "a1"}, {"sku": "b2"}]}}


def test_every_value_on_the_way_is_told_by_its_place():
    op = ["round", ["multiply", ["get", "order", "total"], 3], 0]
    found = evaluated(op, SCOPE, Sight(), ENV)
    assert found.value == Decimal(38)
    assert found.steps == {(1, 1): Decimal("12.50"), (1,): Decimal("37.50"), (): Decimal(38)}


def test_inside_a_list_the_first_item_speaks():
    found = evaluated(
        ["map", ["get", "order", "lines"], "line", ["upper", ["it", "sku"]]], SCOPE, Sight(), ENV
    )
    assert found.value == ["A1", "B2"]
    assert found.steps[3,] == "A1"


def test_items_and_named_values_are_in_sight():
    sight = Sight({"rate": ["get", "order", "total"]}, [("line", {"sku": "c3"}), ("box", {"n": 2})])
    op = ["concat", ["item", "line", "sku"], ["to_string", ["add", ["it", "n"], ["let", "rate"]]]]
    found = evaluated(op, SCOPE, sight, ENV)
    assert found.value == "c314.50"
    assert found.steps[1,] == "c3"


@pytest.mark.parametrize(
    ("op", "value"),
    [
        (7, 7),
        (["lit", [1]], [1]),
        (["get", "nobody"], MISSING),
        (["get", "order", "total"], Decimal("12.50")),
    ],
)
def test_literals_and_fields(op, value):
    assert evaluated(op, SCOPE, Sight(), ENV).value == value


@pytest.mark.parametrize(
    ("op", "code", "at"),
    [
        (["upper", ["multiply", "x", 2]], "mapping.type", (1,)),
        (["trim", ["uper", "x"]], "mapping.unknown_op", (1,)),
    ],
)
def test_an_error_names_its_place(op, code, at):
    found = evaluated(op, SCOPE, Sight(items=[("line", {})]), ENV)
    problem = found.error.problems[0] if found.error.problems else found.error
    assert (problem.code, found.at, found.value) == (code, at, MISSING)
