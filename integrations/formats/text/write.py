"""Write records by a template, or by their labels; what would be read differently is refused."""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal

from integrations.errors import EncodeError, InputError
from integrations.formats.codec import DEFAULT_LIMITS, Record, Value
from integrations.formats.text.cut import cut_records
from integrations.formats.text.find import finder
from integrations.formats.text.options import TextOptions

_SLOT = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")


def write_records(records: Iterable[Record], options: TextOptions) -> Iterator[bytes]:
    """Yield the encoded text of each record. Raises EncodeError with its number."""
    encode = codecs.getincrementalencoder(options.encoding)().encode
    find = finder(options, DEFAULT_LIMITS)
    end = "\r\n" if options.line_end == "crlf" else "\n"
    gap = "\n\n" if options.records == "paragraph" else "\n"
    for number, record in enumerate(records, 1):
        place = f"record {number}"
        if number > 1 and options.records == "document":
            raise EncodeError("text.one_record", "The document is one record.", place=place)
        plain: Record = {name: _plain(value, f"{place}, {name}") for name, value in record.items()}
        text = _filled(plain, options, place)
        if _read_back(text, options, find) != [plain]:
            raise EncodeError(
                "text.not_read_back",
                "What is written of this record would be read differently.",
                hint="Check the template against the patterns; a value may hold a line end.",
                place=place,
            )
        try:
            yield encode((text + gap).replace("\n", end))
        except UnicodeEncodeError:
            raise EncodeError(
                "text.encoding",
                f"A value holds a character that {options.encoding} does not have.",
                place=place,
            ) from None


def _read_back(
    text: str, options: TextOptions, find: Callable[[int, str], Record | None]
) -> list[Record | None]:
    """Give the records that a reader finds in the text of one."""
    plain = options.model_copy(update={"encoding": "utf-8"})
    try:
        return [
            find(line, found) if damage is None else None
            for line, found, damage in cut_records(
                (text.encode("utf-8", "surrogatepass"),), plain, DEFAULT_LIMITS
            )
        ]
    except InputError:
        return []


def _filled(record: Record, options: TextOptions, place: str) -> str:
    if options.template:
        return _SLOT.sub(lambda slot: _slot(slot, record, place), options.template).rstrip("\n")
    if options.whole and isinstance(text := record.get(options.whole), str):
        return text
    lines = [
        line for prefix in options.prefixes for line in _labelled(prefix.label, record.get(prefix.field))
    ]
    if not lines:
        raise EncodeError("text.no_template", "Without a template only labels can be written.", place=place)
    return "\n".join(lines)


def _labelled(label: str, value: Value) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield f"{label} {item}".rstrip().replace("\n", "\n  ")


def _slot(slot: re.Match[str], record: Record, place: str) -> str:
    if slot[1] is None:
        return slot[0][0]
    value = record.get(slot[1], "")
    if not isinstance(value, str):
        raise EncodeError(
            "text.nested", "A template can hold texts, numbers and dates only.", place=f"{place}, {slot[1]}"
        )
    return value


def _plain(value: Value, place: str) -> Value:
    """Give a value as it stands in a text; lists and objects stay for the comparison."""
    if value is None or isinstance(value, bytes):
        raise EncodeError(
            "text.nested", "A field of a text can hold text, numbers and dates only.", place=place
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
