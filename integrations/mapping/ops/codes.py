"""Codes: lookup tables of the tenant and of its partners, there and back, and the public code lists.

A table named ``carriers@ACME`` holds what is different for the partner ACME; all else is in ``carriers``.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.allowance import Allowance, Index
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.tables import reverse, table
from integrations.mapping.values import MISSING, Kind, Result, Value

FORMS: Final = ("alpha2", "alpha3", "number", "name")


def _tables(allowance: Allowance, name: str, partner: str) -> Iterator[Mapping[str, Value]]:
    """Yield the partner's table and the common one. Raises MappingError where there is neither."""
    lookups = allowance.env.lookups
    own = lookups.get(f"{name}@{partner or allowance.env.partner}")
    common = lookups.get(name)
    if own is None and common is None:
        raise MappingError(
            "mapping.lookup_table",
            "The lookup table that this rule names does not exist.",
            hint="Add the table to the flow, or choose another one.",
        )
    yield from (rows for rows in (own, common) if rows is not None)


def _lookup(allowance: Allowance, name: str, key: str | int, partner: str) -> Result:
    text = key if isinstance(key, str) else str(key)
    return next((rows[text] for rows in _tables(allowance, name, partner) if text in rows), MISSING)


def _reverse_lookup(allowance: Allowance, name: str, value: Value, partner: str) -> Result:
    partner = partner or allowance.env.partner
    tables = allowance.env.lookups
    index = allowance.recall((name, partner), tables)
    if index is None:
        index = _reversed(allowance, name, partner)
        allowance.remember((name, partner), tables, index)
    found: Result = index.get(allowance.mark(value), MISSING)
    return found


def _reversed(allowance: Allowance, name: str, partner: str) -> Index:
    """Index keys by their values: the first key of a value, the partner's before the common ones."""
    found: Index = {}
    seen: set[str] = set()
    for rows in _tables(allowance, name, partner):
        allowance.work(len(rows))
        for key, value in rows.items():
            if key not in seen:
                found.setdefault(allowance.mark(value), key)
        seen.update(rows)
    return found


def _translated(found: Result, given: Value, no_entry: str) -> Result:
    if found is not MISSING or no_entry == "missing":
        return found
    if no_entry == "keep":
        return given
    raise MappingError(
        "mapping.no_entry",
        "The lookup table has no entry for this code.",
        hint="Add the code to the table, or say what is written for unknown codes.",
    )


def _cross_reference(allowance: Allowance, name: str, key: str | int, no_entry: str, partner: str) -> Result:
    return _translated(_lookup(allowance, name, key, partner), key, no_entry)


def _cross_reference_back(
    allowance: Allowance, name: str, value: Value, no_entry: str, partner: str
) -> Result:
    return _translated(_reverse_lookup(allowance, name, value, partner), value, no_entry)


def _country(code: str | int, form: str) -> str:
    countries = table("countries")
    text = code.strip().upper() if isinstance(code, str) else f"{code:03}"
    found = text if text in countries else _by_column(text)
    row = countries[found]
    return found if form == "alpha2" else str(row[FORMS.index(form) - 1])


def _by_column(text: str) -> str:
    for column in (0, 1):
        found = reverse("countries", column).get(text)
        if found is not None:
            return found
    raise MappingError(
        "mapping.country",
        "There is no country of this code.",
        hint="Countries are written by ISO 3166-1: TH, THA or 764.",
    )


TABLE: Final = Arg("table", Kind.TEXT, fixed=True)
PARTNER: Final = Arg("partner", Kind.TEXT, default="")
NO_ENTRY: Final = Arg(
    "no entry", Kind.TEXT, default="error", fixed=True, choices=("error", "keep", "missing")
)

OPS: Final = (
    Op(
        key="lookup",
        title="Look up",
        help="The entry of a lookup table. Missing when the table has no such key. With a partner, the "
        "partner's own table goes first.",
        args=(TABLE, Arg("key", Kind.TEXT | Kind.INTEGER), PARTNER),
        run=_lookup,
        needs_allowance=True,
        is_flat=True,
        examples=(
            Example(["lookup", "carriers", ["get", "code"]], "DHL Express", {"code": "DHLX"}),
            Example(["lookup", "carriers", "DHLX", "ACME"], "Parcel One"),
            Example(["lookup", "carriers", "UPS"], MISSING),
            Example(["lookup", "planets", "UPS"], error="mapping.lookup_table"),
        ),
    ),
    Op(
        key="reverse_lookup",
        title="Look up backwards",
        help="The first key of a lookup table whose entry equals the value. Missing when there is none.",
        args=(TABLE, Arg("value"), PARTNER),
        result=Kind.TEXT,
        run=_reverse_lookup,
        needs_allowance=True,
        examples=(
            Example(["reverse_lookup", "carriers", "DHL Express"], "DHLX"),
            Example(["reverse_lookup", "carriers", "Parcel One", "ACME"], "DHLX"),
            Example(["reverse_lookup", "carriers", "DHL Express", "ACME"], MISSING),
        ),
    ),
    Op(
        key="cross_reference",
        title="Translate code",
        help="The partner's or own code for a code, by a lookup table. For a code that the table does not "
        "have: an error, the code as it is (keep), or missing.",
        args=(TABLE, Arg("key", Kind.TEXT | Kind.INTEGER), NO_ENTRY, PARTNER),
        run=_cross_reference,
        needs_allowance=True,
        is_flat=True,
        examples=(
            Example(["cross_reference", "carriers", 7], "seven"),
            Example(["cross_reference", "carriers", "UPS", "keep"], "UPS"),
            Example(["cross_reference", "carriers", "UPS", "missing"], MISSING),
            Example(["cross_reference", "carriers", "UPS"], error="mapping.no_entry"),
        ),
    ),
    Op(
        key="cross_reference_back",
        title="Translate code backwards",
        help="The key of the first entry of a lookup table that equals the value. For a value that the table "
        "does not have: an error, the value as it is (keep), or missing.",
        args=(TABLE, Arg("value"), NO_ENTRY, PARTNER),
        run=_cross_reference_back,
        needs_allowance=True,
        examples=(
            Example(["cross_reference_back", "carriers", "seven"], "7"),
            Example(["cross_reference_back", "carriers", "UPS"], error="mapping.no_entry"),
        ),
    ),
    Op(
        key="country_code",
        title="Code of country",
        help="A country by ISO 3166-1, from any of its codes to alpha2 (TH), alpha3 (THA), number (764) or "
        "its English name.",
        args=(
            Arg("code", Kind.TEXT | Kind.INTEGER),
            Arg("form", Kind.TEXT, default="alpha2", fixed=True, choices=FORMS),
        ),
        result=Kind.TEXT,
        run=_country,
        examples=(
            Example(["country_code", "THA"], "TH"),
            Example(["country_code", "de", "alpha3"], "DEU"),
            Example(["country_code", 36, "name"], "Australia"),
            Example(["country_code", "XX"], error="mapping.country"),
        ),
    ),
)
