"""The windows of the latency pages: how far back each looks, and at sketches of which span."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Window(StrEnum):
    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"


@dataclass(frozen=True, slots=True)
class Reach:
    """span: of the sketches, each `step` long; a window has `steps` of them, the running one included."""

    title: str
    span: str
    step: timedelta
    steps: int


REACHES: Mapping[Window, Reach] = {
    Window.HOUR: Reach("1 hour", "minute", MINUTE, 60),
    Window.DAY: Reach("24 hours", "hour", HOUR, 24),
    Window.WEEK: Reach("7 days", "hour", HOUR, 168),
    Window.MONTH: Reach("30 days", "day", DAY, 30),
    Window.QUARTER: Reach("90 days", "day", DAY, 90),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def bounds(window: Window, counted_until: datetime) -> tuple[datetime, datetime]:
    """Give the first and last moment of the window whose last span holds, or ends at, `counted_until`."""
    reach = REACHES[window]
    whole = -((_EPOCH - counted_until) // reach.step)
    until = _EPOCH + whole * reach.step
    return until - reach.steps * reach.step, until
