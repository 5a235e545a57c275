import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.desk import views
from integrations.desk.redaction import redact, redact_headers
from integrations.engine import frames

TEXT = st.text(max_size=20)
NUMBER = st.integers(-(10**12), 10**12)
NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
LEAF = st.none() | st.booleans() | NUMBER | st.decimals(allow_nan=False, allow_infinity=False) | TEXT
DOCUMENT = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=30
)


def scrambled(value):
    """The same structure with every value replaced by another of its kind and length."""
    if isinstance(value, dict):
        return {name: scrambled(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [scrambled(inner) for inner in value]
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return "".join("y" if character == "x" else "x" for character in value)
    if isinstance(value, int):
        return int("".join(str(9 - int(c)) if c.isdigit() and c not in "09" else c for c in str(value)))
    return value


@given(DOCUMENT)
def test_what_is_shown_depends_on_no_value(document):
    assert redact(document) == redact(scrambled(document))


@given(st.dictionaries(NAMES, st.from_regex(r"[ก-ฮ]{4,20}", fullmatch=True)), st.integers(10**9, 10**15))
def test_no_value_is_in_what_is_shown(texts, number):
    shown = json.dumps(redact({"texts": texts, "list": [texts, number]}), ensure_ascii=False)
    assert str(number) not in shown
    assert not any(text in shown for text in texts.values())
    assert all(json.dumps(name) in shown for name in texts)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Somchai", "text, 7 characters"),
        (1050, "number, 4 digits"),
        (Decimal("-10.50"), "number, 4 digits"),
        (True, "yes or no"),
        (b"\x00\x01", "2 bytes"),
    ],
)
def test_a_value_becomes_its_kind_and_length(value, shown):
    assert redact([value]) == [{"$redacted": shown}]


def test_a_field_named_by_a_value_is_named_by_its_place():
    document = {"ann@example.test": 1, "4111111111111111": 2, "สมชาย": 3, "line_items": None}
    assert list(redact(document)) == ["field 1", "field 2", "field 3", "line_items"]


def test_long_and_deep_documents_are_cut():
    assert redact(list(range(60)))[-1] == {"$redacted": "10 more"}
    deep = "bottom"
    for _ in range(200):
        deep = [deep]
    assert "bottom" not in json.dumps(redact(deep))
    wide = redact({f"field_{number}": None for number in range(600)})
    assert (len(wide), wide["…"]) == (501, {"$redacted": "100 more fields"})


def test_of_headers_only_those_about_the_message_are_shown():
    shown = redact_headers({"Content-Type": "text/csv", "Set-Cookie": "sid=1", "X-Customer": "Ann"})
    assert shown == {
        "Content-Type": "text/csv",
        "Set-Cookie": {"$redacted": "text, 5 characters"},
        "X-Customer": {"$redacted": "text, 3 characters"},
    }


@given(st.binary(max_size=200), st.booleans())
def test_any_body_can_be_shown(body, is_plain):
    frame = frames.pack({"headers": {}, "query": {}}, body)
    view = views.document_view("input", "", None, frame, is_plain=is_plain)
    assert view.body.size_bytes == len(body)
    assert is_plain or view.body.text == ""


def test_a_large_body_shows_its_size_only():
    body = b'"' + b"a" * views.MOST_SHOWN_BYTES + b'"'
    view = views.document_view("input", "", None, frames.pack({"headers": {}}, body), is_plain=False)
    assert (view.body.is_cut, view.body.value) == (True, {"$redacted": f"{len(body)} bytes"})
