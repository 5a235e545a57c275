"""Strict JSON: what is refused, where, and that the fast checks agree with the precise scan."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from integrations.errors import DecodeError, EncodeError, InputError, LimitError
from integrations.formats import registry
from integrations.formats.codec import Limits, Value
from integrations.formats.json.codec import CODEC, JsonOptions
from integrations.formats.json_text.scan import find_fault
from tests.formats.records import VALUES

decode = CODEC.document(JsonOptions(), Limits())
dump = CODEC.dump(JsonOptions())

REFUSED = [
    ("empty", b"", "json.empty", "offset 0"),
    ("only space", b" \r\n", "json.empty", "offset 0"),
    ("only a mark", b"\xef\xbb\xbf", "json.empty", "offset 3"),
    ("not utf-8", b'{"a": "x\xff"}', "json.not_utf8", "a, offset 8"),
    ("not utf-8 key", b'{"\xff": 1}', "json.not_utf8", "offset 2"),
    ("utf-8 surrogate", b'["\xed\xa0\x80"]', "json.not_utf8", "[0], offset 2"),
    ("utf-16", "[1]".encode("utf-16-le"), "json.malformed", "[0], offset 1"),
    ("raw nul", b'["a\x00"]', "json.malformed", "[0], offset 3"),
    ("nul", b'{"a": ["x\\u0000"]}', "json.nul", "a[0], offset 9"),
    ("nul after backslashes", rb'["\\\u0000"]', "json.nul", "[0], offset 4"),
    ("nul in key", rb'{"\u0000": 1}', "json.nul", "offset 2"),
    ("high surrogate", rb'{"a": {"b": "\ud800"}}', "json.surrogate", "a.b, offset 13"),
    ("high before text", rb'["\ud800x"]', "json.surrogate", "[0], offset 2"),
    ("low surrogate", rb'["ok", "\udc00"]', "json.surrogate", "[1], offset 8"),
    ("wrong order", rb'["\udc00\ud800"]', "json.surrogate", "[0], offset 2"),
    ("duplicate key", b'{"a": 1, "b": 2, "a": 3}', "json.duplicate_key", "a, offset 17"),
    ("inner duplicate", b'[{"x": [{"k": {}, "k": 1}]}]', "json.duplicate_key", "[0].x[0].k, offset 18"),
    ("escaped duplicate", rb'{"ab": 1, "\u0061b": 1}', "json.duplicate_key", "ab, offset 10"),
    ("hidden by a colon", rb'{"a\u003A": 1, "b": 1, "b": 1}', "json.duplicate_key", "b, offset 23"),
    ("private key", b'{"jo@x.org": {"a": 1, "a": 1}}', "json.duplicate_key", "*.a, offset 22"),
    ("nan", b'{"a": NaN}', "json.number_range", "a, offset 6"),
    ("infinity", b"[-Infinity]", "json.number_range", "[0], offset 1"),
    ("1e400", b"[1, 1e400]", "json.number_range", "[1], offset 4"),
    ("huge exponent", b"1e" + b"9" * 30, "json.number_range", "offset 0"),
    ("tiny", b"-1e-400", "json.number_range", "offset 0"),
    ("5,000 digits", b'{"a": ' + b"7" * 5000 + b"}", "json.number_range", "a, offset 6"),
    ("1,001 digits", b"[" + b"7" * 1001 + b"]", "json.number_range", "[0], offset 1"),
    ("1,001 decimals", b"[1." + b"7" * 1000 + b"]", "json.number_range", "[0], offset 1"),
    ("depth 65", b"[" * 65 + b"]" * 65, "json.too_deep", "[0][0][0][0][0][0][0][0]…, offset 64"),
    (
        "depth 100,000",
        b"[" * 100_000 + b"]" * 100_000,
        "json.too_deep",
        "[0][0][0][0][0][0][0][0]…, offset 64",
    ),
    ("open 100,000", b'{"a":' * 100_000, "json.too_deep", "a.a.a.a.a.a.a.a…, offset 320"),
    ("closed 100", b"]" * 100, "json.malformed", "offset 0"),
    ("trailing text", b"{} {}", "json.trailing", "offset 3"),
    ("cut in a word", b'{"a": [1, tru', "json.truncated", "a[1], offset 10"),
    ("cut in a text", b'{"a": "bc', "json.truncated", "a, offset 9"),
    ("cut in an escape", b'["\\u00', "json.truncated", "[0], offset 2"),
    ("cut after a comma", b'{"a": 1,', "json.truncated", "a, offset 8"),
    ("comma at the end", b"[1,]", "json.malformed", "[1], offset 3"),
    ("single quotes", b"{'a': 1}", "json.malformed", "offset 1"),
    ("leading zero", b"[01]", "json.malformed", "[0], offset 1"),
    ("bad escape", rb'["\x41, and more"]', "json.malformed", "[0], offset 2"),
    ("comment", b"[1] // x", "json.trailing", "offset 4"),
    ("missing colon", b'{"a" 1}', "json.malformed", "a, offset 5"),
    ("wrong bracket", b'{"a": [1}', "json.malformed", "a[0], offset 8"),
]


@pytest.mark.parametrize(("data", "code", "place"), [pytest.param(*r[1:], id=r[0]) for r in REFUSED])
def test_bad_documents_are_refused_with_code_and_place(data: bytes, code: str, place: str) -> None:
    with pytest.raises(InputError) as refused:
        decode(data)
    assert (refused.value.code, refused.value.place) == (code, place)


ACCEPTED: list[tuple[bytes, Value]] = [
    (b"\xef\xbb\xbf{}", {}),
    (b"820982911946154508", 820982911946154508),
    (b"[10.10, 1e399, -0.0]", [Decimal("10.10"), Decimal("1e399"), Decimal("-0.0")]),
    (b"7" * 1000, int("7" * 1000)),
    (rb'"\\u0000"', "\\u0000"),
    (rb'"\ud83d\ude00"', "😀"),
    (rb'{"a\u003ab": 1, "\u003a": {"\u003a": ":"}}', {"a:b": 1, ":": {":": ":"}}),
    (b'{"a": {"a": {"a": ":"}}}', {"a": {"a": {"a": ":"}}}),
    (b'["' + b"7" * 2000 + b'"]', ["7" * 2000]),
    (b'["' + b"[{" * 100 + b'\\""]', ["[{" * 100 + '"']),
]


@pytest.mark.parametrize(("data", "value"), ACCEPTED)
def test_good_documents_keep_every_digit_and_character(data: bytes, value: Value) -> None:
    assert decode(data) == value


def test_depth_64_is_read_also_beside_many_brackets() -> None:
    deep = b"[" * 63 + b"]" * 63
    assert decode(b"[" + b",".join([deep, b'"]"', b"{}", b"[]"] * 40) + b"]")


@given(VALUES)
def test_the_scan_finds_no_fault_in_what_we_write(value: Value) -> None:
    text = dump(value)
    assert find_fault(text, max_depth=64) is None
    assert decode(text) == value


JSONISH = st.lists(
    st.sampled_from(
        [
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b":",
            b'"a"',
            b'"b"',
            b'"\\u0061"',
            b'"\\u003a"',
            b"1",
            b"-0.5",
            b"1e9",
            b"1e500",
            b"null",
            b"true",
            b" ",
            b'"',
            b"\\",
            b"\\ud800",
            b"x",
            b"\xff",
            b'":"',
            b'{"a":1,"b":2}',
            b'["a"]',
            b"0",
        ]
    ),
    max_size=14,
).map(b"".join)


def verdict(data: bytes) -> tuple[str, str] | None:
    try:
        decode(data)
    except InputError as failure:
        return failure.code, failure.place
    return None


@given(JSONISH)
@example(b'{"a":{"a":1,"\\u003a":2},"a":1}')
def test_the_fast_checks_and_the_precise_scan_agree(data: bytes) -> None:
    fault = find_fault(data, max_depth=64)
    assert verdict(data) == (None if fault is None else (fault.code, fault.place))


def duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


KEYS = st.sampled_from(['"a"', '"b"', '"\\u0061"', '":"', '"\\u003a"', '"a:b"', '"\\u003A"'])
TREES = st.recursive(
    st.sampled_from(["1", '":"', '"\\u003a"', "[]"]),
    lambda inner: st.lists(st.tuples(KEYS, inner), max_size=4).map(
        lambda pairs: "{" + ",".join(f"{key}:{value}" for key, value in pairs) + "}"
    ),
    max_leaves=12,
)


@given(TREES)
def test_exactly_the_documents_with_duplicate_keys_are_refused(text: str) -> None:
    try:
        json.loads(text, object_pairs_hook=duplicates)
    except AssertionError:
        expected = "json.duplicate_key"
    else:
        expected = ""
    found = verdict(text.encode())
    assert (found[0] if found else "") == expected


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        (b'{"a":1,"a":2}', "json.duplicate_key"),
        (b"7" * 1001, "json.number_range"),
        (b'"\\u0000"', "json.nul"),
        (b"x", "json.malformed"),
        (b"[" * 70 + b"]" * 70, "json.too_deep"),
    ],
)
def test_a_fault_far_into_a_large_document_is_found_without_its_path(inside: bytes, code: str) -> None:
    with pytest.raises(InputError) as refused:
        decode(b"[" + b'{"a": [1, "x"]},' * 20_000 + inside + b"]")
    assert refused.value.code == code
    assert refused.value.place == ("offset 320001" if code == "json.malformed" else "document")


@pytest.mark.parametrize(
    ("value", "code", "place"),
    [
        ({"a": [Decimal("NaN")]}, "json.number_range", "a[0]"),
        ({"a": Decimal("-Infinity")}, "json.number_range", "a"),
        ({"a": Decimal("1E+400")}, "json.number_range", "a"),
        ([10**1000], "json.number_range", "[0]"),
        ([10**5000], "json.number_range", "[0]"),
        ({"a": "x\0"}, "json.nul", "a"),
        ({"b": {"a\0": 1}}, "json.nul", "b.*"),
        ({"a": "\ud800"}, "json.surrogate", "a"),
    ],
)
def test_what_our_reader_would_refuse_is_not_written(value: Value, code: str, place: str) -> None:
    with pytest.raises(EncodeError) as refused:
        dump(value)
    assert (refused.value.code, refused.value.place) == (code, place)


def test_text_that_only_looks_like_trouble_is_written() -> None:
    value: Value = ["NaN", "Infinity", "\\u0000", "1E+500", "7" * 3000, Decimal("1E+20")]
    assert decode(dump(value)) == value


def test_dates_are_written_as_iso_text() -> None:
    assert dump([date(2024, 2, 29), datetime(2024, 2, 29, 23, 59, tzinfo=UTC), b"\x00"]) == (
        b'["2024-02-29","2024-02-29T23:59:00Z","AA=="]'
    )


def read(data: bytes, limits: Limits | None = None, **options: Any) -> list[Any]:
    return list(CODEC.reader(JsonOptions(**options), limits or Limits())([data]))


ENVELOPE = {"records": ("data", "orders")}


@pytest.mark.parametrize(
    ("data", "options", "code", "place"),
    [
        (b"[]]", {}, "json.trailing", "offset 2"),
        (b'[{"a": 1}, 5]', {}, "json.record_not_object", "record 2, offset 11"),
        (b'[{"a": 1} {}]', {}, "json.malformed", "record 1, offset 10"),
        (b'[{"a": 1}, {"a": ', {}, "json.truncated", "record 2, a, offset 17"),
        (b'[{"a": 1},', {}, "json.truncated", "record 2, offset 10"),
        (b'[{"a": [1}]', {}, "json.malformed", "record 1, a[0], offset 9"),
        (b"", {}, "json.empty", "offset 0"),
        (b'{"data": {"rows": []}}', ENVELOPE, "json.no_records", "offset 21"),
        (b'{"data": {"orders": []}, "data": {}}', ENVELOPE, "json.duplicate_key", "offset 25"),
        (b'{"data": {"orders": [], "x": {"a": 1, "a": 2}}}', ENVELOPE, "json.duplicate_key", "a, offset 38"),
        (b'{"data": []}', ENVELOPE, "json.malformed", "offset 9"),
        (
            b'{"a": 1}\n\n{"a": 1, "a": 2}\n',
            {"layout": "lines"},
            "json.duplicate_key",
            "line 3, a, offset 19",
        ),
        (b"[1]\n", {"layout": "lines"}, "json.record_not_object", "line 1, offset 0"),
    ],
)
def test_streams_name_record_and_offset(data: bytes, options: dict[str, Any], code: str, place: str) -> None:
    with pytest.raises(DecodeError) as refused:
        read(data, **options)
    assert (refused.value.code, refused.value.place) == (code, place)


def test_records_are_found_in_an_envelope_whatever_stands_around_them() -> None:
    inner = b'{"t": true, "orders": [{"a": "}"}, {}], "z": {}}'
    data = b'{"x": "]}", "n": -1.5, "": null, "data": ' + inner + b', "y": [[1]]} '
    for size in range(1, 40):
        chunks = [data[at : at + size] for at in range(0, len(data), size)]
        assert list(CODEC.reader(JsonOptions(**ENVELOPE), Limits())(chunks)) == [{"a": "}"}, {}]


def test_one_object_is_one_record_and_an_empty_list_none() -> None:
    assert read(b' {"a": 1} ') == [{"a": 1}]
    assert read(b" [ ] ") == []
    assert read(b"\n", layout="lines") == []


@pytest.mark.parametrize(
    ("start", "layout"),
    [(b'[{"a": "', "document"), (b'{"a": "', "lines"), (b'[{"a": 1}, {"b": [', "document")],
)
def test_a_record_without_end_stops_at_the_limit(start: bytes, layout: Any) -> None:
    limits = Limits(max_bytes=1 << 30, max_record_bytes=1000)
    chunks = (b"1, " * 10_000 if number else start for number in range(10_000))
    with pytest.raises(LimitError, match=r"json\.record_too_large"):
        list(CODEC.reader(JsonOptions(layout=layout), limits)(chunks))


@given(st.integers(0, 400), st.sampled_from([b"x", b'\\"', b"\\\\", b'\\\\\\"']))
def test_every_text_over_the_limit_is_found(before: int, piece: bytes) -> None:
    read = CODEC.document(JsonOptions(), Limits(max_field_bytes=100))
    head = b"[" + b'"",' * before + b'"'
    with pytest.raises(LimitError, match="field_too_long"):
        read(head + piece * 101 + b'"]')
    assert read(head + piece * (100 // len(piece)) + b'"' + b',""' * 90 + b"]")


def test_a_long_text_is_refused() -> None:
    with pytest.raises(LimitError, match=r"field_too_long.*offset 5") as refused:
        CODEC.document(JsonOptions(), Limits(max_field_bytes=100))(b'["", "' + b"x" * 101 + b'"]')
    assert refused.value.place == "offset 5"


def test_a_usual_order_takes_the_fast_path() -> None:
    """What would call for a precise pass does not stand in an order of 2 KB."""
    order = next((Path(registry.__file__).parent / "json/samples/order").glob("document.*")).read_bytes()
    assert order.count(b"[") + order.count(b"{") <= Limits().max_depth
    assert b"\\u003a" not in order
    assert isinstance(decode(order), dict)


RUN = (
    b"["
    + b",\n".join(b'{"id": %d, "t": "}, {\\"id\\"", "l": [{"id": 1}, {"id": 2}]}' % n for n in range(5000))
    + b"]"
)


def test_a_long_list_of_records_that_are_alike_reads_as_if_cut_one_by_one() -> None:
    records = list(CODEC.reader(JsonOptions(), Limits())([RUN]))
    pieces = list(CODEC.split(JsonOptions(), Limits())([RUN]))
    assert records == [piece.record for piece in pieces] == decode(RUN)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'"id": 3000', b'"id": 3000, "id": 1', "json.duplicate_key"),
        (b'"id": 3000', b'"id": 1e999', "json.number_range"),
        (b'"id": 3000', b'"id": ' + b"[" * 64 + b"]" * 64, "json.too_deep"),
        (b'{"id": 3000', b'4, {"id": 3000', "json.record_not_object"),
    ],
)
def test_one_bad_record_in_a_long_list_costs_that_record(old: bytes, new: bytes, code: str) -> None:
    bad: list[InputError] = []
    data = RUN.replace(old, new)
    records = list(CODEC.reader(JsonOptions(), Limits())([data], bad.append))
    assert (len(records), [error.code for error in bad]) == (
        5000 - (code != "json.record_not_object"),
        [code],
    )
    assert bad[0].place.startswith("record 3001, ")
    with pytest.raises(InputError, match=code):
        list(CODEC.reader(JsonOptions(), Limits())([data]))


def test_the_number_of_records_is_limited_inside_a_run() -> None:
    with pytest.raises(LimitError, match="too_many_records") as refused:
        list(CODEC.reader(JsonOptions(), Limits(max_records=4000))([RUN]))
    assert refused.value.place == "record 4001"


def test_a_small_limit_of_a_record_holds_for_the_record_only() -> None:
    assert len(list(CODEC.reader(JsonOptions(), Limits(max_record_bytes=200))([RUN]))) == 5000


def test_the_outline_tells_where_values_stand() -> None:
    data = b'\xef\xbb\xbf{"a": [1, {"b": "x"}],\n "c": null}'
    marks = list(CODEC.outline(JsonOptions(), Limits())([data]))
    assert [(mark.depth, mark.label, mark.text) for mark in marks] == [
        (0, "", data[3:].decode()),
        (1, "a", '[1, {"b": "x"}]'),
        (2, "[0]", "1"),
        (2, "[1]", '{"b": "x"}'),
        (3, "b", '"x"'),
        (1, "c", "null"),
    ]
    assert all(data[m.offset : m.offset + m.length].decode() == m.text for m in marks)


def test_the_outline_of_lines_and_of_broken_text_goes_as_far_as_it_can() -> None:
    lines = list(CODEC.outline(JsonOptions(layout="lines"), Limits())([b'{"a":1}\n\n{"a":2}\n']))
    assert [(m.depth, m.label, m.offset) for m in lines] == [
        (0, "line 1", 0), (1, "a", 5), (0, "line 3", 9), (1, "a", 14),
    ]  # fmt: skip
    broken = list(CODEC.outline(JsonOptions(), Limits())([b'{"a": [1, "x']))
    assert [m.label for m in broken] == ["", "a", "[0]"]
    deep = list(CODEC.outline(JsonOptions(), Limits())([b"[" * 100_000]))
    assert len(deep) == 64


def test_json_lines_are_recognised() -> None:
    guess = CODEC.sniff(b'{"a": 1}\n{"a": 2}\n')
    assert guess
    assert guess.options == {"layout": "lines"}
    document = CODEC.sniff(b'{\n  "a": {}\n}\n')
    assert document
    assert document.options == {}
