"""What real BAI2 reports do that the manual does not say."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integrations.errors import DecodeError, EncodeError, InputError, LimitError
from integrations.formats import registry
from integrations.formats.bai2.codec import CODEC
from integrations.formats.codec import Limits, Record

REPORT = (Path(registry.__file__).parent / "bai2" / "samples" / "report" / "document.bai").read_text()


def read(text: str | bytes, limits: Limits | None = None, **options: Any) -> list[Any]:
    data = text.encode() if isinstance(text, str) else text
    return list(CODEC.reader(CODEC.Options(**options), limits or Limits())([data]))


def write(records: list[Record], **options: Any) -> str:
    return b"".join(CODEC.writer(CODEC.Options(**options))(records)).decode()


def report(*lines: str, currency: str = "USD") -> list[Any]:
    """Read a report with one transaction."""
    head = f"01,A,B,261123,0700,7,,,2/\n02,B,A,1,261122,2400,USD,2/\n03,1,{currency}/\n"
    text = head + "\n".join(lines) + "\n49,0,0/\n98,0,0,0/\n99,0,0,0/\n"
    return read(text, checks="none")


def transaction(*lines: str) -> Any:
    """Read one transaction of a report around it."""
    return report(*lines)[1]["transactions"][0]


WHOLE = read(REPORT)


def test_what_is_written_is_what_was_read() -> None:
    assert write(WHOLE) == REPORT
    assert write(read(REPORT.replace("\n", "\r\n")), line_end="crlf") == REPORT.replace("\n", "\r\n")


def test_a_changed_value_is_written_anew_and_totals_follow() -> None:
    account = WHOLE[1]
    first = account["transactions"][0] | {"amount": Decimal("1.00")}
    changed = account | {"transactions": [first, *account["transactions"][1:]]}
    written = write([WHOLE[0], changed, *WHOLE[2:]])
    assert (
        "16,165,100,V,261123,,BK000001,A-1,ACH CREDIT 11/22/26, HOLZ UND TON/\n88,REF: INV-207/PART 2/"
        in written
    )
    assert "49,1575174,8/" in written
    assert read(written)[1]["transactions"][0]["amount"] == Decimal("1.00")


@pytest.mark.parametrize(
    "lines",
    [
        ("16,165,5000000,Z,REF1,REF2,PAID/",),
        ("16,165,50", "88,00000,Z,REF1,REF2,PAID/"),
        ("16,165,5000000/", "88,Z,REF1/", "88,REF2,PAID/"),
        ("16,165,500", "0000,Z,REF1,REF2,PAID/"),
        ("16,165,+0000005000000,z,REF1,REF2,PAID   /  ",),
    ],
)
def test_a_transaction_may_be_cut_anywhere(lines: tuple[str, ...]) -> None:
    found = transaction(*lines)
    found.pop("_text", None)
    assert found == {
        "type_code": "165",
        "amount": Decimal("50000.00"),
        "funds_type": "Z",
        "bank_reference": "REF1",
        "customer_reference": "REF2",
        "text": found["text"],
    }
    assert found["text"].strip() == "PAID"


def test_slashes_and_commas_are_part_of_a_text() -> None:
    assert transaction("16,165,1,,,,A/B, 22/03/66, C")["text"] == "A/B, 22/03/66, C"
    assert transaction("16,165,1,,,,ENDS WITH A SLASH//")["text"] == "ENDS WITH A SLASH/"


def test_codes_outside_of_the_list_are_taken() -> None:
    assert transaction("16,987,1,,,,X/")["type_code"] == "987"
    assert transaction("16,,1,,,,X/")["type_code"] == ""


def test_funds_types_have_their_own_fields() -> None:
    found = transaction("16,165,300,S,100,,200,B,C,T/")
    assert (found["immediate"], found["one_day"], found["two_or_more_days"]) == (
        Decimal("1.00"),
        None,
        Decimal("2.00"),
    )
    found = transaction("16,165,300,D,2,0,100,3,200,B,C,T/")
    assert found["distributions"] == [
        {"days": 0, "amount": Decimal("1.00")},
        {"days": 3, "amount": Decimal("2.00")},
    ]
    found = transaction("16,165,300,V,260228,,B,C,T/")
    assert (found["value_date"], found["value_time"], found["text"]) == (date(2026, 2, 28), "", "T")


def test_amounts_have_the_places_of_their_currency() -> None:
    assert [record["summaries"][0]["amount"] for record in WHOLE[1:3]] == [Decimal("5000.00"), Decimal(5000)]


def test_distributions_that_are_not_there_are_refused_at_once() -> None:
    with pytest.raises(DecodeError, match=r"bai2\.distributions"):
        transaction("16,165,300,D,99999999,0,100/")


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        (f"16,165,{'9' * 27},Z,B,C,T/", "bai2.not_amount", 3),
        (f"16,165,1,D,{'9' * 19},0,100/", "bai2.not_number", 5),
        (f"16,165,1,D,1,{'9' * 19},100/", "bai2.not_number", 6),
    ],
)
def test_numbers_that_could_not_be_written_are_refused_in_their_field(
    line: str, code: str, field: int
) -> None:
    with pytest.raises(DecodeError) as error:
        transaction(line)
    assert (error.value.code, error.value.place) == (code, f"line 4, record 16, field {field}")


def test_the_largest_amount_of_any_currency_is_written_again() -> None:
    line = f"16,165,{'9' * 26},,,,T/"
    assert transaction(line)["amount"] == Decimal("9" * 24 + ".99")
    for currency in ("USD", "JPY", "KWD"):
        assert line in write(report(line, currency=currency))


@pytest.mark.parametrize(("line", "code"), [(3, "bai2.not_amount"), (4, "bai2.funds_type")])
def test_a_bad_account_costs_itself_only(line: int, code: str) -> None:
    lines = REPORT.splitlines()
    lines[line] = lines[line].replace(",V,", ",Q,").replace("23456", "x")
    found: list[InputError] = []
    kept = list(CODEC.reader(CODEC.Options(), Limits())(["\n".join(lines).encode()], found.append))
    assert [error.code for error in found] == [code]
    assert kept == [WHOLE[0], *WHOLE[2:]]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"amount": Decimal("1.005")}, "record 2, transaction 1, amount"),
        ({"bank_reference": "A,B"}, "record 2, transaction 1, bank_reference"),
        ({"text": "A/ 16,1"}, "record 2, transaction 1, text"),
        ({"funds_type": "Q"}, "record 2, transaction 1"),
        ({"iban": "X"}, "record 2, transaction 1, iban"),
    ],
)
def test_what_a_report_cannot_hold_is_refused(change: Record, place: str) -> None:
    account = WHOLE[1] | {"transactions": [WHOLE[1]["transactions"][0] | change]}
    with pytest.raises(EncodeError) as error:
        write([WHOLE[0], account])
    assert error.value.place == place


def test_a_record_without_end_meets_the_limit() -> None:
    text = REPORT[: REPORT.index("49,")] + "88,MORE\n" * 50_000
    with pytest.raises(LimitError, match="record_too_large"):
        read(text, Limits(max_record_bytes=50_000))


def test_a_report_is_recognised_with_its_encoding() -> None:
    guess = CODEC.sniff(REPORT.replace("TON", "TÖN").encode("latin-1"))
    assert guess is not None
    assert guess.options == {"line_end": "lf", "encoding": "latin-1"}
    assert CODEC.sniff(b"01,2,3,4\n") is None


def test_the_outline_names_every_record_at_its_place() -> None:
    raw = REPORT.encode()
    marks = list(CODEC.outline(CODEC.Options(), Limits())([raw]))
    assert [mark.label for mark in marks] == [line[:2] for line in REPORT.splitlines()]
    assert all(raw[m.offset : m.offset + m.length].decode() == m.text for m in marks)


def test_the_schema_describes_what_is_read() -> None:
    schema = CODEC.schema(CODEC.Options())
    for key in ("group", "account", "summaries", "transactions"):
        assert schema.find((key,))
    for found in WHOLE[1]["transactions"]:
        assert all(schema.find(("transactions", key)) for key in found if key != "_text")


def test_blanks_before_a_break_are_kept() -> None:
    text = REPORT.replace("CUSTOM CODE WITHOUT AMOUNT", "CUSTOM CODE WITHOUT \nAMOUNT")
    assert read(write(read(text))) == read(text)
    assert write(read(text)) == text


def test_a_document_without_records_has_an_empty_outline() -> None:
    assert list(CODEC.outline(CODEC.Options(), Limits())([b"nothing"])) == []
