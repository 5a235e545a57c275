"""Tiers, statements and forecasts: exact to the cent, additive, monotone."""

import doctest
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import ConfigError
from integrations.pricing import rating
from integrations.pricing.plans import FREE, PAY_AS_YOU_GO, PLANS, Plan, Tier, read_plan, write_plan
from integrations.pricing.rating import TierLine, forecast, rate, remaining

QUANTITIES = st.integers(0, 10**10)
PRICES = st.decimals(0, 1, places=4)
PLANS_MADE = st.builds(
    lambda ends, prices: Plan("p", "P", "EUR", tuple(map(Tier, [*sorted(ends), None], prices))),
    st.sets(st.integers(1, 10**6), max_size=5),
    st.lists(PRICES, min_size=6, max_size=6),
)


@pytest.mark.parametrize(
    ("quantity", "total"),
    [
        (0, "0"),
        (1, "0.03"),
        (500, "15"),
        (10_000, "300"),
        (10_001, "300.02"),
        (100_000, "2100"),
        (100_001, "2100.012"),
        (1_000_000, "12900"),
        (1_000_001, "12900.008"),
        (1_200_000_000, "9604900"),
    ],
)
def test_pay_as_you_go_to_the_cent(quantity: int, total: str) -> None:
    assert rate(PAY_AS_YOU_GO, quantity).total == Decimal(total)


def test_a_statement_shows_the_arithmetic_of_every_tier_reached() -> None:
    statement = rate(PAY_AS_YOU_GO, 100_007)
    assert statement.lines == (
        TierLine(1, 10_000, 10_000, Decimal("0.03"), Decimal("300.00")),
        TierLine(10_001, 100_000, 90_000, Decimal("0.02"), Decimal("1800.00")),
        TierLine(100_001, 100_007, 7, Decimal("0.012"), Decimal("0.084")),
    )
    assert (statement.total, statement.payable, statement.currency) == (
        Decimal("2100.084"),
        Decimal("2100.08"),
        "USD",
    )


def test_half_a_cent_is_rounded_up_once() -> None:
    plan = Plan("p", "P", "USD", (Tier(1, Decimal("0.004")), Tier(None, Decimal("0.001"))))
    assert rate(plan, 2).payable == Decimal("0.01")


def test_the_free_plan_holds_at_500_and_gives_nothing_to_another_plan() -> None:
    assert [remaining(FREE, n) for n in (0, 499, 500, 503)] == [500, 1, 0, 0]
    assert remaining(PAY_AS_YOU_GO, 10**9) is None
    assert rate(FREE, 500).total == 0
    assert rate(PAY_AS_YOU_GO, 1).total == Decimal("0.03")


def test_nothing_is_below_zero() -> None:
    with pytest.raises(ValueError, match="below zero"):
        rate(FREE, -1)


@given(PLANS_MADE, QUANTITIES)
def test_lines_add_up_without_gap_or_overlap(plan: Plan, quantity: int) -> None:
    statement = rate(plan, quantity)
    assert sum((line.amount for line in statement.lines), Decimal(0)) == statement.total
    assert all(line.amount == line.quantity * line.unit_price for line in statement.lines)
    assert statement.quantity == quantity
    ends = [0, *(line.last for line in statement.lines)]
    assert [line.first for line in statement.lines] == [end + 1 for end in ends[:-1]]
    assert ends[-1] == quantity


@given(PLANS_MADE, QUANTITIES, QUANTITIES)
def test_more_requests_never_cost_less(plan: Plan, one: int, other: int) -> None:
    less, more = rate(plan, min(one, other)), rate(plan, max(one, other))
    assert less.total <= more.total
    assert less.payable <= more.payable


@given(PLANS_MADE, st.integers(1, 10**7))
def test_each_request_costs_the_price_of_its_tier(plan: Plan, number: int) -> None:
    price = next(tier.unit_price for tier in plan.tiers if tier.last is None or number <= tier.last)
    assert rate(plan, number).total - rate(plan, number - 1).total == price


START, END = datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)


def test_a_month_goes_on_as_it_went() -> None:
    found = forecast(
        PAY_AS_YOU_GO, 2_000, start=START, now=START + timedelta(days=5, hours=19, minutes=12), end=END
    )
    assert (found.quantity, found.statement.total, found.limit_at) == (10_000, Decimal("300.00"), None)


def test_the_free_plan_tells_when_it_will_hold() -> None:
    found = forecast(FREE, 100, start=START, now=START + timedelta(days=1), end=END)
    assert (found.quantity, found.limit_at) == (500, START + timedelta(days=5))
    held = forecast(FREE, 500, start=START, now=START + timedelta(days=1), end=END)
    assert (held.quantity, held.limit_at) == (500, None)


@given(st.integers(0, 10**12), st.timedeltas(timedelta(days=-1), timedelta(days=31)))
def test_a_forecast_is_never_below_what_was_counted(quantity: int, passed: timedelta) -> None:
    found = forecast(PAY_AS_YOU_GO, quantity, start=START, now=START + passed, end=END)
    assert found.quantity >= quantity
    assert found.statement == rate(PAY_AS_YOU_GO, found.quantity)
    if passed <= timedelta(0) or START + passed >= END:
        assert found.quantity == quantity


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_plans_are_stored_as_data(plan: Plan) -> None:
    assert read_plan(write_plan(plan)) == plan


def test_every_problem_of_a_plan_is_told() -> None:
    tiers: list[Any] = [
        {"last": 5, "unit_price": 0.1},
        {"last": 5, "unit_price": "-1"},
        {"last": 9, "unit_price": "x"},
    ]
    with pytest.raises(ConfigError) as refused:
        read_plan({"key": "", "title": "T", "currency": "USD", "limit": 0, "tiers": tiers})
    places = {problem.place for problem in refused.value.problems}
    assert places == {
        "key",
        "limit",
        "tiers[0].unit_price",
        "tiers[1].unit_price",
        "tiers[1].last",
        "tiers[2].unit_price",
        "tiers[2].last",
    }
    with pytest.raises(ConfigError, match="no tiers"):
        read_plan({**write_plan(FREE), "tiers": []})


def test_the_examples_hold() -> None:
    assert doctest.testmod(rating).failed == 0
