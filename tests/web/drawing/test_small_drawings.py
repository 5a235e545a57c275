from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integrations.delivery.states import State
from integrations.web.drawing import looks, sparkline, timeline
from integrations.web.drawing.timeline import LABEL_WIDTH, WIDTH, Span, duration_words

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


def span(step: str, start: float, end: float, *, is_wait: bool = False) -> Span:
    begin = NOW + timedelta(milliseconds=start)
    return Span(step, step.title(), begin, NOW + timedelta(milliseconds=end), "ok", step, is_wait=is_wait)


def test_a_sparkline_rises_to_its_highest_value() -> None:
    drawing = sparkline.draw([0, 5, Decimal(10)], width=24, height=24)
    assert drawing.line == "M2,22 12,12 22,2"
    assert (drawing.last_x, drawing.last_y) == (22, 2)
    assert drawing.words == "last 10, highest 10, 3 values"


def test_a_gap_splits_the_line() -> None:
    assert sparkline.draw([1, 2, None, 2, 1]).line.count("M") == 2


@pytest.mark.parametrize(
    ("values", "words"), [([], "No activity"), ([0, 0], "No activity"), ([3], "Too few values")]
)
def test_without_enough_values_there_is_no_line(values: list[int], words: str) -> None:
    drawing = sparkline.draw(values)
    assert drawing.is_flat
    assert drawing.words == words


def test_bars_are_to_scale_and_attempts_share_a_lane() -> None:
    drawing = timeline.draw([span("a", 0, 100), span("b", 100, 150), span("b", 150, 200)])
    assert [lane.title for lane in drawing.lanes] == ["A", "B"]
    first, second, third = drawing.bars
    assert first.x == LABEL_WIDTH
    assert first.width == pytest.approx(2 * second.width, abs=0.2)
    assert second.y == third.y
    assert third.x + third.width <= WIDTH


def test_what_is_too_short_to_see_is_drawn_and_says_how_long_it_was() -> None:
    drawing = timeline.draw([span("a", 0, 0.1), span("b", 1, 60_000)])
    assert drawing.bars[0].width == 4
    assert drawing.bars[0].note == "0.1 ms"


def test_ticks_are_round_and_few() -> None:
    ticks = timeline.draw([span("a", 0, 1191)]).ticks
    assert [tick.text for tick in ticks] == ["0", "200 ms", "400 ms", "600 ms", "800 ms", "1.00 s"]


def test_no_spans_no_bars() -> None:
    assert timeline.draw([]).bars == ()


@pytest.mark.parametrize(
    ("ms", "words"),
    [(0.42, "0.4 ms"), (5, "5 ms"), (85.4, "85 ms"), (2500, "2.50 s"), (12_345, "12.3 s"),
     (185_000, "3 min 5 s"), (7_800_000, "2 h 10 min"), (72 * 3_600_000, "3 d")],
)  # fmt: skip
def test_durations_read_well(ms: float, words: str) -> None:
    assert duration_words(ms) == words


@pytest.mark.parametrize("state", State)
def test_every_state_has_an_icon_a_word_and_a_tone(state: State) -> None:
    look = looks.of_state(state)
    assert look.icon
    assert look.word
    assert look.tone
    assert looks.of_state(int(state)) == looks.of_state(state.name) == look


def test_states_do_not_share_an_icon() -> None:
    assert len({look.icon for look in looks.STATES.values()}) == len(State)


def test_an_unknown_kind_still_has_a_look() -> None:
    assert looks.of_kind("poll_trigger").word == "Poll trigger"
