"""One message: header, message type, bitmaps and fields."""

from typing import Final, NamedTuple

from integrations.errors import DecodeError, EncodeError
from integrations.formats.codec import Record, shape
from integrations.formats.iso8583.fields import FieldForm, codes, field_forms
from integrations.formats.iso8583.options import Iso8583Options

SECONDARY: Final = "1"
_EMPTY: Final = "0" * 16


class Part(NamedTuple):
    """A part of a message: what it is (a number: that field) and where it stands."""

    label: str
    start: int
    end: int


class MessageForm:
    """Reads and writes messages, compiled for the options."""

    def __init__(self, options: Iso8583Options) -> None:
        self.options = options
        self.fields = field_forms(options)
        self._known: dict[int, list[tuple[str, FieldForm]]] = {}
        self.header = options.header_bytes
        self.page = options.code_page

    def read(self, data: bytes) -> tuple[Record, list[Part]]:
        """Read a whole message; gives its record and where its parts stand. Raises DecodeError."""
        record: Record = {}
        parts: list[Part] = []
        at = self.header
        if at:
            if len(data) < at:
                raise _cut("header", 0)
            record["header"] = data[:at].hex().upper()
            parts.append(Part("header", 0, at))
        record["mti"], end = self._read_mti(data, at)
        parts.append(Part("mti", at, end))
        at = end
        bits, end = self._read_bitmap(data, at, "bitmap")
        parts.append(Part("bitmap", at, end))
        at = end
        if bits >> 63:
            more, end = self._read_bitmap(data, at, "field 1")
            parts.append(Part("1", at, end))
            at = end
            if not more:
                record[SECONDARY] = _EMPTY
            bits = bits << 64 | more
        else:
            bits <<= 64
        for key, form in self._forms_of(bits):
            record[key], end = form.read(data, at)
            parts.append(Part(key, at, end))
            at = end
        if at != len(data):
            raise DecodeError(
                "iso8583.extra_data",
                f"{len(data) - at} bytes follow the last field.",
                hint="Check the form of the fields before, or the length that stands before each message.",
                place=f"offset {at}",
            )
        if missing := self._missing(record):
            raise DecodeError(
                "iso8583.field_missing",
                "A mandatory field is missing.",
                place=f"field {missing}, offset {at}",
            )
        return record, parts

    def _forms_of(self, bits: int) -> list[tuple[str, FieldForm]]:
        """Give the fields that two bitmaps announce. Partners use few bitmaps, so they are kept."""
        found = self._known.get(bits)
        if found is None:
            found = [(str(n), self.fields[n]) for n in range(2, 129) if bits >> (128 - n) & 1]
            if len(self._known) < 256:
                self._known[bits] = found
        return found

    def _missing(self, record: Record) -> str:
        """Name the first field that a request or an advice of this class must have and has not."""
        mti = record.get("mti")
        if not self.options.complete or not isinstance(mti, str) or mti[2] not in "02":
            return ""
        wanted = codes()[f"mandatory_{self.options.version}"].get(mti[:2], "")
        return next((number for number in wanted.split() if not record.get(number)), "")

    def _read_mti(self, data: bytes, at: int) -> tuple[str, int]:
        size = 2 if self.options.mti == "bcd" else 4
        raw = data[at : at + size]
        if len(raw) < size:
            raise _cut("mti", at)
        if self.options.mti == "bcd":
            text = raw.hex()
        else:
            text = raw.decode("latin-1" if self.options.mti == "ascii" else self.page)
        if not (text.isascii() and text.isdigit()):
            raise DecodeError(
                "iso8583.mti",
                f"The message type has not four digits but the form [{shape(text)}].",
                hint="Check how message type and length are written.",
                place=f"mti, offset {at}",
            )
        return text, at + size

    def _read_bitmap(self, data: bytes, at: int, name: str) -> tuple[int, int]:
        size = 8 if self.options.bitmap == "binary" else 16
        raw = data[at : at + size]
        if len(raw) < size:
            raise _cut(name, at)
        if size == 8:
            return int.from_bytes(raw, "big"), at + size
        text = raw.decode("latin-1" if self.options.bitmap == "hex" else self.page)
        if not set(text) <= set("0123456789abcdefABCDEF"):
            raise DecodeError(
                "iso8583.bitmap",
                f"The bitmap is not hexadecimal; the form found is [{shape(text)}].",
                hint="It may be binary.",
                place=f"{name}, offset {at}",
            )
        return int(text, 16), at + size

    def write(self, record: Record) -> bytes:
        """Write a message. Raises EncodeError without the record's number."""
        numbers = []
        for key in record:
            if key in {"mti", "header", SECONDARY}:
                continue
            if not (key.isascii() and key.isdigit() and str(int(key)) == key and int(key) in self.fields):
                raise EncodeError(
                    "iso8583.extra_field",
                    "A message has fields 2 to 128, mti and header only.",
                    place=f"field {key[:20]}",
                )
            numbers.append(int(key))
        numbers.sort()
        out = [self._write_header(record), self._write_mti(record.get("mti"))]
        if missing := self._missing(record):
            raise EncodeError(
                "iso8583.field_missing", "A mandatory field is missing.", place=f"field {missing}"
            )
        bits = sum(1 << (128 - number) for number in numbers)
        has_more = SECONDARY in record or bool(numbers and numbers[-1] > 64)
        if has_more:
            bits |= 1 << 127
        out.append(self._write_bitmap(bits >> 64))
        if has_more:
            out.append(self._write_bitmap(bits & ((1 << 64) - 1)))
        out += [self.fields[number].write(record[str(number)]) for number in numbers]
        return b"".join(out)

    def _write_header(self, record: Record) -> bytes:
        header = record.get("header")
        if not self.header:
            if header is not None:
                raise EncodeError("iso8583.header", "The options have no header.", place="header")
            return b""
        try:
            raw = bytes.fromhex(header) if isinstance(header, str) else b""
        except ValueError:
            raw = b""
        if len(raw) != self.header:
            raise EncodeError(
                "iso8583.header", f"The header has not {self.header} bytes in hexadecimal.", place="header"
            )
        return raw

    def _write_mti(self, value: object) -> bytes:
        if not (isinstance(value, str) and len(value) == 4 and value.isascii() and value.isdigit()):
            raise EncodeError("iso8583.mti", "The message type has four digits.", place="mti")
        if self.options.mti == "bcd":
            return bytes.fromhex(value)
        return value.encode("ascii" if self.options.mti == "ascii" else self.page)

    def _write_bitmap(self, bits: int) -> bytes:
        if self.options.bitmap == "binary":
            return bits.to_bytes(8, "big")
        return f"{bits:016X}".encode("ascii" if self.options.bitmap == "hex" else self.page)


def _cut(name: str, at: int) -> DecodeError:
    return DecodeError(
        "iso8583.truncated",
        f"The message ends before or within its {name}.",
        hint="It may have been cut on its way.",
        place=f"{name}, offset {at}",
    )


def title_of(mti: str) -> str:
    """Say what a message is: ``0100 Authorization request``; empty where its type means nothing."""
    kind, function = codes()["class"].get(mti[1:2], ""), codes()["function"].get(mti[2:3], "")
    return f"{mti} {kind} {function}" if kind and function and mti[:1] in {"0", "1", "2"} else ""
