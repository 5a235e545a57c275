"""Avro: types, damage, and what hostile files promise."""

import json
import zlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import ConfigError, DecodeError, EncodeError, InputError, LimitError
from integrations.formats.avro import numbers
from integrations.formats.avro.codec import CODEC
from integrations.formats.avro.compression import TooLargeError, UnpackError, pack, unpack
from integrations.formats.avro.container import MAGIC
from integrations.formats.avro.options import AvroOptions
from integrations.formats.avro.types import write_long
from integrations.formats.codec import Limits, Record, Value, parse_options

MARK = b"7" * 16
NODE = {"type": "record", "name": "Node", "fields": [{"name": "next", "type": ["null", "Node"]}]}


def long(*values: int) -> bytes:
    out = bytearray()
    for value in values:
        write_long(value, out)
    return bytes(out)


def entry(key: str, value: bytes) -> bytes:
    return long(len(key)) + key.encode() + long(len(value)) + value


def file(schema: Any, *blocks: tuple[int, bytes], packing: str = "null") -> bytes:
    text = json.dumps(schema).encode()
    head = MAGIC + long(2) + entry("avro.schema", text) + entry("avro.codec", packing.encode()) + b"\0" + MARK
    return head + b"".join(long(count, len(data)) + data + MARK for count, data in blocks)


def fields(**kinds: Any) -> Any:
    listed = [{"name": name, "type": kind} for name, kind in kinds.items()]
    return {"type": "record", "name": "R", "fields": listed}


def read(data: bytes, limits: Limits | None = None, **options: Any) -> list[Record]:
    return list(CODEC.reader(AvroOptions(**options), limits or Limits())([data]))


def write(*records: Record, **options: Any) -> bytes:
    return b"".join(CODEC.writer(AvroOptions(**options))(records))


@pytest.mark.parametrize(
    ("kind", "data", "value"),
    [
        ("double", b"\x9a\x99\x99\x99\x99\x99\xb9\x3f", Decimal("0.1")),
        ("float", b"\xcd\xcc\xcc\x3d", Decimal("0.1")),
        (
            {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2},
            b"\x02\x92",
            Decimal("-1.10"),
        ),
        ({"type": "long", "logicalType": "timestamp-millis"}, b"\x01", "1969-12-31T23:59:59.999Z"),
        ({"type": "long", "logicalType": "timestamp-nanos"}, b"\x02", "1970-01-01T00:00:00.000000001Z"),
        ({"type": "int", "logicalType": "time-millis"}, long(30_600_250), "08:30:00.250"),
        ({"type": "string", "logicalType": "decimal"}, b"\x06007", "007"),
        ({"type": "long", "logicalType": "unheard-of"}, b"\x02", 1),
        (
            {"type": "fixed", "name": "U", "size": 16, "logicalType": "uuid"},
            bytes(range(16)),
            "00010203-0405-0607-0809-0a0b0c0d0e0f",
        ),
    ],
)
def test_values_are_exact_and_written_back(kind: Any, data: bytes, value: Value) -> None:
    document = file(fields(a=kind), (1, data))
    found = read(document)[0]["a"]
    if isinstance(found, datetime):
        assert found == datetime.fromisoformat(str(value))
    else:
        assert (found, str(found)) == (value, str(value))
    if "nanos" not in str(kind):
        assert data + b"" in write({"a": found}, schema_text=json.dumps(fields(a=kind)), compression="null")


def test_a_bad_value_costs_its_record_only() -> None:
    data = file(fields(a={"type": "int", "logicalType": "date"}, b="int"), (3, long(0, 1, 1 << 30, 2, 0, 3)))
    errors: list[InputError] = []
    found = list(CODEC.reader(AvroOptions(), Limits())([data], errors.append))
    assert [record["b"] for record in found] == [1, 3]
    assert [(error.code, error.place) for error in errors] == [("avro.value", "block 1, record 2, a")]


def test_numbers_that_are_none_may_be_null() -> None:
    data = file(fields(a="float"), (1, b"\x00\x00\xc0\x7f"))
    with pytest.raises(DecodeError, match=r"avro\.value"):
        read(data)
    assert read(data, not_a_number="null") == [{"a": None}]


def test_values_that_are_no_records_are_wrapped() -> None:
    data = file({"type": "array", "items": "int"}, (2, b"\x02\x02\x00\x00"))
    assert read(data) == [{"value": [1]}, {"value": []}]
    assert read(write({"value": "x"}, schema_text="")) == [{"value": "x"}]


def test_schemas_may_be_packed_any_way() -> None:
    for packing in ("null", "deflate", "bzip2", "xz", "snappy", "zstandard"):
        assert read(write({"a": "x" * 100_000}, compression=packing)) == [{"a": "x" * 100_000}]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"Obj\x02", "avro.not_avro"),
        (file({"type": "Nothing"}), "avro.schema"),
        (file({"type": "record", "name": "R"}), "avro.schema"),
        (file("int", packing="rot13"), "avro.codec"),
        (file("int", (1, b"")), "avro.record"),
        (file("int", (1, b"\x02\x02")), "avro.block"),
        (file("int", (-1, b"\x02")), "avro.block"),
        (file("int", (1, b"\xff" * 10)), "avro.record"),
        (file(["int"], (1, b"\x04\x02")), "avro.record"),
        (file("string", (1, b"\x01")), "avro.record"),
        (file("string", (1, b"\x02\xff")), "avro.value"),
        (file("boolean", (1, b"\x02")), "avro.record"),
        (file("int", (1, b"junk"), packing="deflate"), "avro.compression"),
        (file("int", (1, b"\x02"))[:-1], "avro.truncated"),
        (file("int", (1, b"\x02"))[:-1] + b"8", "avro.mark"),
    ],
)
def test_damaged_files_are_refused_with_a_place(data: bytes, code: str) -> None:
    with pytest.raises(DecodeError) as refused:
        read(data)
    assert refused.value.code == code
    assert refused.value.place


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (file(NODE, (1, b"\x02" * 1_000_000)), "avro.too_deep"),
        (file({"type": "array", "items": "null"}, (1, long(1 << 40))), "avro.empty_items"),
        (file(fields(), (1 << 60, b"")), "avro.too_many_records"),
        (file("string", (1, long(1 << 20) + b"x" * (1 << 20) + b"x" * (1 << 20))), "avro.record"),
        (file("string", (1, long(2 << 20) + b"x" * (2 << 20))), "avro.field_too_long"),
    ],
)
def test_promises_without_end_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read(data, Limits(max_records=10))
    assert refused.value.code in {code, "avro.block"}


def test_blocks_that_unpack_to_too_much_are_refused() -> None:
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = machine.compress(b"\0" * (30 << 20)) + machine.flush()
    with pytest.raises(LimitError, match=r"avro\.block_too_large") as refused:
        read(file("int", (30 << 20, bomb), packing="deflate"))
    assert refused.value.place.startswith("block 1")


@given(data=st.binary(max_size=2_000), junk=st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_snappy_is_read_as_others_write_it(data: bytes, junk: bytes) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    packed = pyarrow.compress(data * 3, codec="snappy", asbytes=True)
    assert unpack(packed + zlib.crc32(data * 3).to_bytes(4, "big"), "snappy", 10_000) == data * 3
    ours = pack(data, "snappy")[:-4]
    assert pyarrow.decompress(ours, len(data), codec="snappy", asbytes=True) == data
    with pytest.raises((UnpackError, TooLargeError)):
        unpack(junk + b"1234", "snappy", 10_000)


@pytest.mark.parametrize(
    ("record", "schema", "place"),
    [
        ({"a": "x"}, fields(a="int"), "record 1, a"),
        ({"a": 1 << 40}, fields(a="int"), "record 1, a"),
        ({"a": Decimal("0.1")}, fields(a="float"), None),
        ({"a": Decimal("0.12345678901234567")}, fields(a="float"), "record 1, a"),
        ({"a": [1, None]}, fields(a={"type": "array", "items": "int"}), "record 1, a"),
        ({"a": 1, "b": 2}, fields(a="int"), "record 1"),
        ({}, fields(a="int"), "record 1, a"),
        (
            {"a": {"b": "C"}},
            fields(a=fields(b={"type": "enum", "name": "E", "symbols": ["A"]}) | {"name": "I"}),
            "record 1, a.b",
        ),
        (
            {"a": datetime.fromisoformat("2024-01-01")},
            fields(a={"type": "long", "logicalType": "timestamp-millis"}),
            "record 1, a",
        ),
        (
            {"a": datetime(2024, 1, 1, 0, 0, 0, 1, UTC)},
            fields(a={"type": "long", "logicalType": "timestamp-millis"}),
            "record 1, a",
        ),
        ({"a": "\ud800"}, fields(a="string"), "record 1"),
    ],
)
def test_records_that_do_not_fit_are_refused(record: Record, schema: Any, place: str | None) -> None:
    text = json.dumps(schema)
    if place is None:
        assert read(write(record, schema_text=text)) == [record]
        return
    with pytest.raises(EncodeError) as refused:
        write(record, schema_text=text)
    assert (refused.value.code, refused.value.place) == ("avro.no_fit", place)


def test_a_schema_is_made_that_holds_the_records() -> None:
    records: list[Record] = [
        {"a": 1, "b": [{"c": None}, {"c": Decimal("1.10")}], "größe": {"x": b"\0"}},
        {"a": 1 << 70, "b": [], "größe": {"x": "text"}},
    ]
    assert read(write(*records)) == records
    assert write(*records) == write(*records)
    with pytest.raises(EncodeError, match=r"avro\.number"):
        write({"a": Decimal("NaN")})


def test_schemas_for_writing_are_checked_and_described() -> None:
    with pytest.raises(ConfigError, match=r"format\.options"):
        parse_options(CODEC, {"schema_text": '{"type": "record"}'})
    found = CODEC.schema(AvroOptions(schema_text=json.dumps(fields(a="int"))))
    assert found is not None
    assert [field.name for field in found.root.fields] == ["a"]


@given(st.integers(-(10**30), 10**30), st.integers(0, 30))
@settings(max_examples=50)
def test_decimals_keep_all_digits(number: int, scale: int) -> None:
    value = Decimal(f"{number}E-{scale}")
    packed = numbers.unscaled(value, scale).to_bytes(20, "big", signed=True)
    assert str(numbers.of_unscaled(packed, scale)) == str(value)
