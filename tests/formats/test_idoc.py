"""SAP IDoc: nesting by numbers and by structure, unknown and own segments, files that were cut or wrapped."""

from typing import Any

import pytest

from integrations.errors import ConfigError, DecodeError, EncodeError, InputError, LimitError, SchemaError
from integrations.formats.codec import Limits, Record, parse_options
from integrations.formats.idoc.codec import CODEC
from integrations.formats.idoc.importer import options_of
from integrations.formats.idoc.options import IdocOptions
from integrations.formats.idoc.structure import type_name

HERE = "record 1, segment E1EDK01[1]"
CONTROL: Record = {"TABNAM": "EDI_DC40", "MANDT": "100", "DOCNUM": "1".zfill(16), "IDOCTYP": "ORDERS05"}


def layout(**options: Any) -> IdocOptions:
    parsed = parse_options(CODEC, options)
    assert isinstance(parsed, IdocOptions)
    return parsed


PLAIN = layout()


def read(data: bytes, options: IdocOptions = PLAIN, limits: Limits | None = None) -> list[Record]:
    return list(CODEC.reader(options, limits or Limits())([data]))


def write(*records: Record, options: IdocOptions = PLAIN) -> bytes:
    return b"".join(CODEC.writer(options)(records))


def line(name: str, number: int, parent: int = 0, level: int = 2, data: str = "") -> bytes:
    return f"{name:30}100{'1'.zfill(16)}{number:06}{parent:06}{level:02}{data}\n".encode()


HEAD = write({"control": CONTROL})


def test_names_and_numbers_are_made() -> None:
    lines: list[Any] = [{"POSEX": "10", "E1EDP19": [{"IDTNR": "A"}]}, {"POSEX": "20"}]
    written = write({"control": CONTROL, "E1EDK01": [{}], "E1EDP01": lines}).decode().splitlines()
    assert len(written[0]) == 524
    assert [text[:7] + " " + text[49:63] for text in written[1:]] == [
        "E2EDK01 00000100000002",
        "E2EDP01 00000200000002",
        "E2EDP19 00000300000203",
        "E2EDP01 00000400000002",
    ]


def test_numbers_that_make_sense_say_what_belongs_to_what() -> None:
    data = HEAD + line("E2EDP01", 1) + line("Z2NEW000", 2, 1, 3, "x") + line("E2EDP19", 3, 2, 4)
    (record,) = read(data)
    assert record["E1EDP01"] == [{"Z1NEW": [{"SDATA": "x", "_segment": "Z2NEW000", "E1EDP19": [{}]}]}]
    (flat,) = read(data, layout(nesting="structure"))
    assert flat["E1EDP01"] == [
        {"_position": 1, "E1EDP19": [{"_position": 3, "_psgnum": "000002", "_hlevel": "04"}]}
    ]


@pytest.mark.parametrize("numbers", [(1, 2, 3), (0, 0, 0), (9, 8, 7)])
def test_numbers_without_sense_are_kept_and_the_structure_is_used(numbers: tuple[int, int, int]) -> None:
    names = ("E2EDP01005", "E2EDP19001", "E2EDS01")
    parts = [line(name, 1 + n, numbers[n], 7, "001") for n, name in enumerate(names)]
    (record,) = read(HEAD + b"".join(parts))
    (item,) = record["E1EDP01"] if isinstance(record["E1EDP01"], list) else [None]
    assert isinstance(item, dict)
    assert isinstance(item["E1EDP19"], list)
    assert write(record, options=layout(padding="none")) == HEAD + b"".join(parts)


def test_segments_that_alternate_keep_their_order() -> None:
    names = ["E2EDK03", "E2EDKA1", "E2EDK03", "E2EDKT1", "E2EDKT2", "E2EDK03"]
    data = HEAD + b"".join(line(name, number) for number, name in enumerate(names, 1))
    (record,) = read(data)
    written = write(record, options=layout(padding="none"))
    assert [text[:7].decode() for text in written.splitlines()[1:]] == names
    assert read(written) == [record]


def test_data_behind_the_known_fields_is_kept() -> None:
    data = HEAD + line("E2EDS01", 1, data="001" + "x" * 200)
    (record,) = read(data)
    (found,) = record["E1EDS01"] if isinstance(record["E1EDS01"], list) else [None]
    assert isinstance(found, dict)
    assert str(found["_rest"]).strip("x") == ""
    assert write(record, options=layout(padding="none")).splitlines()[1] == data.splitlines()[1]


@pytest.mark.parametrize(
    ("written", "name"),
    [("E2EDK01005", "E1EDK01"), ("E2EDP01", "E1EDP01"), ("E1EDP01", "E1EDP01"), ("Z2EXTRA000", "Z1EXTRA")],
)
def test_versions_are_no_part_of_the_type(written: str, name: str) -> None:
    assert type_name(written) == name


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"", "empty", "line 1"),
        (b"\n \r\n", "empty", "line 1"),
        (line("E2EDK01", 1), "no_control", "line 1, column 1"),
        (b"EDI_DC  100\n", "control", "line 1, column 1"),
        (HEAD[:-1] + b"x\n", "control_long", "line 1, column 525"),
        (HEAD + b"E2EDK01 cut\n", "segment", "line 2, column 12"),
        (HEAD + b"x" * 30 + b"\0" * 60, "nul", "line 2, column 31"),
        (HEAD + line("E2EDK01", 1, data="\u00e9")[:-2], "encoding", "line 2, offset 588"),
    ],
)
def test_files_that_are_not_whole_are_refused(data: bytes, code: str, place: str) -> None:
    with pytest.raises(DecodeError) as refused:
        read(data)
    assert (refused.value.code, refused.value.place) == (f"idoc.{code}", place)


def test_in_lenient_mode_a_bad_idoc_costs_only_itself() -> None:
    faults: list[InputError] = []
    good = HEAD + line("E2EDK01", 1)
    data = good + HEAD + b"wrapped line\n" + line("E2EDK01", 1) + good
    assert len(list(CODEC.reader(PLAIN, Limits())([data], faults.append))) == 2
    assert [fault.place for fault in faults] == ["line 4, column 13"]


def test_an_endless_idoc_stops_at_the_limit() -> None:
    limits = Limits(max_bytes=1 << 30, max_record_bytes=100_000)
    for block in (line("E2EDK01", 1) * 100, b"x" * 1000):
        with pytest.raises(LimitError, match="record_too_large"):
            list(CODEC.reader(PLAIN, limits)([HEAD, *([block] * 1000)]))


@pytest.mark.parametrize(
    ("record", "code", "place"),
    [
        ({}, "control", "record 1, control"),
        ({"control": CONTROL, "E1EDK01": "x"}, "not_a_segment", "record 1, segment E1EDK01"),
        ({"control": CONTROL, "E1EDK01": ["x"]}, "not_a_segment", "record 1, segment E1EDK01[1]"),
        ({"control": CONTROL, "Z1X": [{"A": "1"}]}, "unknown_segment", "record 1, segment Z1X[1]"),
        ({"control": CONTROL, "E1EDK01": [{"CURCY": "EURO"}]}, "too_long", f"{HERE}, field CURCY"),
        ({"control": CONTROL, "E1EDK01": [{"NO": "x"}]}, "extra_field", f"{HERE}, field NO"),
        ({"control": CONTROL, "E1EDK01": [{"CURCY": "E\n"}]}, "line_end", f"{HERE}, field CURCY"),
        ({"control": CONTROL, "E1EDK01": [{"CURCY": True}]}, "not_text", f"{HERE}, field CURCY"),
    ],
)
def test_records_without_a_place_are_refused(record: Record, code: str, place: str) -> None:
    with pytest.raises(EncodeError) as refused:
        write(record)
    assert (refused.value.code, refused.value.place) == (f"idoc.{code}", place)


PARSER = """
BEGIN_SEGMENT_SECTION
  BEGIN_IDOC ZSTOCK01
    BEGIN_SEGMENT Z2HEAD000
      SEGMENTTYPE Z1HEAD
      LEVEL 02
      LOOPMAX 0000000001
      BEGIN_FIELDS
        NAME SITE
        TEXT Site of the stock
        TYPE CHARACTER
        LENGTH 000004
        FIELD_POS 0001
        NAME DAY
        LENGTH 000008
      END_FIELDS
    END_SEGMENT
    BEGIN_GROUP 1
    BEGIN_SEGMENT Z2ITEM001
      SEGMENTTYPE Z1ITEM
      LEVEL 03
      LOOPMAX 9999999999
      BEGIN_FIELDS
        NAME MATNR
        TEXT Material
        LENGTH 000018
      END_FIELDS
    END_SEGMENT
    END_GROUP
  END_IDOC
END_SEGMENT_SECTION
"""


def test_the_parser_file_of_sap_becomes_options() -> None:
    options = layout(**options_of(PARSER))
    data = HEAD + line("Z2HEAD000", 1, data="100020240229") + line("Z2ITEM001", 2, data="BAG-01")
    (record,) = read(data, options)
    assert record["Z1HEAD"] == [
        {
            "SITE": "1000",
            "DAY": "20240229",
            "Z1ITEM": [{"MATNR": "BAG-01", "_psgnum": "000000", "_hlevel": "02"}],
        }
    ]
    schema = CODEC.schema(options)
    assert schema is not None
    head, item = schema.find(("Z1HEAD",)), schema.find(("Z1HEAD", "Z1ITEM", "MATNR"))
    assert head is not None
    assert item is not None
    assert (head.max_items, item.title, item.max_length) == (1, "Material", 18)


@pytest.mark.parametrize("text", ["", "BEGIN_SEGMENT Z\nNAME A\nLENGTH x\nEND_SEGMENT", "nothing of it"])
def test_other_texts_are_no_parser_file(text: str) -> None:
    with pytest.raises(SchemaError, match=r"idoc\.parser_file"):
        options_of(text)


def test_the_schema_of_a_known_type() -> None:
    schema = CODEC.schema(layout(message="ORDERS05"))
    assert schema is not None
    found = schema.find(("E1EDP01", "E1EDP19", "IDTNR"))
    assert found is not None
    assert found.max_length == 35
    assert CODEC.schema(PLAIN) is None


def test_own_segments_cannot_belong_to_themselves() -> None:
    table = {"name": "A", "parent": "B", "fields": [{"name": "F", "length": 1}]}
    with pytest.raises(ConfigError, match="belongs to itself"):
        layout(segments=[table, {**table, "name": "B", "parent": "A"}])


def test_the_outline_gives_the_place_of_every_field() -> None:
    data = HEAD + line("E2EDP01", 1, data="000010") + line("E2EDP19", 2, 1, 3, "002BAG")
    marks = list(CODEC.outline(PLAIN, Limits())([data]))
    assert [(mark.depth, mark.label, mark.offset) for mark in marks] == [
        (0, "IDoc 0000000000000001", 0),
        (1, "E1EDP01", 525),
        (2, "POSEX", 588),
        (2, "E1EDP19", 595),
        (3, "QUALF", 658),
        (3, "IDTNR", 661),
    ]


def test_a_file_is_recognised_by_its_control_record() -> None:
    guess = CODEC.sniff(HEAD + line("E2EDK01", 1))
    assert guess is not None
    assert guess.message.startswith("ORDERS05")
    assert CODEC.sniff(b"EDI") is None
