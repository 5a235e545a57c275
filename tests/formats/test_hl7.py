"""HL7 v2: what real messages do that samples in manuals don't."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import DecodeError, EncodeError, InputError, LimitError
from integrations.formats.codec import Limits, Record, Value, parse_options
from integrations.formats.hl7.codec import CODEC
from integrations.formats.hl7.escapes import escaper, unescaper
from integrations.formats.hl7.options import Hl7Options
from integrations.formats.hl7.separators import USUAL, Separators
from integrations.formats.hl7.tables import RELEASES, nearest, release, structure_of
from tests.formats.records import CHARACTERS

MSH = "MSH|^~\\&|LAB|A|EHR|B|20260301120000||{0}|M1|P|2.5.1"


def options(**given: Any) -> Hl7Options:
    parsed = parse_options(CODEC, given)
    assert isinstance(parsed, Hl7Options)
    return parsed


def read(text: str | bytes, bad: Any = None, limits: Limits | None = None, **given: Any) -> list[Record]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(CODEC.reader(options(**given), limits or Limits())([data], bad))


def write(records: list[Record], **given: Any) -> bytes:
    return b"".join(CODEC.writer(options(**given))(records))


def message(*segments: str, kind: str = "ADT^A01") -> str:
    return "\r".join([MSH.format(kind), *segments, ""])


def field(text: str, segment: str = "PID", number: str = "19", **given: Any) -> Value:
    """Read one field of a PID."""
    (record,) = read(message(f"{segment}{'|' * int(number)}{text}"), **given)
    found: Any = record[segment]
    value: Value = found[number]
    return value


def faults(text: str | bytes, **given: Any) -> tuple[list[Record], list[tuple[str, str]]]:
    found: list[InputError] = []
    records = read(text, found.append, **given)
    return records, [(fault.code, fault.place) for fault in found]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\n\n", "\r\n\r\n"])
def test_segments_end_in_any_way(end: str) -> None:
    text = message("EVN|A01", "PID|1||7").replace("\r", end)
    assert read(text) == read(message("EVN|A01", "PID|1||7"))
    assert write(read(text), line_end="crlf").count(b"\r\n") == 3


def test_a_line_feed_inside_a_message_of_carriage_returns_is_text() -> None:
    (record,) = read(message("PID|1", "NTE|1||first\nsecond", kind="ORU^R01") + "\n")
    assert "first\nsecond" in str(record).replace("\\n", "\n")
    assert b"first\\.br\\second" in write([record])


@pytest.mark.parametrize(
    "wrapped", ["\x0b{0}\x1c\r\x0b{0}\x1c\r", "\ufeff{0}\r\n{0}", "\n {0}{0}\x1a", "{0}\n\n{0}"]
)
def test_several_messages_stand_in_a_file(wrapped: str) -> None:
    one = message("PID|1||7")
    text = wrapped.format(one).replace("\n MSH", "\nMSH")
    assert read(text) == read(one) * 2


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a\\T\\b\\F\\c\\S\\d\\R\\e\\E\\f", "a&b|c^d~e\\f"),
        ("one\\.br\\two", "one\ntwo"),
        ("one\\X0D\\\\X0A\\two", "one\r\ntwo"),
        ("\\H\\bold\\N\\ \\.sp3\\", "\\H\\bold\\N\\ \\.sp3\\"),
        ("\\X41\\", "\\X41\\"),
        ("\\X0A\\", "\\X0A\\"),
        ("\\E\\H\\E\\", "\\E\\H\\E\\"),
        ("\\Zx1\\", "\\Zx1\\"),
        ("C:\\E\\tmp", "C:\\tmp"),
    ],
)
def test_escapes_are_read_and_written_back_with_the_same_bytes(written: str, expected: str) -> None:
    assert field(written) == expected
    text = message(f"PID|||||||||||||||||||{written}")
    assert write(read(text)) == text.encode()


def test_a_backslash_that_begins_no_escape_is_text_and_written_as_one() -> None:
    text = message("PID|||||||||||||||||||C:\\tmp\\x")
    assert field("C:\\tmp\\x") == "C:\\tmp\\x"
    assert b"C:\\E\\tmp\\E\\x" in write(read(text))
    assert write(read(text, values="text"), values="text") == text.encode()


SETS = st.sampled_from(
    [USUAL, Separators("#", "*", "@", "!", "%", "*@!%"), Separators("|", "^", "~", "\\", "", "^~\\")]
)


@given(
    st.text(CHARACTERS, max_size=12) | st.text(st.sampled_from('\\.brXHNFSTE04|^\n\r"#!%'), max_size=14), SETS
)
@settings(max_examples=150)
def test_any_text_comes_back(text: str, marks: Separators) -> None:
    written = escaper(marks)(text)
    assert unescaper(marks)(written) == text
    assert not set(written) & {marks.field, marks.component, marks.repetition, "\r", "\n"}


@given(
    st.lists(
        st.sampled_from(
            [
                "\\F\\",
                "\\E\\",
                "\\H\\",
                "\\.br\\",
                "\\X0D\\",
                "\\X0A\\",
                "\\X41\\",
                "\\.in+2\\",
                "a",
                "H",
                " é",
            ]
        )
    )
)
def test_well_formed_escapes_come_back_with_the_same_bytes(parts: list[str]) -> None:
    written = "".join(parts)
    assert escaper(USUAL)(unescaper(USUAL)(written)) == written


def test_missing_empty_and_deleted_are_three_things() -> None:
    (record,) = read(message('PID|1|""||""^x|'))
    assert record["PID"] == {"1": 1, "2": None, "4": [{"1": None, "2": "x"}], "5": []}
    assert write([record]).endswith(b'PID|1|""||""^x|\r')
    assert field('a^""^b^', number="2") == {"1": "a", "2": None, "3": "b", "4": ""}


def test_a_text_of_two_quotes_is_not_a_deletion() -> None:
    (record,) = read(message("PID|1"))
    record["PID"] = {"19": '""'}
    assert read(write([record])) == [record]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A~~B", [{"1": "A"}, {}, {"1": "B"}]),
        ("~", [{}, {}]),
        ("A~", [{"1": "A"}, {}]),
        ("A&x^^^&&Z", [{"1": {"1": "A", "2": "x"}, "4": {"3": "Z"}}]),
    ],
)
def test_repetitions_may_be_empty(text: str, expected: Value) -> None:
    assert field(text, number="3") == expected
    assert write(read(message(f"PID|1||{text}"))).endswith(f"PID|1||{text}\r".encode())


def test_separators_are_those_of_the_header() -> None:
    text = "MSH#*@!%#A#B###20260301##ADT*A08#1#P#2.5\rPID#1##7*x%y@8##A|B^C~!R!\r"
    (record,) = read(text)
    assert record["PID"]["3"] == [{"1": "7", "2": {"1": "x", "2": "y"}}, {"1": "8"}]  # type: ignore[call-overload,index]
    assert record["PID"]["5"] == [{"1": {"1": "A|B^C~@"}}]  # type: ignore[call-overload,index]
    assert write([record]) == text.encode()


def test_without_a_mark_for_subcomponents_an_ampersand_is_text() -> None:
    text = "MSH|^~\\|A|B|||20260301||ADT^A08|1|P|2.3\rPID|1||7^AT&T\r"
    (record,) = read(text)
    assert record["PID"]["3"] == [{"1": "7", "2": "AT&T"}]  # type: ignore[call-overload,index]
    assert write([record]) == text.encode()


def test_a_text_with_a_separator_needs_an_escape_character() -> None:
    (record,) = read("MSH|^~|A|B|||20260301||ADT^A08|1|P|2.3\rPID|1\r")
    record["PID"] = {"19": "a|b"}
    with pytest.raises(EncodeError, match="no_escape") as refused:
        write([record])
    assert refused.value.place == "record 1, segment PID, field 19"


def test_segments_without_a_place_keep_their_place() -> None:
    text = message("ZA1|x^y|a\\T\\b|", "EVN|A01", "PID|1||7", "ZB1", "PV1|1|I", "ZC1|1")
    (record,) = read(text)
    kept: Any = record["_unexpected"]
    assert [(found["id"], found["position"]) for found in kept] == [("ZA1", 2), ("ZB1", 5), ("ZC1", 7)]
    assert kept[0]["elements"] == [{"1": "x", "2": "y"}, "a&b", ""]
    assert write([record]) == text.encode()
    with pytest.raises(DecodeError) as refused:
        read(text, unknown="refuse")
    assert refused.value.place == "message 1, segment 2 ZA1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20240229", date(2024, 2, 29)),
        ("20240230", "20240230"),
        ("202402", "202402"),
        ("202402291200", "202402291200"),
        ("20240229120000", datetime(2024, 2, 29, 12, 0, 0)),  # noqa: DTZ001
        ("20240229120000.125-0330", datetime(2024, 2, 29, 12, 0, 0, 125000, timezone(timedelta(hours=-3.5)))),
        ("20240229120000.1250", "20240229120000.1250"),
        ("20240229120000-0000", "20240229120000-0000"),
        ("20240229246000", "20240229246000"),
        ("٢٠٢٤٠٢٢٩", "٢٠٢٤٠٢٢٩"),
    ],
)
def test_moments_are_typed_where_they_come_back_the_same(text: str, expected: Value) -> None:
    assert field(text, number="7") == expected
    assert f"|||||||{text}\r".encode() in write(read(message(f"PID|||||||{text}")))
    assert field(text, number="7", values="text") == text


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("NM", "5.40", [Decimal("5.40")]),
        ("NM", "007", ["007"]),
        ("NM", "+5~-3", ["+5", -3]),
        ("NM", "-0", ["-0"]),
        ("NM", "9" * 401, ["9" * 401]),
        ("SN", "<^5", [{"1": "<", "2": 5}]),
        ("CE", "a^b~c", [{"1": "a", "2": "b"}, {"1": "c"}]),
        ("TX", "line one~line two", ["line one", "line two"]),
        ("XX", "a^b&c", [{"1": "a", "2": {"1": "b", "2": "c"}}]),
        ("", "plain", ["plain"]),
    ],
)
def test_an_observation_has_the_type_it_names(kind: str, text: str, expected: Value) -> None:
    (record,) = read(message("PID|1", "OBR|1", f"OBX|1|{kind}|x||{text}", kind="ORU^R01"))
    result: Any = record["PATIENT_RESULT"]
    observation = result[0]["ORDER_OBSERVATION"][0]["OBSERVATION"][0]
    assert observation["OBX"]["5"] == expected
    assert write([record]).endswith(f"OBX|1|{kind}|x||{text}\r".encode())


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("8859/1", "latin-1"),
        ("UNICODE UTF-8", "utf-8"),
        ("GB 18030-2000", "gb18030"),
        ("8859/15", "iso8859-15"),
    ],
)
def test_the_header_names_the_character_set(charset: str, encoding: str) -> None:
    text = message("PID|||||Müller").replace("2.5.1", f"2.5.1||||||{charset}")
    (record,) = read(text.encode(encoding))
    assert record["PID"]["5"] == [{"1": {"1": "Müller"}}]  # type: ignore[call-overload,index]
    assert write([record]) == text.encode(encoding)


def test_latin_text_without_a_name_is_recognised_by_the_sniffing() -> None:
    data = message("PID|||||Müller").encode("latin-1")
    guess = CODEC.sniff(data)
    assert guess is not None
    assert guess.options == {"encoding": "latin-1"}
    assert write(read(data, **guess.options), **guess.options) == data
    with pytest.raises(DecodeError, match=r"hl7\.encoding"):
        read(data)


def test_sniffing_tells_message_and_version() -> None:
    guess = CODEC.sniff(message("PID|1", kind="ORU^R01^ORU_R01").encode())
    assert guess is not None
    assert guess.message == "ORU^R01 Unsolicited observation result, version 2.5.1"
    assert CODEC.sniff(b"MSH of something else") is None


@pytest.mark.parametrize(
    ("version", "expected"), [("2.1", "2.3.1"), ("2.6", "2.5.1"), ("2.9", "2.8.2"), ("x", "2.5.1")]
)
def test_the_nearest_release_is_taken(version: str, expected: str) -> None:
    assert nearest(version) == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (("2.8.2", "ADT", "A08", ""), ("ADT_A01", "2.8.2")),
        (("2.8.2", "ORM", "O01", ""), ("ORM_O01", "2.5.1")),
        (("2.5.1", "ORU", "R01", "ORU_Z99"), ("ORU_R01", "2.5.1")),
        (("2.3.1", "ACK", "", ""), ("ACK", "2.3.1")),
        (("2.5.1", "XYZ", "A01", ""), None),
    ],
)
def test_structures_are_found_by_the_trigger(named: tuple[str, str, str, str], expected: object) -> None:
    assert structure_of(*named) == expected


@pytest.mark.parametrize("version", RELEASES)
def test_every_structure_has_a_schema_of_known_types(version: str) -> None:
    for structure in release(version).structures:
        schema = CODEC.schema(options(message=structure, version=version))
        assert schema is not None
        assert schema.find(("MSH", "9", "1")) is not None
    assert CODEC.schema(options()) is None


def test_the_schema_has_titles_types_and_codes() -> None:
    schema = CODEC.schema(options(message="ADT_A01", version="2.5.1"))
    assert schema is not None
    known = {".".join(path): found for path, found in schema.walk()}
    assert (known["PID.7"].title, known["PID.7"].type) == ("Date/Time of Birth", "moment")
    assert known["PID.8"].choices["F"] == "Female"
    assert known["PID.5"].repeats
    assert known["PID.5.1.1"].title == "Surname"


def test_a_message_type_that_repeats_is_its_first() -> None:
    text = message("PID|1", kind="ADT^A01~ADT^A08")
    assert "PID" in read(text)[0]
    assert write(read(text)) == text.encode()


def test_an_unknown_message_is_read_flat_and_written_back() -> None:
    text = message("ZQA|1|x", "PID|1", "ZQA|2", kind="ZZZ^Z01")
    (record,) = read(text)
    assert [next(iter(found)) for found in record["segments"]] == ["MSH", "ZQA", "PID", "ZQA"]  # type: ignore[arg-type,union-attr]
    assert write([record]) == text.encode()


BATCH = "FHS|^~\\&|A\rBHS|^~\\&|B\r{0}{0}BTS|2|fine\rBHS|^~\\&|C\r{0}BTS|1\rFTS|2\r"


def test_batches_stand_beside_their_messages_and_come_back() -> None:
    text = BATCH.format(message("PID|1"))
    records = read(text)
    around: list[Any] = [record["_envelope"] for record in records]
    assert [sorted(found) for found in around] == [
        ["BHS", "FHS"],
        ["BHS", "BTS", "FHS"],
        ["BHS", "BTS", "FHS", "FTS"],
    ]
    assert write(records) == text.encode()


def test_trailers_are_made_for_batches_that_have_none() -> None:
    records = [record | {"_envelope": {"BHS": {"9": "night"}}} for record in read(message("PID|1") * 3)]
    written = write(records)
    assert written.startswith(b"BHS|^~\\&|||||||night\rMSH|")
    assert written.endswith(b"BTS|3\r")


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (BATCH.replace("BTS|2", "BTS|3"), "count_mismatch", "BTS at offset 146, field 1"),
        (BATCH.replace("FTS|2", "FTS|9"), "count_mismatch", "FTS at offset 236, field 1"),
        ("{0}BTS|1\r", "trailer_alone", "BTS at offset 62"),
        ("BHS|^~\\&|A\rPID|1\r{0}BTS|1\r", "no_header", "BHS at offset 0, line 2 of it"),
    ],
)
def test_batches_that_are_not_whole_cost_no_message(text: str, code: str, place: str) -> None:
    whole = message("PID|1")
    records, found = faults(text.format(whole))
    assert len(records) == text.count("{0}")
    assert found[0] == (f"hl7.{code}", place)


def test_a_bad_message_costs_only_itself() -> None:
    good = message("PID|1")
    text = good + good.replace("PID", "pid") + "MSH|||\r" + good.replace("PID", "XXé") + good
    records, found = faults(text)
    assert len(records) == 2
    assert found == [
        ("hl7.bad_segment", "message 2, segment 2"),
        ("hl7.separators", "message 3"),
        ("hl7.bad_segment", "message 4, segment 2"),
    ]


@pytest.mark.parametrize(
    "junk", [b"\x1d", b"\xe2\x80\x83", b"\x85", b"\f\x1c\x0b", b"M", b"MSH", b"BTS", b"FHS|"]
)
def test_scraps_are_refused_and_answered_with_a_refusal_or_not_at_all(junk: bytes) -> None:
    with pytest.raises(DecodeError) as refused:
        read(junk)
    assert refused.value.place
    reply = answer(junk)
    assert not reply or "\rMSA|AR|" in reply


def test_limits_are_not_handed_over() -> None:
    with pytest.raises(LimitError, match="record_too_large"):
        read(message("PID|1||" + "x" * 5000), lambda _: None, Limits(max_record_bytes=1000))
    with pytest.raises(LimitError, match="field_too_long"):
        read(message("PID|1||" + "x" * 5000), lambda _: None, Limits(max_field_bytes=1000))


@pytest.mark.parametrize(
    "junk", ["|" * 100_000, "PID" + "|" * 5000, "PID|||" + "^" * 5000, "PID|" + "&" * 5000]
)
def test_endless_parts_are_refused(junk: str) -> None:
    _, found = faults(message(junk))
    assert found


def test_endless_repetitions_are_read_in_time() -> None:
    assert len(field("~" * 500_000, number="3")) == 500_001  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pid", "code", "place"),
    [
        ({"1.5": "x"}, "bad_key", "record 1, segment PID"),
        ({"1000": "x"}, "bad_key", "record 1, segment PID"),
        ({"0": "x"}, "bad_key", "record 1, segment PID"),
        ({"5": [{"1": {"1": ["x"]}}]}, "bad_value", "record 1, segment PID, field 5.1.1"),
        ({"5": [[1]]}, "bad_value", "record 1, segment PID, field 5"),
        ({"5": b"x"}, "bad_value", "record 1, segment PID, field 5"),
        ({"7": datetime(2024, 1, 1, 0, 0, 0, 1)}, "too_precise", "record 1, segment PID, field 7"),  # noqa: DTZ001
        ({"7": Decimal("NaN")}, "number_range", "record 1, segment PID, field 7"),
        ({"7": Decimal("1E+500")}, "number_range", "record 1, segment PID, field 7"),
        ("x", "segment_not_object", "record 1, segment PID"),
    ],
)
def test_what_hl7_cannot_hold_is_refused_with_its_field(pid: Any, code: str, place: str) -> None:
    (record,) = read(message("PID|1"))
    with pytest.raises(EncodeError) as refused:
        write([record | {"PID": pid}])
    assert (refused.value.code, refused.value.place) == (f"hl7.{code}", place)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"MSH": 1},
        {"segments": []},
        {"segments": [{"PID": {}}]},
        {"segments": [{"MSH": {}}, {"MSH": {}}]},
        {"MSH": {"1": "||"}},
        {"MSH": {"1": 7}},
        {"MSH": {}},
        {"_envelope": 1},
        {"_envelope": {"BHS": 1}, "MSH": {}},
    ],
)
def test_records_that_are_no_messages_are_refused(record: Record) -> None:
    with pytest.raises(EncodeError) as refused:
        write([record])
    assert refused.value.place


def test_control_ids_are_given_where_they_are_missing() -> None:
    (record,) = read(message("PID|1"))
    assert isinstance(record["MSH"], dict)
    bare = record | {"MSH": {key: value for key, value in record["MSH"].items() if key != "10"}}
    written = CODEC.enveloped(options())([bare, record], lambda _: 77, datetime(2024, 5, 1, tzinfo=UTC))
    ids: list[Any] = [found["MSH"] for found in read(written)]
    assert [header["10"] for header in ids] == ["77", "M1"]


def test_the_outline_has_true_positions_and_depths() -> None:
    data = message("PID|1||7^x", "OBR|1", "OBX|1|NM|c||5", kind="ORU^R01").encode()
    marks = list(CODEC.outline(options(), Limits())([data]))
    assert all(data[m.offset : m.offset + m.length] == m.text.encode() for m in marks[1:])
    assert [(m.depth, m.label) for m in marks if "-" not in m.label] == [
        (0, "ORU^R01"), (1, "MSH"), (3, "PID"), (3, "OBR"), (4, "OBX"),
    ]  # fmt: skip
    assert ("PID-3", "Patient Identifier List") in {(m.label, m.title) for m in marks}


def pieces(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), 97):
        yield data[at : at + 97]


def test_a_message_longer_than_a_block_is_read() -> None:
    long = message(*(f"NTE|{n}|L|{'comment ' * 20}" for n in range(2000)), kind="ZZZ^Z01")
    text = long + message("PID|1") + long
    records = list(CODEC.reader(options(), Limits())(pieces(text.encode())))
    assert write(records) == text.encode()


NOW = datetime(2026, 3, 1, 12, 30, 0, tzinfo=UTC)


def answer(text: str | bytes, **given: Any) -> str:
    data = text if isinstance(text, bytes) else text.encode()
    acknowledge = CODEC.acknowledge(options(**given), Limits())
    return acknowledge(data, lambda _: 5, NOW).decode()


GOOD = message("EVN|A01|20260301", "PID|1||7||Doe^Jane", "PV1|1|I")
ANSWER = "MSH|^~\\&|EHR|B|LAB|A|20260301123000+0000||ACK^A01^ACK|5|P|2.5.1\r"


def test_a_good_message_is_accepted() -> None:
    assert answer(GOOD) == ANSWER + "MSA|AA|M1\r"
    assert answer(GOOD * 2).count("MSA|AA|M1") == 2


@pytest.mark.parametrize(
    ("asked", "good", "bad"),
    [
        ("AL|NE", "CA", "CE"),
        ("NE|NE", "", ""),
        ("ER|AL", "AA", "CE"),
        ("SU|", "CA", ""),
        ("|ER", "", "AE"),
        ("NE|AL", "AA", "AE"),
    ],
)
def test_the_header_asks_for_the_kind_of_answer(asked: str, good: str, bad: str) -> None:
    text = GOOD.replace("2.5.1", f"2.5.1|||{asked}")
    wrong = text.replace("PV1|1|I", "pv1|1|I")
    assert [
        reply[reply.find("MSA|") + 4 :][:2] if reply else "" for reply in (answer(text), answer(wrong))
    ] == [good, bad]


@pytest.mark.parametrize(
    ("text", "code", "error"),
    [
        (
            GOOD.replace("PID|1||7", "PID|1||"),
            "AE",
            "ERR||PID^1^3|101^Required field missing^HL70357|E||||PID-3 ",
        ),
        (
            GOOD.replace("PV1|1|I\r", ""),
            "AE",
            "ERR||PV1^1|100^Segment sequence error^HL70357|E||||The segment PV1 ",
        ),
        (
            GOOD.replace("20260301\r", "20260399\r"),
            "AE",
            "ERR||EVN^1^2|102^Data type error^HL70357|E||||EVN-2 ",
        ),
        (
            GOOD.replace("2.5.1", "2.3").replace("|20260301\r", "|2026x\r"),
            "AE",
            "ERR|EVN^1^2^102&Data type error&HL70357\r",
        ),
        (GOOD.replace("EVN|", "Evn|"), "AE", "ERR||MSH^1|100^"),
        ("junk", "AR", "ERR||MSH^1|100^Segment sequence error"),
        (GOOD.replace("2.5.1", "2.5.1||||||KLINGON"), "AR", "ERR||MSH^1^18|102^"),
        (message("EVN|A01|20260301\xe9").encode("latin-1"), "AR", "ERR||MSH^1|102^"),
    ],
)
def test_a_strict_receiver_says_what_is_wrong(text: str | bytes, code: str, error: str) -> None:
    reply = answer(text, answers="strict")
    assert f"\rMSA|{code}|" in reply
    assert error in reply


def test_a_lenient_receiver_warns() -> None:
    reply = answer(GOOD.replace("PV1|1|I\r", ""))
    assert "\rMSA|AA|M1\r" in reply
    assert "|W||||The segment PV1 is missing." in reply
    assert answer(GOOD.replace("PV1|1|I\r", "").replace("2.5.1", "2.3")).endswith("MSA|AA|M1\r")


def test_answers_are_not_answered() -> None:
    assert answer(answer(GOOD)) == ""
    assert answer("") == ""


@pytest.mark.parametrize(
    ("msa", "verdict", "reason"),
    [
        ("MSA|AA|M1", "accepted", "AA"),
        ("MSA|CA|M1", "accepted", "CA"),
        ("MSA|AA|M1\rERR||PID^1^3|101^x|W", "accepted with errors", "AA; PID^1^3 101^x"),
        ("MSA|AE|M1|no such patient", "rejected", "AE; no such patient"),
        ("MSA|CR|M1", "rejected", "CR"),
    ],
)
@pytest.mark.parametrize("grouping", ["structure", "flat"])
def test_answers_are_matched_to_what_was_sent(msa: str, verdict: str, reason: str, grouping: str) -> None:
    (record,) = read(message(msa, kind="ACK"), grouping=grouping)
    (outcome,) = CODEC.outcomes(options())(record)
    assert (outcome.envelope, outcome.number, outcome.verdict, outcome.reason) == (
        "message",
        "M1",
        verdict,
        reason,
    )


def test_a_message_that_is_no_answer_has_no_outcome() -> None:
    assert CODEC.outcomes(options())(read(GOOD)[0]) == []


MARKS = [
    b"|",
    b"^",
    b"~",
    b"\\",
    b"&",
    b'""',
    b"\r",
    b"\n",
    b"\x0b",
    b"\x1c",
    b"\xff",
    b"7",
    b"2.5.1",
    b"ADT^A01",
]
STARTS = [b"MSH|^~\\&|", b"\rMSH#", b"\rPID|", b"\rBTS|2", b"\rFHS|^~\\&|", b"\rOBX||NM|||", b"\rZZ1|"]


@given(st.binary(max_size=200) | st.lists(st.sampled_from(STARTS + MARKS), max_size=40).map(b"".join))
@settings(max_examples=200, deadline=None)
def test_noise_is_read_or_refused_and_written_back(data: bytes) -> None:
    records, found = faults_of(data)
    assert all(fault.place for fault in found)
    if records:
        assert list(map(alone, read(write(records)))) == list(map(alone, records))
    reply = CODEC.acknowledge(options(), Limits())(data, lambda _: 1, NOW)
    assert not reply or read(reply)


def alone(record: Record) -> Record:
    """Leave out the batch: writing gives it the trailer that it may not have had."""
    return {key: held for key, held in record.items() if key != "_envelope"}


def faults_of(data: bytes) -> tuple[list[Record], list[InputError]]:
    found: list[InputError] = []
    try:
        return read(data, found.append), found
    except InputError as failure:
        return [], [*found, failure]
