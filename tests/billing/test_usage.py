"""What a tenant pays is what its runs say, to the cent, however the runs are spread and counted."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import psycopg
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from integrations.billing import queries, services
from integrations.billing.models import Counted, PricePlan, Subscription, UsageHour
from integrations.engine.models import Origin
from integrations.errors import AccessError, ConfigError, ConflictError
from integrations.pricing.plans import PLANS, read_plan
from integrations.tenants.access import Actor, ActorKind
from tests import factories, runs
from tests.runs import Request

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 1, tzinfo=UTC)
STOP = datetime(2026, 12, 1, tzinfo=UTC)
LATE = datetime(2026, 12, 20, tzinfo=UTC)
FLOWS = [UUID(int=10), UUID(int=11), UUID(int=12)]
# Small tiers, so that a few hundred runs reach them all.
TIERS = [
    {"last": 10, "unit_price": "0.037"},
    {"last": 60, "unit_price": "0.021"},
    {"last": None, "unit_price": "0.0085"},
]


def at(**time):
    return START + timedelta(**time)


def requests(number, *, start=START, every=timedelta(minutes=7), **facts):
    return [Request(start + every * place, **facts) for place in range(number)]


def small_plan():
    return PricePlan.objects.create(
        code="small", version=1, valid_from=at(days=-90), title="Small", currency="USD", tiers=TIERS
    )


def subscribe(tenant_id, plan, since):
    Subscription.objects.create(tenant_id=tenant_id, plan=plan, starts_at=since)


def price_of(place):
    return Decimal(
        next(tier["unit_price"] for tier in TIERS if tier["last"] is None or place <= tier["last"])
    )


@pytest.fixture(autouse=True)
def _shipped_plans(db):
    factories.shipped_plans()


def test_the_shipped_plans_come_with_the_database(stack):
    with stack.fresh_database() as name:
        address = stack.database("owner", name).conninfo
        with psycopg.connect(address, row_factory=dict_row) as connection:
            rows = connection.execute(
                'SELECT code AS key, title, currency, "limit", tiers FROM billing_priceplan'
            ).fetchall()
    assert {row["key"]: read_plan(row) for row in rows} == PLANS


moments = st.integers(0, 30 * 24 * 3600 * 1000 - 1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    placed=st.lists(st.tuples(moments, st.sampled_from(FLOWS), st.booleans()), max_size=150),
    changes=st.lists(
        st.tuples(moments, st.sampled_from(["small", "free"])), max_size=3, unique_by=lambda c: c[0]
    ),
    counted=st.one_of(st.none(), st.integers(0, 31 * 24 * 60)),
)
def test_a_statement_is_the_sum_of_its_runs_to_the_cent(placed, changes, counted):
    with transaction.atomic():
        small_plan()
        tenant = factories.tenant()
        for moment_ms, plan in changes:
            subscribe(tenant.id, plan, at(milliseconds=moment_ms))
        asked = [
            Request(
                at(milliseconds=moment_ms), flow_id=flow_id, origin=Origin.TEST if is_test else Origin.HOOK
            )
            for moment_ms, flow_id, is_test in placed
        ]
        if asked:
            runs.add(tenant.id, *asked)
        if counted is not None:
            services.count(now=at(minutes=counted))
        usage = queries.usage(factories.member(tenant.id), "2026-11", now=LATE)
        paid, total = Counter(), Decimal(0)
        for request in sorted(asked, key=lambda request: request.accepted_at):
            if request.origin == Origin.TEST:
                continue
            chosen = [plan for ms, plan in sorted(changes) if at(milliseconds=ms) <= request.accepted_at]
            plan = chosen[-1] if chosen else "free"
            paid[plan] += 1
            total += price_of(paid[plan]) if plan == "small" else 0
        assert usage.total == total
        assert usage.payable == total.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert sum(line.amount for line in usage.lines) == total
        assert usage.quantity == sum(paid.values()) == sum(flow.quantity for flow in usage.per_flow)
        assert (
            usage.quantity
            == sum(day.quantity for day in usage.per_day)
            == sum(line.quantity for line in usage.lines)
        )
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "counted", [None, at(hours=3, minutes=30), at(days=29)], ids=["live", "partly", "counted"]
)
def test_every_line_leads_to_its_runs(counted):
    small_plan()
    tenant = factories.tenant()
    subscribe(tenant.id, "small", at(hours=1, minutes=20, milliseconds=1))
    subscribe(tenant.id, "free", at(hours=5, minutes=3))
    subscribe(tenant.id, "small", at(hours=7))
    asked = requests(100)
    ids = sorted(runs.add(tenant.id, *asked, *requests(5, origin=Origin.TEST)))
    if counted is not None:
        services.count(now=counted)
    by = factories.member(tenant.id)
    usage = queries.usage(by, "2026-11", now=LATE)
    seen = []
    for line in usage.lines:
        page = queries.line_runs(by, "2026-11", line.number, limit=7)
        listed = []
        while page:
            listed += page
            page = queries.line_runs(by, "2026-11", line.number, after=page[-1].run_id, limit=7)
        assert len(listed) == line.quantity
        assert sum(run.unit_price for run in listed) == line.amount
        assert [run.run_id for run in listed] == sorted(run.run_id for run in listed)
        seen += [run.run_id for run in listed]
    assert len(seen) == 100
    assert set(seen) < set(ids)


def test_counting_twice_and_late_runs_leave_the_usage_exact():
    tenant = factories.tenant()
    by = factories.member(tenant.id)
    runs.add(tenant.id, *requests(30))
    assert services.count(now=at(hours=2)) == 2
    assert services.count(now=at(hours=2)) == 0
    assert sum(UsageHour.objects.values_list("quantity", flat=True)) == 17
    assert queries.usage(by, "2026-11", now=LATE).quantity == 30
    runs.add(tenant.id, Request(at(hours=1, minutes=58, seconds=1)))
    services.count(now=at(hours=2, minutes=6))
    assert queries.usage(by, "2026-11", now=LATE).quantity == 31
    services.count(now=at(days=3))
    assert sum(UsageHour.objects.values_list("quantity", flat=True)) == 31
    assert queries.usage(by, "2026-11", now=LATE).quantity == 31


def test_hours_can_be_counted_anew_from_the_runs():
    tenant = factories.tenant()
    runs.add(tenant.id, *requests(30))
    services.count(now=at(days=1))
    before = list(UsageHour.objects.order_by("hour").values_list("hour", "quantity"))
    UsageHour.objects.update(quantity=999)
    assert services.recount(low=START, high=at(hours=12, minutes=10)) == 13
    assert list(UsageHour.objects.order_by("hour").values_list("hour", "quantity")) == before
    assert Counted.objects.get().until == at(hours=23, minutes=58)


def test_a_month_holds_its_own_runs_only():
    tenant = factories.tenant()
    edges = [START - timedelta(milliseconds=1), START, STOP - timedelta(milliseconds=1), STOP]
    runs.add(tenant.id, *(Request(moment) for moment in edges))
    runs.add(factories.tenant("Other").id, Request(START))
    by = factories.member(tenant.id)
    assert queries.usage(by, "2026-11", now=LATE).quantity == 2
    services.count(now=LATE)
    assert queries.usage(by, "2026-11", now=LATE).quantity == 2
    assert queries.usage(by, "2026-10", now=LATE).quantity == 1


def test_the_free_plan_holds_at_its_limit():
    tenant = factories.tenant()
    runs.add(tenant.id, *requests(499, every=timedelta(minutes=1)))
    now = at(days=10)
    left = queries.allowance(tenant.id, now=now)
    assert (left.plan, left.limit, left.used, left.remaining, left.is_open) == ("free", 500, 499, 1, True)
    assert left.resets_at == STOP
    runs.add(tenant.id, *requests(3, start=at(days=1)))
    left = queries.allowance(tenant.id, now=now)
    assert (left.used, left.remaining, left.is_open) == (502, 0, False)
    usage = queries.usage(factories.member(tenant.id), "2026-11", now=now)
    assert (usage.remaining, usage.payable, usage.forecast_quantity) == (0, Decimal("0.00"), 502)


def test_going_to_another_plan_and_back_gives_no_free_requests_again():
    tenant = factories.tenant()
    runs.add(tenant.id, *requests(500, every=timedelta(seconds=10)))
    subscribe(tenant.id, "pay_as_you_go", at(days=2))
    assert queries.allowance(tenant.id, now=at(days=3)).is_open
    subscribe(tenant.id, "free", at(days=4))
    assert not queries.allowance(tenant.id, now=at(days=5)).is_open


def test_the_forecast_goes_on_as_it_went():
    tenant = factories.tenant()
    subscribe(tenant.id, "pay_as_you_go", at(days=-5))
    runs.add(tenant.id, *requests(60, every=timedelta(hours=4)))
    usage = queries.usage(factories.member(tenant.id), "2026-11", now=at(days=10))
    assert (usage.quantity, usage.payable) == (60, Decimal("1.80"))
    assert (usage.forecast_quantity, usage.forecast_payable) == (180, Decimal("5.40"))
    assert (usage.limit, usage.remaining, usage.limit_at) == (None, None, None)
    assert len(usage.per_day) == 11


def test_the_limit_is_foreseen():
    tenant = factories.tenant()
    runs.add(tenant.id, *requests(250, every=timedelta(minutes=10)))
    usage = queries.usage(factories.member(tenant.id), "2026-11", now=at(days=5))
    assert (usage.forecast_quantity, usage.remaining, usage.limit_at) == (500, 250, at(days=10))


def test_a_price_holds_from_the_next_month_on():
    small_plan()
    dear = [{"last": None, "unit_price": "9.00"}]
    PricePlan.objects.create(
        code="small", version=2, valid_from=at(days=3), title="Small", currency="USD", tiers=dear
    )
    tenant = factories.tenant()
    subscribe(tenant.id, "small", at(days=-5))
    runs.add(tenant.id, *requests(2, start=at(days=5)), *requests(2, start=at(days=33)))
    by = factories.member(tenant.id)
    assert queries.usage(by, "2026-11", now=LATE).total == Decimal("0.074")
    assert queries.usage(by, "2026-12", now=LATE).total == Decimal("18.00")


def test_a_plan_is_chosen_by_the_owner_from_now_on(as_role):
    tenant = factories.tenant()
    by = factories.member(tenant.id)
    with as_role("web"):
        services.choose_plan(by=by, plan="pay_as_you_go")
        assert queries.allowance(tenant.id).plan == "pay_as_you_go"
        with pytest.raises(ConflictError, match="already"):
            services.choose_plan(by=by, plan="pay_as_you_go")
        with pytest.raises(ConfigError, match="no such plan"):
            services.choose_plan(by=by, plan="gold")
        with pytest.raises(AccessError):
            services.choose_plan(by=factories.member(tenant.id, owner_role := "builder"), plan="free")
    assert owner_role == "builder"
    assert Subscription.objects.count() == 1


def test_the_engine_counts_and_the_web_reads_its_own_tenant(as_role):
    tenant, other = factories.tenant(), factories.tenant("Other")
    runs.add(tenant.id, *requests(10))
    runs.add(other.id, *requests(20))
    with as_role("engine"):
        services.count(now=at(days=1))
        assert queries.allowance(tenant.id, now=at(days=1)).used == 10
    with as_role("web"):
        assert queries.usage(factories.member(tenant.id), "2026-11", now=LATE).quantity == 10
        assert len(queries.line_runs(factories.member(other.id), "2026-11", 1)) == 20


def test_usage_is_shown_to_those_who_may_see_it():
    tenant = factories.tenant()
    with pytest.raises(AccessError):
        queries.usage(Actor(ActorKind.API_KEY, tenant.id), "2026-11")
    with pytest.raises(AccessError):
        queries.line_runs(factories.member(tenant.id), "2026-11", 1)


def test_usage_takes_few_queries(django_assert_max_num_queries):
    tenant = factories.tenant()
    runs.add(tenant.id, *requests(50, flow_id=FLOWS[0]), *requests(50, flow_id=FLOWS[1]))
    with django_assert_max_num_queries(10):
        queries.usage(factories.member(tenant.id), "2026-11", now=LATE)
