from decimal import Decimal

from integrations.web.json_view import MOST_CHARS, Redacted, show


def test_the_plain_text_is_indented_json_with_exact_numbers() -> None:
    shown = show({"id": 820982911946154508, "price": Decimal("12.50"), "lines": [], "ok": True, "note": None})
    assert shown.text == (
        '{\n  "id": 820982911946154508,\n  "price": 12.50,\n  "lines": [],\n  "ok": true,\n  "note": null\n}'
    )


def test_markup_in_keys_and_values_is_escaped() -> None:
    shown = show({"<b>": "<script>alert(1)</script>"})
    assert "<script>" not in shown.html
    assert "<b>" not in shown.html
    assert "&lt;script&gt;" in shown.html


def test_what_was_taken_out_is_marked_with_its_reason() -> None:
    shown = show({"card": Redacted("secret"), "name": {"$redacted": "personal data"}})
    assert shown.redactions == 2
    assert '<span class="x-redacted">redacted: secret</span>' in shown.html
    assert "redacted: personal data" in shown.text


def test_a_key_beside_the_mark_is_data() -> None:
    assert show({"$redacted": "x", "more": 1}).redactions == 0


def test_a_long_document_is_cut_at_a_line() -> None:
    shown = show(["x" * 100] * 2000)
    assert shown.is_cut
    assert len(shown.text) < MOST_CHARS + 200
    assert shown.text.endswith('",')


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    assert show("x" * 20_000).text == f'"{"x" * 10_000}" … 10000 more characters'
