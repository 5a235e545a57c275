"""Parquet: types of other writers, damage, and values that no record holds."""

import io
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from integrations.errors import ConfigError, DecodeError, EncodeError, InputError, LimitError
from integrations.formats.codec import Limits, Record, parse_options
from integrations.formats.parquet.codec import CODEC
from integrations.formats.parquet.options import ParquetOptions
from integrations.formats.parquet.pages import pages, stretches


def packed(columns: dict[str, Any], **settings: Any) -> bytes:
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), sink, **settings)
    return sink.getvalue()


def read(data: bytes, limits: Limits | None = None, **options: Any) -> list[Record]:
    return list(CODEC.reader(ParquetOptions(**options), limits or Limits())([data]))


def write(*records: Record, **options: Any) -> bytes:
    return b"".join(CODEC.writer(ParquetOptions(**options))(records))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([0.1, None], pa.float32()), [Decimal("0.1"), None]),
        (pa.array([0.1, 1e300], pa.float64()), [Decimal("0.1"), Decimal("1e300")]),
        (pa.array([1], pa.timestamp("ns", "UTC")), ["1970-01-01T00:00:00.000000001Z"]),
        (pa.array([1000], pa.timestamp("ns")), [datetime.fromisoformat("1970-01-01T00:00:00.000001")]),
        (
            pa.array([-1], pa.timestamp("ms", "Europe/Paris")),
            [datetime(1969, 12, 31, 23, 59, 59, 999_000, UTC)],
        ),
        (pa.array([19_782], pa.date32()), [date(2024, 2, 29)]),
        (pa.array([30_600_250], pa.time32("ms")), ["08:30:00.250"]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int8())), [{"k": 1}]),
        (pa.array([[(1, "v")]], pa.map_(pa.int8(), pa.string())), [[{"key": 1, "value": "v"}]]),
        (pa.array([[0.5], None], pa.list_(pa.float32())), [[Decimal("0.5")], None]),
        (pa.array([{"d": 0}], pa.struct([("d", pa.date32())])), [{"d": date(1970, 1, 1)}]),
        (pa.array([Decimal("1.10")], pa.decimal256(60, 2)), [Decimal("1.10")]),
        (pa.array([2**64 - 1], pa.uint64()), [2**64 - 1]),
    ],
)
def test_types_of_other_writers(values: Any, expected: list[Any]) -> None:
    found = [record["a"] for record in read(packed({"a": values}))]
    assert found == expected
    assert [str(value) for value in found] == [str(value) for value in expected]


def test_a_bad_value_costs_its_record_only() -> None:
    data = packed({"a": pa.array([1.0, float("nan"), 2.0])})
    errors: list[InputError] = []
    assert len(list(CODEC.reader(ParquetOptions(), Limits())([data], errors.append))) == 2
    assert [(error.code, error.place) for error in errors] == [("parquet.value", "row 2, a")]
    assert read(data, not_a_number="null")[1] == {"a": None}


def test_columns_can_be_chosen() -> None:
    data = packed({"a": [1], "b": ["x"]})
    assert read(data, columns=("b",)) == [{"b": "x"}]


def test_damaged_pages_are_refused_with_their_row() -> None:
    data = packed(
        {"a": pa.array([f"text {n}" for n in range(50)])},
        compression="none",
        use_dictionary=False,
        write_page_checksum=True,
    )
    with pytest.raises(DecodeError, match=r"parquet\.damaged") as refused:
        read(data.replace(b"text 7", b"tent 7"))
    assert refused.value.place == "row 1"


def test_promises_are_looked_at_before_they_are_kept() -> None:
    data = packed({"a": pa.array(["x" * 1000] * 100_000)}, use_dictionary=False, compression="zstd")
    assert len(data) < 1 << 20
    with pytest.raises(LimitError, match=r"parquet\.expansion"):
        read(data, Limits(max_bytes=1 << 20))
    with pytest.raises(LimitError, match=r"parquet\.too_many_records"):
        read(data, Limits(max_records=99_999))


def test_a_page_that_repeats_a_value_without_end_is_refused() -> None:
    repeated = packed({"a": pa.array([[0] * 5_000_000], pa.list_(pa.int8()))}, max_rows_per_page=10)
    assert len(repeated) < 10_000
    with pytest.raises(LimitError, match=r"parquet\.(too_many_values|record_too_large)"):
        read(repeated)


def test_the_heads_of_pages_say_what_the_footer_says() -> None:
    values = pa.array([f"{number % 7}" for number in range(5_000)])
    for version in ("1.0", "2.0"):
        data = packed({"a": values}, data_page_version=version, data_page_size=500)
        part = pyarrow.parquet.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(0)
        [[found]] = stretches(data)
        assert tuple(found) == (part.dictionary_page_offset, part.total_compressed_size, part.num_values)
        dictionary, *rest = pages(data, found.offset, found.length)
        assert dictionary.values == 7
        assert sum(page.values for page in rest) == part.num_values
        assert sum(page.unpacked_bytes for page in (dictionary, *rest)) <= part.total_uncompressed_size


@pytest.mark.parametrize(
    ("records", "options", "code", "place"),
    [
        ([{"a": 1}, {"a": "x"}], {}, "parquet.mixed", "a"),
        ([{"a": {}}], {}, "parquet.no_fields", "a"),
        ([{"a": Decimal("NaN")}], {}, "parquet.number", "a"),
        ([{"a": 10**80}], {}, "parquet.number", "a"),
        (
            [{"a": 1}, {"a": "x"}],
            {"fields": [{"name": "a", "type": "integer"}]},
            "parquet.no_fit",
            "record 2, a",
        ),
        (
            [{"a": Decimal("0.123")}],
            {"fields": [{"name": "a", "type": "decimal"}]},
            "parquet.no_fit",
            "record 1, a",
        ),
        (
            [{"a": datetime(2024, 1, 1, tzinfo=UTC)}],
            {"fields": [{"name": "a", "type": "date"}]},
            "parquet.no_fit",
            "record 1, a",
        ),
        ([{"a": True}], {"fields": [{"name": "a", "type": "integer"}]}, "parquet.no_fit", "record 1, a"),
        ([{"b": 1}], {"fields": [{"name": "a", "type": "integer"}]}, "parquet.extra_field", "record 1"),
    ],
)
def test_records_that_do_not_fit_are_refused(
    records: list[Record], options: dict[str, Any], code: str, place: str
) -> None:
    with pytest.raises(EncodeError) as refused:
        write(*records, **options)
    assert (refused.value.code, refused.value.place) == (code, place)


def test_writing_twice_gives_the_same_bytes() -> None:
    assert write({"a": 1, "b": [Decimal("1.10")]}) == write({"a": 1, "b": [Decimal("1.10")]})


@pytest.fixture
def without_library() -> Iterator[None]:
    kept = {name: sys.modules[name] for name in ("pyarrow", "pyarrow.parquet")}
    sys.modules.update(dict.fromkeys(kept))  # None: as if they were not installed
    yield
    sys.modules.update(kept)


@pytest.mark.usefixtures("without_library")
def test_without_the_library_the_message_says_what_to_install() -> None:
    with pytest.raises(ConfigError, match=r"parquet\.extra") as refused:
        read(b"PAR1")
    assert "parquet" in refused.value.hint


def test_impossible_columns_are_refused() -> None:
    for fields in ([{"name": "a"}, {"name": "a"}], [{"name": "a", "digits": 1, "scale": 2}]):
        with pytest.raises(ConfigError, match=r"format\.options"):
            parse_options(CODEC, {"fields": fields})
