"""The way of one run on a time axis: a lane for each step, a bar for each attempt, dashed for a wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from integrations.web.drawing.text import cut

WIDTH: Final = 960.0
LABEL_WIDTH: Final = 216.0
LANE: Final = 32.0
HEAD: Final = 26.0
LEAST_BAR: Final = 4.0
_STEPS_MS: Final = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Span:
    """What one step did at one time. href: where its details stand. is_wait: between attempts."""

    step: str
    title: str
    starts_at: datetime
    ends_at: datetime
    tone: str
    words: str
    href: str = ""
    is_wait: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    tone: str
    words: str
    href: str
    is_wait: bool
    note: str
    note_x: float
    note_anchor: str

    @property
    def note_y(self) -> float:
        return self.y + 11


@dataclass(frozen=True, slots=True)
class LaneLine:
    title: str
    full: str
    y: float
    is_even: bool

    @property
    def text_y(self) -> float:
        return self.y + LANE / 2 + 4


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Timeline:
    width: float
    height: float
    lanes: tuple[LaneLine, ...]
    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]

    lane_height: float = LANE
    head: float = HEAD


def draw(spans: Sequence[Span]) -> Timeline:
    """Lay the spans out. Steps stand in the order they began; gaps of waiting are to scale."""
    if not spans:
        return Timeline(WIDTH, HEAD, (), (), ())
    begin = min(span.starts_at for span in spans)
    total_ms = max((max(span.ends_at for span in spans) - begin) / timedelta(milliseconds=1), 1.0)
    room = WIDTH - LABEL_WIDTH - 12
    order = list(dict.fromkeys(span.step for span in sorted(spans, key=lambda span: span.starts_at)))
    titles = {span.step: span.title for span in spans}
    lanes = tuple(
        LaneLine(cut(titles[step], LABEL_WIDTH - 24, 12), titles[step], HEAD + index * LANE, index % 2 == 0)
        for index, step in enumerate(order)
    )
    bars = []
    for span in spans:
        start_ms = (span.starts_at - begin) / timedelta(milliseconds=1)
        long_ms = (span.ends_at - span.starts_at) / timedelta(milliseconds=1)
        x = LABEL_WIDTH + room * start_ms / total_ms
        width = max(room * long_ms / total_ms, LEAST_BAR)
        x = min(x, LABEL_WIDTH + room - width)
        y = HEAD + order.index(span.step) * LANE + 9
        bars.append(_bar(span, round(x, 1), y, round(width, 1), duration_words(long_ms)))
    return Timeline(WIDTH, HEAD + len(order) * LANE, lanes, tuple(_ticks(total_ms, room)), tuple(bars))


def _bar(span: Span, x: float, y: float, width: float, note: str) -> Bar:
    """Put the duration beside the bar, on the side where there is room; a wait says nothing."""
    right = x + width + 6
    if span.is_wait:
        note = ""
    at_left = right + 52 > WIDTH
    note_x = x - 6 if at_left else right
    anchor = "end" if at_left else "start"
    return Bar(x, y, width, span.tone, span.words, span.href, span.is_wait, note, round(note_x, 1), anchor)


def _ticks(total_ms: float, room: float) -> list[Tick]:
    """Four to eight marks at round times."""
    power = 1.0
    while True:
        for step in _STEPS_MS:
            every = step * power
            if total_ms / every <= 7:
                count = int(total_ms / every)
                return [
                    Tick(
                        round(LABEL_WIDTH + room * n * every / total_ms, 1),
                        duration_words(n * every) if n else "0",
                        "start" if n == 0 else "middle",
                    )
                    for n in range(count + 1)
                ]
        power *= 10


def duration_words(ms: float) -> str:
    """Give a duration as people read it: ``0.4 ms``, ``85 ms``, ``2.50 s``, ``3 min 5 s``, ``2 h 10 min``."""
    if ms < 10:
        return f"{ms:.1f} ms".replace(".0 ", " ")
    if ms < 1000:
        return f"{ms:.0f} ms"
    seconds = ms / 1000
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"
