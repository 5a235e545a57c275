"""The headers and the trailer of a message: blocks 1, 2, 3 and 5, and the acknowledgement before it."""

import re
from collections.abc import Mapping
from typing import Final

from integrations.errors import EncodeError
from integrations.formats.codec import Record, Value
from integrations.formats.swift_mt.forms import KEPT

_BASIC: Final = re.compile(
    r"(?P<application>[A-Z])(?P<service>\d\d)(?P<terminal>[A-Z0-9]{12})(?P<session>\d{4})?(?P<sequence>\d{6})?",
    re.ASCII,
)
_INPUT: Final = re.compile(
    r"(?P<direction>I)(?P<type>\d{3})(?P<receiver>[A-Z0-9]{12})(?P<priority>[SUN])?(?P<monitoring>[123])?"
    r"(?P<obsolescence>\d{3})?",
    re.ASCII,
)
_OUTPUT: Final = re.compile(
    r"(?P<direction>O)(?P<type>\d{3})(?P<input_time>\d{4})(?P<input_reference>\d{6}[A-Z0-9]{12}\d{10})"
    r"(?P<output_date>\d{6})(?P<output_time>\d{4})(?P<priority>[SUN])?",
    re.ASCII,
)
_ENTRY: Final = re.compile(r"\{([A-Z0-9]{1,3}):([^{}]*)\}")
_ORDERS: Final = {
    "basic": tuple(_BASIC.groupindex),
    "I": tuple(_INPUT.groupindex),
    "O": tuple(_OUTPUT.groupindex),
}


def read_header(name: str, text: str) -> Record:
    """Read block 1 (``basic``) or 2 (``application``) into its parts; what has another form stays text."""
    pattern = _BASIC if name == "basic" else _OUTPUT if text[:1] == "O" else _INPUT
    found = pattern.fullmatch(text)
    if found is None:
        return {KEPT: text}
    return {part: value for part, value in found.groupdict().items() if value is not None}


def write_header(name: str, value: Value) -> str:
    """Write block 1 or 2. Raises EncodeError."""
    if not isinstance(value, dict):
        raise EncodeError("swift_mt.header", "A header is made of its parts.", place=f"block {name}")
    kept = value.get(KEPT)
    if isinstance(kept, str) and len(value) == 1:
        return kept
    order = (
        _ORDERS["basic" if name == "basic" else str(value.get("direction"))[:1]]
        if name == "basic" or value.get("direction") in {"I", "O"}
        else ()
    )
    if not order or not value.keys() <= set(order):
        raise EncodeError(
            "swift_mt.header",
            "A header has a part that has no place in it, or no direction I or O.",
            place=f"block {name}",
        )
    text = "".join(str(value.get(part) or "") for part in order)
    if "{" in text or "}" in text or "\n" in text:
        raise EncodeError(
            "swift_mt.header", "A header cannot hold braces or line ends.", place=f"block {name}"
        )
    return text


def read_entries(text: str) -> Record:
    """Read blocks of entries (3, 5 and S): ``{108:REF}{121:…}``."""
    record: Record = dict(_ENTRY.findall(text))
    if write_entries(record) != text:
        record[KEPT] = text
    return record


def write_entries(value: Value) -> str:
    """Write entries in their order. Raises EncodeError."""
    if not isinstance(value, dict):
        raise EncodeError("swift_mt.header", "A block of entries is an object.", place="block 3 or 5")
    kept = value.get(KEPT)
    if isinstance(kept, str) and read_entries_plain(kept) == {k: v for k, v in value.items() if k != KEPT}:
        return kept
    out = []
    for key, text in value.items():
        if key == KEPT:
            continue
        if not isinstance(text, str) or set(text) & set("{}\n\r"):
            raise EncodeError(
                "swift_mt.header", "An entry of a header is a text without braces.", place=f"entry {key}"
            )
        out.append(f"{{{key}:{text}}}")
    return "".join(out)


def read_entries_plain(text: str) -> Mapping[str, str]:
    """Read entries without regard to how they are written."""
    return dict(_ENTRY.findall(text))
