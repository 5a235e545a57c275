"""The separators of one message: MSH-1 and MSH-2, taken as they stand."""

from typing import NamedTuple

from integrations.errors import DecodeError
from integrations.formats.codec import shape

HEADERS = ("MSH", "FHS", "BHS")


class Separators(NamedTuple):
    """One character each; empty where the header does not name one. encoding: MSH-2 as it stands."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    sub: str = "&"
    encoding: str = "^~\\&"


USUAL = Separators()


def separators_of(line: str, place: str) -> Separators:
    """Read the separators from a header segment. Raises DecodeError ``hl7.separators``."""
    if line.startswith("|^~\\&|", 3):
        return USUAL
    if line[:3] not in HEADERS:
        raise DecodeError("hl7.no_header", "A message begins with its MSH segment.", place=place)
    field = line[3:4]
    encoding = line[4:].split(field, 1)[0] if field else ""
    return _parsed(field, encoding, place)


def separators_from(field: str, encoding: str, place: str) -> Separators:
    """Make the separators of a message to be written. Raises DecodeError ``hl7.separators``."""
    if (field, encoding) == ("|", "^~\\&"):
        return USUAL
    return _parsed(field, encoding, place)


def _parsed(field: str, encoding: str, place: str) -> Separators:
    used = field + encoding
    if (
        len(field) != 1
        or not 1 <= len(encoding) <= 5
        or len(set(used)) < len(used)
        or any(letter.isalnum() or not letter.isprintable() or letter in ' "' for letter in used)
    ):
        raise DecodeError(
            "hl7.separators",
            f"The header does not name its separators; it has [{shape(used[:8])}] there.",
            hint="It should begin like MSH|^~\\&| with five different marks.",
            place=place,
        )
    component, repetition, escape, sub = (encoding[at : at + 1] for at in range(4))
    return Separators(field, component, repetition, escape, sub, encoding)
