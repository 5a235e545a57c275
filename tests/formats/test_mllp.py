"""MLLP: frames come in any pieces, and what is no frame is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import DecodeError, LimitError
from integrations.formats.hl7.mllp import COMMIT_ACK, Frames, frame

MESSAGES = st.lists(st.binary(max_size=30).filter(lambda made: b"\x1c\r" not in made + b"\r"), max_size=5)


@given(MESSAGES, st.lists(st.integers(1, 9)), st.sampled_from([b"", b"\r\n", b"\0 "]))
def test_frames_come_in_any_pieces(messages: list[bytes], sizes: list[int], between: bytes) -> None:
    data = b"".join(frame(message) + between for message in messages)
    frames, found, at = Frames(1000), [], 0
    for size in [*sizes, len(data)]:
        found += frames.feed(data[at : at + size])
        at += size
    assert found == messages
    frames.finish()


def test_a_commit_is_a_frame_of_one_byte() -> None:
    assert Frames(10).feed(frame(COMMIT_ACK)) == [COMMIT_ACK]


def test_a_message_with_the_end_mark_is_not_framed() -> None:
    with pytest.raises(DecodeError, match="mllp_content"):
        frame(b"MSH|\x1c\r")


def test_bytes_outside_of_a_frame_are_refused_after_what_was_complete() -> None:
    frames = Frames(100)
    assert frames.feed(frame(b"one") + b"MSH|") == [b"one"]
    with pytest.raises(DecodeError, match="mllp_start") as refused:
        frames.feed(b"")
    assert refused.value.place == "after message 1"


def test_an_endless_message_is_refused() -> None:
    frames = Frames(10)
    assert frames.feed(b"\x0b0123456789") == []
    with pytest.raises(LimitError, match="too_large"):
        frames.feed(b"x")
    with pytest.raises(LimitError, match="too_large"):
        Frames(10).feed(frame(b"x" * 11))


def test_a_connection_that_ends_inside_a_message_is_noticed() -> None:
    frames = Frames(10)
    frames.feed(b"\x0bMSH")
    with pytest.raises(DecodeError, match="mllp_cut"):
        frames.finish()
