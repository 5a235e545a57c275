"""FHIR: what of a Bundle is streamed, what stays exact, what is recognised."""

from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import DecodeError, EncodeError
from integrations.formats.codec import Limits, Record, parse_options
from integrations.formats.fhir.codec import CODEC, FhirOptions

ENTRIES = {"layout": "entries"}


def options(given: dict[str, object] | None = None) -> FhirOptions:
    parsed = parse_options(CODEC, given or {})
    assert isinstance(parsed, FhirOptions)
    return parsed


def read(data: bytes, given: dict[str, object] | None = None, bad: Any = None) -> list[Record]:
    return list(CODEC.reader(options(given), Limits())([data], bad))


def write(records: list[Record], given: dict[str, object] | None = None) -> bytes:
    return b"".join(CODEC.writer(options(given))(records))


def test_decimals_keep_their_digits() -> None:
    data = b'{"resourceType":"Observation","a":1.10,"b":1.0,"c":-0.00,"d":1E-22,"e":123456789012345678901}'
    (record,) = read(data)
    assert record["a"] == Decimal("1.10")
    assert write([record]) == data


@pytest.mark.parametrize(
    "data",
    [
        b'{"resourceType":"Bundle","type":"searchset","total":0}',
        b'{"resourceType":"Bundle","type":"searchset","total":0,"entry":[]}',
    ],
)
def test_a_bundle_without_entries_has_none(data: bytes) -> None:
    assert read(data, ENTRIES) == []


def test_what_is_written_without_entries_is_a_bundle_without_the_key() -> None:
    assert write([], ENTRIES) == b'{"resourceType":"Bundle","type":"collection"}'
    assert read(write([], ENTRIES), ENTRIES) == []


def test_the_keys_around_the_entries_may_stand_anywhere() -> None:
    data = b'{"entry":[{"fullUrl":"a"},{"fullUrl":"b"}],"type":"batch","resourceType":"Bundle"}'
    assert read(data, ENTRIES) == [{"fullUrl": "a"}, {"fullUrl": "b"}]


def test_a_bad_entry_costs_only_itself() -> None:
    faults: list[Any] = []
    data = b'{"resourceType":"Bundle","entry":[{"a":1},{"a":1,"a":2},{"a":3}]}'
    assert read(data, ENTRIES, faults.append) == [{"a": 1}, {"a": 3}]
    assert [(fault.code, fault.place) for fault in faults] == [
        ("fhir.duplicate_key", "record 2, a, offset 49")
    ]


def test_a_resource_is_no_entry() -> None:
    with pytest.raises(EncodeError, match="not_an_entry") as refused:
        write([{"resourceType": "Patient"}], ENTRIES)
    assert refused.value.place == "record 1"


def test_a_document_holds_one_resource() -> None:
    with pytest.raises(EncodeError, match="one_resource"):
        write([{"resourceType": "Patient"}, {"resourceType": "Patient"}])


def test_a_large_document_that_is_no_bundle_is_refused() -> None:
    data = b'{"resourceType":"Binary","data":"%s"}' % (b"A" * 100_000)
    with pytest.raises(DecodeError, match="no_entries"):
        read(data, ENTRIES)


@pytest.mark.parametrize(
    ("head", "message", "layout"),
    [
        (b'{"resourceType":"Patient","id":"1"}', "Patient", None),
        (b'\xef\xbb\xbf{ "id": "x", "resourceType" : "Device"', "Device", None),
        (b'{"resourceType":"Bundle","type":"message","entry":[', "Bundle (message)", "resource"),
        (b'{"resourceType":"Bundle","id":"b","type":"searchset"', "Bundle (searchset)", "entries"),
        (
            b'{"resourceType":"Patient"}\n{"resourceType":"Patient"}\n',
            "Patient and others, one a line",
            "lines",
        ),
    ],
)
def test_resources_are_recognised(head: bytes, message: str, layout: str | None) -> None:
    guess = CODEC.sniff(head)
    assert guess is not None
    assert (guess.message, guess.options.get("layout")) == (message, layout)


@pytest.mark.parametrize("head", [b'{"order":1}', b'[{"resourceType":"Patient"}]', b"resourceType", b""])
def test_other_documents_are_not(head: bytes) -> None:
    assert CODEC.sniff(head) is None


def test_the_outline_tells_where_values_stand() -> None:
    data = b'{"resourceType":"Patient","name":[{"family":"Doe"}]}'
    marks = list(CODEC.outline(options(), Limits())([data]))
    assert all(data[mark.offset : mark.offset + mark.length].decode() == mark.text for mark in marks)
    assert "family" in {mark.label for mark in marks}
