"""Write JSON strictly: numbers exact, nothing that our own decoder would refuse."""

import re
from collections.abc import Callable
from decimal import Decimal, DecimalException

import msgspec

from integrations.errors import EncodeError
from integrations.formats.codec import Value
from integrations.formats.json_text.scan import MAX_DIGITS, NUMBERS

_encode_fast = msgspec.json.Encoder(decimal_format="number").encode


def strict_encoder(key: str = "json") -> Callable[[Value], bytes]:
    """Compile an encoder: what it writes is what our own decoder takes back.

    key: of the format, the first part of an error's code. Raises EncodeError whose place is the path of the
    value.
    """

    def encode(value: Value) -> bytes:
        try:
            text = _encode_fast(value)
        except RecursionError:
            raise EncodeError(f"{key}.too_deep", "The record is nested too deep.", place="document") from None
        except (TypeError, ValueError):
            _find_unwritable(value, key)
            raise
        # Cheap looks at the bytes (one byte is found ten times faster than two); what they find is walked.
        if (
            (b"\\" in text and b"\\u0000" in text)
            or b"NaN" in text
            or b"Inf" in text
            or (b"+" in text and b"E+" in text)
            or (len(text) > MAX_DIGITS and _LONG_RUN.search(text[::100]))
        ):
            _find_unwritable(value, key)
        return text

    return encode


_LONG_RUN = re.compile(rb"[0-9]{10}")


def _find_unwritable(value: Value, format_key: str) -> None:
    """Raise EncodeError for the first value that JSON cannot hold, with its path, if there is one."""
    rest: list[tuple[str, Value]] = [("", value)]
    while rest:
        path, item = rest.pop()
        if isinstance(item, dict):
            for key, inner in item.items():
                name = key if key.isidentifier() and len(key) <= 40 else "*"
                _check_writable(f"{path}.{name}", key, format_key)
                rest.append((f"{path}.{name}", inner))
        elif isinstance(item, list):
            rest += [(f"{path}[{index}]", inner) for index, inner in enumerate(item)]
        else:
            _check_writable(path, item, format_key)


def _check_writable(path: str, item: Value, format_key: str) -> None:
    place = path.removeprefix(".") or "document"
    if isinstance(item, Decimal) and not is_finite_number(item):
        raise EncodeError(f"{format_key}.number_range", "A number cannot be written in JSON.", place=place)
    if isinstance(item, int) and abs(item) >= 10**MAX_DIGITS:
        raise EncodeError(f"{format_key}.number_range", "A number has more than 1,000 digits.", place=place)
    if isinstance(item, str):
        if "\0" in item:
            raise EncodeError(f"{format_key}.nul", "A text holds the character NUL.", place=place)
        try:
            item.encode()
        except UnicodeEncodeError:
            raise EncodeError(
                f"{format_key}.surrogate", "A text holds half of a character.", place=place
            ) from None


def is_finite_number(value: Decimal) -> bool:
    """Whether the decoder would take this number back."""
    if not value.is_finite():
        return False
    try:
        NUMBERS.create_decimal(value)
    except DecimalException:
        return False
    return True
