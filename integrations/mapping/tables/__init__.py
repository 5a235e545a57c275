"""Facts of the standards that operations use, as compact data, each read when it is first needed.

currencies (ISO 4217): number, digits after the point or null, smallest cash step. countries (ISO 3166-1):
three letters, number, name. iban (ISO 13616): length, structure. units (UN/ECE Rec 20 and 21): name,
dimension, factor to the dimension's base unit as a number or a quotient, what is added first. x12_units: X12
element 355 in Rec 20. vat: pattern behind the country, rule of the check digit.
"""

from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

TABLES: Final = ("countries", "currencies", "iban", "units", "vat", "x12_units")


@cache
def table(name: str) -> dict[str, Any]:
    """Give a table of this folder by its name."""
    found: dict[str, Any] = msgspec.json.decode((files(__package__) / f"{name}.json").read_bytes())
    return found


@cache
def reverse(name: str, column: int) -> dict[str, str]:
    """Give the codes of a table by one of its columns."""
    return {row[column]: code for code, row in table(name).items()}
