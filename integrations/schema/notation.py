"""How texts write numbers, dates and yes or no: what all values of a column may mean."""

import re
from typing import Final

_YEAR, _MONTH, _DAY = r"(?:1[6-9]|2[0-9])[0-9]{2}", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_ZONE = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_PLAIN: Final = r"[+-]?(?:0|[1-9][0-9]*)"

# From the narrowest to the widest: the first that fits all values is told.
_PATTERNS: Final[dict[str, re.Pattern[str]]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "YYYYMMDD": f"{_YEAR}{_MONTH}{_DAY}",
        "YYYY-MM-DD": f"{_YEAR}-{_MONTH}-{_DAY}",
        "YYYY/MM/DD": f"{_YEAR}/{_MONTH}/{_DAY}",
        "DD.MM.YYYY": rf"{_DAY}\.{_MONTH}\.{_YEAR}",
        "DD/MM/YYYY": f"{_DAY}/{_MONTH}/{_YEAR}",
        "MM/DD/YYYY": f"{_MONTH}/{_DAY}/{_YEAR}",
        "DD-MM-YYYY": f"{_DAY}-{_MONTH}-{_YEAR}",
        "HH:mm": _TIME,
        "HH:mm:SS": f"{_TIME}:[0-5][0-9]",
        "YYYY-MM-DD HH:mm:SS": f"{_YEAR}-{_MONTH}-{_DAY} {_TIME}:[0-5][0-9]",
        "ISO 8601": rf"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}(?::[0-5][0-9](?:[.,][0-9]+)?)?{_ZONE}?",
        "yes/no": r"(?i:yes|no)",
        "true/false": r"(?i:true|false)",
        "Y/N": r"[YNyn]",
        "integer": _PLAIN,
        "digits": r"[0-9]+",
        "decimal": rf"{_PLAIN}(?:\.[0-9]+)?",
        "decimal comma": rf"{_PLAIN}(?:,[0-9]+)?",
        "decimal, groups by comma": r"[+-]?[0-9]{1,3}(?:,[0-9]{3})*(?:\.[0-9]+)?",
        "decimal comma, groups by point": r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})*(?:,[0-9]+)?",
    }.items()
}
ALL: Final = tuple(_PATTERNS)


def remaining(notations: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Keep the notations that this text fits too.

    >>> remaining(ALL, "03/04/2024")
    ('DD/MM/YYYY', 'MM/DD/YYYY')
    """
    if not notations or len(text) > 60:
        return ()
    return tuple(name for name in notations if _PATTERNS[name].fullmatch(text))
