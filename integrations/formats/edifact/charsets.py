"""Character sets: what the syntax identifier of UNB (S001, 0001) names.

Source: ISO 9735-1, service code list 0001. Level A and B are ASCII by the standard; what real files write
beyond it is read as Latin-1. Identifiers that other agencies made (IATB, ANSI) are read so as well.
"""

from collections.abc import Mapping
from types import MappingProxyType

SYNTAX_IDS: Mapping[str, str] = MappingProxyType(
    {
        "UNOA": "latin-1",
        "UNOB": "latin-1",
        "UNOC": "latin-1",
        "UNOD": "iso8859-2",
        "UNOE": "iso8859-5",
        "UNOF": "iso8859-7",
        "UNOG": "iso8859-3",
        "UNOH": "iso8859-4",
        "UNOI": "iso8859-6",
        "UNOJ": "iso8859-8",
        "UNOK": "iso8859-9",
        "UNOL": "iso8859-15",
        "UNOW": "utf-8",
        "UNOX": "ascii",
        "UNOY": "utf-8",
    }
)


def encoding_of(syntax: str, chosen: str) -> str:
    """Give the encoding of an interchange: the one that was chosen, or what its identifier says."""
    return SYNTAX_IDS.get(syntax, "latin-1") if chosen == "auto" else chosen
