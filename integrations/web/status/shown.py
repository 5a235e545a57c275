"""What the public page of latency shows: aggregates of all tenants, nothing of any."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.http import HttpResponse

from integrations.errors import AccessError
from integrations.telemetry import queries
from integrations.telemetry.queries import ENOUGH, Latency, LatencyRow
from integrations.telemetry.windows import REACHES, Window

WINDOWS = (Window.HOUR, Window.DAY, Window.WEEK, Window.MONTH)
KEPT_S = 30
COLUMNS = (
    "connector", "title", "operation", "region", "median_ms", "p95_ms", "p99_ms", "success_rate", "samples",
    "refusals", "enough",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    title: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Status:
    """own: 7M's own time a request, without the calls it made."""

    latency: Latency
    windows: Sequence[Choice]
    own: LatencyRow | None
    enough: int = ENOUGH

    @property
    def title(self) -> str:
        return self.latency.rows[0].title if self.latency.rows else ""


def status(window: str) -> Status:
    chosen = _window(window)
    return Status(queries.latency(chosen), _choices(chosen), queries.own_overhead(chosen))


def connector(key: str, window: str) -> Status:
    """Give the lines of one connector. Raises AccessError where none was ever called."""
    chosen = _window(window)
    found = queries.connector_latency(key, chosen)
    if not found.rows and not any(queries.connector_latency(key, other).rows for other in WINDOWS):
        raise AccessError
    return Status(found, _choices(chosen), None)


def as_json(shown: Status) -> dict[str, object]:
    latency = shown.latency
    return {
        "window": str(latency.window),
        "since": latency.since,
        "until": latency.until,
        "computed_at": latency.computed_at,
        "enough_samples": ENOUGH,
        "step_s": latency.step_s,
        "own_overhead": asdict(shown.own) if shown.own else None,
        "rows": [asdict(row) for row in latency.rows],
    }


def as_csv(shown: Status) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("window", *COLUMNS))
    for row in [*shown.latency.rows, *([shown.own] if shown.own else [])]:
        facts = asdict(row)
        writer.writerow((shown.latency.window, *(facts[name] for name in COLUMNS)))
    return out.getvalue()


def cacheable(response: HttpResponse) -> HttpResponse:
    """Let caches keep the answer; it is the same for everybody, so that no cookie changes it."""
    response["Cache-Control"] = f"public, max-age={KEPT_S}"
    return response


def _window(text: str) -> Window:
    """Read a window; what is none means the last day."""
    return next((window for window in WINDOWS if window == text), Window.DAY)


def _choices(chosen: Window) -> list[Choice]:
    return [Choice(str(window), REACHES[window].title, window is chosen) for window in WINDOWS]
