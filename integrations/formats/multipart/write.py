"""Write the parts of a form."""

import re

from integrations.errors import EncodeError
from integrations.formats.codec import Record

_KEYS = frozenset({"name", "filename", "content_type", "text", "data"})
_TYPE = re.compile(r"[!-~]+/[!-~]+(?: [ -~]*[!-~])?")
_QUOTES = str.maketrans({"\r": "%0D", "\n": "%0A", '"': "%22"})


def part_bytes(record: Record, number: int, boundary: bytes) -> bytes:
    """Give one part with its boundary before it. Raises EncodeError with the number of the record."""
    place = f"record {number}"
    if not record.keys() <= _KEYS or not isinstance(record.get("name"), str):
        raise EncodeError(
            "multipart.fields",
            "A part has a name, and may have filename, content_type, and text or data; nothing else.",
            place=place,
        )
    content = _content(record, place)
    line = rb"(?:\A|\r\n)--" + re.escape(boundary) + rb"(?:--|[ \t]*\r\n)"
    if boundary in content and re.search(line, content + b"\r\n"):
        raise EncodeError(
            "multipart.boundary",
            "A part holds the boundary.",
            hint="Choose another boundary in the options.",
            place=place,
        )
    head = f"Content-Disposition: form-data; name={_quoted(record['name'], place)}"
    if "filename" in record:
        head += f"; filename={_quoted(record['filename'], place)}"
    kind = record.get("content_type")
    if "filename" in record or kind is not None or "data" in record:
        kind = "application/octet-stream" if kind is None else kind
        if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
            raise EncodeError("multipart.content_type", "A content type is not valid.", place=place)
        head += f"\r\nContent-Type: {kind}"
    return b"--" + boundary + b"\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n"


def _content(record: Record, place: str) -> bytes:
    text, data = record.get("text"), record.get("data")
    if isinstance(data, bytes) and text is None:
        return data
    if isinstance(text, str) and data is None:
        if "\0" in text:
            raise EncodeError("multipart.nul", "A text holds the character NUL.", place=place)
        try:
            return text.encode()
        except UnicodeEncodeError:
            raise EncodeError(
                "multipart.surrogate", "A text holds half of a character.", place=place
            ) from None
    raise EncodeError("multipart.content", "A part needs either text or data (bytes).", place=place)


def _quoted(value: object, place: str) -> str:
    """Quote a name as browsers do. What would come back as another name is refused."""
    if not isinstance(value, str) or re.search(
        r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]|%0[AD]|%22|\\\"", value
    ):
        raise EncodeError("multipart.name", "A name or file name cannot be written in a header.", place=place)
    return f'"{value.translate(_QUOTES)}"'
