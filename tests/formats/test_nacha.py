"""What real ACH files do that the manual does not."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import DecodeError, EncodeError, InputError, LimitError
from integrations.formats import registry
from integrations.formats.codec import Limits, Record, parse_options
from integrations.formats.nacha.codec import CODEC
from integrations.formats.nacha.layouts import layouts
from integrations.formats.nacha.plain_entry import read_plain, write_plain
from tests.formats.rounds.nacha import entries

SAMPLES = Path(registry.__file__).parent / "nacha" / "samples"
PAYMENTS = (SAMPLES / "payments" / "document.ach").read_text()
LINES = PAYMENTS.splitlines()


def read(data: bytes | str, limits: Limits | None = None, **options: Any) -> list[Record]:
    raw = data.encode() if isinstance(data, str) else data
    return list(CODEC.reader(CODEC.Options(**options), limits or Limits())([raw]))


def write(records: list[Record], **options: Any) -> bytes:
    return b"".join(CODEC.writer(CODEC.Options(**options))(records))


def refused(data: bytes | str, **options: Any) -> tuple[str, str]:
    with pytest.raises(DecodeError) as error:
        read(data, **options)
    return error.value.code, error.value.place


def changed(number: int, before: str, after: str) -> str:
    lines = [*LINES]
    assert before in lines[number - 1]
    lines[number - 1] = lines[number - 1].replace(before, after, 1)
    return "\n".join(lines)


WHOLE = read(PAYMENTS)


@pytest.mark.parametrize(
    "text",
    [
        PAYMENTS.replace("\n", ""),
        PAYMENTS.replace("\n", "\r\n"),
        "\n".join(line.rstrip() for line in LINES),
        "\n".join(line + "   " for line in LINES) + "\n\n",
        "\ufeff" + PAYMENTS,
        PAYMENTS + ("9" * 94 + "\n") * 10,
        PAYMENTS + "\x1a",
    ],
    ids=["no line ends", "crlf", "cut short", "too long", "BOM", "filled", "DOS end"],
)
def test_records_come_however_their_lines_end(text: str) -> None:
    assert read(text) == WHOLE


def test_what_is_written_is_what_was_read() -> None:
    assert write(WHOLE) == PAYMENTS.encode()


def test_the_last_block_is_filled_with_nines() -> None:
    written = write(WHOLE[:2]).decode().splitlines()
    assert len(written) == 10
    assert written[-3:] == ["9" * 94] * 3
    assert written[6].startswith("9000001000001")
    assert len(write(WHOLE[:2], fill=False).splitlines()) == 7


def test_controls_are_computed_anew_when_entries_are_left_out() -> None:
    batch: Any = WHOLE[1]
    written = write([WHOLE[0], batch | {"entries": batch["entries"][1:]}, WHOLE[3]])
    control: Any = read(written)[-1]
    assert (control["batch_count"], control["entry_addenda_count"]) == (1, 1)
    assert (control["total_debit_amount"], control["total_credit_amount"]) == (Decimal("15.00"), 0)


def test_letters_may_be_counted_in_bytes() -> None:
    name = "ZOË FALK"
    wide = changed(8, name + " " * 14, name + " " * 13)
    assert refused(wide)[0].startswith("nacha.")
    records: Any = read(wide, count="bytes")
    assert records[2]["entries"][0]["individual_name"] == name
    assert write(records, count="bytes") == (wide + "\n").encode()
    guess = CODEC.sniff(wide.encode())
    assert guess is not None
    assert guess.options["count"] == "bytes"


def test_another_encoding_is_guessed() -> None:
    old = PAYMENTS.encode("latin-1")
    assert refused(old) == ("nacha.encoding", "line 8, column 57")
    guess = CODEC.sniff(old)
    assert guess is not None
    assert (guess.message, guess.options["encoding"]) == ("CCD Corporate credit or debit", "latin-1")
    assert read(old, **guess.options) == WHOLE


def test_several_files_in_one_document() -> None:
    assert read(PAYMENTS * 2) == WHOLE * 2


def test_returns_without_envelope_need_the_option() -> None:
    part = "\n".join(LINES[1:5])
    assert refused(part) == ("nacha.no_header", "line 1")
    records = read(part, envelope="optional")
    assert [record["record"] for record in records] == ["batch"]
    assert write(records, envelope="optional", fill=False).decode().splitlines() == LINES[1:5]


def test_a_code_agreed_with_the_bank_is_named_in_the_options() -> None:
    own = changed(5, "627", "69" + "7").replace("697121", "690121")
    assert refused(own) == (
        "nacha.unknown_code",
        "line 5, record entry_detail, field transaction_code, column 2",
    )
    assert read(own, custom_codes=["90"])[0] == WHOLE[0]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (changed(3, "622", "6A2"), "line 3, record entry_detail, field transaction_code, column 2"),
        (
            changed(3, "091000010000001", "000000000000000"),
            "line 3, record entry_detail, field trace_number, column 80",
        ),
        (
            changed(6, "091000010000001", "091000010000009"),
            "line 6, record batch_control, field batch_number, column 88",
        ),
        (changed(4, "705", "755"), "line 4, column 2"),
        (changed(5, "6271", "4271"), "line 5, column 1"),
        ("\n".join([*LINES[:2], LINES[3]]), "line 3"),
        ("\n".join([LINES[0], LINES[2]]), "line 2"),
        (PAYMENTS + LINES[1], "line 11"),
        (changed(1, "PAY2311 ", "PAY2311 X"), "line 1"),
    ],
)
def test_what_breaks_a_file_is_refused_with_its_place(text: str, place: str) -> None:
    assert refused(text)[1] == place


def test_zeros_in_a_date_stay_and_blanks_are_null() -> None:
    zeros: Any = read(changed(2, "261124", "000000"))
    blank: Any = read(changed(2, "261124", "      "))
    assert (zeros[1]["header"]["effective_entry_date"], blank[1]["header"]["effective_entry_date"]) == (
        "000000",
        None,
    )
    assert write(blank).decode() == changed(2, "261124", "      ") + "\n"


@pytest.mark.parametrize(("per", "lost"), [("batch", 2), ("entry", 1)])
def test_a_bad_entry_costs_its_record_only(per: str, lost: int) -> None:
    options = parse_options(CODEC, {"per": per})
    read_all = CODEC.reader(options, Limits())
    whole = list(read_all([PAYMENTS.encode()]))
    found: list[InputError] = []
    kept = list(read_all([changed(5, "121000358", "121000359").encode()], found.append))
    assert [error.code for error in found] == ["nacha.check_digit"]
    assert kept == [record for at, record in enumerate(whole) if at != (1 if per == "batch" else 2)]


def test_an_international_entry_needs_its_addenda() -> None:
    text = (SAMPLES / "international" / "document.ach").read_text().replace("\r\n", "\n")
    lines = text.splitlines()
    found: list[InputError] = []
    del lines[5]
    assert refused("\n".join(lines)) == ("nacha.addenda_missing", "line 10")
    list(CODEC.reader(CODEC.Options(per="entry"), Limits())(["\n".join(lines).encode()], found.append))
    assert [error.code for error in found] == ["nacha.addenda_missing"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": Decimal("1.005")}, "nacha.too_precise"),
        ({"amount": Decimal(-1)}, "nacha.not_amount"),
        ({"amount": Decimal("1e30")}, "nacha.too_long"),
        ({"amount": "1"}, "nacha.not_amount"),
        ({"individual_name": "x" * 23}, "nacha.too_long"),
        ({"individual_name": 7}, "nacha.not_text"),
        ({"individual_name": "two\nlines"}, "nacha.control_character"),
        ({"check_digit": "9"}, "nacha.check_digit"),
        ({"trace_number": None}, "nacha.field_missing"),
        ({"iban": "x"}, "nacha.extra_field"),
        ({"addenda": [{"addenda_type": "77"}]}, "nacha.unknown_addenda"),
    ],
)
def test_what_the_file_cannot_hold_is_refused_on_writing(change: Record, code: str) -> None:
    batch: Any = WHOLE[1]
    with pytest.raises(EncodeError) as error:
        write([WHOLE[0], batch | {"entries": [batch["entries"][0] | change]}])
    assert error.value.code == code
    assert error.value.place.startswith("record 2, entry 1")


@given(entry=entries())
def test_the_plain_entry_by_hand_is_what_the_table_says(entry: Record) -> None:
    entry.pop("addenda", None)
    layout = layouts()["entry_detail"]
    text = layout.write(entry, "")
    assert write_plain(entry) in {text, None}
    assert read_plain(text) in (layout.read(text), None)


@given(
    entry=entries(),
    key=st.sampled_from(sorted(layouts()["entry_detail"].names)),
    value=st.text("09 A", max_size=24),
)
def test_the_plain_entry_by_hand_writes_nothing_that_the_table_refuses(
    entry: Record, key: str, value: str
) -> None:
    entry.pop("addenda", None)
    entry[key] = value
    text = write_plain(entry)
    if text is not None:
        assert text == layouts()["entry_detail"].write(entry, "")


def test_a_batch_without_end_meets_the_limit() -> None:
    def endless() -> Iterator[bytes]:
        yield "\n".join(LINES[:2]).encode() + b"\n"
        for _ in range(100):
            yield (LINES[4] + "\n").encode() * 10

    with pytest.raises(LimitError, match="record_too_large"):
        list(CODEC.reader(CODEC.Options(), Limits(max_record_bytes=20_000))(endless()))


def test_the_outline_names_every_record_at_its_place() -> None:
    raw = PAYMENTS.encode()
    marks = list(CODEC.outline(CODEC.Options(), Limits())([raw]))
    assert [mark.depth for mark in marks] == [0, 1, 2, 3, 2, 1, 1, 2, 1, 0]
    assert all(raw[m.offset : m.offset + m.length].decode() == m.text for m in marks)


def test_the_schema_describes_what_is_read() -> None:
    schema = CODEC.schema(CODEC.Options())
    amount = schema.find(("entries", "amount"))
    account = schema.find(("entries", "dfi_account_number"))
    assert amount is not None
    assert account is not None
    assert (amount.type, amount.scale, account.sensitivity) == ("decimal", 2, "c3")
    batch: Any = WHOLE[1]
    assert all(schema.find(("entries", key)) for key in batch["entries"][0])
