"""Recognising documents: the right format wins, with options that read it; nobody is sure of prose."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.formats import registry
from integrations.formats.codec import SNIFF_BYTES, Limits, parse_options

SURE = 0.5
ALWAYS_SURE = {
    "json",
    "xml",
    "yaml",
    "form",
    "multipart",
    "x12",
    "hl7",
    "nacha",
    "swift_mt",
    "fhir",
    "idoc",
    "bai2",
}


def samples() -> list[Any]:
    return list(found())


def found() -> Iterator[Any]:
    for folder in sorted(Path(registry.__file__).parent.glob("*/samples/*/")):
        key = folder.parent.parent.name
        if not folder.name.startswith("bad-") and key in registry.FORMATS:
            data = next(folder.glob("document.*")).read_bytes()
            yield pytest.param(key, data, id=f"{key}/{folder.name}")


@pytest.mark.parametrize(("key", "data"), samples())
def test_our_samples_are_recognised_or_nobody_is_sure(key: str, data: bytes) -> None:
    best, guess = registry.sniff(data)[0]
    if guess.confidence < SURE:
        assert key not in ALWAYS_SURE
        return
    assert best == key
    form = registry.codec(best)
    bad: list[Exception] = []
    records = list(form.reader(parse_options(form, guess.options), Limits())([data], bad.append))
    assert not bad or len(records) > len(bad)


@pytest.mark.parametrize(
    ("data", "key", "options", "encoding"),
    [
        ("Größe;Preis\r\nL;5,20\r\nM;4,10\r\n".encode("cp1252"), "csv", {"encoding": "cp1252"}, "cp1252"),
        ("ชื่อ\tราคา\nกระเป๋า\t5\nเสื้อ\t7\n".encode("cp874"), "csv", {"encoding": "cp874"}, "cp874"),
        ("товары;цены\nжурнал;5\nблокнот;7\n".encode("cp1251"), "csv", {"encoding": "cp1251"}, "cp1251"),  # noqa: RUF001  Russian
        ("a,b\n1,é\n2,x\n".encode("utf-16"), "csv", {"encoding": "utf-16"}, "utf-16"),
        (b"\xef\xbb\xbf" + b'{"a": 1}', "json", {}, "utf-8"),
        ("a: é\nb: 1\nc: 2\n".encode("utf-16"), "yaml", {}, "utf-16"),
        (b'{"a": 1}\n{"a": 2}\n', "json", {"layout": "lines"}, "utf-8"),
        (b"a=1&b=%C3%A9&c=", "form", {}, "utf-8"),
    ],
)
def test_the_encoding_is_told(data: bytes, key: str, options: dict[str, object], encoding: str) -> None:
    best, guess = registry.sniff(data)[0]
    assert (best, guess.encoding) == (key, encoding)
    assert guess.confidence >= SURE
    assert options.items() <= guess.options.items()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"007\n",
        b"Dear Ann, please send two bags. Thanks, Bob\n",
        b"Dear Ann,\n\nplease send two bags, one blue, one red.\n\nThanks,\nBob\n",
        b"a=b",
        b"key: value",
        b"12:30\n12:45\n",
        b"A-1 5 Berlin\nA-2 7 Paris\n",
        b"\x00\x01\x02\x03" * 20,
        bytes(range(256)) * 4,
        b"\xff\xfe",
        b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"PK\x03\x04\x14\x00\x00\x00\x08\x00",
    ],
)
def test_nobody_is_sure_of_what_could_be_anything(data: bytes) -> None:
    assert all(guess.confidence < SURE for _, guess in registry.sniff(data)), registry.sniff(data)[:2]


@pytest.mark.parametrize(
    "data",
    [
        b"," * SNIFF_BYTES,
        b"\n" * SNIFF_BYTES,
        b'"' * SNIFF_BYTES,
        b"a:" * SNIFF_BYTES,
        b"\xe9;" * SNIFF_BYTES,
        b"[" * SNIFF_BYTES,
    ],
)
def test_long_heads_of_one_mark_are_judged_in_bounded_time(data: bytes) -> None:
    assert all(0 < guess.confidence <= 1 for _, guess in registry.sniff(data))
