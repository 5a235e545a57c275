"""Minutes are counted from attempts, folded into hours and days, and published, within the sketch's bound."""

import random
from datetime import UTC, datetime, timedelta
from math import ceil

import pytest
from django.db import connection

from integrations.engine.models import Outcome
from integrations.telemetry import queries, services
from integrations.telemetry.models import Board, Published, Rolled, Sketch
from integrations.telemetry.sketch import ACCURACY, EMPTY, add, bucket_of, quantile, read
from integrations.telemetry.windows import Window, bounds
from tests import factories, runs
from tests.runs import Call, Request

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
BOUND = ACCURACY * (1 + 1e-9)


def at(seconds):
    return NOON + timedelta(seconds=seconds)


def calls(*durations_us, start=0.0, **facts):
    return Request(
        at(start), calls=tuple(Call(at(start), duration_us, **facts) for duration_us in durations_us)
    )


def count(now, *, region="here"):
    """Count and publish everything that is due at `now`."""
    while services.roll(region=region, now=now):
        pass
    Published.objects.all().delete()
    return services.publish(now=now)


def exact(samples_us, share):
    ranked = sorted(samples_us)
    return ranked[ceil(share * len(ranked)) - 1] / 1000


def test_figures_equal_those_of_the_raw_attempts_in_every_window():
    tenants = [factories.tenant(name).id for name in ("A", "B")]
    rolled = random.Random(7)  # noqa: S311  the same samples every time
    samples = [int(rolled.lognormvariate(11, 1.2)) for _ in range(400)]
    for number, sample in enumerate(samples):
        runs.add(tenants[number % 2], calls(sample, start=rolled.random() * 540))
    assert count(at(600)) == list(Window)
    for window in Window:
        (row,) = queries.latency(window).rows
        assert (row.connector, row.title, row.operation, row.region) == (
            "shopify", "Shopify", "set_inventory", "here",
        )  # fmt: skip
        assert (row.samples, row.success_rate, row.enough) == (400, 1.0, True)
        for given, share in ((row.median_ms, 0.5), (row.p95_ms, 0.95), (row.p99_ms, 0.99)):
            assert abs(given - exact(samples, share)) <= BOUND * exact(samples, share)


def test_counting_twice_changes_nothing_and_late_calls_are_added():
    tenant_id = factories.tenant().id
    runs.add(tenant_id, calls(1000, 2000))
    count(at(90))
    before = list(Sketch.objects.order_by("starts_at").values_list("span", "starts_at", "samples"))
    count(at(90))
    assert list(Sketch.objects.order_by("starts_at").values_list("span", "starts_at", "samples")) == before
    runs.add(tenant_id, calls(9000))
    count(at(90 + services.AGAIN_S))
    assert Sketch.objects.get(span="minute", connector="shopify").samples == 3
    assert queries.latency("90d").rows[0].samples == 3


def test_a_minute_is_counted_only_when_it_is_over():
    runs.add(factories.tenant().id, calls(1000, start=0), calls(1000, start=61))
    count(at(69))
    assert not Rolled.objects.filter(minute__gte=NOON).exists()
    count(at(70))
    assert Sketch.objects.get(span="minute", connector="shopify").starts_at == NOON


def test_a_pause_is_made_up_for_up_to_a_day_back():
    runs.add(factories.tenant().id, calls(1000, start=30))
    count(at(-600))
    count(at(6 * 3600))
    assert Sketch.objects.get(span="minute", connector="shopify").samples == 1
    assert Rolled.objects.count() == 9 + 10 + 360


def test_what_was_not_sent_is_no_sample_and_a_refusal_is_no_success():
    ended = [
        calls(1000),
        calls(1000, outcome=Outcome.REFUSED, status=422),
        calls(1000, outcome=Outcome.RETRYABLE, status=503),
        calls(1000, outcome=Outcome.UNKNOWN, status=0),
        calls(0, outcome=Outcome.STARTED, status=0),
        calls(5, outcome=Outcome.FAILED, status=0),
    ]
    runs.add(factories.tenant().id, *ended)
    count(at(120))
    (row,) = queries.latency("1h").rows
    assert (row.samples, row.refusals, row.success_rate, row.enough) == (4, 1, 0.25, False)


def test_calls_to_any_address_are_one_line():
    tenant_id = factories.tenant().id
    runs.add(tenant_id, calls(1000, connector="", operation=""), calls(1000, connector="http", operation=""))
    count(at(120))
    assert [(row.connector, row.title, row.samples) for row in queries.latency("1h").rows] == [
        ("http", "HTTP", 2)
    ]


def test_own_time_leaves_out_the_calls_and_runs_that_something_else_held_up():
    slow = Call(at(1), 400_000, outcome=Outcome.RETRYABLE, status=503)
    runs.add(
        factories.tenant().id,
        Request(at(1), took_us=54_000, downstream_us=50_000, calls=(Call(at(1), 50_000),)),
        Request(at(2), took_us=100, downstream_us=500),
        Request(at(3), took_us=3_000_000, is_replayed=True),
        Request(at(4), took_us=3_000_000, resume=True),
        Request(at(5), took_us=3_000_000, downstream_us=800_000, calls=(slow, Call(at(2)))),
    )
    count(at(120))
    own = queries.own_overhead("1h")
    assert (own.title, own.operation, own.samples) == ("7M", "own", 2)
    assert abs(own.median_ms - 0.001) <= BOUND * 0.001
    assert abs(own.p99_ms - 4) <= BOUND * 4
    assert read(*Sketch.objects.values_list("buckets", "counts").get(connector="7m", span="minute")) == add(
        EMPTY, [4.0, 0.001]
    )
    assert [row.connector for row in queries.latency("1h").rows] == ["shopify"]


def test_runs_that_ended_late_are_in_the_own_time_an_hour_later():
    runs.add(factories.tenant().id, Request(at(1), took_us=1_000_000))
    count(at(120))
    runs.add(factories.tenant().id, Request(at(2), took_us=900_000_000))
    count(at(120 + services.AGAIN_S - 1))
    assert queries.own_overhead("90d").samples == 1
    count(at(120 + services.AGAIN_S))
    count(at(60 + services.LATE_S))
    assert queries.own_overhead("90d").samples == 2


def test_sparklines_have_a_place_for_every_span():
    runs.add(factories.tenant().id, calls(1000), calls(3000, start=120))
    count(at(300))
    latency = queries.latency("1h")
    assert (latency.since, latency.until, latency.step_s) == (at(240 - 3600), at(240), 60)
    line = latency.rows[0].sparkline
    assert len(line) == 60
    assert [number for number, median in enumerate(line) if median is not None] == [56, 58]
    assert abs(line[58] - 3.0) <= 0.031


def test_a_series_gives_each_span_with_its_percentiles():
    runs.add(factories.tenant().id, calls(1000, 2000, 50_000), calls(3000, start=120))
    count(at(300))
    first, second = queries.series("shopify", "set_inventory", "1h")
    assert (first.starts_at, first.samples, second.starts_at) == (NOON, 3, at(120))
    assert first.median_ms < first.p95_ms == quantile(add(EMPTY, [1, 2, 50]), 0.95)


def test_hours_and_days_add_up_their_parts():
    tenant_id = factories.tenant().id
    for hour in range(4):
        runs.add(
            tenant_id, *(calls(1000 * (hour + 1), start=3600 * hour + 60 * minute) for minute in range(3))
        )
    for hour in range(5):
        count(at(3600 * hour))
    count(at(4 * 3600))
    hours = Sketch.objects.filter(span="hour", connector="shopify").order_by("starts_at")
    assert [row.samples for row in hours] == [3, 3, 3, 3]
    day = Sketch.objects.get(span="day", connector="shopify")
    assert read(day.buckets, day.counts) == add(EMPTY, [1, 2, 3, 4] * 3)


def test_old_aggregates_are_forgotten():
    runs.add(factories.tenant().id, calls(1000))
    count(at(120))
    count(NOON + timedelta(days=3))
    assert set(Sketch.objects.filter(connector="shopify").values_list("span", flat=True)) == {"hour", "day"}


def test_a_window_rests_after_it_was_worked_out():
    runs.add(factories.tenant().id, calls(1000))
    services.roll(region="here", now=at(120))
    assert services.publish(now=at(120)) == list(Window)
    assert services.publish(now=at(130)) == []
    assert Window.HOUR in services.publish(now=at(180))


def test_nothing_is_published_before_the_first_minute():
    assert services.publish(now=NOON) == []
    assert queries.latency("24h") == queries.Latency(Window.DAY, None, None, None, 3600, ())
    assert queries.own_overhead("24h") is None
    assert queries.series("shopify", "x", "24h") == ()


@pytest.mark.parametrize("duration_us", [0, 1, 2, 999, 1000, 1001, 31_416, 10**6, 2**31 - 1])
def test_the_database_puts_a_latency_into_the_same_bucket(duration_us):
    with connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_bucket(%s)", [duration_us])
        assert cursor.fetchone()[0] == bucket_of(duration_us / 1000)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.95, 0.99, 1.0])
def test_the_database_reads_the_same_quantile(share):
    sketch = add(EMPTY, [1.37**number for number in range(40)])
    buckets, counts = zip(*sorted(sketch.counts.items()), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT telemetry_quantile(%s::smallint[], %s::bigint[], %s)",
            [list(buckets), list(counts), share],
        )
        assert cursor.fetchone()[0] == pytest.approx(quantile(sketch, share), rel=1e-12)


def test_the_engine_counts_and_the_web_only_reads(as_role):
    runs.add(factories.tenant().id, calls(1000), Request(at(1)))
    with as_role("engine"):
        count(at(120))
    with as_role("web"):
        assert queries.latency("1h").rows[0].samples == 1
        assert queries.own_overhead("1h").samples == 2


def test_four_hundred_connectors_take_two_queries(django_assert_num_queries):
    since, until = bounds(Window.QUARTER, NOON)
    Published.objects.create(window="90d", since=since, until=until, computed_at=NOON, took_ms=1)
    Board.objects.bulk_create(
        Board(
            window="90d", connector=f"c{number}", operation="o", region="here", title=f"C{number}",
            samples=100, successes=99, refusals=0, median_ms=1.0, p95_ms=2.0, p99_ms=3.0,
            sparkline=[1.5] * 90,
        )
        for number in range(400)
    )  # fmt: skip
    with django_assert_num_queries(2):
        assert len(queries.latency("90d").rows) == 400
