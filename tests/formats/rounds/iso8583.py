from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from integrations.formats.codec import Record
from integrations.formats.iso8583.fields import FieldForm, field_forms
from integrations.formats.iso8583.options import Iso8583Options

LETTERS = "ABC XYZ019"
ASCII: dict[str, object] = {"frame": "2"}
BCD: dict[str, object] = {
    "mti": "bcd",
    "bitmap": "binary",
    "numbers": "bcd",
    "lengths": "bcd_left",
    "odd_digits": "right",
    "frame": "4",
    "frame_counts_itself": True,
}
EBCDIC: dict[str, object] = {
    "version": "1993",
    "mti": "ebcdic",
    "bitmap": "ebcdic",
    "numbers": "ebcdic",
    "texts": "ebcdic",
    "bits": "hex",
    "lengths": "ebcdic",
    "frame": "2",
    "header_bytes": 2,
}
BINARY: dict[str, object] = {
    "bitmap": "binary",
    "lengths": "binary",
    "numbers": "bcd",
    "texts": "ebcdic",
    "frame": "ascii",
}


def value(form: FieldForm) -> st.SearchStrategy[str]:
    low, high = (form.size, form.size) if form.size else (0, min(form.limit, 20))
    if form.pattern:
        moment = "".join(
            {"MM": "11", "DD": "23", "YY": "26"}.get(form.pattern[at : at + 2], "10")
            for at in range(0, low, 2)
        )
        return st.just(moment)
    if form.kind == "b":
        return st.binary(min_size=low, max_size=high).map(lambda raw: raw.hex().upper())
    if form.kind == "x+n":
        return st.builds(
            lambda sign, number: sign + str(number).zfill(low - 1),
            st.sampled_from("CD"),
            st.integers(0, 9999),
        )
    alphabet = "0123456789" if form.kind == "n" else "0123456789=" if form.kind == "z" else LETTERS
    return st.text(st.sampled_from(alphabet), min_size=low, max_size=high)


def messages(options: dict[str, object]) -> st.SearchStrategy[list[Record]]:
    parsed = Iso8583Options.model_validate(options)
    forms = field_forms(parsed)

    @st.composite
    def message(draw: st.DrawFn) -> Record:
        record: Record = {"header": "6000"} if parsed.header_bytes else {}
        record["mti"] = draw(st.sampled_from(["0100", "0210", "0420", "0800"]))
        numbers = draw(st.sets(st.sampled_from(sorted(forms)), min_size=1, max_size=8))
        for number in sorted(numbers):
            record[str(number)] = draw(value(forms[number]))
        if max(numbers) <= 64 and draw(st.booleans()):
            record["1"] = "0" * 16
        return record

    return st.lists(message(), min_size=1, max_size=4)


ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "ascii": (ASCII, messages(ASCII)),
    "bcd": (BCD, messages(BCD)),
    "ebcdic": (EBCDIC, messages(EBCDIC)),
    "binary-lengths": (BINARY, messages(BINARY)),
}
