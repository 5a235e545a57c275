"""Number formats: what a cell's format says of its number. Source: ECMA-376-1, 18.8.30 and 18.8.31."""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple


class Kind(StrEnum):
    """What a number stands for."""

    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    TIME = "time"


class Look(NamedTuple):
    """What a format says. scale: digits always shown after the point, None where that is not said."""

    kind: Kind
    scale: int | None = None


PLAIN: Final = Look(Kind.NUMBER)
_BUILT_IN: Final = {
    2: "0.00",
    14: "m/d/yyyy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "m/d/yyyy h:mm",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    # Dates of the East Asian editions.
    **dict.fromkeys((*range(27, 32), 36, *range(50, 59)), "yyyy-mm-dd"),
    **dict.fromkeys(range(32, 36), "h:mm:ss"),
}
_LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]?')


def built_in(number: int) -> Look:
    """Read the format of a number that needs no definition."""
    return look(_BUILT_IN.get(number, ""))


@lru_cache(maxsize=256)
def look(code: str) -> Look:
    """Read a format code: the letters of dates and times outside of literal text, or fixed zeros."""
    first = _LITERAL.sub("", code.split(";", maxsplit=1)[0]).lower()
    if fixed := re.fullmatch(r"(?:#,##)?0\.(0{1,15})", first):
        return Look(Kind.NUMBER, len(fixed[1]))
    if first == "general":
        return PLAIN
    has_time = bool(re.search(r"[hs]", first)) or "am/pm" in first
    has_date = bool(re.search(r"[yd]", first)) or ("m" in first and not has_time and "[m" not in first)
    if has_date:
        return Look(Kind.MOMENT if has_time else Kind.DATE)
    return Look(Kind.TIME) if has_time or "[m" in first else PLAIN
