"""Multipart forms: boundaries, headers, what is text and what is bytes."""

import pytest

from integrations.errors import DecodeError, EncodeError, InputError, LimitError
from integrations.formats.codec import Limits, Record
from integrations.formats.multipart.codec import CODEC, MultipartOptions


def body(*parts: str, end: str = "--b--") -> bytes:
    return "".join(f"--b\r\n{part}\r\n" for part in parts).encode() + end.encode()


def part(content: str, *headers: str, name: str = 'name="a"') -> str:
    return "\r\n".join((f"Content-Disposition: form-data; {name}", *headers, "", content))


def read(data: bytes, limits: Limits | None = None, boundary: str = "b") -> list[Record]:
    return list(CODEC.reader(MultipartOptions(boundary=boundary), limits or Limits())([data]))


@pytest.mark.parametrize(
    ("sent", "record"),
    [
        (part("x"), {"name": "a", "text": "x"}),
        (part(""), {"name": "a", "text": ""}),
        (part("x", "Content-Type: text/html"), {"name": "a", "content_type": "text/html", "text": "x"}),
        (part("x", "content-TYPE:image/png"), {"name": "a", "content_type": "image/png", "data": b"x"}),
        (part("x", name='name="a"; filename=""'), {"name": "a", "filename": "", "data": b"x"}),
        (part("x", name='name="a%22b"'), {"name": 'a"b', "text": "x"}),
        (part("=C3=A9=", "Content-Transfer-Encoding: quoted-printable"), {"name": "a", "text": "é"}),
        (part("x\r\n--bb\r\n--b-"), {"name": "a", "text": "x\r\n--bb\r\n--b-"}),
        (part("x", "X-A: 1\r\n  2"), {"name": "a", "text": "x"}),
    ],
)
def test_parts(sent: str, record: Record) -> None:
    assert read(body(sent)) == [record]


def test_what_stands_before_and_after_is_no_part() -> None:
    data = b"to old readers\r\n" + body(part("x")) + b"\r\nend --b\r\n"
    assert read(data) == [{"name": "a", "text": "x"}]
    assert read(b"--b--\r\n") == read(b"--b--", boundary="") == []
    assert read(body(part("x")), boundary="") == [{"name": "a", "text": "x"}]


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"", "multipart.no_boundary", "part 1"),
        (b"--c\r\n", "multipart.no_boundary", "part 1"),
        (body(part("x"), end=""), "multipart.truncated", "part 1"),
        (body(part("x"), "no header"), "multipart.header", "part 2"),
        (body("A b: c\r\n\r\nx"), "multipart.header", "part 1"),
        (body(part("x", "X: a\rb")), "multipart.header", "part 1"),
        (body("\r\nx"), "multipart.no_name", "part 1"),
        (body(part("x", name="nam=1")), "multipart.no_name", "part 1"),
        (body(part("x", "Content-Transfer-Encoding: base64")), "multipart.base64", "part 1"),
        (body(part("x", "Content-Transfer-Encoding: zip")), "multipart.transfer", "part 1"),
        (body(part("x", "Content-Type: text/plain; charset=klingon")), "multipart.encoding", "part 1"),
        (body(part("\0")), "multipart.nul", "part 1"),
    ],
)
def test_bad_bodies_are_refused_with_code_and_place(data: bytes, code: str, place: str) -> None:
    with pytest.raises(DecodeError) as refused:
        read(data)
    assert (refused.value.code, refused.value.place) == (code, place)


def test_a_bad_part_costs_that_part_only() -> None:
    bad: list[InputError] = []
    data = body(part("1"), part("\0"), part("3"))
    records = list(CODEC.reader(MultipartOptions(boundary="b"), Limits())([data], bad.append))
    assert [record["text"] for record in records] == ["1", "3"]
    assert [(error.code, error.place) for error in bad] == [("multipart.nul", "part 2")]


def test_a_part_without_end_stops_at_the_limit() -> None:
    endless = (body(part("x"), end="--b\r\n") if n == 0 else b"x" * 1000 for n in range(10_000))
    limits = Limits(max_bytes=1 << 30, max_record_bytes=100_000)
    with pytest.raises(LimitError, match="record_too_large") as refused:
        list(CODEC.reader(MultipartOptions(), limits)(endless))
    assert refused.value.place == "part 2"
    with pytest.raises(LimitError, match="field_too_long"):
        read(body(part("x" * 11)), Limits(max_field_bytes=10))


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"name": "a"}, "multipart.content"),
        ({"name": "a", "text": "x", "data": b"x"}, "multipart.content"),
        ({"name": "a", "text": "x", "note": "y"}, "multipart.fields"),
        ({"text": "x"}, "multipart.fields"),
        ({"name": "a\0", "text": "x"}, "multipart.name"),
        ({"name": "%22", "text": "x"}, "multipart.name"),
        ({"name": "a", "text": "x", "content_type": "a\r\nb: c"}, "multipart.content_type"),
        ({"name": "a", "text": "\r\n--b\r\n"}, "multipart.boundary"),
        ({"name": "a", "text": "--b--"}, "multipart.boundary"),
        ({"name": "a", "text": "\r\n--b"}, "multipart.boundary"),
    ],
)
def test_records_that_would_not_come_back_are_refused(record: Record, code: str) -> None:
    with pytest.raises(EncodeError, match=code):
        list(CODEC.writer(MultipartOptions(boundary="b"))([record]))


def test_the_outline_tells_where_contents_stand() -> None:
    data = body(part("one"), part("two"))
    marks = list(CODEC.outline(MultipartOptions(), Limits())([data]))
    found = [data[mark.offset : mark.offset + mark.length].decode() for mark in marks]
    assert found == [part("one"), "one", part("two"), "two"]
