"""Read a PICTURE: what kind of value it holds and how many characters, digits and decimals.

Source: ISO/IEC 1989, PICTURE clause; IBM Enterprise COBOL for z/OS, Language Reference.
"""

import re
from dataclasses import dataclass
from typing import Literal

from integrations.errors import ConfigError

MAX_LENGTH = 1 << 20
MAX_DIGITS = 100

_REPEATED = re.compile(r"(.)\((\d{1,7})\)")
_TEXT = frozenset("AX9B0/")
_NUMBER = re.compile(r"S?(P*9*V?9*|9+P+V?|V?P+9+)")
_EDITED = frozenset("9ZVP*+-.,$BSCRD0/")


@dataclass(frozen=True, slots=True)
class Picture:
    """A PICTURE, expanded.

    symbols: the picture with its repetitions written out. length: characters of the DISPLAY form, a separate
    sign not counted. scale: digits after the point; below zero where P stands at the right end.
    """

    kind: Literal["text", "number", "edited", "national", "dbcs"]
    symbols: str
    length: int
    digits: int = 0
    scale: int = 0
    is_signed: bool = False


COMMA_FOR_POINT = str.maketrans(",.", ".,")
"""What DECIMAL-POINT IS COMMA does to an edited picture and to its numbers."""


def parse_picture(text: str, line: int) -> Picture:
    """Read what follows PIC. Raises ConfigError ``cobol.picture`` with the line of the copybook."""
    symbols = _expanded(text.upper(), line)
    used = set(symbols)
    if used <= {"N"} or used <= {"N", "B"}:
        return Picture("national", symbols, len(symbols))
    if "G" in used and used <= {"G", "B"}:
        return Picture("dbcs", symbols, len(symbols))
    if used & {"A", "X"} and used <= _TEXT:
        return Picture("text", symbols, len(symbols))
    if _NUMBER.fullmatch(symbols) and "9" in used:
        digits = symbols.count("9")
        if digits > MAX_DIGITS:
            raise _wrong(line, f"A number of {digits} digits is more than can be read.")
        return Picture("number", symbols, digits, digits, _scale(symbols), "S" in used)
    if used <= _EDITED and used & set("9Z*+-$"):
        return _edited(symbols, line)
    raise _wrong(line, "This PICTURE is not one of text, number or edited number.")


def _expanded(text: str, line: int) -> str:
    size = 0
    parts: list[str] = []
    at = 0
    for found in _REPEATED.finditer(text):
        parts.append(text[at : found.start()])
        size += int(found[2])
        if size > MAX_LENGTH or not int(found[2]):
            raise _wrong(line, "The length in this PICTURE is not one that can be read.")
        parts.append(found[1] * int(found[2]))
        at = found.end()
    parts.append(text[at:])
    symbols = "".join(parts)
    if not symbols or "(" in symbols:
        raise _wrong(line, "This PICTURE is not complete.")
    return symbols


def _scale(symbols: str) -> int:
    whole, point, fraction = symbols.partition("V")
    if point and fraction:
        return len(fraction)
    bare = whole.removeprefix("S")
    if bare.startswith("P"):
        return len(bare)
    return -bare.count("P")


def _edited(symbols: str, line: int) -> Picture:
    """Count an edited picture. S and V and P take no room; CR and DB take two characters."""
    shown = symbols.replace("V", "").replace("P", "")
    digits = edited_digits(symbols)
    point, fraction = (
        (found[0], symbols[found.end() :]) if (found := re.search("[.V]", symbols)) else ("", "")
    )
    if not digits or digits > MAX_DIGITS or symbols.count(".") + symbols.count("V") > 1:
        raise _wrong(line, "This edited PICTURE is not one that can be read.")
    return Picture(
        "edited",
        symbols,
        len(shown.replace("S", "")),
        digits,
        edited_digits(fraction) if point else 0,
        any(mark in symbols for mark in "+-S") or symbols.endswith(("CR", "DB")),
    )


def edited_digits(symbols: str) -> int:
    """Count the positions that can hold a digit: of a floating sign all but the first."""
    digits = sum(symbols.count(mark) for mark in "9Z*")
    for mark in "+-$":
        count = symbols.count(mark)
        digits += count - 1 if count > 1 else 0
    return digits


def _wrong(line: int, message: str) -> ConfigError:
    return ConfigError(
        "cobol.picture", message, place=f"copybook line {line}", hint="Check the PIC clause of this field."
    )
