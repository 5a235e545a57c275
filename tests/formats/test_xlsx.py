"""Excel: what real workbooks do, and what hostile ones try."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import ConfigError, DecodeError, EncodeError, InputError, LimitError
from integrations.formats.codec import Limits, Record, Value, parse_options
from integrations.formats.xlsx.codec import CODEC
from integrations.formats.xlsx.number_formats import PLAIN, Kind, Look, look
from integrations.formats.xlsx.options import XlsxOptions
from integrations.formats.xlsx.values import unescaped

BOOK = "<workbook xmlns:r='r'><workbookPr{0}/><sheets><sheet name='One' r:id='r1'/></sheets></workbook>"
RELATIONS = (
    "<Relationships>"
    "<Relationship Id='r1' Type='x/worksheet' Target='worksheets/sheet1.xml'/>"
    "<Relationship Id='r2' Type='x/styles' Target='/xl/styles.xml'/>"
    "<Relationship Id='r3' Type='x/sharedStrings' Target='sharedStrings.xml'/>"
    "</Relationships>"
)
STYLES = (
    "<styleSheet><numFmts><numFmt numFmtId='170' formatCode='[$-409]d\\-mmm\\ yy'/>"
    "<numFmt numFmtId='171' formatCode='\"day\" 0'/></numFmts>"
    "<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
    "<cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='22'/><xf numFmtId='46'/><xf numFmtId='170'/>"
    "<xf numFmtId='171'/><xf numFmtId='2'/></cellXfs></styleSheet>"
)


def packed(sheet: str, *, strings: str = "<sst/>", settings: str = "", **parts: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", BOOK.format(settings))
        archive.writestr("xl/_rels/workbook.xml.rels", RELATIONS)
        archive.writestr("xl/styles.xml", STYLES)
        archive.writestr("xl/sharedStrings.xml", strings)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, text in parts.items():
            archive.writestr(name, text)
    return sink.getvalue()


def rows(*cells: str, **settings: str) -> bytes:
    body = "".join(f"<row>{row}</row>" for row in cells)
    return packed(f"<worksheet><sheetData>{body}</sheetData></worksheet>", **settings)


def read(data: bytes, limits: Limits | None = None, **options: Any) -> list[Record]:
    return list(CODEC.reader(XlsxOptions(**{"header": False} | options), limits or Limits())([data]))


def cell(text: str, **settings: str) -> Value:
    return read(rows(f"<c {text}</c>", **settings))[0]["column_1"]


def write(*records: Record, **options: Any) -> bytes:
    return b"".join(CODEC.writer(XlsxOptions(**options))(records))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("><v>5</v>", 5),
        ("><v>5.0</v>", 5),
        ("><v>1E3</v>", 1000),
        ("><v>123456789012345678</v>", 123456789012345678),
        ("><v>0.1</v>", Decimal("0.1")),
        ("><v>1.1000000000000001</v>", Decimal("1.1")),
        ("><v>0.30000000000000004</v>", Decimal("0.30000000000000004")),
        ("s='6'><v>12.9</v>", Decimal("12.90")),
        ("s='1'><v>45351</v>", date(2024, 2, 29)),
        ("s='1'><v>59</v>", date(1900, 2, 28)),
        ("s='1'><v>61</v>", date(1900, 3, 1)),
        ("s='1'><v>-3</v>", -3),
        ("s='2'><v>45351.5</v>", datetime.fromisoformat("2024-02-29T12:00")),
        ("s='2'><v>45351</v>", datetime.fromisoformat("2024-02-29T00:00")),
        ("s='3'><v>1.5</v>", "36:00:00"),
        ("s='4'><v>45351</v>", date(2024, 2, 29)),
        ("s='5'><v>45351</v>", 45351),
        ("t='b'><v>1</v>", True),
        ("t='d'><v>2024-02-29T08:00:00</v>", datetime.fromisoformat("2024-02-29T08:00")),
        ("t='str'><f>A1</f><v>007</v>", "007"),
        ("t='inlineStr'><is><r><t>a</t></r><r><t xml:space='preserve'> b</t></r></is>", "a b"),
        ("t='inlineStr'><is><t>袋</t><rPh><t>dai</t></rPh></is>", "袋"),
        ("t='inlineStr'><is><t>a_x000D_b</t></is>", "a\rb"),
        ("t='inlineStr'><is><t> a </t></is>", "a"),
        ("t='s'><v>1</v>", "x y"),
    ],
)
def test_cells_are_what_they_say(text: str, value: Value) -> None:
    strings = "<sst><si><t>no</t></si><si><r><t>x</t></r><r><t xml:space='preserve'> y</t></r></si></sst>"
    found = cell(text, strings=strings)
    assert (found, str(found), type(found)) == (value, str(value), type(value))


def test_days_may_be_counted_from_1904() -> None:
    assert cell("s='1'><v>1</v>", settings=" date1904='1'") == date(1904, 1, 2)
    assert cell("s='1'><v>2958000</v>", settings=" date1904='1'") == 2958000


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("General", PLAIN),
        ("0.00", Look(Kind.NUMBER, 2)),
        ("#,##0.000;[Red]-#,##0.000", Look(Kind.NUMBER, 3)),
        ('0.0" days"', Look(Kind.NUMBER, 1)),
        ("0%", PLAIN),
        ("yyyy\\-mm", Look(Kind.DATE)),
        ("mmmm", Look(Kind.DATE)),
        ("[$-F800]dddd, mmmm dd, yyyy", Look(Kind.DATE)),
        ("dd/mm/yyyy hh:mm", Look(Kind.MOMENT)),
        ("[mm]:ss", Look(Kind.TIME)),
        ("h:mm AM/PM", Look(Kind.TIME)),
        ("[Red]0", PLAIN),
    ],
)
def test_number_formats_tell_days_from_numbers(code: str, expected: Look) -> None:
    assert look(code) == expected


def test_errors_and_formulas_without_a_result_cost_their_row_only() -> None:
    data = rows("<c><v>1</v></c>", "<c t='e'><v>#N/A</v></c>", "<c><f>A1</f></c>", "<c><v>4</v></c>")
    errors: list[InputError] = []
    found = list(CODEC.reader(XlsxOptions(header=False), Limits())([data], errors.append))
    assert found == [{"column_1": 1}, {"column_1": 4}]
    assert [(error.code, error.place) for error in errors] == [
        ("xlsx.cell_error", "sheet 1, row 2, column A"),
        ("xlsx.uncalculated", "sheet 1, row 3, column A"),
    ]
    assert read(data, errors="null", uncalculated="null")[1:3] == [{"column_1": None}] * 2


def test_empty_cells_and_rows_are_missing() -> None:
    data = rows("<c r='A1'/><c r='C1' t='str'><v></v></c>", "<c r='B2'><v>1</v></c><c><v>2</v></c>")
    assert read(data) == [{"column_2": 1, "column_3": 2}]


def test_a_cell_far_away_takes_no_memory() -> None:
    far = (
        "<worksheet><sheetData><row r='1048576'><c r='XFD1048576'><v>1</v></c></row></sheetData></worksheet>"
    )
    assert read(packed(far)) == [{"column_16384": 1}]


def test_merged_cells_may_be_filled() -> None:
    sheet = (
        "<worksheet><sheetData><row r='1'><c r='A1'><v>7</v></c><c r='C1'><v>1</v></c></row>"
        "<row r='2'><c r='C2'><v>2</v></c></row></sheetData>"
        "<mergeCells><mergeCell ref='A1:B2'/></mergeCells></worksheet>"
    )
    assert read(packed(sheet))[1] == {"column_3": 2}
    assert read(packed(sheet), merged="fill")[1] == {"column_3": 2, "column_1": 7, "column_2": 7}
    assert read(packed(sheet), merged="fill", range="B1:C2")[1] == {"column_3": 2}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04", "xlsx.not_a_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "xlsx.protected_or_old"),
        (packed("<worksheet>"), "xlsx.xml"),
        (packed("<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>"), "xlsx.xml"),
        (packed("<worksheet/>", mimetype="application/vnd.oasis"), "xlsx.other_spreadsheet"),
        (packed("<worksheet/>", **{"XL/workbook.xml": "x"}), "xlsx.parts"),
        (rows("<c r='ZZZ1'><v>1</v></c>"), "xlsx.cell_reference"),
        (rows("<c t='s'><v>9</v></c>"), "xlsx.shared_text"),
        (rows("<c><v>1e999</v></c>"), "xlsx.number"),
        (rows("<c t='b'><v>maybe</v></c>"), "xlsx.value"),
        (packed("<worksheet><sheetData><row r='5'/><row r='5'/></sheetData></worksheet>"), "xlsx.row_number"),
    ],
)
def test_bad_workbooks_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read(data)
    assert refused.value.code == code
    assert refused.value.place


def test_zip_bombs_are_refused_before_they_are_unpacked() -> None:
    with pytest.raises(LimitError, match=r"xlsx\.expansion"):
        read(packed("<worksheet>" + " " * (3 << 20) + "</worksheet>"))
    lying = packed("<worksheet>" + " " * 5_000 + "</worksheet>").replace(
        (5_023).to_bytes(4, "little"), (100).to_bytes(4, "little")
    )
    with pytest.raises(DecodeError):
        read(lying)


SHEET = (
    "<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' s='1'><v>45351</v></c></row>"
    "<row><c t='inlineStr'><is><r><t>x</t></r></is></c><c t='b'><v>1</v></c><c s='3'><f>A1</f><v>1.5</v></c>"
    "</row></sheetData><mergeCells><mergeCell ref='A1:B2'/></mergeCells></worksheet>"
)


@given(
    at=st.integers(0, len(SHEET)), gone=st.integers(0, 9), put=st.text("<>/'=:AZ09 -e.crvtsis", max_size=6)
)
@settings(max_examples=150, deadline=None)
def test_any_sheet_gives_records_or_an_error_with_a_place(at: int, gone: int, put: str) -> None:
    data = packed(SHEET[:at] + put + SHEET[at + gone :], strings="<sst><si><t>a</t></si></sst>")
    try:
        read(data, merged="fill")
    except InputError as failure:
        assert failure.place  # noqa: PT017  most are read


def test_long_texts_are_refused() -> None:
    data = rows(f"<c t='inlineStr'><is><t>{'x' * 101}</t></is></c>")
    with pytest.raises(LimitError, match=r"xlsx\.field_too_long") as refused:
        read(data, Limits(max_field_bytes=100))
    assert refused.value.place == "sheet 1, row 1, column A"


def test_what_a_cell_cannot_hold_exactly_is_written_as_text() -> None:
    moment = datetime(2024, 2, 29, 8, tzinfo=UTC)
    record: Record = {
        "a": 1 << 60,
        "b": Decimal("0.12345678901234567890"),
        "c": moment,
        "d": date(1899, 1, 1),
    }
    assert read(write(record), header=True) == [
        {
            "a": str(1 << 60),
            "b": "0.12345678901234567890",
            "c": "2024-02-29T08:00:00+00:00",
            "d": "1899-01-01",
        }
    ]
    assert read(write({"a": "=1+1", "b": "https://example.com"}), header=True)[0]["a"] == "=1+1"


@pytest.mark.parametrize(
    ("record", "options", "code"),
    [
        ({"a": ["x"]}, {}, "xlsx.nested"),
        ({"a": b"x"}, {}, "xlsx.nested"),
        ({"a": Decimal("NaN")}, {}, "xlsx.nested"),
        ({"a": "x" * 32_768}, {}, "xlsx.text_too_long"),
        ({"a": "\0"}, {}, "xlsx.character"),
        ({"a": "\ud800"}, {}, "xlsx.character"),
        ({"b": 1}, {"columns": ("a",)}, "xlsx.extra_field"),
        ({"a": 1}, {"sheet": "a/b"}, "xlsx.sheet_name"),
    ],
)
def test_records_that_do_not_fit_are_refused(record: Record, options: dict[str, Any], code: str) -> None:
    with pytest.raises(EncodeError) as refused:
        write(record, **options)
    assert refused.value.code == code
    assert refused.value.place


def test_writing_twice_gives_the_same_bytes() -> None:
    record: Record = {"a": "x", "b": Decimal("1.10"), "c": date(2024, 2, 29), "d": None}
    assert write(record) == write(record)


@pytest.mark.parametrize("text", ["_xD800_", "_x0000_", "_x12_"])
def test_escapes_of_no_character_stay(text: str) -> None:
    assert unescaped(text) == text


@pytest.mark.parametrize(
    "options",
    [{"range": "C1:B2"}, {"sheet": "a", "sheet_number": 1}, {"columns": ["a", "a"]}],
)
def test_impossible_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"format\.options"):
        parse_options(CODEC, options)
