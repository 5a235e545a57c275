"""Schemas from samples: what was seen is told, and not more."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count, repeat
from typing import Any

import pytest

from integrations.errors import ConfigError
from integrations.formats import registry
from integrations.formats.codec import DEFAULT_LIMITS, parse_options
from integrations.schema.infer import infer
from integrations.schema.model import Field, Type


def field(*values: object, **options: Any) -> Field:
    found = infer([{"x": value} for value in values], **options).find(("x",))
    assert found
    return found


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a"], Type.TEXT),
        ([1, 2], Type.INTEGER),
        ([1, Decimal("1.5")], Type.DECIMAL),
        ([True], Type.BOOLEAN),
        ([date(2024, 2, 29)], Type.DATE),
        ([datetime(2024, 2, 29, tzinfo=UTC)], Type.MOMENT),
        ([b"x"], Type.BYTES),
        ([{"a": 1}], Type.OBJECT),
        ([1, "a"], Type.ANY),
        ([None], Type.ANY),
        ([{"a": 1}, "a"], Type.ANY),
        ([[["a"]]], Type.ANY),
    ],
)
def test_types(values: list[object], kind: Type) -> None:
    assert field(*values).type is kind


def test_required_nullable_and_lists() -> None:
    schema = infer([{"a": 1, "b": None, "c": [{"d": "x"}, {}]}, {"a": 2, "b": 1, "c": []}, {"a": 3, "b": 2}])
    told = {path: (found.required, found.nullable, found.repeats) for path, found in schema.walk()}
    assert told == {
        ("a",): (True, False, False),
        ("b",): (True, True, False),
        ("c",): (False, False, True),
        ("c", "d"): (False, False, False),
    }
    assert schema.root.is_open
    assert infer([]).root.type is Type.OBJECT


def test_lengths_and_scales_are_the_largest_seen() -> None:
    number = field(Decimal("1.10"), Decimal("-120.5"), Decimal("1E+3"), 7)
    assert (number.max_length, number.scale) == (4, 2)
    assert field("ab", "abcé").max_length == 4
    assert field(12345).max_length == 5
    assert field(b"xyz").max_length == 3
    assert field(date(2024, 2, 29)).max_length is None


@pytest.mark.parametrize(
    ("values", "notation"),
    [
        (["2024-02-29", ""], "YYYY-MM-DD"),
        (["20240229"], "YYYYMMDD"),
        (["20240229", "99999999"], "integer"),
        (["29.02.2024"], "DD.MM.YYYY"),
        (["03/04/2024"], "DD/MM/YYYY or MM/DD/YYYY"),
        (["03/04/2024", "31/01/2024"], "DD/MM/YYYY"),
        (["03/04/2024", "01/31/2024"], "MM/DD/YYYY"),
        (["2024-02-29T10:15:00Z"], "ISO 8601"),
        (["12", "-7"], "integer"),
        (["12", "007"], "digits"),
        (["12.50", "7"], "decimal"),
        (["12,50", "7"], "decimal comma"),
        (["1,200.50", "7"], "decimal, groups by comma"),
        (["1.200,50", "7"], "decimal comma, groups by point"),
        (["Y", "N"], "Y/N"),
        (["A-1", "12"], ""),
        (["", ""], ""),
    ],
)
def test_texts_say_how_they_write_their_values(values: list[str], notation: str) -> None:
    found = field(*values)
    assert (found.type, found.notation) == (Type.TEXT, notation)


def test_few_values_that_repeat_are_choices() -> None:
    assert field(*["open", "paid", "sent"] * 5).choices == {"open": "", "paid": "", "sent": ""}
    assert not field(*["open", "paid", "sent"] * 5).is_closed
    assert field(*["open"] * 20, "Ann").choices == {}
    assert field(*(f"A-{n}" for n in range(50))).choices == {}
    assert field(*["x" * 31] * 20).choices == {}
    assert field(*["1", "2"] * 20).choices == {}


def test_examples_only_if_asked() -> None:
    assert field("a", "b").examples == ()
    assert field("a", "a", "b", "c", "d", examples=True).examples == ("a", "b", "c")


def test_no_more_records_are_asked_for_than_allowed() -> None:
    numbers = count()
    records = ({"n": next(numbers)} for _ in repeat(0))
    assert infer(records, max_records=5).root.fields[0].max_length == 1
    assert next(numbers) == 5


def test_samples_too_large_or_too_deep_are_refused() -> None:
    deep: dict[str, object] = {}
    for _ in range(70):
        deep = {"a": deep}
    with pytest.raises(ConfigError, match=r"schema\.too_deep"):
        infer([deep])
    with pytest.raises(ConfigError, match=r"schema\.too_large"):
        infer([{str(n): 1 for n in range(50_001)}])


@pytest.mark.parametrize(
    ("key", "options", "data"),
    [
        ("csv", {}, b"sku,price\nA-1,1.50\nA-2,2\n"),
        ("json", {}, b'[{"sku": "A-1", "price": "1.50"}, {"sku": "A-2", "price": "2"}]'),
        ("yaml", {}, b'- {sku: A-1, price: "1.50"}\n- {sku: A-2, price: "2"}\n'),
    ],
)
def test_a_schema_from_any_format(key: str, options: dict[str, object], data: bytes) -> None:
    form = registry.codec(key)
    schema = infer(form.reader(parse_options(form, options), DEFAULT_LIMITS)([data]))
    told = [(path, found.type, found.required, found.notation) for path, found in schema.walk()]
    assert told == [(("sku",), Type.TEXT, True, ""), (("price",), Type.TEXT, True, "decimal")]
