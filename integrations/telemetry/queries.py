"""Reads: the public latency page, from aggregates only; and what a tenant's flows did in the last hour."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import connection

from integrations.engine.database import statements
from integrations.telemetry.models import Board, Published, Sketch
from integrations.telemetry.sketch import quantile, read
from integrations.telemetry.windows import REACHES, Window, bounds
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind

SQL: Final = statements("live", Path(__file__).parent / "sql")
ENOUGH: Final = 30
"""Fewer samples than this are shown, but as a hint."""
OWN: Final = "7m"
RUNS_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """One operation of a connector. success_rate: 0 to 1.

    sparkline: the median of each span, None where there was no call.
    refusals: answers that said no to what a merchant sent; they are no successes.
    """

    connector: str
    title: str
    operation: str
    region: str
    median_ms: float
    p95_ms: float
    p99_ms: float
    success_rate: float
    samples: int
    refusals: int
    enough: bool
    sparkline: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Latency:
    """A window of the latency page.

    since, until, computed_at: None before anything was counted. step_s: between points of a sparkline.
    """

    window: Window
    since: datetime | None
    until: datetime | None
    computed_at: datetime | None
    step_s: int
    rows: tuple[LatencyRow, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One span of a chart."""

    starts_at: datetime
    median_ms: float
    p95_ms: float
    p99_ms: float
    success_rate: float
    samples: int
    enough: bool


@dataclass(frozen=True, slots=True)
class FlowActivity:
    """What one flow did in the last hour.

    errors: how often which code ended a run, the most frequent first. per_minute: runs accepted, oldest
    minute first.
    """

    flow_id: UUID
    name: str
    accepted: int
    succeeded: int
    failed: int
    open: int
    median_ms: float | None
    per_minute: tuple[int, ...]
    errors: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """since: from when on every run is counted: an hour ago, or later where there are too many to read."""

    since: datetime
    until: datetime
    flows: tuple[FlowActivity, ...]


def latency(window: Window | str) -> Latency:
    """Give the lines of all connectors by title and operation. Raises ValueError for an unknown window."""
    window = Window(window)
    return _latency(window, [_row(line) for line in _lines(window) if line[0] != OWN])


def own_overhead(window: Window | str) -> LatencyRow | None:
    """Give 7M's own time a request, without the calls it made; None where nothing was counted."""
    window = Window(window)
    return next((_row(line) for line in _lines(window, OWN)), None)


def connector_latency(connector: str, window: Window | str) -> Latency:
    """Give the lines of one connector."""
    window = Window(window)
    return _latency(window, [_row(line) for line in _lines(window, connector)])


def series(
    connector: str, operation: str, window: Window | str, *, region: str | None = None
) -> tuple[Point, ...]:
    """Give the spans of a chart, oldest first; those without a sample are left out."""
    window = Window(window)
    published = Published.objects.filter(window=window).first()
    if published is None:
        return ()
    since, until = bounds(window, published.until)
    found = Sketch.objects.filter(
        span=REACHES[window].span,
        starts_at__gte=since,
        starts_at__lt=until,
        connector=connector,
        operation=operation,
    ).order_by("starts_at")
    if region is not None:
        found = found.filter(region=region)
    return tuple(_point(row) for row in found[: REACHES[window].steps * 4])


def activity(by: Actor) -> Activity:
    """Give what the tenant's flows did in the last hour, the busiest first, from at most 20,000 runs."""
    require(by, "run.view")
    with bind(by.tenant_id), connection.cursor() as cursor:
        cursor.execute(SQL["activity"], {"tenant": by.tenant_id, "limit": RUNS_MAX})
        found = cursor.fetchall()
    if not found:
        raise AssertionError("the statement always gives its bounds")
    since, until = found[0][:2]
    minutes = max(1, -(-(until - since) // timedelta(minutes=1)))
    flows = tuple(
        FlowActivity(
            flow_id,
            name or "",
            accepted,
            succeeded,
            failed,
            accepted - succeeded - failed,
            median_ms,
            _per_minute(json.loads(per_minute), minutes),
            tuple(sorted(json.loads(errors or "{}").items(), key=lambda error: -error[1])),
        )
        for _, _, flow_id, name, accepted, succeeded, failed, median_ms, per_minute, errors in found
        if flow_id is not None
    )
    return Activity(since, until, flows)


def _per_minute(counts: Mapping[str, int], minutes: int) -> tuple[int, ...]:
    return tuple(counts.get(str(minute), 0) for minute in range(minutes))


_Line = tuple[str, str, str, str, int, int, int, float, float, float, list[float | None]]


def _lines(window: Window, connector: str | None = None) -> list[_Line]:
    found = Board.objects.filter(window=window)
    if connector is not None:
        found = found.filter(connector=connector)
    return list(
        found.order_by("title", "operation", "region").values_list(
            "connector",
            "title",
            "operation",
            "region",
            "samples",
            "successes",
            "refusals",
            "median_ms",
            "p95_ms",
            "p99_ms",
            "sparkline",
        )
    )


def _row(line: _Line) -> LatencyRow:
    connector, title, operation, region, samples, successes, refusals, median, p95, p99, sparkline = line
    return LatencyRow(
        connector,
        title,
        operation,
        region,
        median,
        p95,
        p99,
        successes / samples,
        samples,
        refusals,
        samples >= ENOUGH,
        tuple(sparkline),
    )


def _latency(window: Window, rows: list[LatencyRow]) -> Latency:
    published = Published.objects.filter(window=window).first()
    step_s = int(REACHES[window].step.total_seconds())
    if published is None:
        return Latency(window, None, None, None, step_s, ())
    return Latency(window, published.since, published.until, published.computed_at, step_s, tuple(rows))


def _point(row: Sketch) -> Point:
    sketch = read(row.buckets, row.counts)
    p95, p99 = quantile(sketch, 0.95) or 0.0, quantile(sketch, 0.99) or 0.0
    rate = row.successes / row.samples
    return Point(row.starts_at, row.median_ms, p95, p99, rate, row.samples, row.samples >= ENOUGH)
