"""Flat files of one or several record types: what the mappings beside them say, in our own form.

A file's name begins with the name of its mapping (``g1_``, ``ml3``). Its end says whether it must be read;
EXPECTED names those of which that is not so: the line at which each is to be refused.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from integrations.errors import InputError
from integrations.formats.codec import Codec, Limits, parse_options
from integrations.formats.delimited.codec import CODEC as DELIMITED
from integrations.formats.fixed_width.codec import CODEC as FIXED
from tests.conformance import Result

Record = dict[str, Any]
REFUSED = ("invalid", "missing", "tooMany", "unidentified", "noHeader", "maxLength", "Errors", "empty")


def at(name: str, start: int, length: int, kind: str = "text", **more: object) -> Record:
    return {"name": name, "start": start, "length": length, "type": kind, **more}


def cells(*names: str, **more: object) -> list[Record]:
    return [{"name": name, **more} for name in names]


def told(code: str, **more: object) -> Record:
    """A record type that its first cell tells."""
    return {"name": code, "marks": [{"value": code}], **more}


def fixed(code: str, *fields: Record) -> Record:
    return {"name": code, "marks": [{"start": 1, "value": code}], "fields": fields}


HEADER, TRAILER = {"role": "header"}, {"role": "trailer"}
ONE = {"min_items": 1, "max_items": 1}
ORDER = told("order", fields=[*cells("id"), {"name": "date", "type": "date", "pattern": "YYYY-MM-DD"}])
CUSTOMER = told("customer", within="order", order=1, fields=cells("first", "last"))
COUNT = {"name": "count", "type": "integer"}

DELIMITED_LAYOUTS: dict[str, Record] = {
    "d1": {
        "records": [
            {"name": "r", "min_cells": 2, "fields": [*cells("a", "b", "c"), {"name": "d", "required": True}]}
        ]
    },
    "d2": {"records": [{"name": "r", "min_cells": 2, "fields": cells("a", "b", "c", "d")}]},
    "d3": {
        "delimiter": "\t",
        "records": [{"name": "r", "fields": cells("a", length=3, pad="x", align="right", times=0)}],
    },
    "g1": {
        "records": [
            told("H", **HEADER),
            told("H1", max_items=2),
            told("D1", within="H1", order=1),
            told("T1", within="H1", order=2, **ONE),
            told("T", **TRAILER),
        ]
    },
    "g2": {
        "several": True,
        "records": [
            told("H", **HEADER),
            told("H1", min_items=1, max_items=2),
            told("T1", within="H1", max_items=1),
            told("D", min_items=1),
            told("H2"),
            told("T2", within="H2", **ONE),
            told("TT2", within="H2", max_items=1),
            told("T", **TRAILER),
        ],
    },
    "g3": {
        "records": [
            told("H", **HEADER),
            told("1", min_items=1, max_items=2),
            told("2"),
            told("3", max_items=2),
            told("T", **TRAILER),
        ]
    },
    "g4": {
        "several": True,
        "records": [told("H", **HEADER), told("BH"), told("BD"), told("BT"), told("O"), told("T", **TRAILER)],
    },
    "g5": {
        "several": True,
        "records": [
            told("CH", **HEADER),
            told("FH", min_items=1),
            told("TH", within="FH", order=1),
            told("T", within="TH", order=1),
            told("TT", within="TH", order=2, **ONE),
            told("FT", within="FH", order=2, **ONE),
            told("CT", **TRAILER),
        ],
    },
    "g6": {"records": [told("H", min_items=2), told("T", within="H", **ONE)]},
    "g7": {"records": [told("H", min_items=2), told("T", within="H", max_items=1)]},
    "g8": {
        "records": [
            told("GH", order=1),
            told("GT", within="GH", max_items=1),
            told("T", order=2),
        ]
    },
    "ml1": {
        "records": [
            ORDER,
            {**CUSTOMER, "max_items": 1},
            told(
                "item",
                within="order",
                order=2,
                min_items=1,
                max_items=100,
                fields=[*cells("name"), {"name": "quantity", "type": "integer"}],
            ),
        ]
    },
    "ml2": {
        "records": [
            told("header", min_items=1, fields=[COUNT]),
            {**ORDER, "within": "header", "min_items": 1},
            {**CUSTOMER, **ONE},
            told("item", within="order", order=2, min_items=1, fields=cells("name", "quantity")),
        ]
    },
    "ml3": {
        "records": [
            told("header", min_items=1, fields=[COUNT]),
            {**ORDER, "within": "header", "min_items": 1},
            {**CUSTOMER, **ONE},
        ]
    },
    "ml4": {"records": [ORDER, told("item", within="order", min_items=1, fields=cells("name", "quantity"))]},
    "ml5": {
        "records": [
            told("header", **ONE, fields=[COUNT]),
            {**ORDER, "within": "header", **ONE},
            {**CUSTOMER, **ONE},
        ]
    },
    "ml6": {"records": [ORDER, told("item", within="order", fields=cells("name", "quantity"))]},
    "ml7": {"records": [{"name": "record", "fields": cells("name", "value")}]},
}

FIXED_LAYOUTS: dict[str, Record] = {
    "f1": {
        "records": [
            {
                "name": "r",
                "fields": [
                    at("default", 1, 10),
                    at("number", 11, 10, "integer"),
                    at("padded", 21, 10, pad="x"),
                    at("between", 31, 10),
                    at("last", 41, 5),
                ],
            }
        ]
    },
    "f2": {
        "short_lines": "cut",
        "records": [
            {
                "name": "r",
                "fields": [at("a", 1, 5), at("b", 6, 5, required=True), at("c", 11, 5), at("d", 16, 5)],
            }
        ],
    },
    "f3": {
        "short_lines": "cut",
        "records": [
            {"name": "0", "marks": [{"start": 1, "value": "1000"}], "fields": [at("a", 1, 4)]},
            {
                "name": "1",
                "marks": [{"start": 1, "value": "00001"}],
                "fields": [at("b", 6, 5), at("c", 11, 5)],
            },
            {"name": "2", "marks": [{"start": 1, "value": "00002"}], "fields": [at("b", 6, 5)]},
        ],
    },
    "f4": {
        "records": [
            fixed("INT", at("n", 4, 5, "integer", times=0)),
            fixed("CHA", at("c", 4, 1, times=0)),
            fixed("STL", at("s", 4, 3, times=0)),
            fixed("STR", at("s", 4, 3, align="right", times=0)),
        ]
    },
    "f5": {"records": [{"name": "r", "fields": [at("first", 1, 10), at("last", 11, 10)]}]},
    "f6": {"records": [{"name": "r", "fields": [at("first", 1, 10), at("last", 11, 1, times=0)]}]},
    "f7": {"records": [{"name": "r", "fields": [at("first", 1, 10, required=True), at("last", 11, 10)]}]},
    "ml8": {
        "records": [
            fixed("CUST", at("first", 5, 1, times=0)),
            {**fixed("SHIP", at("first", 5, 1, times=0)), "within": "CUST"},
        ]
    },
}

# Not told by their names: a customer is optional in ml1, but a date or quantity in it is none; a name that is
# required and blank. Their first fault stands in this line.
EXPECTED = {
    "ml1.txt": 6,
    "f7.txt": 2,
    "g1_noHeader.txt": 1,
    "g1_threeBatch.txt": 7,
    "g1_unidentifiedRecord.txt": 8,
}


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.glob("*/*.txt")):
        if path.parent.name == "licences":
            continue
        key = path.stem.partition("_")[0]
        form: Codec[Any] = FIXED if key in FIXED_LAYOUTS else DELIMITED
        layout = FIXED_LAYOUTS.get(key) or DELIMITED_LAYOUTS.get(key)
        if layout is None:
            yield Result(path.name, "decode", passed=False, reason="its mapping is not translated")
            continue
        yield from _file(path, form, {"line_end": "crlf", **layout} if form is FIXED else layout)


def _file(path: Path, form: Codec[Any], layout: Record) -> Iterator[Result]:
    data = path.read_bytes()
    ends = "\r\n" if b"\r\n" in data else "\n"
    if form is DELIMITED:
        layout = {"record_end": ends, **layout}
    else:
        layout["line_end"] = "crlf" if ends == "\r\n" else "lf"
    options = parse_options(form, layout)
    must_refuse = path.name in EXPECTED or any(word in path.stem for word in REFUSED)
    try:
        records = list(form.reader(options, Limits())([data]))
    except InputError as failure:
        if must_refuse:
            line = EXPECTED.get(path.name)
            is_right = line is None or failure.place.split(",")[0] == f"line {line}"
            yield Result(path.name, "refuse", is_right, "" if is_right else f"at another line: {failure}")
        else:
            yield Result(path.name, "decode", passed=False, reason=str(failure))
        return
    if must_refuse:
        yield Result(path.name, "refuse", passed=False, reason="it was read")
        return
    yield Result(path.name, "decode", bool(records))
    written = b"".join(form.writer(options)(records)).rstrip(b"\r\n ")
    is_same = written == data.rstrip(b"\r\n ")
    yield Result(path.name, "round trip", is_same, "" if is_same else "other bytes")
