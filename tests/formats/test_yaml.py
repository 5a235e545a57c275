"""YAML: what words mean, what is refused and where, and that documents are cut at their markers only."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import DecodeError, EncodeError, InputError, LimitError
from integrations.formats.codec import Limits, Record
from integrations.formats.yaml.codec import CODEC, YamlOptions


def read(text: str | bytes, limits: Limits | None = None, **options: Any) -> list[Record]:
    data = text.encode() if isinstance(text, str) else text
    return list(CODEC.reader(YamlOptions(**options), limits or Limits())([data]))


def value(text: str) -> object:
    return read(f"v: {text}")[0]["v"]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("1.10", Decimal("1.10")),
        ("820982911946154508", 820982911946154508),
        ("-0", 0),
        ("1e3", Decimal("1e3")),
        (".5", Decimal("0.5")),
        ("0x1F", 31),
        ("0o17", 15),
        ("007", "007"),
        ("+4930", "+4930"),
        ("01.5", "01.5"),
        ("1_000", "1_000"),
        ("NO", "NO"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("2024-03-01", "2024-03-01"),
        ("1.2.3", "1.2.3"),
        ("-", None),
        ("~", None),
        ("", None),
        ("True", True),
        ('"1"', "1"),
        ("!!str 1", "1"),
        ("! 1", "1"),
        ("!!int 7", 7),
        ("!!binary aGk=", b"hi"),
        ("!mine x", "x"),
        ("[a, ?x]", ["a", "?x"]),
        ("{a: 1, b: }", {"a": 1, "b": None}),
        ("|-\n  a\n   b", "a\n b"),
        (">\n  a\n  b\n", "a b\n"),
        ('"\\u00e9\\n"', "é\n"),
    ],
)
def test_values(text: str, meaning: object) -> None:
    if text == "-":
        assert read("- v:")[0]["v"] is None
        return
    found = value(text)
    assert (found, type(found)) == (meaning, type(meaning))
    assert str(found) == str(meaning)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: 1\na: 2\n", "yaml.duplicate_key", "line 2, column 1"),
        ("? [a]\n: 1\n", "yaml.key", "line 1, column 3"),
        ("a: .inf\n", "yaml.number_range", "line 1, column 4"),
        ("a: 1e999\n", "yaml.number_range", "line 1, column 4"),
        (f"a: {'7' * 1001}\n", "yaml.number_range", "line 1, column 4"),
        ("a: &x [*x]\n", "yaml.alias", "line 1, column 8"),
        ("a: *x\n", "yaml.alias", "line 1, column 4"),
        ('a: "\\0"\n', "yaml.nul", "line 1, column 4"),
        ('a: "\\ud800"\n', "yaml.surrogate", "line 1, column 4"),
        ("a: !!int x\n", "yaml.tag", "line 1, column 4"),
        ("a: !!binary x\n", "yaml.tag", "line 1, column 4"),
        ("a: [1, 2\n", "yaml.malformed", "line 2, column 1"),
        ("a: b: c\n", "yaml.malformed", "line 1, column 5"),
        ("a: [1]#x\n", "yaml.malformed", "line 1, column 7"),
        ("a: 1\n---\nb: 2\n--- x\n", "yaml.record_not_object", "line 4"),
        ("- 1\n", "yaml.record_not_object", "line 1"),
        ("%YAML 1.2\na: 1\n", "yaml.directive", "line 2"),
        ("%YAML 2.0\n---\na: 1\n", "yaml.directive", "line 1"),
    ],
)
def test_bad_documents_are_refused_with_code_and_place(text: str, code: str, place: str) -> None:
    with pytest.raises(DecodeError) as refused:
        read(text)
    assert (refused.value.code, refused.value.place) == (code, place)


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    for data, code in ((b"a: 1\nb: \xff\n", "yaml.encoding"), (b"a: 1\nb: \0\n", "yaml.nul")):
        with pytest.raises(DecodeError, match=code) as refused:
            read(data)
        assert refused.value.place == "line 2"


def test_a_byte_order_mark_tells_the_encoding() -> None:
    assert read("a: é\n".encode("utf-16")) == read(b"\xef\xbb\xbfa: \xc3\xa9\n") == [{"a": "é"}]


def test_documents_end_at_their_markers() -> None:
    text = "# one\na: |\n  ---\n  text\n...\n# between\n%YAML 1.2\n---\nb: 1\n--- {c: 2}\n"
    assert read(text) == [{"a": "---\ntext\n"}, {"b": 1}, {"c": 2}]


def test_a_bad_document_costs_that_document_only() -> None:
    bad: list[InputError] = []
    data = b"a: 1\n---\na: [\n---\na: 3\n---\n- a: 4\n- 5\n"
    records = list(CODEC.reader(YamlOptions(), Limits())([data], bad.append))
    assert records == [{"a": 1}, {"a": 3}, {"a": 4}]
    assert [(error.code, error.place) for error in bad] == [
        ("yaml.malformed", "line 4, column 1"),
        ("yaml.record_not_object", "line 8"),
    ]


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ("a: " + "[" * 70 + "]" * 70, Limits(), "yaml.too_deep"),
        ("a: " + "{a: " * 100, Limits(), "yaml.too_deep"),
        ("a: " + "x" * 200, Limits(max_field_bytes=100), "yaml.field_too_long"),
        ("a: " + "x" * 200_000, Limits(max_record_bytes=100_000), "yaml.record_too_large"),
    ],
)
def test_limits(text: str, limits: Limits, code: str) -> None:
    with pytest.raises(LimitError, match=code):
        read(text, limits)


@pytest.mark.parametrize(
    "opening",
    ["[" * 20_000, "{a: " * 5_000, "- " * 5_000, "? " * 5_000, "&a " * 5_000, "!t " * 5_000, "a:\n" * 5_000],
)
def test_piles_of_one_mark_are_refused_and_do_not_hang(opening: str) -> None:
    with pytest.raises(InputError):
        read(opening)


@given(st.text(st.sampled_from("ab:-?[]{},#&*!|>'\"%@ \n\t0.~"), max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        read(text)
    except InputError as failure:
        assert failure.place  # noqa: PT017  the place is the point


@pytest.mark.parametrize(
    ("record", "code", "place"),
    [
        ({"a": Decimal("NaN")}, "yaml.number_range", "record 1, a"),
        ({"a": [10**1000]}, "yaml.number_range", "record 1, a[0]"),
        ({"a": "\0"}, "yaml.nul", "record 1, a"),
        ({"a": "\ud800"}, "yaml.surrogate", "record 1, a"),
    ],
)
def test_values_that_yaml_cannot_hold_are_refused(record: Record, code: str, place: str) -> None:
    with pytest.raises(EncodeError) as refused:
        list(CODEC.writer(YamlOptions())([record]))
    assert (refused.value.code, refused.value.place) == (code, place)


def test_texts_that_look_like_something_else_get_quotes() -> None:
    record: Record = {
        "a": "1",
        "b": "no",
        "c": "null",
        "d": "a: b",
        "e": "",
        "f": date(2024, 2, 29),
        "g": b"hi",
    }
    text = b"".join(CODEC.writer(YamlOptions())([record])).decode()
    assert text == ('---\na: "1"\nb: no\nc: "null"\nd: "a: b"\ne: ""\nf: "2024-02-29"\ng: !!binary "aGk="\n')
    assert read(text) == [{**record, "f": "2024-02-29"}]


def test_the_outline_tells_where_values_stand() -> None:
    data = "é: [1, {b: x}]\n---\nc: y\n".encode()
    marks = list(CODEC.outline(YamlOptions(), Limits())([data]))
    assert [(m.depth, m.label, data[m.offset : m.offset + m.length].decode()) for m in marks] == [
        (0, "document 1", "é: [1, {b: x}]"),
        (1, "é", "[1, {b: x}]"),
        (2, "[0]", "1"),
        (2, "[1]", "{b: x}"),
        (3, "b", "x"),
        (0, "document 2", "c: y"),
        (1, "c", "y"),
    ]
