"""What real MT files do that the handbook does not say."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import DecodeError, EncodeError, InputError, LimitError
from integrations.formats import registry
from integrations.formats.codec import Limits, Record
from integrations.formats.swift_mt.codec import CODEC
from integrations.formats.swift_mt.forms import field_forms
from integrations.formats.swift_mt.narrative import read_narrative, write_narrative

SAMPLES = Path(registry.__file__).parent / "swift_mt" / "samples"
STATEMENT = (SAMPLES / "statement" / "document.sta").read_text()
TRANSFERS = (SAMPLES / "transfers" / "document.sta").read_bytes().decode()
ACK = "{1:F21HAFEDEHHAXXX0001000002}{4:{177:2611231210}{451:0}}"


def read(text: str | bytes, limits: Limits | None = None, **options: Any) -> list[Any]:
    data = text.encode() if isinstance(text, str) else text
    return list(CODEC.reader(CODEC.Options(**options), limits or Limits())([data]))


def write(records: list[Record], **options: Any) -> str:
    return b"".join(CODEC.writer(CODEC.Options(**({"line_end": "lf"} | options)))(records)).decode()


def field(tag: str, text: str) -> Any:
    return field_forms()[tag].read(text)


def test_what_is_written_is_what_was_read() -> None:
    assert write(read(STATEMENT)) == STATEMENT
    assert write(read(TRANSFERS), line_end="crlf") == TRANSFERS
    assert write(read(STATEMENT, values="text")) == STATEMENT


def test_lines_of_a_statement_stand_with_their_narrative() -> None:
    [record] = read(STATEMENT)
    first = record["A"][0]
    assert first["61"]["amount"] == Decimal("120.50")
    assert first["61"]["supplement"] == "SEPA TRANSFER"
    assert first["86"]["sepa"] == {"EREF": "ORDER-207", "SVWZ": "INVOICE 207 BAG-01"}
    assert (first["86"]["32"], record["86"]) == ("HOLZ UND TON", {"text": "END OF STATEMENT"})


@pytest.mark.parametrize(
    ("text", "value"),
    [("260230", date(2026, 2, 28)), ("280230", date(2028, 2, 29)), ("991231", date(1999, 12, 31))],
)
def test_the_thirtieth_of_february_is_its_last_day(text: str, value: date) -> None:
    found = field("60F", f"C{text}EUR1,00")
    assert found["date"] == value
    assert field_forms()["60F"].write(found) == f"C{text}EUR1,00"


def test_the_entry_date_may_be_of_another_year() -> None:
    assert field("61", "2612310102D1,NTRFX")["entry_date"] == date(2027, 1, 2)
    assert field("61", "2701021231D1,NTRFX")["entry_date"] == date(2026, 12, 31)
    assert "entry_date" not in field("61", "260101    D1,NTRFX")


@pytest.mark.parametrize("amount", ["000000000147,64", "800", "5,", "0,5", "0,00"])
def test_amounts_keep_their_form_until_they_change(amount: str) -> None:
    form = field_forms()["62F"]
    found: Any = form.read(f"D260101EUR{amount}")
    assert form.write(found) == f"D260101EUR{amount}"
    assert form.write(found | {"amount": Decimal("1.10")}) == "D260101EUR1,10"


def test_sub_fields_are_joined_over_lines_and_kept_as_they_were_cut() -> None:
    text = " 020?00PAY?\n20ONE?21TWO \n?33A\nB"
    found: Any = read_narrative(text)
    assert (found["code"], found["20"], found["21"], found["33"]) == ("020", "ONE", "TWO", "AB")
    assert write_narrative(found) == text
    assert write_narrative(found | {"20": "X"}) == "020?00PAY?20X?21TWO?33AB"


def test_a_question_mark_in_the_text_is_no_sub_field() -> None:
    found: Any = read_narrative("166?20WHO? ME?21B")
    assert (found["20"], found["21"]) == ("WHO? ME", "B")


def test_the_purpose_is_made_of_the_keywords() -> None:
    sepa: Any = {"EREF": "ORDER-1", "SVWZ": "X" * 30}
    text = write_narrative({"code": "166", "sepa": sepa})
    assert read_narrative(text) == {
        "code": "166",
        "20": "EREF+ORDER-1SVWZ+XXXXXXXXXX",
        "21": "X" * 20,
        "sepa": sepa,
    }


@given(text=st.text(st.sampled_from("?>1203 AB+EREFSVWZ\n"), max_size=150))
def test_any_narrative_is_written_as_it_was(text: str) -> None:
    assert write_narrative(read_narrative(text)) == text


@given(
    tag=st.sampled_from(["61", "60F", "32A", "52D", "50F", "59", "28C", "13D", "23E", "90D"]),
    text=st.text(st.sampled_from("/CD0123456789,EURNTRF\n +"), max_size=40),
)
def test_any_field_is_written_as_it_was(tag: str, text: str) -> None:
    form = field_forms()[tag]
    try:
        value = form.read(text)
    except DecodeError:
        return
    assert form.write(value) == text


def test_an_acknowledgement_stands_before_its_message() -> None:
    record = read(TRANSFERS)[0]
    assert record["ack"]["fields"] == {"177": "2611231210", "451": "0", "108": "REF-1"}
    assert record["type"] == "103"
    assert [one["ack"]["fields"]["451"] for one in read(ACK)] == ["0"]


@pytest.mark.parametrize("between", ["", "\r\n", "$\r\n", "\r\n$\r\n\r\n", "\x03   \x01"])
def test_messages_stand_one_after_the_other(between: str) -> None:
    one = TRANSFERS[TRANSFERS.rindex("{1:") :].strip()
    assert read(between.join([one] * 3)) == read(one) * 3


def test_headers_may_be_missing() -> None:
    body = TRANSFERS[TRANSFERS.rindex("{4:") :]
    [record] = read(body)
    assert (record["type"], record["B"][1]["32B"]["amount"]) == ("101", Decimal(5000))


def test_statements_without_an_end_begin_with_their_reference() -> None:
    bare = STATEMENT.replace("-\n", "")
    records = read(bare + "\n\n" + bare)
    assert [record["end"] for record in records] == ["", ""]
    assert records[0]["A"] == records[1]["A"]
    assert write(records) == bare + bare


def test_a_field_without_a_place_is_kept_where_it_stood() -> None:
    text = STATEMENT.replace(":28C:", ":72:HELLO\n:28C:").replace(":62F:", ":20C:X\n:62F:", 1)
    [record] = read(text)
    assert record["_unexpected"] == [{"tag": "72", "value": "HELLO", "position": 2}]
    assert write([record]) == text


def test_another_message_type_is_a_list_of_fields() -> None:
    text = "{1:F01HAFEDEHHAXXX0001000003}{2:I535LAKEUS33XXXXN}{4:\n:16R:GENL\n:97A::SAFE//1\n-}\n"
    [record] = read(text)
    assert record["fields"][1] == {"tag": "97A", "value": ":SAFE//1"}
    assert write([record]) == text


def test_a_bad_message_costs_itself_only() -> None:
    bad = STATEMENT.replace("EUR1000,00", "EUR1,0,0")
    found: list[InputError] = []
    data = (STATEMENT + bad + STATEMENT).encode()
    kept = list(CODEC.reader(CODEC.Options(), Limits())([data], found.append))
    assert kept == read(STATEMENT) * 2
    assert [(error.code, error.place) for error in found] == [
        ("swift_mt.field", "message 2, line 19, field 60F")
    ]


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"70": "A\n:71A:OUR"}, "swift_mt.line_start", "record 1, field 70"),
        ({"70": "A\n-"}, "swift_mt.line_start", "record 1, field 70"),
        (
            {"32A": {"date": date(2026, 1, 1), "currency": "EUR", "amount": Decimal(-1)}},
            "swift_mt.not_number",
            "record 1, field 32A, amount",
        ),
        (
            {"32A": {"date": "x", "currency": "EUR", "amount": 1}},
            "swift_mt.not_date",
            "record 1, field 32A, date",
        ),
        ({"71A": 7}, "swift_mt.not_text", "record 1, field 71A"),
        ({"61": "x"}, "swift_mt.extra_field", "record 1, field 61"),
        ({"71F": [{"sum": 1}]}, "swift_mt.extra_component", "record 1, field 71F"),
        ({"application": {"direction": "X"}}, "swift_mt.header", "record 1, block application"),
        ({"user": {"108": "}{"}}, "swift_mt.header", "record 1, entry 108"),
    ],
)
def test_what_a_message_cannot_hold_is_refused(change: Record, code: str, place: str) -> None:
    record = read(TRANSFERS)[0] | change
    with pytest.raises(EncodeError) as error:
        write([record])
    assert (error.value.code, error.value.place) == (code, place)


def test_a_message_without_end_meets_the_limit() -> None:
    text = "{1:F01HAFEDEHHAXXX0001000003}{2:I103LAKEUS33XXXXN}{4:\n:20:" + "A\n" * 200_000
    with pytest.raises(LimitError, match="record_too_large"):
        read(text, Limits(max_record_bytes=100_000))


def test_a_document_is_recognised_with_its_type() -> None:
    guess = CODEC.sniff(TRANSFERS.encode())
    assert guess is not None
    assert guess.message == "MT103 Single customer credit transfer"
    old = CODEC.sniff(STATEMENT.replace("END", "ÄND").encode("latin-1"))
    assert old is not None
    assert (old.message, old.options) == (
        "MT940 Customer statement",
        {"line_end": "lf", "encoding": "latin-1"},
    )
    assert CODEC.sniff(b"20 A-1") is None


def test_the_outline_names_blocks_and_fields_at_their_places() -> None:
    raw = TRANSFERS.encode()
    marks = list(CODEC.outline(CODEC.Options(), Limits())([raw]))
    assert [mark.label for mark in marks[:7]] == [
        "block 1",
        "block 4",
        "block 1",
        "block 2",
        "block 3",
        "block 4",
        ":20:",
    ]
    assert all(raw[m.offset : m.offset + m.length].decode() == m.text for m in marks)
    assert marks[6].title == "Sender's reference"


@pytest.mark.parametrize("sample", ["statement", "interim-report"])
def test_the_schema_describes_what_is_read(sample: str) -> None:
    [record] = read((SAMPLES / sample / "document.sta").read_bytes())
    schema = CODEC.schema(CODEC.Options(message=record["type"]))
    assert schema is not None
    for tag, value in record.items():
        declared = schema.find((tag,))
        assert declared is not None
        assert declared.repeats == isinstance(value, list)
    amount = schema.find(("A", "61", "amount"))
    assert amount is not None
    assert amount.type == "decimal"
    assert CODEC.schema(CODEC.Options()) is None


@pytest.mark.parametrize(
    "text",
    [
        STATEMENT.replace("\n", "\r"),
        TRANSFERS.replace("{4:\r\n:20:", "{4:\r\nHELLO\r\n:20:", 1),
        "{1:F01HAFEDEHHAXXX0001000003}{2:I103LAKEUS33XXXXU}{4:\nNO FIELD\n-}\n",
        "{1:F01HAFEDEHHAXXX0001000003}{2:I103LAKEUS33XXXXU}{4:\n:20:B-1\n-}{\n",
        ":25:1\n:62F:C260101EUR" + "1" * 25 + "\n",
    ],
    ids=["CR", "preamble in a block", "no field in a block", "stray brace", "long amount"],
)
def test_what_a_fuzzer_found_is_written_as_it_was(text: str) -> None:
    records = read(text)
    assert read(write(records)) == records


def test_a_document_without_parts_has_an_empty_outline() -> None:
    assert list(CODEC.outline(CODEC.Options(), Limits())([b"nothing"])) == []
