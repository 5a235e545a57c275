"""Delimited records: dialects, record types, missing and repeated cells, what a bad record costs."""

from typing import Any

import pytest

from integrations.errors import ConfigError, DecodeError, EncodeError, InputError, LimitError
from integrations.formats.codec import Limits, Record, parse_options
from integrations.formats.delimited.codec import CODEC
from integrations.formats.delimited.layout import DelimitedOptions
from tests.formats.rounds.delimited import ORDERS as LAYOUT
from tests.formats.rounds.delimited import cell, mark


def layout(**options: Any) -> DelimitedOptions:
    parsed = parse_options(CODEC, options)
    assert isinstance(parsed, DelimitedOptions)
    return parsed


ORDERS = layout(**LAYOUT)


def table(*fields: dict[str, object], **more: Any) -> DelimitedOptions:
    record = {key: more.pop(key) for key in ("marks", "min_cells", "skip_first") if key in more}
    return layout(records=[{"name": "r", "fields": fields, **record}], **more)


AB = (cell("a"), cell("b"))


def read(options: DelimitedOptions, data: bytes, limits: Limits | None = None) -> list[Record]:
    return list(CODEC.reader(options, limits or Limits())([data]))


def write(options: DelimitedOptions, *records: Record) -> bytes:
    return b"".join(CODEC.writer(options)(records))


@pytest.mark.parametrize(
    ("options", "data", "b"),
    [
        (table(*AB), b"1,2", "2"),
        (table(*AB), b"1,\r\n", ""),
        (table(*AB), b"\xef\xbb\xbf1,2\n\n \n", "2"),
        (table(*AB), b'1,"2,""3"""\n', '2,"3"'),
        (table(*AB, quote="'"), b"1,'2,\"3'\n", '2,"3'),
        (table(*AB, quote=""), b'1,"2\n', '"2'),
        (table(*AB, delimiter="||"), b"1||2|x\n", "2|x"),
        (table(*AB, delimiter="||"), b'1||"2||""x"\n', '2||"x'),
        (table(*AB, delimiter=";", record_end="~"), b"1;2~\n", "2"),
        (table(*AB, encoding="cp1252"), b"1, \xe9 \n", " é "),
    ],
)
def test_dialects(options: DelimitedOptions, data: bytes, b: str) -> None:
    (record,) = read(options, data)
    assert record == {"record": "r", "a": "1", "b": b}
    assert read(options, write(options, record)) == [record]


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"", "empty", "line 1"),
        (b"H,x\nO,1,2024-02-29,\nL\nT,1\n", "cells_missing", "line 3, record l, cell 2"),
        (b"H,x,y\n", "extra_cells", "line 1, record h, cell 3"),
        (b"H,x\nO,one,\nT,0\n", "not_integer", "line 2, record o, field n, cell 2"),
        (b"H,x\nO,1,29.02.2024\nT,0\n", "not_date", "line 2, record o, field day, cell 3"),
        (b"H,x\nX,1\nT,0\n", "unknown_record", "line 2, cell 1"),
        (b"H,x\nL,1\nT,0\n", "orphan", "line 2, record l"),
        (b"H,x\nO,1,\nL,a\nT,2\n", "count_mismatch", "line 4, record t, field count"),
        (b"H,x\n", "no_trailer", "line 1"),
        (b'H,"x\nT,0\n', "quote", "line 1"),
        (b"H,\xff\nT,0\n", "encoding", "line 1, column 3"),
        (b"H,\0\nT,0\n", "nul", "line 1, column 3"),
    ],
)
def test_files_that_are_not_whole_are_refused(data: bytes, code: str, place: str) -> None:
    with pytest.raises(DecodeError) as refused:
        read(ORDERS, data)
    assert (refused.value.code, refused.value.place) == (f"delimited.{code}", place)


def test_a_bad_record_costs_its_item_and_no_other() -> None:
    faults: list[InputError] = []
    data = b"H,x\nO,1,\nL,a\nL\nL,b\nO,2,\nL,c\nO,x,\nL,d\nT,4\n"
    records = list(CODEC.reader(ORDERS, Limits())([data], faults.append))
    assert [record.get("n") for record in records if record["record"] == "o"] == [2]
    assert [fault.place for fault in faults] == [
        "line 4, record l, cell 2",
        "line 8, record o, field n, cell 2",
    ]


def test_missing_cells_at_the_end_are_missing_fields() -> None:
    options = table(cell("a"), cell("b", "integer"), cell("c"), min_cells=1)
    records = read(options, b"x\nx,\nx,,\nx,1,y\n")
    assert records == [
        {"record": "r", "a": "x"},
        {"record": "r", "a": "x", "b": None},
        {"record": "r", "a": "x", "b": None, "c": ""},
        {"record": "r", "a": "x", "b": 1, "c": "y"},
    ]
    assert write(options, *records) == b"x\nx,\nx,,\nx,1,y\n"
    with pytest.raises(DecodeError, match="field_missing"):
        read(table(cell("a"), cell("b", required=True), min_cells=1), b"x\n")


def test_repeated_cells_are_lists() -> None:
    options = table(cell("n", "integer", times=2), cell("w", times=0))
    assert read(options, b"1,2,a,b\n,\n") == [
        {"record": "r", "n": [1, 2], "w": ["a", "b"]},
        {"record": "r", "n": [None, None], "w": []},
    ]
    assert write(options, {"record": "r", "n": [1], "w": ["x"]}) == b"1,,x\n"


def test_types_can_be_told_by_any_cell_and_by_patterns() -> None:
    options = layout(
        records=[
            {
                "name": "a",
                "marks": [{"cell": 2, "value": "A"}],
                "fields": [cell("x"), cell("kind"), cell("y")],
            },
            {"name": "n", "marks": [{"cell": 1, "pattern": "[0-9]+"}], "fields": [cell("x")]},
            {"name": "rest", "fields": [cell("x"), cell("y")]},
        ]
    )
    data = b"1,A,2\n17\nx,B\n"
    assert [record["record"] for record in read(options, data)] == ["a", "n", "rest"]
    assert write(options, *read(options, data)) == data
    with pytest.raises(EncodeError, match=r"delimited\.mark"):
        write(options, {"record": "n", "x": "abc"})
    with pytest.raises(EncodeError, match=r"delimited\.mark"):
        write(options, {"record": "a", "x": "1", "kind": "B", "y": ""})


@pytest.mark.parametrize(
    ("options", "record", "code"),
    [
        (table(*AB, quote=""), {"a": "1,2"}, "needs_quote"),
        (table(*AB, record_end="~"), {"a": "1~"}, "record_end"),
        (table(*AB), {"a": "1\n2"}, "line_end"),
        (table(*AB), {"c": "1"}, "extra_field"),
        (table(cell("a", "integer")), {"a": -1}, "negative"),
        (table(cell("a", "integer")), {"a": True}, "not_integer"),
        (table(cell("a", length=2)), {"a": "123"}, "too_long"),
        (table(cell("a", times=2)), {"a": "1"}, "not_a_list"),
        (table(cell("a", times=1), encoding="ascii"), {"a": "é"}, "encoding"),
    ],
)
def test_values_that_do_not_fit_are_never_bent(options: DelimitedOptions, record: Record, code: str) -> None:
    with pytest.raises(EncodeError) as refused:
        write(options, {"record": "r", **record})
    assert refused.value.code == f"delimited.{code}"
    assert refused.value.place.startswith("record 1, record r")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"delimiter": '"'}, "must differ"),
        ({"delimiter": "\n"}, "must differ"),
        ({"record_end": " "}, "record end is a line end"),
        ({"records": [{"name": "r"}]}, "needs fields"),
        ({"records": [{"name": "r", "fields": [cell("a", times=0), cell("b")]}]}, "Only the last field"),
        ({"records": [{"name": r, "fields": AB} for r in "ab"]}, "go without"),
        ({"records": [{"name": "r", "marks": [{"pattern": "("}]}]}, "RE2"),
        ({"records": [{"name": "r", "marks": [{"value": "a", "pattern": "b"}]}]}, "a text or a pattern"),
    ],
)
def test_layouts_that_cannot_work_are_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        layout(**{"records": [{"name": "r", "fields": AB}], **options})


def test_a_record_or_group_without_end_stops_at_the_limit() -> None:
    limits = Limits(max_bytes=1 << 30, max_record_bytes=100_000)
    for chunks in ([b"x" * 1000] * 1000, [b"H,x\nO,1,\n", *([b"L,abc\n" * 1000] * 100)]):
        with pytest.raises(LimitError, match="record_too_large"):
            list(CODEC.reader(ORDERS, limits)(chunks))


def test_an_unknown_file_is_told_from_a_table() -> None:
    guess = CODEC.sniff(b"H|x|20240229\nO|1\nL|a|2|3\nL|b|4|5\nT|1\n")
    assert guess is not None
    options = layout(**guess.options)
    assert [record.role for record in options.records] == ["header", "item", "item", "trailer"]
    assert CODEC.sniff(b"a,b,c\n1,2,3\n1,2,3\n2,2,3\n") is None


def test_the_outline_and_the_schema_name_the_fields() -> None:
    marks = list(CODEC.outline(ORDERS, Limits())(["H,é\r\nO,1,\nL,a,b\n".encode()]))
    assert [(mark.depth, mark.label, mark.offset, mark.length) for mark in marks] == [
        (0, "h", 0, 4),
        (1, "id", 2, 2),
        (0, "o", 6, 4),
        (1, "n", 8, 1),
        (1, "day", 10, 0),
        (1, "l", 11, 5),
        (2, "sku", 13, 1),
        (2, "words[1]", 15, 1),
    ]
    schema = CODEC.schema(ORDERS)
    assert schema is not None
    found = schema.find(("l", "words"))
    assert found is not None
    assert found.repeats


def test_marks_are_written_where_no_field_holds_them() -> None:
    options = layout(records=[{"name": "r", "marks": mark("R"), "fields": AB}])
    assert write(options, {"record": "r", "a": "1", "b": "2"}) == b"R,1,2\n"
