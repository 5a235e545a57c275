"""What partners agree on, and what must never be shown."""

import json
from pathlib import Path
from typing import Any

import iso8583
import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso8583.specs import default_ascii

from integrations.errors import ConfigError, DecodeError, EncodeError, InputError, LimitError
from integrations.formats import registry
from integrations.formats.codec import Limits, Record, parse_options
from integrations.formats.iso8583.codec import CODEC
from integrations.formats.iso8583.fields import table

SAMPLES = Path(registry.__file__).parent / "iso8583" / "samples"
AUTHORIZATION = (SAMPLES / "authorization" / "document.bin").read_bytes()
STREAM = (SAMPLES / "stream" / "document.bin").read_bytes()


def read(data: bytes, limits: Limits | None = None, **options: Any) -> list[Any]:
    return list(CODEC.reader(parse_options_of(options), limits or Limits())([data]))


def write(records: list[Record], **options: Any) -> bytes:
    return b"".join(CODEC.writer(parse_options_of(options))(records))


def parse_options_of(options: Any) -> Any:
    return parse_options(CODEC, options)


ECHO: Record = {"mti": "0800", "7": "1123101500", "11": "000001"}


@pytest.mark.parametrize("sample", ["authorization", "stream", "bcd-stream", "ebcdic", "edition-1993"])
def test_samples_are_written_as_they_were(sample: str) -> None:
    options = json.loads((SAMPLES / sample / "case.json").read_text())["options"]
    data = (SAMPLES / sample / "document.bin").read_bytes()
    assert write(read(data, **options), **options) == data


def test_another_library_reads_the_same() -> None:
    ours = {key: value for key, value in read(AUTHORIZATION)[0].items() if key != "52"}
    theirs = iso8583.decode(write([ours]), default_ascii)[0]
    assert {"t": ours.pop("mti"), **ours} == {key: value for key, value in theirs.items() if key != "p"}


@pytest.mark.parametrize(
    ("lengths", "raw"),
    [("ascii", b"07"), ("bcd", b"\x07"), ("bcd_left", b"\x07"), ("binary", b"\x07"), ("ebcdic", b"\xf0\xf7")],
)
def test_the_length_of_a_field_has_many_forms(lengths: str, raw: bytes) -> None:
    data = write([ECHO | {"32": "1234567"}], lengths=lengths)
    assert raw + b"1234567" in data
    assert read(data, lengths=lengths)[0]["32"] == "1234567"


@pytest.mark.parametrize(("lengths", "raw"), [("bcd", b"\x00\x08"), ("bcd_left", b"\x00\x80")])
def test_an_odd_length_in_bcd_has_its_filler_at_either_end(lengths: str, raw: bytes) -> None:
    assert raw + b"01234567" in write([ECHO | {"48": "01234567"}], lengths=lengths)


@pytest.mark.parametrize(("side", "raw"), [("left", b"\x09\x78"), ("right", b"\x97\x80")])
def test_an_odd_number_in_bcd_has_its_filler_at_either_end(side: str, raw: bytes) -> None:
    options = {"numbers": "bcd", "odd_digits": side}
    data = write([ECHO | {"49": "978"}], **options)
    assert data.endswith(raw)
    assert read(data, **options)[0]["49"] == "978"


def test_track_data_in_bcd_has_its_separator_as_a_digit() -> None:
    data = write([ECHO | {"35": "4000=2912"}], numbers="bcd")
    assert data.endswith(bytes.fromhex("04000D2912"))
    assert read(data, numbers="bcd")[0]["35"] == "4000=2912"


def test_a_field_may_differ_from_the_table() -> None:
    rule = {"number": 35, "encoding": "ebcdic"}
    data = write([ECHO | {"35": "FFF"}], fields=[rule])
    assert data.endswith(b"03\xc6\xc6\xc6")
    assert read(data, fields=[rule])[0]["35"] == "FFF"
    with pytest.raises(DecodeError, match=r"iso8583\.encoding"):
        read(data)


def test_numbers_and_texts_are_filled_up() -> None:
    found = read(write([ECHO | {"4": "12345", "41": "T1"}]))[0]
    assert (found["4"], found["41"]) == ("000000012345", "T1      ")


def test_the_second_bitmap_is_there_when_it_is_needed_or_was_there() -> None:
    assert write([ECHO])[4:20] == b"0220000000000000"
    assert write([ECHO | {"70": "301"}])[4:36] == b"82200000000000000400000000000000"
    empty = ECHO | {"1": "0" * 16}
    assert read(write([empty])) == [empty]


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (AUTHORIZATION.replace(b"1015001123", b"1015000230"), "not_date", "field 13"),
        (AUTHORIZATION.replace(b"978", b"9X8"), "not_digits", "field 49"),
        (AUTHORIZATION.replace(b"006BAG", b"00XBAG"), "length", "field 55"),
        (b"01X0" + AUTHORIZATION[4:], "mti", "mti, offset 0"),
        (AUTHORIZATION[:10], "truncated", "bitmap, offset 4"),
        (b"", "truncated", "mti, offset 0"),
    ],
)
def test_an_error_names_the_field(data: bytes, code: str, place: str) -> None:
    with pytest.raises(DecodeError) as error:
        read(data)
    assert error.value.code == f"iso8583.{code}"
    assert error.value.place.startswith(f"message 1, {place}")


@given(data=st.binary(max_size=60))
def test_errors_show_no_card_data(data: bytes) -> None:
    try:
        read(AUTHORIZATION[:60] + data)
    except InputError as failure:
        assert "4000000000000002" not in f"{failure} {failure.hint}"  # noqa: PT017  the text is the point


def test_a_bad_message_of_a_stream_costs_itself_only() -> None:
    found: list[InputError] = []
    data = write([ECHO] * 3, frame="2")
    at = len(data) // 3
    broken = data[: at + 6] + b"X" + data[at + 7 :]
    kept = list(CODEC.reader(CODEC.Options(frame="2"), Limits())([broken], found.append))
    assert kept == [ECHO, ECHO]
    assert [error.place for error in found] == ["message 2, bitmap, offset 4"]


def test_a_length_beyond_the_limit_is_refused_at_once() -> None:
    with pytest.raises(LimitError, match="record_too_large"):
        read(b"\x7f\xff\xff\xff" + AUTHORIZATION, frame="4")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"4": "1" * 13}, "field 4"),
        ({"4": "12,5"}, "field 4"),
        ({"13": "0230"}, "field 13"),
        ({"28": "00000150"}, "field 28"),
        ({"52": "xy"}, "field 52"),
        ({"41": "é"}, "field 41"),
        ({"11": 7}, "field 11"),
        ({"129": "1"}, "field 129"),
        ({"mti": "80"}, "mti"),
        ({"header": "60"}, "header"),
    ],
)
def test_what_a_message_cannot_hold_is_refused(change: Record, place: str) -> None:
    with pytest.raises(EncodeError) as error:
        write([ECHO | change])
    assert error.value.place == f"record 1, {place}"


def test_a_document_without_lengths_holds_one_message() -> None:
    with pytest.raises(EncodeError, match=r"iso8583\.one_message"):
        write([ECHO, ECHO])


def test_two_rules_for_a_field_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"format\.options"):
        parse_options(CODEC, {"fields": [{"number": 2}, {"number": 2}]})


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"frame": "2"},
        {"frame": "4", "frame_counts_itself": True},
        {"frame": "ascii"},
        {"bitmap": "binary"},
    ],
)
def test_a_document_is_recognised_with_its_form(options: Any) -> None:
    guess = CODEC.sniff(write([ECHO], **options))
    assert guess is not None
    assert guess.message == "0800 Network management request"
    assert {key: guess.options.get(key, False) for key in options} == options


def test_the_outline_has_places_and_no_data() -> None:
    marks = list(CODEC.outline(CODEC.Options(frame="2"), Limits())([STREAM]))
    assert [mark.label for mark in marks[:4]] == ["message 1", "mti", "bitmap", "field 2"]
    assert STREAM[marks[3].offset : marks[3].offset + marks[3].length] == b"164000000000000002"
    assert "4000000000000002" not in "".join(mark.text for mark in marks)


@pytest.mark.parametrize("version", ["1987", "1993"])
def test_card_data_are_marked_in_the_schema(version: Any) -> None:
    schema = CODEC.schema(CODEC.Options(version=version))
    found = {path[0]: field.sensitivity for path, field in schema.walk() if field.sensitivity}
    assert {found[number] for number in ("2", "14", "55")} == {"c4"}
    assert {found[number] for number in ("35", "45", "52")} == {"c5"}
    assert all(schema.find((number,)) for number in table(version))
