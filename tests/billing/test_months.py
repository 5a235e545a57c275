"""A month is cut where the plan changed."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.billing.months import month_of, parts_of, read_month
from integrations.errors import ConfigError

NOVEMBER = read_month("2026-11")


def day(number):
    return datetime(2026, 11, number, tzinfo=UTC)


def test_a_month_ends_where_the_next_begins():
    assert (NOVEMBER.start, NOVEMBER.stop) == (day(1), datetime(2026, 12, 1, tzinfo=UTC))
    assert month_of(NOVEMBER.stop - timedelta(microseconds=1)) == NOVEMBER
    assert read_month("2026-12").stop == datetime(2027, 1, 1, tzinfo=UTC)
    assert NOVEMBER.text == "2026-11"


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "november", "2026-11-01"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ConfigError) as refused:
        read_month(text)
    assert refused.value.code == "billing.month"


def test_a_month_without_a_choice_has_the_first_plan():
    (part,) = parts_of(NOVEMBER, [], default="free")
    assert (part.plan, part.start, part.stop) == ("free", NOVEMBER.start, NOVEMBER.stop)


def test_each_choice_begins_a_part():
    choices = [
        (day(1) - timedelta(days=40), "a"),
        (day(5), "b"),
        (day(9), "a"),
        (day(30) + timedelta(3), "c"),
    ]
    parts = parts_of(NOVEMBER, choices, default="free")
    assert [(part.plan, part.start, part.stop) for part in parts] == [
        ("a", day(1), day(5)), ("b", day(5), day(9)), ("a", day(9), NOVEMBER.stop),
    ]  # fmt: skip


def test_a_choice_at_the_first_moment_is_the_whole_month():
    (part,) = parts_of(NOVEMBER, [(day(1), "b")], default="free")
    assert part.plan == "b"
