"""Text by pattern: cutting, finding, labels, and writing that is read back."""

from typing import Any

import pytest

from integrations.errors import ConfigError, DecodeError, EncodeError, InputError, LimitError
from integrations.formats.codec import Limits, Record, parse_options
from integrations.formats.text.codec import CODEC
from integrations.formats.text.options import TextOptions

ORDER = {"expression": r"order (?P<number>\d+)(?: for (?P<name>.+))?"}


def read(data: bytes, limits: Limits | None = None, **options: Any) -> list[Record]:
    return list(CODEC.reader(TextOptions(**options), limits or Limits())([data]))


def test_a_group_that_took_no_part_is_missing() -> None:
    assert read(b"order 1 for Ann\norder 2\n", patterns=[ORDER]) == [
        {"number": "1", "name": "Ann"},
        {"number": "2"},
    ]


@pytest.mark.parametrize(
    ("unmatched", "records"),
    [
        ("skip", [{"number": "1", "all": "order 1"}]),
        ("keep", [{"all": "hello"}, {"number": "1", "all": "order 1"}]),
    ],
)
def test_records_in_which_nothing_is_found(unmatched: str, records: list[Record]) -> None:
    assert read(b"hello\norder 1\n", patterns=[ORDER], whole="all", unmatched=unmatched) == records


def test_a_bad_record_costs_that_record_only() -> None:
    bad: list[InputError] = []
    options = TextOptions(patterns=[ORDER])
    data = b"order 1\nhello\norder \xff\norder 4\n"
    records = list(CODEC.reader(options, Limits())([data], bad.append))
    assert records == [{"number": "1"}, {"number": "4"}]
    assert [(error.code, error.place) for error in bad] == [
        ("text.no_match", "line 2"),
        ("text.encoding", "line 3"),
    ]


def test_labels_take_the_indented_lines_below_them() -> None:
    data = b"To: Ann\n  Bob\nnote\n  not of To\nBy:\n\tcar\n"
    labels = [{"label": "To:", "field": "to"}, {"label": "By:", "field": "by"}]
    assert read(data, records="document", prefixes=labels) == [{"to": "Ann\nBob", "by": "car"}]
    with pytest.raises(DecodeError, match=r"text\.twice") as refused:
        read(b"To: Ann\nTo: Bob\n", records="document", prefixes=labels)
    assert refused.value.place == "line 1, To:"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"patterns": [{"expression": "no group"}]},
        {"patterns": [{"expression": "(?P<a>("}]},
        {"patterns": [{"expression": "(?P<a>x)(?=y)"}]},
        {"patterns": [{"expression": r"(?P<a>\C)"}]},
        {"patterns": [ORDER, ORDER]},
        {"records": "start", "whole": "x"},
        {"start": "^x", "whole": "x"},
        {"patterns": [ORDER], "unmatched": "keep"},
    ],
)
def test_impossible_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"format\.options"):
        parse_options(CODEC, options)


def test_no_pattern_can_hang() -> None:
    pattern = {"expression": "^(?P<a>(a+)+)$"}
    with pytest.raises(DecodeError, match="no_match"):
        read(b"a" * 50_000 + b"b", patterns=[pattern])


@pytest.mark.parametrize(
    ("data", "limits", "code"),
    [
        (b"x" * 200_000, Limits(max_record_bytes=100_000), "record_too_large"),
        (b"x\n" * 100, Limits(max_record_bytes=100), "record_too_large"),
        (b"x" * 100, Limits(max_field_bytes=50), "field_too_long"),
    ],
)
def test_limits(data: bytes, limits: Limits, code: str) -> None:
    with pytest.raises(LimitError, match=code):
        read(data, limits, whole="text", records="document")


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"number": "x"}, "text.not_read_back"),
        ({"number": "1\norder 2"}, "text.not_read_back"),
        ({"number": "1", "extra": "y"}, "text.not_read_back"),
        ({"number": None}, "text.nested"),
        ({"number": ["1"]}, "text.nested"),
    ],
)
def test_records_that_would_not_come_back_are_refused(record: Record, code: str) -> None:
    options = TextOptions(patterns=[ORDER], template="order {number}")
    with pytest.raises(EncodeError, match=code):
        list(CODEC.writer(options)([record]))


def test_numbers_are_written_plainly_and_braces_can_be() -> None:
    options = TextOptions(patterns=[{"expression": r"\{(?P<n>[0-9.]+)\}"}], template="{{{n}}}")
    assert b"".join(CODEC.writer(options)([{"n": 7}])) == b"{7}\n"


def test_the_schema_is_made_of_groups_and_labels() -> None:
    options = TextOptions(
        patterns=[ORDER, {"expression": "(?P<sku>[A-Z]+)", "into": "lines", "is_required": True}],
        prefixes=[{"label": "To:", "field": "to", "repeats": True}],
    )
    found = [(path, field.required, field.repeats) for path, field in CODEC.schema(options).walk()]
    assert found == [
        (("number",), False, False),
        (("name",), False, False),
        (("lines",), True, True),
        (("lines", "sku"), False, False),
        (("to",), False, True),
    ]


def test_the_outline_tells_where_records_stand() -> None:
    data = "é\r\nb\r\n\r\nc\r\n".encode("utf-16")
    options = TextOptions(records="paragraph", whole="text", encoding="utf-16")
    marks = list(CODEC.outline(options, Limits())([data]))
    found = [data[mark.offset : mark.offset + mark.length].decode("utf-16-le") for mark in marks]
    assert found == ["é\r\nb", "c"]
    assert [mark.label for mark in marks] == ["line 1", "line 4"]
