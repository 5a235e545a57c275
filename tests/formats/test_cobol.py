"""COBOL: copybooks as people write them, stored forms of numbers, tables, redefinitions, descriptor words."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import ConfigError, DecodeError, EncodeError, InputError, LimitError, SevenMError
from integrations.formats.cobol.codec import CODEC
from integrations.formats.cobol.copybook import parse_copybook
from integrations.formats.cobol.edited import edit
from integrations.formats.cobol.importer import options_of, schema_of
from integrations.formats.cobol.layout import compile_layout
from integrations.formats.cobol.options import CobolOptions
from integrations.formats.cobol.picture import parse_picture
from integrations.formats.codec import Limits, Record, Value, parse_options
from integrations.schema.model import Type


def layout(copybook: str, **options: Any) -> CobolOptions:
    parsed = parse_options(CODEC, {"copybook": copybook, **options})
    assert isinstance(parsed, CobolOptions)
    return parsed


def one(clause: str, **options: Any) -> CobolOptions:
    return layout(f"01 R.\n 05 F {clause}.", **options)


def read(options: CobolOptions, data: bytes, limits: Limits | None = None) -> list[Record]:
    return list(CODEC.reader(options, limits or Limits())([data]))


def write(options: CobolOptions, *records: Record) -> bytes:
    return b"".join(CODEC.writer(options)(records))


def value(options: CobolOptions, raw: bytes) -> Value:
    (record,) = read(options, raw)
    return record["F"]


ASCII = {"encoding": "ascii"}


@pytest.mark.parametrize(
    ("options", "stored", "expected"),
    [
        (one("PIC S9(3)"), "F1F2C3", 123),
        (one("PIC S9(3)"), "F1F2D3", -123),
        (one("PIC S9(3)"), "F1F2F3", 123),
        (one("PIC 9(3)"), "F1F2C3", 123),
        (one("PIC S9(3) SIGN LEADING"), "D1F2F3", -123),
        (one("PIC S9(3) LEADING SEPARATE"), "60F1F2F3", -123),
        (one("PIC S9(3) SIGN IS TRAILING SEPARATE CHARACTER"), "F1F2F34E", 123),
        (one("PIC S9V99"), "F1F2D3", Decimal("-1.23")),
        (one("PIC S9(3)"), "404040", None),
        (one("PIC S9(3)"), "40F1F2", 12),
        (one("PIC S9(3)", **ASCII), b"12C".hex(), 123),
        (one("PIC S9(3)", **ASCII), b"12}".hex(), -120),
        (one("PIC S9(3)", **ASCII), b"12s".hex(), -123),
        (one("PIC S9(3)", **ASCII), b"-12".hex(), -12),
        (one("PIC 9(4) COMP-3"), "01234F", 1234),
        (one("PIC S9(4) COMP-3"), "01234D", -1234),
        (one("PIC S9(3)V99 COMP-3"), "12345C", Decimal("123.45")),
        (one("PIC S9(3) COMP-3"), "4040", None),
        (one("PIC S9(3) COMP-3"), "0000", None),
        (one("PIC 9(4) COMP-6"), "1234", 1234),
        (one("PIC S9(4) COMP"), "FFFE", -2),
        (one("PIC 9(4) COMP"), "FFFE", 65534),
        (one("PIC S9(4) COMP-5", native_order="little"), "FEFF", -2),
        (one("PIC S9(5) BINARY"), "FFFFFFFE", -2),
        (one("PIC 9(3)V9 COMP"), "007B", Decimal("12.3")),
        (one("PIC 9(2) COMP", binary_sizes="1-2-4-8"), "63", 99),
        (one("PIC 9(7) COMP", binary_sizes="1--8"), "989680", 10_000_000),
        (one("PIC X(2) COMP-X"), "0102", 258),
        (one("BINARY-LONG"), "FFFFFFFF", -1),
        (one("BINARY-SHORT UNSIGNED"), "FFFF", 65535),
        (one("COMP-1"), "3F000000", Decimal("0.5")),
        (one("COMP-2"), "BFC0000000000000", Decimal("-0.125")),
        (one("COMP-1", floats="ibm"), "C276A000", Decimal("-118.625")),
        (one("COMP-2", floats="ibm"), "4110000000000000", Decimal(1)),
        (one("PIC 9(3)PP"), "F1F2F3", 12300),
        (one("PIC PP9(3) COMP-3"), "123C", Decimal("0.00123")),
        (one("PIC X(3)"), "C1C240", "AB"),
        (one("PIC X(3)"), "404040", ""),
        (one("PIC X(3)"), "000000", None),
        (one("PIC X(3) JUST RIGHT"), "4040C1", "A"),
        (one("PIC N(2)"), "0E010020", "ก"),
        (one("PIC X(3)", encoding="cp1047"), "AD4ABD", "[¢]"),
        (one("PIC ZZ9.99-", **ASCII), b" 12.50-".hex(), Decimal("-12.50")),
        (one("PIC ZZ9,99", **ASCII, decimal_point=","), b" 12,50".hex(), Decimal("12.50")),
        (one("PIC S9(2).9", **ASCII), b"12.L".hex(), Decimal("-12.3")),
        (one("POINTER"), "01020304", b"\1\2\3\4"),
    ],
)
def test_stored_forms_are_read(options: CobolOptions, stored: str, expected: Value) -> None:
    found = value(options, bytes.fromhex(stored))
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("options", "stored", "code"),
    [
        (one("PIC 9(3)"), "F1F2D3", "negative"),
        (one("PIC 9(3)"), "F1C2F3", "not_number"),
        (one("PIC S9(3) COMP-3"), "1A3C", "not_packed"),
        (one("PIC S9(3) COMP-3"), "1234", "not_packed"),
        (one("PIC 9(3) COMP-3"), "123D", "negative"),
        (one("COMP-1"), "7F800000", "not_number"),
        (one("PIC X", **ASCII), "FF", "encoding"),
        (one("PIC N"), "D800", "encoding"),
        (one("PIC ZZ9.99-", **ASCII), b"1x2.50-".hex(), "not_number"),
    ],
)
def test_bytes_of_another_kind_are_refused(options: CobolOptions, stored: str, code: str) -> None:
    with pytest.raises(DecodeError) as refused:
        value(options, bytes.fromhex(stored))
    assert (refused.value.code, refused.value.place) == (f"cobol.{code}", "record 1, offset 0, field F")


@pytest.mark.parametrize(
    ("options", "given", "code"),
    [
        (one("PIC 9(3)"), 1000, "too_long"),
        (one("PIC 9(3)"), -1, "negative"),
        (one("PIC 9(3)"), Decimal("1.5"), "too_precise"),
        (one("PIC 9(3)"), "1", "not_number"),
        (one("PIC 9(3)"), True, "not_number"),
        (one("PIC 9(3)"), Decimal("NaN"), "too_long"),
        (one("PIC 9(3) COMP-3"), 1000, "too_long"),
        (one("PIC S9(4) COMP"), 32768, "too_long"),
        (one("PIC 9(4) COMP"), -1, "negative"),
        (one("PIC 9(4) COMP"), None, "not_number"),
        (one("COMP-1"), Decimal("1E+300"), "too_long"),
        (one("COMP-1", floats="ibm"), Decimal("1E+300"), "too_long"),
        (one("PIC X(3)"), "abcd", "too_long"),
        (one("PIC X(3)"), "ก", "encoding"),
        (one("PIC X(3)"), [], "not_text"),
        (one("PIC 9 OCCURS 2"), [1, 2, 3], "too_many"),
        (one("PIC 9 OCCURS 2"), 1, "not_a_list"),
        (one("POINTER"), b"123", "too_long"),
    ],
)
def test_values_that_do_not_fit_are_never_bent(options: CobolOptions, given: Value, code: str) -> None:
    with pytest.raises(EncodeError) as refused:
        write(options, {"F": given})
    assert (refused.value.code, refused.value.place) == (f"cobol.{code}", "record 1, field F")


def test_what_a_record_does_not_say_is_as_a_program_begins() -> None:
    options = layout(
        "01 R. 05 A PIC X(2) VALUE 'ab'. 05 B PIC 9(2). 05 C PIC S9 COMP-3. 05 D PIC XX.", **ASCII
    )
    assert write(options, {}) == b"ab00\x0c  "
    with pytest.raises(EncodeError, match="extra_field"):
        write(options, {"E": 1})


@pytest.mark.parametrize(
    ("picture", "units", "text"),
    [
        ("ZZ,ZZ9.99-", -5, "     0.05-"),
        ("$$,$$9.99", 123456, "$1,234.56"),
        ("***,**9.99CR", -5, "******0.05CR"),
        ("++++9", -12, "  -12"),
        ("99/99/9999", 1022024, "01/02/2024"),
        ("Z(3)", 0, "   "),
    ],
)
def test_edited_numbers_are_written_as_their_picture_says(picture: str, units: int, text: str) -> None:
    assert edit(units, parse_picture(picture, 1)) == text


FIXED_FORM = """
000100*COMMENT WITH  05 X PIC X.                                         ID000001
000200 01  REC.                                                         ID000002
000300     05  FIRST-NAME               PIC X(3)                        ID000003
000400             VALUE 'LONG                                          ID000004
000500-            'TEXT'.                                              ID000005
      /
000600     05  SECOND
000700         REDEFINES  FIRST-NAME    PICTURE IS 9(3).
000800     66  ALIAS RENAMES FIRST-NAME.
000900     05  FILLER                   PIC X.
001000     05  MANY OCCURS 2 TIMES INDEXED BY IX IY PIC 9.
           EJECT
001100     05  DATED.
001200         88 NEVER VALUE ZEROS.
001300         10 YY PIC 99. 10 MM PIC 99.
001400 77  COUNTER PIC 9(4) COMP.
"""


def test_copybooks_in_fixed_form() -> None:
    (record, counter) = parse_copybook(FIXED_FORM)
    assert [item.name for item in record.children] == ["FIRST-NAME", "SECOND", "FILLER", "MANY", "DATED"]
    assert record.children[1].redefines == "FIRST-NAME"
    assert [item.name for item in record.children[4].children] == ["YY", "MM"]
    assert record.children[4].conditions == (("NEVER", ("ZEROS",)),)
    assert counter.level == 77
    options = layout(FIXED_FORM, **ASCII)
    assert read(options, b"123x452412") == [
        {"FIRST-NAME": "123", "SECOND": 123, "MANY": [4, 5], "DATED": {"YY": 24, "MM": 12}}
    ]


@pytest.mark.parametrize(
    ("copybook", "code", "place"),
    [
        ("just words", "copybook", "copybook line 1"),
        ("", "options", "copybook"),
        ("01 A.\n 05 B PIC 9(.", "picture", "copybook line 2"),
        ("01 A.\n 05 B PIC Q.", "picture", "copybook line 2"),
        ("01 A.\n 05 B.", "copybook", "copybook line 2"),
        ("01 A.\n 05 B PIC X WRONG.", "copybook", "copybook line 2"),
        ("01 A.\n 05 B PIC X.\n   10 C PIC X.", "copybook", "copybook line 3"),
        ("01 A.\n 05 B REDEFINES C PIC X.", "copybook", "copybook line 2"),
        ("01 A.\n 05 B PIC X OCCURS 3 DEPENDING ON N.", "copybook", "segments"),
        ("01 A.\n 05 B PIC X(1000) OCCURS 99999.", "copybook", "copybook line 2"),
        ("01 A.\n 05 B PIC X OCCURS 1 TO UNBOUNDED.", "copybook", "copybook line 2"),
        ("01 A.\n 05 B PIC X(99999999).", "picture", "copybook line 2"),
    ],
)
def test_copybooks_that_cannot_be_laid_out_are_refused(copybook: str, code: str, place: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(layout(copybook), b"x")
    assert refused.value.code.endswith(code)
    assert refused.value.place == place


def test_deep_groups_are_refused_not_a_crash() -> None:
    nested = "".join(f"{level:02} G{level}.\n" for level in range(1, 49)) + "49 F PIC X.\n"
    assert read(layout(nested, **ASCII), b"x")
    with pytest.raises(ConfigError):
        read(layout("".join(f"{n % 48 + 1:02} G{n}.\n" for n in range(30_000)), **ASCII), b"x")


def test_aligned_numbers_stand_on_their_boundary() -> None:
    options = layout(
        "01 R. 05 A PIC X. 05 B PIC 9(4) COMP SYNC. 05 C PIC X. 05 D PIC 9(9) COMP SYNC. 05 E PIC X."
        " 05 G OCCURS 2. 10 H PIC S9(4) COMP SYNC. 10 I PIC X.",
        **ASCII,
    )
    assert compile_layout(options).group.size == 1 + 1 + 2 + 1 + 3 + 4 + 1 + 1 + 2 * 4
    record: Record = {
        "A": "a",
        "B": 1,
        "C": "c",
        "D": 2,
        "E": "e",
        "G": [{"H": 1, "I": "x"}, {"H": 2, "I": "y"}],
    }
    assert read(options, write(options, record)) == [record]


UNION = """01 R.
 05 KIND PIC X.
 05 A. 10 N PIC 9(3).
 05 B REDEFINES A PIC X(3).
 05 FILLER REDEFINES A. 10 B1 PIC X. 10 B2 PIC 99.
"""


def test_without_rules_every_view_that_makes_sense_is_shown() -> None:
    options = layout(UNION, **ASCII)
    good, bad = read(options, b"k123k1x3")
    assert good == {"KIND": "k", "A": {"N": 123}, "B": "123", "B1": "1", "B2": 23}
    assert bad == {"KIND": "k", "B": "1x3"}
    assert write(options, good, bad) == b"k123k1x3"
    assert write(options, {"KIND": "k", "B1": "z", "B2": 7}) == b"kz07"


def test_a_segment_chosen_by_a_field_is_read_alone() -> None:
    rules = [{"field": "KIND", "values": ["1", "2"], "use": "A"}]
    options = layout(UNION, **ASCII, segments=rules)
    assert read(options, b"2123x123") == [
        {"KIND": "2", "A": {"N": 123}},
        {"KIND": "x", "B": "123", "B1": "1", "B2": 23},
    ]
    with pytest.raises(DecodeError, match="not_number") as refused:
        read(options, b"x12321x3")
    assert refused.value.place == "record 2, offset 4, field A.N"
    with pytest.raises(ConfigError, match="no item that redefines"):
        read(layout(UNION, segments=[{"field": "KIND", "values": ["1"], "use": "NOPE"}]), b"x")


def test_several_records_share_their_bytes() -> None:
    copybook = "01 HEAD. 05 T PIC X. 05 N PIC 9(3). 01 BODY. 05 T PIC X. 05 S PIC X(3)."
    rules = [{"field": "T", "values": [v], "use": use} for v, use in (("H", "HEAD"), ("B", "BODY"))]
    options = layout(copybook, **ASCII, segments=rules)
    records = read(options, b"H001Babc")
    assert records == [{"HEAD": {"T": "H", "N": 1}}, {"BODY": {"T": "B", "S": "abc"}}]
    assert write(options, *records) == b"H001Babc"
    assert read(layout(copybook, **ASCII, record="body"), b"Babc") == [{"T": "B", "S": "abc"}]


TABLE = "01 R. 05 N PIC 9. 05 T OCCURS 0 TO 3 DEPENDING ON N. 10 X PIC 9. 05 L PIC X."


@pytest.mark.parametrize(("tables", "stored"), [("full", b"212 L"), ("filled", b"212L")])
def test_a_table_takes_the_room_of_its_most_or_of_its_items(tables: str, stored: bytes) -> None:
    framing = "fixed" if tables == "full" else "content"
    options = layout(TABLE, **ASCII, tables=tables, framing=framing)
    data = stored.replace(b" ", b"0")
    assert read(options, data) == [{"N": 2, "T": [{"X": 1}, {"X": 2}], "L": "L"}]
    assert write(options, {"T": [{"X": 1}, {"X": 2}], "L": "L"}) == data


def test_the_count_of_a_table_must_agree() -> None:
    options = layout(TABLE, **ASCII)
    with pytest.raises(EncodeError, match="count_mismatch") as refused:
        write(options, {"N": 1, "T": []})
    assert refused.value.place == "record 1, field N"
    with pytest.raises(DecodeError, match="count") as wrong:
        read(options, b"4123L")
    assert wrong.value.place == "record 1, offset 0, field T"


def test_a_bad_item_of_a_table_is_named() -> None:
    with pytest.raises(DecodeError) as refused:
        read(layout(TABLE, **ASCII), b"1100L212xL21y0L")
    assert refused.value.place == "record 3, offset 10, field T[2].X"


def test_in_lenient_mode_a_bad_record_costs_only_itself() -> None:
    faults: list[InputError] = []
    options = one("PIC 9(2)", **ASCII)
    records = list(CODEC.reader(options, Limits())([b"01x203"], faults.append))
    assert records == [{"F": 1}, {"F": 3}]
    assert [fault.place for fault in faults] == ["record 2, offset 2, field F"]


SHORT = "01 R. 05 A PIC X(2). 05 B PIC 9(2). 05 C OCCURS 3 PIC X(2). 05 D PIC S9(4) COMP."


def test_records_after_descriptor_words_may_end_early() -> None:
    options = layout(SHORT, **ASCII, framing="rdw")
    data = b"\0\x06\0\0ab" + b"\0\x0b\0\0ab12xxy" + b"\0\x10\0\0ab12xxyyzz\0\1"
    assert read(options, data) == [
        {"A": "ab"},
        {"A": "ab", "B": 12, "C": ["xx", "y"]},
        {"A": "ab", "B": 12, "C": ["xx", "yy", "zz"], "D": 1},
    ]
    with pytest.raises(DecodeError) as refused:
        read(options, b"\0\x07\0\0ab1")
    assert refused.value.code in {"cobol.record_short", "cobol.not_number"}


@pytest.mark.parametrize(
    ("word", "raw"),
    [
        ({}, b"\0\x06\0\0ab"),
        ({"counts_itself": False}, b"\0\x02\0\0ab"),
        ({"order": "little", "length_at": 2, "counts_itself": False}, b"\0\0\x02\0ab"),
        ({"order": "little", "adjust": -4, "counts_itself": False}, b"\x06\0\0\0ab"),
    ],
)
def test_descriptor_words_of_all_kinds(word: dict[str, object], raw: bytes) -> None:
    options = one("PIC XX", **ASCII, framing="rdw", rdw=word)
    assert read(options, raw * 3) == [{"F": "ab"}] * 3
    assert write(options, {"F": "ab"}) == raw
    assert (
        read(one("PIC XX", **ASCII, framing="rdw", rdw=word, bdw={}), b"\0\x10\0\0" + raw * 2)
        == [{"F": "ab"}] * 2
    )


def test_long_blocks_have_a_descriptor_of_31_bits() -> None:
    options = one("PIC XX", **ASCII, framing="rdw", bdw={})
    assert read(options, b"\x80\0\0\x0a" + b"\0\x06\0\0ab") == [{"F": "ab"}]


def test_fillers_and_low_values_can_be_kept_to_the_byte() -> None:
    options = layout("01 R. 05 A PIC X(3). 05 FILLER PIC X(2). 05 B PIC X.", fillers="keep", trim="none")
    data = b"\xc1\0\0\x01\x02\x40"
    assert read(options, data) == [{"A": "A\0\0", "FILLER-1": b"\1\2", "B": " "}]
    assert write(options, *read(options, data)) == data


def test_groups_can_also_be_read_as_text() -> None:
    options = layout("01 R. 05 G. 10 A PIC 9(2). 10 FILLER PIC X(2).", **ASCII, as_text=["g"], names="snake")
    assert read(options, b"12xy") == [{"g": {"a": 12}, "g_text": "12xy"}]


def test_an_endless_record_stops_at_the_limit() -> None:
    limits = Limits(max_bytes=1 << 30, max_record_bytes=100_000)
    wide = "01 R. 05 N PIC 9(7). 05 T OCCURS 0 TO 9999999 DEPENDING ON N PIC X."
    cases: list[tuple[CobolOptions, bytes]] = [
        (one("PIC X", **ASCII, framing="lines"), b"x"),
        (layout(wide, **ASCII, framing="content"), b"9"),
        (one("PIC X(9)", **ASCII, record_length=200_000), b"x"),
    ]
    for options, byte in cases:
        with pytest.raises(LimitError):
            list(CODEC.reader(options, limits)(byte * 1000 for _ in range(1000)))


def test_the_schema_tells_what_the_copybook_says() -> None:
    schema = schema_of(layout(FIXED_FORM.replace("PIC X.", "PIC S9(3)V99 COMP-3."), names="snake"))
    assert [field.name for field in schema.root.fields] == ["first_name", "second", "many", "dated"]
    many = schema.find(("many",))
    assert many is not None
    assert (many.type, many.repeats, many.max_items, many.max_length) == (Type.INTEGER, True, 2, 1)
    assert schema.root.fields[0].notation == "X(3)"
    assert [field.required for field in schema.root.fields] == [False, False, True, True]


def test_an_unknown_file_is_guessed() -> None:
    text = "CUSTOMER 00042 MUSTER GMBH".encode("cp037")
    assert options_of("01 R. 05 A PIC X.", text)["encoding"] == "cp037"
    framed = b"".join(b"\0" + bytes([len(text) + 4]) + b"\0\0" + text for _ in range(4))
    guess = CODEC.sniff(framed)
    assert guess is not None
    assert guess.options["rdw"] == {"order": "big", "length_at": 0, "counts_itself": True}
    assert CODEC.sniff(b"plain text, nothing else\n") is None


def test_the_outline_gives_the_place_of_every_field() -> None:
    marks = list(CODEC.outline(layout(TABLE, **ASCII), Limits())([b"2120L"]))
    assert [(mark.depth, mark.label, mark.offset, mark.length) for mark in marks] == [
        (0, "record 1", 0, 5),
        (1, "N", 0, 1),
        (1, "T[1]", 1, 1),
        (2, "X", 1, 1),
        (1, "T[2]", 2, 1),
        (2, "X", 2, 1),
        (1, "L", 4, 1),
    ]


WORDS = st.sampled_from(
    [
        "01",
        "05",
        "10",
        "88",
        "66",
        "77",
        "A",
        "B",
        "C",
        "FILLER",
        "PIC",
        "X(3)",
        "9(4)",
        "S9V99",
        "COMP",
        "COMP-3",
        "COMP-1",
        "OCCURS",
        "2",
        "3",
        "TO",
        "TIMES",
        "DEPENDING",
        "ON",
        "REDEFINES",
        "VALUE",
        "'x'",
        '"y',
        "SIGN",
        "LEADING",
        "SEPARATE",
        "SYNC",
        ".",
        ".",
        ".",
        "Z9.9",
        "(",
        "*>",
        "-",
        "COPY",
    ]
)


@given(words=st.lists(WORDS, max_size=40), data=st.binary(min_size=1, max_size=60), odd=st.text(max_size=20))
@settings(max_examples=150, deadline=None)
def test_any_copybook_is_laid_out_or_refused(words: list[str], data: bytes, odd: str) -> None:
    copybook = "01 R. " + " ".join(words) + odd
    try:
        options = layout(copybook, encoding="latin-1")
        read(options, data)
        list(CODEC.outline(options, Limits())([data]))
    except SevenMError as failure:
        assert failure.code.startswith(("cobol.", "format."))  # noqa: PT017  every other error is a bug
