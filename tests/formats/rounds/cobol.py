from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

WORDS = st.text(st.sampled_from("ABC xyz-09é"), max_size=8).map(str.rstrip)


def cents(limit: int, scale: int) -> st.SearchStrategy[Decimal]:
    return st.integers(-limit, limit).map(lambda units: Decimal(units).scaleb(-scale))


# name → (what the copybook says after it, values)
KINDS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "WORD": ("PIC X(8)", WORDS | st.none()),
    "PLAIN": ("PIC 9(5)", st.none() | st.integers(0, 99999)),
    "ZONED": ("PIC S9(5)V99", st.none() | cents(9999999, 2)),
    "FRONT": ("PIC S9(4) SIGN LEADING", st.integers(-9999, 9999)),
    "APART": ("PIC S9(4)V9 SIGN TRAILING SEPARATE", st.none() | cents(99999, 1)),
    "SCALED": ("PIC S9(3)PP", st.integers(-999, 999).map(lambda n: n * 100)),
    "SMALL": ("PIC VPP9(3) COMP-3", st.integers(0, 999).map(lambda n: Decimal(n).scaleb(-5))),
    "PACKED": ("PIC S9(6)V9(3) COMP-3", st.none() | cents(999999999, 3)),
    "HUGE": ("PIC S9(31) COMP-3", st.integers(1 - 10**31, 10**31 - 1)),
    "BIN2": ("PIC S9(4) COMP", st.integers(-32768, 32767)),
    "BIN8": ("PIC 9(18) BINARY", st.integers(0, 2**64 - 1)),
    "NATIVE": ("PIC S9(9) COMP-5", st.integers(-(2**31), 2**31 - 1)),
    "SINGLE": ("COMP-1", st.floats(width=32, allow_nan=False, allow_infinity=False).map(Decimal)),
    "DOUBLE": ("COMP-2", st.floats(allow_nan=False, allow_infinity=False).map(Decimal)),
    "EDITED": ("PIC Z(5)9.99-", st.none() | cents(99999999, 2)),
    "FLOATING": ("PIC $$$,$$9.99CR", st.none() | cents(9999999, 2)),
}
FIELDS = "".join(f"           05 {name} {clause}.\n" for name, (clause, _) in KINDS.items())
ALL = st.fixed_dictionaries({name: values for name, (_, values) in KINDS.items()})
FLAT = "       01 R.\n" + FIELDS
NESTED = """
       01 R.
           05 KIND PIC X.
           05 COUNTED.
              10 HOW-MANY PIC 9(2) COMP.
           05 ROWS OCCURS 0 TO 5 DEPENDING ON HOW-MANY.
              10 SKU PIC X(6).
              10 PARTS PIC 9.
              10 PART OCCURS 0 TO 3 DEPENDING ON PARTS PIC S9(3) COMP-3.
              10 PAIR OCCURS 2 PIC 9(3).
           05 LAST-WORD PIC X(8).
"""
PART = st.lists(st.integers(-999, 999), max_size=3)


def row(sku: str, part: list[int], pair: list[int]) -> dict[str, Any]:
    return {"SKU": sku[:6].rstrip(), "PARTS": len(part), "PART": part, "PAIR": pair}


ROWS = st.lists(
    st.builds(row, WORDS, PART, st.lists(st.integers(0, 999), min_size=2, max_size=2)), max_size=5
)


def nested(rows: list[Any], word: str) -> dict[str, Any]:
    return {"KIND": "x", "COUNTED": {"HOW-MANY": len(rows)}, "ROWS": rows, "LAST-WORD": word}


UNION = """
       01 R.
           05 KIND PIC X.
           05 A.
              10 F PIC 9(4).
           05 B REDEFINES A.
              10 G PIC X(8).
              10 H PIC S9(4) COMP.
"""
SEGMENTS = [{"field": "KIND", "values": [name], "use": name} for name in ("A", "B")]
SEGMENTED = st.fixed_dictionaries(
    {"KIND": st.just("A"), "A": st.fixed_dictionaries({"F": st.integers(0, 9999)})}
) | st.fixed_dictionaries(
    {"KIND": st.just("B"), "B": st.fixed_dictionaries({"G": WORDS, "H": st.integers(-99, 99)})}
)


def some(record: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(record, min_size=1, max_size=6)


ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "ebcdic": ({"copybook": FLAT}, some(ALL)),
    "pc": (
        {"copybook": FLAT, "encoding": "latin-1", "overpunch": "p-y", "native_order": "little"},
        some(ALL),
    ),
    "filled-rdw": (
        {"copybook": NESTED, "framing": "rdw", "rdw": {"order": "little", "length_at": 2}, "bdw": {}},
        some(st.builds(nested, ROWS, WORDS)),
    ),
    "filled-content": ({"copybook": NESTED, "framing": "content"}, some(st.builds(nested, ROWS, WORDS))),
    "full": (
        {"copybook": NESTED, "header_bytes": 7, "footer_bytes": 3},
        some(st.builds(nested, ROWS, WORDS)),
    ),
    "segments": ({"copybook": UNION, "framing": "rdw", "segments": SEGMENTS}, some(SEGMENTED)),
}
