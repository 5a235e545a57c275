"""Web forms: escapes, repeated names, null and empty."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import DecodeError, EncodeError, InputError, LimitError
from integrations.formats.codec import Limits, Record
from integrations.formats.form.codec import CODEC, FormOptions


def read(data: bytes, limits: Limits | None = None, **options: Any) -> list[Record]:
    return list(CODEC.reader(FormOptions(**options), limits or Limits())([data]))


def write(*records: Record, **options: Any) -> bytes:
    return b"".join(CODEC.writer(FormOptions(**options))(records))


@pytest.mark.parametrize(
    ("data", "record"),
    [
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=007&b=&c", {"a": "007", "b": "", "c": None}),
        (b"a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
        (b"a=x+y%20z%2B", {"a": "x y z+"}),
        (b"a=1=2", {"a": "1=2"}),
        (b"&a=1&&", {"a": "1"}),
        (b"=x", {"": "x"}),
        (b"a=caf\xc3\xa9", {"a": "café"}),
        (b"a[0]=x\r\n", {"a[0]": "x"}),
    ],
)
def test_forms(data: bytes, record: Record) -> None:
    assert read(data) == [record]
    assert read(write(record)) == [record]


def test_an_empty_document_holds_no_form() -> None:
    assert read(b"") == read(b"\r\n") == []


def test_named_fields_are_lists_even_when_they_stand_once() -> None:
    assert read(b"a=1&b=2", lists=("a",)) == [{"a": ["1"], "b": "2"}]
    assert write({"a": ["1"]}, lists=("a",)) == b"a=1"


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"a=1&b=5%", "form.escape", "line 1, field 2"),
        (b"a=%GG", "form.escape", "line 1, field 1"),
        (b"a=%FC", "form.encoding", "line 1, field 1"),
        (b"%00=x", "form.nul", "line 1, field 1"),
    ],
)
def test_bad_fields_are_refused_with_code_and_place(data: bytes, code: str, place: str) -> None:
    with pytest.raises(DecodeError) as refused:
        read(data)
    assert (refused.value.code, refused.value.place) == (code, place)


def test_a_bad_form_costs_that_line_only() -> None:
    bad: list[InputError] = []
    options = FormOptions(layout="lines")
    assert list(CODEC.reader(options, Limits())([b"a=1\na=%\na=3\n"], bad.append)) == [{"a": "1"}, {"a": "3"}]
    assert [(error.code, error.place) for error in bad] == [("form.escape", "line 2, field 1")]


@pytest.mark.parametrize(
    ("data", "limits", "code"),
    [
        (b"a&" * 10_001, Limits(), "form.too_many_fields"),
        (b"a=" + b"x" * 100, Limits(max_field_bytes=50), "form.field_too_long"),
        (b"a=" + b"x" * 100, Limits(max_record_bytes=50), "form.record_too_large"),
    ],
)
def test_limits(data: bytes, limits: Limits, code: str) -> None:
    with pytest.raises(LimitError, match=code):
        read(data, limits)


def test_values_are_written_plainly() -> None:
    record: Record = {"d": date(2024, 2, 29), "n": Decimal("1.10"), "t": True, "i": -7, "s": "a b&é"}
    assert write(record) == b"d=2024-02-29&n=1.10&t=true&i=-7&s=a+b%26%C3%A9"


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([{"a": {"b": "c"}}], "form.nested"),
        ([{"a": Decimal("NaN")}], "form.nested"),
        ([{"a": ["1"]}], "form.list"),
        ([{"a": []}], "form.list"),
        ([{"": None}], "form.name"),
        ([{"a": "\0"}], "form.nul"),
        ([{"a": "1"}, {"a": "2"}], "form.one_record"),
    ],
)
def test_records_that_would_not_come_back_are_refused(records: list[Record], code: str) -> None:
    with pytest.raises(EncodeError, match=code):
        write(*records)


def test_the_outline_tells_where_fields_stand() -> None:
    data = b"a=1&b=22\nc\n"
    marks = list(CODEC.outline(FormOptions(layout="lines"), Limits())([data]))
    assert [(m.depth, m.label, data[m.offset : m.offset + m.length]) for m in marks] == [
        (0, "line 1", b"a=1&b=22"), (1, "a", b"a=1"), (1, "b", b"b=22"), (0, "line 2", b"c"), (1, "c", b"c"),
    ]  # fmt: skip
