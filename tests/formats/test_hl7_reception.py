"""Messages judged one by one, and acknowledgements read without repeating what they hold."""

from datetime import UTC, datetime

import pytest

from integrations.errors import ConflictError, DecodeError, UnavailableError
from integrations.formats.codec import Limits
from integrations.formats.hl7.codec import CODEC
from integrations.formats.hl7.mllp import Frames, frame
from integrations.formats.hl7.options import Hl7Options
from integrations.formats.hl7.reception import Reception, control_id_of, sender_of, verdict_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD = (
    b"MSH|^~\\&|LAB|NORTH|EHR||20260301120000||ADT^A08|7|P|2.5.1\r"
    b"EVN|A08|20260301120000\rPID|1||4^^^N^MR||DOE^J\rPV1|1|O\r"
)


def reception(*, is_final: bool = False, **options: str) -> Reception:
    return Reception(Hl7Options.model_validate(options), Limits(), is_final=is_final)


def codes(answer: bytes) -> list[str]:
    return [line.split("|")[1] for line in answer.decode().split("\r") if line.startswith("MSA")]


def test_a_good_message_is_accepted_under_its_number() -> None:
    at = reception()
    answer = at.answer(at.look(GOOD), None, 42, NOW)
    assert codes(answer) == ["AA"]
    assert control_id_of(answer) == "42"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"MSH",
        b"hello",
        GOOD + GOOD,
        b"FHS|^~\\&|\r" + GOOD,
        GOOD.replace(b"2.5.1", b"2.5.1||||||EBCDIC"),
    ],
)
def test_what_is_not_one_message_is_rejected(text: bytes) -> None:
    at = reception()
    looked = at.look(text)
    assert looked.verdict == "R"
    assert codes(at.answer(looked, None, 1, NOW)) == ["AR"]


def test_a_strict_receiver_refuses_what_the_tables_forbid() -> None:
    text = GOOD.replace(b"PID|1||4^^^N^MR||DOE^J\r", b"")
    assert (reception().look(text).verdict, reception(answers="strict").look(text).verdict) == ("A", "E")


@pytest.mark.parametrize(
    ("failure", "is_late", "code"),
    [
        (UnavailableError("x", "Later."), True, "AR"),
        (DecodeError("x", "Wrong."), False, "AE"),
        (ConflictError("x", "Twice."), False, "AE"),
    ],
)
def test_why_it_was_not_taken_says_whether_to_send_it_again(failure, is_late, code) -> None:
    at = reception()
    assert codes(at.answer(at.look(GOOD), failure, 1, NOW, is_late=is_late)) == [code]


def test_a_message_is_named_by_its_sender_and_its_id() -> None:
    at = reception()
    assert sender_of(at.look(GOOD)) == "LAB\x1fNORTH\x1f7"
    assert sender_of(at.look(GOOD.replace(b"|7|", b"||"))) == ""


def test_an_acknowledgement_tells_codes_and_places_only() -> None:
    header = b"MSH|^~\\&|EHR||LAB||20260301120000||ACK|1|P|2.5.1"
    text = header + b"\rMSA|AE|7|Mr DOE is dead\rERR||PID^1^5|101^DOE^HL70357|E||||DOE\r"
    (record,) = list(CODEC.reader(Hl7Options(), Limits())([text]))
    verdict = verdict_of(record)
    assert verdict is not None
    assert (verdict.code, verdict.control_id, verdict.is_good) == ("AE", "7", False)
    assert verdict.reason.startswith(": PID 1 5, error 101 (Required field missing)")
    assert "DOE" not in verdict.reason


def test_frames_go_on_at_the_next_start_mark() -> None:
    frames = Frames(1000)
    with pytest.raises(DecodeError):
        frames.feed(b"noise" + frame(GOOD))
    assert frames.skip()
    assert (frames.feed(b""), frames.held_bytes) == ([GOOD], 0)
    with pytest.raises(DecodeError):
        frames.feed(b"noise")
    assert not frames.skip()
