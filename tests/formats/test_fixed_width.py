"""Fixed width: fields, record types, groups, checks, and what is wrong with files that were cut."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import ConfigError, DecodeError, EncodeError, InputError, LimitError
from integrations.formats.codec import Limits, Record, Value, parse_options
from integrations.formats.fixed_width.codec import CODEC
from integrations.formats.fixed_width.infer import infer
from integrations.formats.fixed_width.layout import FixedWidthOptions
from tests.formats.rounds.fixed_width import ALL_TYPES, GROUPS, field


def layout(**options: Any) -> FixedWidthOptions:
    parsed = parse_options(CODEC, options)
    assert isinstance(parsed, FixedWidthOptions)
    return parsed


def one(kind: str, length: int, **more: Any) -> FixedWidthOptions:
    return layout(
        encoding="latin-1", records=[{"name": "r", "fields": [field("f", 1, length, kind, **more)]}]
    )


def read(options: FixedWidthOptions, data: bytes, limits: Limits | None = None) -> list[Record]:
    return list(CODEC.reader(options, limits or Limits())([data]))


def write(options: FixedWidthOptions, *records: Record) -> bytes:
    return b"".join(CODEC.writer(options)(records))


def value(options: FixedWidthOptions, text: str) -> Value:
    """Read one field, in a line that is not blank as a whole."""
    (record,) = read(options, text.encode("latin-1"))
    return record["f"]


SIGNED, TRAILING = {"sign": "leading"}, {"sign": "trailing"}


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [
        (one("text", 5), "ab c ", "ab c"),
        (one("text", 5, align="right"), "  a b", "a b"),
        (one("text", 5, pad="*"), "a****", "a"),
        (one("text", 5, align="right", pad="0"), "00x10", "x10"),
        (one("integer", 5), "00042", 42),
        (one("integer", 5), "   42", 42),
        (one("integer", 5), "42   ", 42),
        (one("integer", 5, pad="*"), "***42", 42),
        (one("integer", 5, **SIGNED), "-0042", -42),
        (one("integer", 5, **SIGNED), " - 42", -42),
        (one("integer", 5, **SIGNED), "+0042", 42),
        (one("integer", 5, **TRAILING), "0042-", -42),
        (one("integer", 5, **TRAILING), "0042+", 42),
        (one("integer", 40), "9" * 40, 10**40 - 1),
        (one("decimal", 7, scale=2), "0001050", Decimal("10.50")),
        (one("decimal", 7, scale=6), "1      ", Decimal("0.000001")),
        (one("decimal", 40, scale=3), "1" * 40, Decimal("1" * 37 + ".111")),
        (one("decimal", 7, scale=2, **SIGNED), "-000001", Decimal("-0.01")),
        (one("decimal", 7, point="."), "  10.50", Decimal("10.50")),
        (one("decimal", 7, point=","), "  10,5 ", Decimal("10.5")),
        (one("decimal", 7, point="."), ".5     ", Decimal("0.5")),
        (one("date", 8, pattern="YYYYMMDD"), "20240229", date(2024, 2, 29)),
        (one("date", 8, pattern="YYYYMMDD"), "99991231", date(9999, 12, 31)),
        (one("date", 8, pattern="YYYYMMDD"), "00000000", None),
        (one("date", 8, pattern="DD.MM.YY"), "29.02.68", date(2068, 2, 29)),
        (one("date", 6, pattern="YYMMDD"), "690101", date(1969, 1, 1)),
        (one("date", 7, pattern="YYYYDDD"), "2024366", date(2024, 12, 31)),
        (one("date", 6, pattern="YYYYMM"), "202402", date(2024, 2, 1)),
        (one("datetime", 12, pattern="YYYYMMDDHHmm"), "202402292359", datetime(2024, 2, 29, 23, 59)),  # noqa: DTZ001
        (one("boolean", 1, pattern="Y/N"), "N", False),
        (one("boolean", 1, pattern="1/0"), "1", True),
    ],
)
def test_fields_are_read(options: FixedWidthOptions, text: str, expected: Value) -> None:
    assert value(options, text) == expected


@pytest.mark.parametrize(
    ("options", "text", "code"),
    [
        (one("integer", 5), "-0042", "not_integer"),
        (one("integer", 5, **SIGNED), "00-42", "not_integer"),
        (one("integer", 5, **SIGNED), "   -x", "not_integer"),
        (one("integer", 5), "4 200", "not_integer"),
        (one("integer", 5), "0004²", "not_integer"),
        (one("decimal", 7, scale=2), "10.50  ", "not_decimal"),
        (one("decimal", 7, point="."), "1.0.5  ", "not_decimal"),
        (one("decimal", 7, point="."), "1e5    ", "not_decimal"),
        (one("date", 8, pattern="YYYYMMDD"), "20230229", "not_date"),
        (one("date", 8, pattern="YYYYMMDD"), "00000101", "not_date"),
        (one("date", 8, pattern="YYYYMMDD"), "2024 229", "not_date"),
        (one("date", 7, pattern="YYYYDDD"), "2023366", "not_date"),
        (one("date", 7, pattern="YYYYDDD"), "9999400", "not_date"),
        (one("date", 8, pattern="DD.MM.YY"), "29-02-24", "not_date"),
        (one("datetime", 14, pattern="YYYYMMDDHHmmSS"), "20161231235960", "not_datetime"),
        (one("boolean", 1, pattern="Y/N"), "J", "not_boolean"),
    ],
)
def test_fields_of_another_kind_are_refused_without_their_value(
    options: FixedWidthOptions, text: str, code: str
) -> None:
    with pytest.raises(DecodeError) as refused:
        value(options, text)
    assert refused.value.code == f"fixed_width.{code}"
    assert refused.value.place == "line 1, record r, field f, column 1"
    assert text.strip() not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "given", "code"),
    [
        (one("text", 3), "abcd", "too_long"),
        (one("text", 3), "a\nb", "line_end"),
        (one("text", 3), True, "not_text"),
        (one("integer", 3), 1000, "too_long"),
        (one("integer", 3), -1, "negative"),
        (one("integer", 3, **SIGNED), -100, "too_long"),
        (one("integer", 3), Decimal("1.5"), "too_precise"),
        (one("integer", 3), "1", "not_integer"),
        (one("integer", 3), Decimal("1E+5000"), "too_long"),
        (one("decimal", 5, scale=2), Decimal("0.001"), "too_precise"),
        (one("decimal", 5, scale=2), Decimal("NaN"), "too_long"),
        (one("decimal", 5, scale=2), Decimal(1000), "too_long"),
        (one("date", 8, pattern="YYYYMMDD"), "20240229", "not_date"),
        (one("boolean", 1, pattern="Y/N"), 1, "not_boolean"),
        (one("text", 3, required=True), "", "field_missing"),
    ],
)
def test_values_that_do_not_fit_are_never_bent(options: FixedWidthOptions, given: Value, code: str) -> None:
    with pytest.raises(EncodeError) as refused:
        write(options, {"record": "r", "f": given})
    assert (refused.value.code, refused.value.place) == (f"fixed_width.{code}", "record 1, record r, field f")


def test_numbers_may_come_as_decimals_and_texts_as_numbers() -> None:
    assert write(one("integer", 4), {"record": "r", "f": Decimal("12.0")}) == b"0012\n"
    assert write(one("decimal", 6, scale=2, **SIGNED), {"record": "r", "f": -3}) == b"-00300\n"
    assert write(one("text", 4), {"record": "r", "f": Decimal("1E+2")}) == b"100 \n"


def test_a_blank_required_field_is_refused() -> None:
    options = layout(
        records=[{"name": "r", "fields": [field("a", 1, 1), field("b", 2, 3, "integer", required=True)]}]
    )
    with pytest.raises(DecodeError, match="field_missing") as refused:
        read(options, b"x123\nx   \n")
    assert refused.value.place == "line 2, record r, field b, column 2"


ORDERS = layout(**GROUPS)


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"", "empty", "line 1"),
        (b"\r\n \r\n", "empty", "line 1"),
        (b"\nO00001\nT0000010001", "no_header", "line 2"),
        (b"T000000000", "no_header", "line 1"),
        (b"H\nH\n", "second_header", "line 2"),
        (b"H\nO00001\n", "no_trailer", "line 2"),
        (b"H\nLsku\nT000001000\n", "orphan", "line 2, record l"),
        (b"H\nT000000000\nO00001\n", "after_trailer", "line 3"),
        (b"H\n\nT000001000\n", "count_mismatch", "line 3, record t, field count, column 2"),
        (b"H\nT      000\n", "count_mismatch", "line 2, record t, field count, column 2"),
        (b"H\nO00001\nT000001002\n", "total_mismatch", "line 3, record t, field hash, column 8"),
        (b"H\nO00001xyz\n", "line_long", "line 2, record o, column 7"),
        (b"H\nX\n", "unknown_record", "line 2, column 1"),
        (b"H\nO\x00\n", "nul", "line 2, column 2"),
        (b"H\nO1\nL\xff\n", "encoding", "line 3, column 2"),
    ],
)
def test_files_that_are_not_whole_are_refused(data: bytes, code: str, place: str) -> None:
    with pytest.raises(DecodeError) as refused:
        read(ORDERS, data)
    assert (refused.value.code, refused.value.place) == (f"fixed_width.{code}", place)


def test_items_come_before_the_trailer_is_found_wrong() -> None:
    pieces = CODEC.split(ORDERS, Limits())([b"H\nO00001\nLa\nT000003001\n"])
    header, item = next(pieces), next(pieces)
    assert (header.kind, header.raw) == ("header", b"H")
    assert (item.kind, item.number, item.raw) == ("item", 1, b"O00001\r\nLa")
    with pytest.raises(DecodeError, match="promises 3 records, the file has 2"):
        next(pieces)


def test_a_trailer_is_filled_in_or_compared() -> None:
    header: Record = {"record": "h", "id": "1"}
    order: Record = {"record": "o", "n": 999, "l": [{"sku": "a"}]}
    assert write(ORDERS, header, order, order, {"record": "t"}).endswith(b"T000004998\r\n")
    with pytest.raises(EncodeError, match="count_mismatch") as refused:
        write(ORDERS, header, order, {"record": "t", "count": 9})
    assert refused.value.place == "record 3, field count"


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"n": 1}, "unknown_record"),
        ({"record": "l", "sku": "a"}, "unknown_record"),
        ({"record": "o", "n": 1, "x": 1}, "extra_field"),
        ({"record": "o", "l": {"sku": "a"}}, "not_a_list"),
        ({"record": "o", "l": ["a"]}, "record_not_object"),
        ({"record": "o", "l": [{"sku": "123456789"}]}, "too_long"),
    ],
)
def test_records_without_a_place_are_refused(record: Record, code: str) -> None:
    with pytest.raises(EncodeError) as refused:
        write(ORDERS, {"record": "h"}, record)
    assert refused.value.code == f"fixed_width.{code}"
    assert refused.value.place.startswith("record 2")


def test_types_are_told_apart_by_several_marks_and_a_rest() -> None:
    options = layout(
        records=[
            {
                "name": "a",
                "marks": [{"start": 1, "value": "1"}, {"start": 3, "value": "X"}],
                "fields": [field("f", 2, 1)],
            },
            {"name": "b", "marks": [{"start": 1, "value": "1"}], "fields": [field("f", 2, 2)]},
            {"name": "rest", "fields": [field("f", 1, 3)]},
        ]
    )
    records = read(options, b"1aX\n1bY\n2cX\n")
    assert [record["record"] for record in records] == ["a", "b", "rest"]
    assert write(options, *records) == b"1aX\n1bY\n2cX\n"


def test_a_field_may_hold_the_mark_but_not_another_text() -> None:
    options = layout(
        records=[
            {
                "name": "a",
                "marks": [{"start": 1, "value": "10"}],
                "fields": [field("type", 1, 2), field("f", 3, 1)],
            }
        ]
    )
    assert write(options, {"record": "a", "type": "10", "f": "x"}) == write(
        options, {"record": "a", "f": "x"}
    )
    with pytest.raises(EncodeError, match=r"fixed_width\.mark"):
        write(options, {"record": "a", "type": "11", "f": "x"})


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r\n", b"\n\n \n", b"\n\x1a", b"\r\n\x1a"])
def test_the_end_of_the_last_line_may_be_missing_or_old(tail: bytes) -> None:
    options = layout(records=[{"name": "r", "fields": [field("f", 1, 3)]}])
    assert read(options, b"abc\nxyz" + tail) == [{"record": "r", "f": "abc"}, {"record": "r", "f": "xyz"}]


def test_short_lines_are_errors_unless_allowed() -> None:
    fields = {"records": [{"name": "r", "fields": [field("a", 1, 3), field("b", 4, 3)]}]}
    with pytest.raises(DecodeError, match="line_short") as refused:
        read(layout(**fields), b"abcxyz\nabcx\n")
    assert refused.value.place == "line 2, record r, column 5"
    assert read(layout(**fields, short_lines="pad"), b"abcx\n") == [{"record": "r", "a": "abc", "b": "x"}]


def test_positions_count_characters_not_bytes() -> None:
    options = layout(
        encoding="utf-8", records=[{"name": "r", "fields": [field("a", 1, 3), field("b", 4, 1)]}]
    )
    assert read(options, "ไทยx\n".encode()) == [{"record": "r", "a": "ไทย", "b": "x"}]


def test_a_line_or_group_without_end_stops_at_the_limit() -> None:
    limits = Limits(max_bytes=1 << 30, max_record_bytes=200_000)

    def group() -> Iterator[bytes]:
        yield b"H\nO00001\n"
        for _ in range(10_000):
            yield b"Labc\n" * 1000

    for chunks in ((b"x" * 1000 for _ in range(10_000)), group()):
        with pytest.raises(LimitError, match="record_too_large"):
            list(CODEC.split(ORDERS, limits)(chunks))


F = field("f", 1, 3)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"records": []}, "at least 1 item"),
        ({"records": [{"name": "r", "fields": [F, field("g", 3, 2)]}]}, "fields f and g overlap"),
        ({"records": [{"name": "r", "fields": [F, field("f", 9, 2)]}]}, "a name of its own"),
        ({"records": [{"name": "r", "fields": [field("record", 1, 2)]}]}, "is taken"),
        ({"records": [{"name": "r", "fields": [field("d", 1, 8, "date")]}]}, "as long as the field"),
        ({"records": [{"name": "r", "fields": [field("d", 1, 2, "date", pattern="MM")]}]}, "with a year"),
        ({"records": [{"name": "r", "fields": [field("b", 1, 1, "boolean", pattern="Y")]}]}, "two different"),
        ({"records": [{"name": "r", "fields": [F]}, {"name": "s", "fields": [F]}]}, "go without"),
        ({"records": [{"name": "r", "role": "header", "fields": [F]}]}, "no record type for the data"),
        ({"records": [{"name": "r", "within": "r", "fields": [F]}]}, "belongs to itself"),
        ({"records": [{"name": "r", "fields": [F]}], "line_end": "none"}, "a record length"),
        ({"records": [{"name": "r", "fields": [F]}], "record_length": 2}, "after the end of the record"),
        ({"records": [{"name": "r", "fields": [F]}], "encoding": "cp037"}, "EBCDIC"),
        ({"records": [{"name": "r", "fields": [F]}], "checks": [{"field": "n"}]}, "need a trailer"),
        ({**GROUPS, "checks": [{"field": "nope"}]}, "no number called nope"),
        ({**GROUPS, "checks": [{"field": "hash", "kind": "sum", "of": "sku"}]}, "no number called sku"),
        ({**GROUPS, "checks": [{"field": "hash", "records": ["zz"]}]}, "no record type zz"),
    ],
)
def test_layouts_that_cannot_work_are_refused(options: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_options(CODEC, options)
    assert any(problem in found.message for found in refused.value.problems)


def test_only_a_list_makes_a_file() -> None:
    with pytest.raises(EncodeError, match="not_a_list"):
        CODEC.dump(ORDERS)("record")


def lenient(options: FixedWidthOptions, data: bytes) -> tuple[list[Record], list[tuple[str, str]]]:
    faults: list[InputError] = []
    records = list(CODEC.reader(options, Limits())([data], faults.append))
    return records, [(fault.code.partition(".")[2], fault.place) for fault in faults]


def test_a_bad_line_costs_its_item_and_no_other() -> None:
    data = b"H\nO00001\nLa\nL\xff\nLb\nO00002\nLc\nO0000x\nLd\nO00003\nT000009999\n"
    records, faults = lenient(ORDERS, data)
    assert [record.get("n") for record in records if record["record"] == "o"] == [2, 3]
    assert faults == [
        ("encoding", "line 4, column 2"),
        ("not_integer", "line 8, record o, field n, column 2"),
    ]
    assert records[-1] == {"record": "t", "count": 9, "hash": 999}


def test_a_line_of_no_known_type_costs_the_open_item() -> None:
    records, faults = lenient(ORDERS, b"H\nO00001\nZ\nLa\nO00002\nT000000000\n")
    assert [record.get("n") for record in records if record["record"] == "o"] == [2]
    assert faults == [("unknown_record", "line 3, column 1")]


def test_what_is_wrong_with_the_order_is_told_once() -> None:
    records, faults = lenient(ORDERS, b"O00001\nO00002\nT000002003\n")
    assert [record.get("n") for record in records] == [2, None]
    assert faults == [("no_header", "line 1")]


def kind(name: str, **more: Any) -> dict[str, Any]:
    marks = [{"start": 1, "value": name.upper()}]
    return {"name": name, "marks": marks, "fields": [field("x", 2, 1)], **more}


NUMBERED: dict[str, Any] = {
    "several": True,
    "short_lines": "pad",
    "records": [
        kind("h", role="header"),
        kind("b", order=1, max_items=2),
        kind("d", within="b", order=1, min_items=1),
        kind("e", within="b", order=2, max_items=1),
        kind("c", order=2),
        kind("t", role="trailer"),
    ],
}


@pytest.mark.parametrize(
    ("lines", "code", "place"),
    [
        ("H B D D E B D C T", "", ""),
        ("H T H C T", "", ""),
        ("H B T", "too_few", "line 3"),
        ("H B D B E D T", "out_of_order", "line 6, record d"),
        ("H B D E E T", "too_many", "line 5, record e"),
        ("H B D B D B D T", "too_many", "line 6, record b"),
        ("H C B D T", "out_of_order", "line 3, record b"),
        ("H T C", "no_header", "line 3"),
        ("H B D", "no_trailer", "line 3"),
    ],
)
def test_records_stand_in_order_and_as_often_as_allowed(lines: str, code: str, place: str) -> None:
    options, data = layout(**NUMBERED), lines.replace(" ", "\n").encode()
    if not code:
        assert read(options, data)
        return
    with pytest.raises(DecodeError) as refused:
        read(options, data)
    assert (refused.value.code, refused.value.place) == (f"fixed_width.{code}", place)


def test_types_can_be_told_by_patterns_and_lengths() -> None:
    options = layout(
        records=[
            {
                "name": "price",
                "marks": [{"start": 2, "pattern": "[0-9]+[.][0-9]{2}"}],
                "fields": [field("f", 1, 6)],
            },
            {"name": "short", "line_length": 2, "fields": [field("f", 1, 2)]},
            {"name": "rest", "fields": [field("f", 1, 6)]},
        ]
    )
    records = read(options, b"x12.50\nab\nx12345\n")
    assert [record["record"] for record in records] == ["price", "short", "rest"]
    assert write(options, *records) == b"x12.50\nab\nx12345\n"
    with pytest.raises(EncodeError, match=r"fixed_width\.mark"):
        write(options, {"record": "price", "f": "abc"})
    with pytest.raises(ConfigError, match="RE2"):
        layout(records=[{"name": "r", "marks": [{"start": 1, "pattern": "("}], "fields": [F]}])


def test_a_field_that_stands_there_several_times_is_a_list() -> None:
    fields = [field("a", 1, 1), field("n", 2, 2, "integer", times=2), field("w", 6, 2, times=0)]
    options = layout(records=[{"name": "r", "fields": fields}])
    records = read(options, b"x0102aabbc\ny    \n")
    assert [(record["n"], record["w"]) for record in records] == [
        ([1, 2], ["aa", "bb", "c"]),
        ([None, None], []),
    ]
    assert write(options, *records) == b"x0102aabbc \ny    \n"
    with pytest.raises(EncodeError, match="too_long"):
        write(options, {"record": "r", "n": [1, 2, 3]})


def test_lines_can_be_written_without_blanks_at_their_end() -> None:
    options = layout(
        short_lines="cut", records=[{"name": "r", "fields": [field("a", 1, 3), field("b", 4, 3)]}]
    )
    assert write(options, *read(options, b"abcx\na\n")) == b"abcx\na\n"


def test_a_block_with_a_bad_line_gives_the_same_as_its_lines_alone() -> None:
    options = layout(encoding="latin-1", records=[{"name": "d", "fields": ALL_TYPES}])
    good = {"record": "d", "word": "é", "whole": -1, "back": 2, "money": Decimal("1.50"), "flag": True}
    line = write(options, good)
    (found,) = read(options, line)
    records, faults = lenient(options, line * 3 + line.replace(b"-00001", b"-0x001") + line)
    assert records == [found] * 4
    assert faults == [("not_integer", "line 4, record d, field whole, column 10")]


def test_the_schema_holds_the_fields_of_all_types() -> None:
    schema = CODEC.schema(ORDERS)
    assert schema is not None
    sku, kind = schema.find(("l", "sku")), schema.find(("record",))
    assert sku is not None
    assert kind is not None
    assert (sku.max_length, list(kind.choices)) == (8, ["h", "o", "t"])


def test_the_outline_gives_the_place_of_every_field() -> None:
    marks = list(CODEC.outline(ORDERS, Limits())(["H\nO00001\r\nLกb".encode()]))
    assert [(mark.depth, mark.label, mark.offset, mark.length) for mark in marks] == [
        (0, "h", 0, 1),
        (0, "o", 2, 6),
        (1, "n", 3, 5),
        (1, "l", 10, 5),
        (2, "sku", 11, 4),
    ]


STOCK = "".join(
    f"BAG-{n:<8}{'Bag' if n % 2 else 'Belt':<9}{n * 700:>6}{n:>5}.50 2024{n % 12 + 1:02}15{' x'[n % 2]}\n"
    for n in range(1, 40)
).encode()


def test_a_layout_is_inferred_from_lines() -> None:
    options = infer([STOCK])
    (record,) = read(layout(**options), STOCK)[:1]
    assert [value for value in record.values() if value != "record_1"] == [
        "BAG-1", "Bag", 700, Decimal("1.50"), date(2024, 2, 15), "x",
    ]  # fmt: skip
    assert len(read(layout(**options), STOCK)) == 39


def test_record_types_are_inferred_from_how_lines_begin() -> None:
    data = b"H01BKK-01  20240229\n" + b"D010000{n}BAG  \n" * 5 + b"T01    5\n"
    options = infer([data])
    records = options["records"]
    assert isinstance(records, list)
    assert [(record["name"], record.get("role")) for record in records] == [
        ("record_H01", "header"), ("record_D01", None), ("record_T01", "trailer"),
    ]  # fmt: skip
    assert len(read(layout(**options), data)) == 7


def test_mainframe_records_without_line_ends_are_inferred() -> None:
    data = b"".join(f"BAG{n:04} {n * 3:05} leather".encode("cp037") for n in range(30))
    options = infer([data])
    assert (options["encoding"], options["record_length"]) == ("cp037", 21)
    assert len(read(layout(**options), data)) == 30


@given(samples=st.lists(st.binary(max_size=200), max_size=3), lines=st.lists(st.text("ab 01.", max_size=12)))
@settings(max_examples=60, deadline=None)
def test_what_is_inferred_is_a_layout(samples: list[bytes], lines: list[str]) -> None:
    for found in (infer(samples), infer(["\n".join(lines).encode()])):
        assert not found or layout(**found)
