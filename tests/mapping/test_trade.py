"""The laws of money, check digits, units and calendars, on generated values."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    localcontext,
)
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.mapping import compile_plan, explain
from integrations.mapping.ops.check_digits import CHECKS
from integrations.mapping.ops.money import round_to
from integrations.mapping.ops.units import convert
from integrations.mapping.tables import TABLES, table
from tests.mapping.plans import ENV, Counters, both, single

CENTS = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents).scaleb(-2))


def value(op, source=None, env=ENV):
    made, code, _ = both(single(op), source or {}, env)
    return code or made.get("it")


@given(amount=CENTS, weights=st.lists(st.decimals(0, 1000, places=3), min_size=1, max_size=12))
def test_shares_add_up_and_are_less_than_a_cent_from_their_part(amount, weights):
    shares = value(["allocate", ["get", "a"], ["get", "w"]], {"a": amount, "w": weights})
    assert sum(shares) == amount
    total = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        part = Fraction(amount) * (Fraction(weight) / Fraction(total) if total else Fraction(1, len(weights)))
        assert abs(Fraction(share) - part) < Fraction(1, 100)


@pytest.mark.parametrize(
    "mode",
    [ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN, ROUND_UP, ROUND_DOWN, ROUND_CEILING, ROUND_FLOOR],
)
@given(number=st.decimals(-1000, 1000, places=4))
def test_rounding_to_a_hundredth_in_steps_is_rounding_to_two_digits(mode, number):
    assert round_to(number, Decimal("0.01"), mode) == number.quantize(Decimal("0.01"), mode)


BODIES = {
    "gtin": "[0-9]{12}",
    "gln": "[0-9]{12}",
    "sscc": "[0-9]{17}",
    "luhn": "[0-9]{1,18}",
    "npi": "1[0-9]{8}",
    "isin": "[A-Z]{2}[A-Z0-9]{9}",
    "mod97": "[A-Z0-9]{1,20}",
    "lei": "[A-Z0-9]{18}",
    "mod11_10": "[0-9]{1,12}",
    "isbn10": "[0-9]{9}",
    "issn": "[0-9]{7}",
    "aba": "[0-9]{8}",
    "container": "[A-Z]{3}[UJZ][0-9]{6}",
}


@pytest.mark.parametrize("kind", CHECKS)
@given(data=st.data())
def test_an_identifier_with_its_check_digit_is_valid_and_with_another_is_not(kind, data):
    body = data.draw(st.from_regex(BODIES[kind], fullmatch=True, alphabet=st.characters(max_codepoint=127)))
    whole = value(["with_check_digit", body, kind])
    assert value(["is_valid", whole, kind]) is True
    other = "5" if whole[-1] != "5" else "6"
    assert value(["is_valid", whole[:-1] + other, kind]) is False


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("vat", "ATU13585627"),
        ("vat", "BE0428759497"),
        ("vat", "DE136695976"),
        ("vat", "DK13585628"),
        ("vat", "EE100931558"),
        ("vat", "EL094259216"),
        ("vat", "FI20774740"),
        ("vat", "FR40303265045"),
        ("vat", "HR33392005961"),
        ("vat", "HU12892312"),
        ("vat", "IT00743110157"),
        ("vat", "LU15027442"),
        ("vat", "MT11679112"),
        ("vat", "PL8567346215"),
        ("vat", "PT501964843"),
        ("vat", "SE123456789701"),
        ("vat", "SK2022749619"),
        ("vat", "CHE-100.155.212 MWST"),
        ("vat", "NO995525828MVA"),
        ("vat", "XI123456789"),
        ("lei", "5493001KJTIIGC8Y1R12"),
        ("rf", "RF18 5390 0754 7034"),
        ("creditor", "DE98ZZZ09999999999"),
        ("isin", "US0378331005"),
        ("aba", "021000021"),
        ("npi", "1234567893"),
        ("isbn13", "978-3-16-148410-0"),
        ("bic", "DEUTDEFF500"),
    ],
)
def test_published_identifiers_are_valid_and_with_another_digit_are_not(kind, text):
    assert value(["is_valid", text, kind]) is True
    first = next(n for n, letter in enumerate(text) if n > 2 and letter.isdigit()) if kind != "bic" else 0
    changed = text[:first] + ("7" if text[first] != "7" else "1") + text[first + 1 :]
    assert value(["is_valid", changed, kind]) is (text[:2] == "XI")


UNITS = [code for code, row in table("units").items() if row[1]]


@given(unit=st.sampled_from(UNITS), other=st.sampled_from(UNITS), number=st.integers(-1000, 1000))
def test_converting_there_and_back_gives_the_number(unit, other, number):
    if table("units")[unit][1] != table("units")[other][1]:
        return
    back = convert(convert(number, unit, other), other, unit)
    assert abs(back - number) <= Decimal("1E-27")
    if unit == other:
        assert back == number


@given(
    start=st.dates(date(2024, 1, 1), date(2027, 1, 1)),
    days=st.integers(-40, 40),
    closed=st.lists(st.dates(date(2024, 1, 1), date(2027, 1, 1)), max_size=5),
)
def test_business_days_count_as_they_are_added(start, days, closed):
    source = {"d": start, "n": days, "h": closed}
    end = value(["add_business_days", ["get", "d"], ["get", "n"], ["get", "h"]], source)
    assert value(["is_business_day", ["get", "e"], ["get", "h"]], source | {"e": end}) is True
    between = value(["business_days_between", ["get", "d"], ["get", "e"], ["get", "h"]], source | {"e": end})
    if days > 0:
        assert between == days
    open_days = [
        start + timedelta(n)
        for n in range(1, (end - start).days + 1)
        if (start + timedelta(n)).isoweekday() < 6 and start + timedelta(n) not in closed
    ]
    assert days < 0 or between == len(open_days)


def test_holidays_may_be_a_lookup_table():
    op = ["add_business_days", ["get", "d"], 1, "closed"]
    assert value(op, {"d": date(2026, 12, 24)}) == date(2026, 12, 28)


@given(
    moment=st.datetimes(datetime(1971, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001
    zone=st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia"]),
)
def test_a_time_taken_to_a_zone_is_the_same_instant(moment, zone):
    moment = moment.replace(tzinfo=UTC)
    made = value(["to_zone", ["get", "t"], zone], {"t": moment})
    assert made == moment
    assert made.utcoffset() == moment.astimezone(ZoneInfo(zone)).utcoffset()
    assert not isinstance(made.tzinfo, ZoneInfo)


def test_a_zone_that_the_document_names_is_checked_when_it_is_known():
    assert value(["to_zone", ["now"], ["get", "z"]], {"z": "../../etc/passwd"}) == "mapping.zone"


def test_every_number_has_its_currency_and_every_table_loads():
    assert all(table(name) for name in TABLES)
    for code, row in table("currencies").items():
        assert value(["currency_code", row[0]]) == code


def test_the_ambient_decimal_context_changes_nothing():
    ops = [
        ["round_to", ["get", "a"], ["get", "s"], "half_even"],
        ["convert_unit", ["get", "a"], "LBR", "KGM"],
        ["allocate", ["get", "a"], ["lit", [1, 2]], 6],
        ["time_between", ["parse_datetime", "2026-03-01T00:00:01Z"], ["now"], "days"],
        ["from_epoch", ["get", "a"]],
        ["to_implied", ["get", "a"], 6],
        ["format_number", ["get", "a"], 4],
    ]
    source = {"a": Decimal("123456789.123456"), "s": Decimal("0.000002")}
    for op in ops:
        usual = value(op, source)
        with localcontext() as context:
            context.prec = 3
            assert repr(value(op, source)) == repr(usual)


def test_numbers_and_ids_are_the_same_in_a_retry_and_differ_by_item():
    each = [{"to": "n", "op": ["sequence", "invoices"]}, {"to": "id", "op": ["uuid"]}]
    plan = {"version": 1, "rules": [{"to": "out", "each": ["get", "items"], "rules": each}]}
    env = replace(ENV, number=Counters())
    mapping = compile_plan(plan)
    first = mapping({"items": [1, 2]}, env)
    assert [row["n"] for row in first["out"]] == [1, 2]
    assert first["out"][0]["id"] != first["out"][1]["id"]
    assert mapping({"items": [1, 2]}, env) == first
    assert explain(plan, {"items": [1, 2]}, env).value == first


def test_a_sequence_needs_an_engine():
    with pytest.raises(Exception, match="no counters"):
        compile_plan(single(["sequence", "invoices"]))({}, ENV)
