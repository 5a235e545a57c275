"""CSV: dialects, places of errors, and the guard against formulas."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import ConfigError, DecodeError, EncodeError, InputError, LimitError
from integrations.formats.codec import Limits, Record, parse_options
from integrations.formats.csv.codec import CODEC, CsvOptions


def read(data: bytes, limits: Limits | None = None, **options: Any) -> list[Record]:
    return list(CODEC.reader(CsvOptions(**options), limits or Limits())([data]))


def write(*records: Record, **options: Any) -> bytes:
    return b"".join(CODEC.writer(CsvOptions(**options))(records))


@pytest.mark.parametrize(
    ("data", "options", "code", "place"),
    [
        (b"", {}, "csv.empty", "line 1"),
        (b"\n\n", {}, "csv.empty", "line 1"),
        (b"a,b\n1,2\n\n1\n", {}, "csv.column_count", "line 4, column 2"),
        (b"a,b\n1,2,3\n", {"short_rows": "fill"}, "csv.column_count", "line 2, column 3"),
        (b'a,b\n"1\n\n",2\n1,2,3\n', {}, "csv.column_count", "line 5, column 3"),
        (b"a,b, a\n", {}, "csv.duplicate_column", "line 1, column 3"),
        (b"a,b\n", {"columns": ("a", "sku")}, "csv.missing_column", "line 1"),
        (b'a\n"x"y\n', {}, "csv.quote", "line 2"),
        (b'a\n1\n"x\n\n\n', {}, "csv.open_quote", "line 3"),
        (b"a\nx\ry\n", {}, "csv.line_end", "line 2"),
        (b"a\n1\n\0\n", {}, "csv.nul", "line 3"),
        (b"a\n1\n\xff\n", {}, "csv.encoding", "line 3"),
        (b"a\n1\n\xc3", {}, "csv.encoding", "line 3"),
        (b"a\x00b", {"encoding": "utf-16"}, "csv.encoding", "line 1"),
    ],
)
def test_bad_documents_are_refused_with_code_and_place(
    data: bytes, options: dict[str, Any], code: str, place: str
) -> None:
    with pytest.raises(DecodeError) as refused:
        read(data, **options)
    assert (refused.value.code, refused.value.place) == (code, place)


def test_cells_stay_text_and_blank_lines_are_skipped() -> None:
    assert read(b"sku, n ,\r\n007,1e5,\r\n\r\n") == [{"sku": "007", "n": "1e5", "column_3": ""}]


def test_without_header_columns_are_numbered() -> None:
    assert read(b"x;y\n", header=False, delimiter=";") == [{"column_1": "x", "column_2": "y"}]


def test_a_mark_at_the_beginning_is_no_part_of_the_first_column() -> None:
    assert read(b"\xef\xbb\xbfa\n1\n") == [{"a": "1"}]
    assert write({"a": "é"}, encoding="utf-8-sig") == "\ufeffa\r\né\r\n".encode()


@pytest.mark.parametrize("text", ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "\tx", "\rx", "=", "-", "+A1", "--5"])
def test_formulas_get_an_apostrophe(text: str) -> None:
    guarded = read(write({"a": text}))[0]["a"]
    plain = read(write({"a": text}, guard_formulas=False))[0]["a"]
    assert (guarded, plain) == ("'" + text, text)


@pytest.mark.parametrize(
    "value", ["-5", "+3,5", "-1.234,50", "-.5", "5-3", "a=b", "-12%", -5, Decimal("-0.50")]
)
def test_numbers_and_plain_text_are_left_alone(value: str | int | Decimal) -> None:
    assert read(write({"a": value}))[0]["a"] == str(value)


def test_values_are_written_plainly() -> None:
    record: Record = {"d": date(2024, 2, 29), "n": Decimal("1E+3"), "t": True, "f": False, "x": None, "i": 7}
    assert write(record, header=False) == b"2024-02-29,1000,true,false,,7\r\n"


@pytest.mark.parametrize(
    ("records", "options", "code", "place"),
    [
        ([{"a": ["x"]}], {}, "csv.nested", "record 1, a"),
        ([{"a": Decimal("NaN")}], {}, "csv.nested", "record 1, a"),
        ([{"a": "1"}, {"a": "1", "b": "2"}], {}, "csv.extra_field", "record 2"),
        ([{"a": "1"}, {"a": "\0"}], {}, "csv.nul", "record 2, a"),
        ([{"a": "ไทย"}], {"encoding": "latin-1"}, "csv.encoding", "record 1"),
        ([{"a": "x,y"}], {"quote": ""}, "csv.needs_quote", "record 1"),
        ([{"a": ""}], {"quote": ""}, "csv.needs_quote", "record 1"),
    ],
)
def test_records_that_do_not_fit_are_refused(
    records: list[Record], options: dict[str, Any], code: str, place: str
) -> None:
    with pytest.raises(EncodeError) as refused:
        write(*records, **options)
    assert (refused.value.code, refused.value.place) == (code, place)


def test_missing_fields_are_written_empty_and_columns_keep_their_order() -> None:
    assert write({"b": "2"}, {"a": "1"}, columns=("a", "b"), line_end="lf") == b"a,b\n,2\n1,\n"


def test_an_open_quote_stops_at_the_limit() -> None:
    limits = Limits(max_bytes=1 << 30, max_record_bytes=200_000)
    chunks = (b'a,b\n1,2\n3,"' if n == 0 else b"x\n" * 1000 for n in range(10_000))
    with pytest.raises(LimitError, match="record_too_large") as refused:
        list(CODEC.reader(CsvOptions(), limits)(chunks))
    assert refused.value.place == "line 3"


def test_a_line_without_end_stops_at_the_limit() -> None:
    limits = Limits(max_bytes=1 << 30, max_record_bytes=200_000)
    with pytest.raises(InputError, match="record_too_large"):
        list(CODEC.reader(CsvOptions(), limits)(b"x" * 1000 for _ in range(10_000)))


def test_a_long_cell_is_refused_beyond_the_librarys_own_limit() -> None:
    assert read(b"a\n" + b"x" * 500_000)[0]["a"] == "x" * 500_000
    with pytest.raises(LimitError, match="field_too_long") as refused:
        read(b"a,b\n1," + b"x" * 101, Limits(max_field_bytes=100))
    assert refused.value.place == "line 2, column 2"


@pytest.mark.parametrize(
    "options", [{"delimiter": "\n"}, {"delimiter": '"'}, {"columns": ["a", "a"]}, {"quote": "x"}]
)
def test_impossible_dialects_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"format\.options"):
        parse_options(CODEC, options)
