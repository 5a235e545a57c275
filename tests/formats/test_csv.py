"""CSV: dialects, places of errors, and the guard against formulas."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import ConfigError, DecodeError, EncodeError, InputError, LimitError
from integrations.formats.codec import Limits, Record, parse_options
from integrations.formats.csv.codec import CODEC
from integrations.formats.csv.options import CsvOptions


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


@pytest.mark.parametrize(
    ("data", "options", "records"),
    [
        (b"Stock list\n\na,b\n1,2\n", {"skip_lines": 2}, [{"a": "1", "b": "2"}]),
        (b"a,b\nkg,cm\n1,2\n", {"skip_after_header": 1}, [{"a": "1", "b": "2"}]),
        (b'a,b\n# c "\n"#1",2\n', {"comment": "#"}, [{"a": "#1", "b": "2"}]),
        (b'a,b\n"x\n# y",2\n', {"comment": "#"}, [{"a": "x\n# y", "b": "2"}]),
        (b'a,b\n"say \\"hi\\"",x\\,y\n', {"escape": "\\"}, [{"a": 'say "hi"', "b": "x,y"}]),
        (b'a, "b"\n1, "x, y"\n', {"spaces": "skip"}, [{"a": "1", "b": "x, y"}]),
        (b" a ,b\n 1 , 2 \n", {"spaces": "trim"}, [{"a": "1", "b": "2"}]),
        (b'a,b\r1,"x\r\ny"\r', {"line_end": "cr"}, [{"a": "1", "b": "x\r\ny"}]),
        (b"a,a,a_2\n1,2,3\n", {"duplicate_columns": "number"}, [{"a": "1", "a_3": "2", "a_2": "3"}]),
        (b"a,b\n1,2,3\n", {"long_rows": "keep"}, [{"a": "1", "b": "2", "column_3": "3"}]),
        (b"a,b\n1,2,3\n", {"long_rows": "cut"}, [{"a": "1", "b": "2"}]),
        (b"a,b\nNULL,\n", {"null": "NULL"}, [{"a": None, "b": ""}]),
        (b"a;b;\n1;2;\n", {"delimiter": ";", "trailing_delimiter": True}, [{"a": "1", "b": "2"}]),
        (b"a b\n1 2\n", {"delimiter": " "}, [{"a": "1", "b": "2"}]),
        (b"a\x01b\n1\x012\n", {"delimiter": "\x01"}, [{"a": "1", "b": "2"}]),
        (b"a,b\n1,2\n\x1a", {}, [{"a": "1", "b": "2"}]),
        ("a\nเสื้อ\n".encode("cp874"), {"encoding": "cp874"}, [{"a": "เสื้อ"}]),
        ("a\n袋\n".encode("utf-16"), {"encoding": "utf-16"}, [{"a": "袋"}]),
        ("a\n袋\n".encode("gb18030"), {"encoding": "gb18030"}, [{"a": "袋"}]),
    ],
)
def test_dialects(data: bytes, options: dict[str, Any], records: list[Record]) -> None:
    assert read(data, **options) == records
    kept = {name: value for name, value in options.items() if not name.startswith("skip_")}
    assert read(write(*records, **kept, guard_formulas=False), **kept) == records


@pytest.mark.parametrize(
    ("data", "left", "lost"),
    [
        (b"a,b\n1,2\n3\n4,5\n", ["1", "4"], [("csv.column_count", "line 3, column 2")]),
        (b'a,b\n1,2\n"x"y,2\n4,5\n', ["1", "4"], [("csv.quote", "line 3")]),
        (b'a,b\n1,"2\n3,4\n5,"6"\n7,8\n', ["3", "5", "7"], [("csv.quote", "line 4")]),
        (b'a,b\n1,2\n3,"4\n5,6\n', ["1", "5"], [("csv.open_quote", "line 3")]),
        (b"a,b\n1,2\n\xff,2\n4,5\n", ["1", "4"], [("csv.encoding", "line 3")]),
        (b"a,b\n\0,2\n4,5\n", ["4"], [("csv.nul", "line 2")]),
        (b"a,b\nx\ry,2\n4,5\n", ["4"], [("csv.line_end", "line 2")]),
    ],
)
def test_a_bad_row_costs_that_row_only(data: bytes, left: list[str], lost: list[tuple[str, str]]) -> None:
    bad: list[InputError] = []
    records = list(CODEC.reader(CsvOptions(), Limits())([data], bad.append))
    assert [record["a"] for record in records] == left
    assert [(error.code, error.place) for error in bad] == lost


def test_stray_quotes_everywhere_cost_a_few_times_the_usual_never_its_square() -> None:
    bad: list[InputError] = []
    data = b"a,b\n" + b'a","\n' * 20_000
    records = list(CODEC.reader(CsvOptions(), Limits())([data], bad.append))
    assert len(bad) + len(records) < 10


def test_rows_of_several_lines_across_blocks_keep_their_lines() -> None:
    rows = b"".join(b'%d,"x\ny%d"\n' % (n, n) for n in range(20_000))
    bad: list[InputError] = []
    records = list(CODEC.reader(CsvOptions(), Limits())([b"a,b\n" + rows + b"1\n"], bad.append))
    assert len(records) == 20_000
    assert records[-1] == {"a": "19999", "b": "x\ny19999"}
    assert [error.place for error in bad] == ["line 40002, column 2"]


SNIFFED: list[tuple[bytes, dict[str, object]]] = [
    (b"sku,n\nA-1,5\nA-2,6\n", {"delimiter": ","}),
    (b"sku;preis\nA-1;5,20\nA-2;6,10\n", {"delimiter": ";"}),
    (b"sku\tn\nA-1\t5\nA-2\t6\n", {"delimiter": "\t"}),
    (b"sku|n\nA-1|5\nA-2|6\n", {"delimiter": "|"}),
    (b"A-1,5,2024-01-02\nA-2,6,2024-01-03\n", {"delimiter": ",", "header": False}),
    (b"sep=;\na;b\n1;2\n3;4\n", {"delimiter": ";", "skip_lines": 1}),
    (b"Stock list of today\n\nsku,n\nA-1,5\nA-2,6\n", {"delimiter": ",", "skip_lines": 2}),
    (b"# export\nsku,n\nA-1,5\nA-2,6\n", {"delimiter": ",", "comment": "#"}),
    (b"sku,n\rA-1,5\rA-2,6\r", {"delimiter": ",", "line_end": "cr"}),
    (b"'sku','n'\n'A,1','5'\n'A,2','6'\n", {"delimiter": ",", "quote": "'"}),
    (b'sku, "n"\nA, "5, 6"\nB, "6"\n', {"delimiter": ",", "spaces": "skip"}),
    (b'sku,n\nA,"5\\" x"\nB,"6"\n', {"delimiter": ",", "escape": "\\"}),
    (b"sku,n,\nA-1,5,\nA-2,6,\n", {"delimiter": ",", "trailing_delimiter": True}),
    (b"sku,n\nA-1,5\nA-2\nA-3,1\n", {"delimiter": ",", "short_rows": "fill"}),
    (b"n,n\nA-1,5\nA-2,6\n", {"delimiter": ",", "duplicate_columns": "number"}),
    ("größe;n\nL;5\nM;6\n".encode("cp1252"), {"delimiter": ";", "encoding": "cp1252"}),
    ("größe;n\nL;5\nM;6\n".encode("utf-8-sig"), {"delimiter": ";", "encoding": "utf-8-sig"}),
    ("größe;n\nL;5\nM;6\n".encode("utf-16"), {"delimiter": ";", "encoding": "utf-16"}),
    ("größe;n\nL;5\nM;6\n".encode("utf-16-be"), {"delimiter": ";", "encoding": "utf-16-be"}),
]


@pytest.mark.parametrize(("data", "options"), SNIFFED)
def test_the_dialect_is_recognised(data: bytes, options: dict[str, object]) -> None:
    guess = CODEC.sniff(data)
    assert guess
    assert guess.options == options
    assert guess.confidence > 0.5
    assert read(data, **dict(guess.options))


def test_the_outline_tells_where_rows_and_cells_stand() -> None:
    data = 'größe;n\r\n"L;ä";5\r\n'.encode("utf-16")
    options = CsvOptions(delimiter=";", encoding="utf-16")
    marks = list(CODEC.outline(options, Limits())([data]))
    assert [(mark.depth, mark.label) for mark in marks] == [
        (0, "line 1"), (1, "column 1"), (1, "column 2"), (0, "line 2"), (1, "größe"), (1, "n"),
    ]  # fmt: skip
    assert all(
        data[mark.offset : mark.offset + mark.length].decode("utf-16-le") == mark.text for mark in marks
    )


def test_the_schema_is_made_of_the_columns() -> None:
    schema = CODEC.schema(CsvOptions(columns=("sku", "n"), header=False))
    assert schema
    assert [(path, field.type, field.required) for path, field in schema.walk()] == [
        (("sku",), "text", True),
        (("n",), "text", True),
    ]
    assert CODEC.schema(CsvOptions()) is None
