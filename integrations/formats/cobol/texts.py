"""Values that are stored as characters: text, digits with or without a sign, edited numbers."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import ebcdic  # noqa: F401  it registers the code pages that Python lacks

from integrations.formats.cobol.copybook import Item
from integrations.formats.cobol.edited import edit, unedit
from integrations.formats.cobol.options import CobolOptions
from integrations.formats.cobol.picture import COMMA_FOR_POINT, Picture, parse_picture
from integrations.formats.cobol.values import (
    Column,
    FieldFault,
    all_units,
    checked,
    column,
    to_number,
    to_units,
)
from integrations.formats.codec import Value, shape

_PLUS, _MINUS = b"{ABCDEFGHI", b"}JKLMNOPQR"
_MINUS_PC = b"pqrstuvwxy"
_MINUS_SIGN = ord("-")


class CodePage:
    """The characters of a file: its encoding, blank, digits and signs.

    plain: every digit byte to its ASCII digit. zoned: also those that carry a sign. signs: every such byte to
    ``+`` or ``-``. EBCDIC signs are bytes (zones C, D, F), whatever letters they are in a code page.
    """

    def __init__(self, options: CobolOptions) -> None:
        self.name = options.encoding
        self.is_ebcdic = options.is_ebcdic
        self.blank = 0x40 if self.is_ebcdic else 0x20
        zero = 0xF0 if self.is_ebcdic else 0x30
        self.ascii_digits = bytes.maketrans(b"0123456789", bytes(range(zero, zero + 10)))
        plus = bytes(range(0xC0, 0xCA)) if self.is_ebcdic else _PLUS
        minus = bytes(range(0xD0, 0xDA)) if self.is_ebcdic else _MINUS
        others = b"" if self.is_ebcdic else _MINUS_PC
        plain, signs = bytearray(b"?" * 256), bytearray(b"+" * 256)
        for digit in range(10):
            plain[zero + digit] = 0x30 + digit
        zoned = bytearray(plain)
        for marks, sign in ((plus, 0x2B), (minus, 0x2D), (others, 0x2D)):
            for digit, mark in enumerate(marks):
                zoned[mark] = 0x30 + digit
                signs[mark] = sign
        self.plain, self.zoned, self.signs = bytes(plain), bytes(zoned), bytes(signs)
        self.signed = plus + minus + others
        is_pc = not self.is_ebcdic and options.overpunch == "p-y"
        self.plus = bytes(range(zero, zero + 10)) if is_pc else plus
        self.minus = others if is_pc else minus

    def decode(self, raw: bytes) -> str:
        """Give the text. Raises FieldFault ``encoding``."""
        try:
            return raw.decode(self.name)
        except UnicodeDecodeError:
            raise FieldFault("encoding", f"The field is not text in {self.name}.") from None

    def encode(self, text: str) -> bytes:
        """Give the bytes. Raises FieldFault ``encoding``."""
        try:
            return text.encode(self.name)
        except UnicodeEncodeError:
            raise FieldFault(
                "encoding", f"The text holds a character that {self.name} does not have."
            ) from None


def stripper(trim: str) -> Callable[[str], str]:
    """Give the function that takes the blanks and low values off a text."""
    if trim == "none":
        return str
    if trim == "both":
        return lambda text: text.strip(" \0")
    return lambda text: text.rstrip(" \0")


def text_column(size: int, page: CodePage, options: CobolOptions, *, is_right: bool) -> Column:
    """Compile PIC X or A. Low values (bytes of zero only) are null; a text is filled with blanks."""
    made = _Text(size, page, options, is_right=is_right)
    return column(
        size,
        fast=None if is_right else made.all_right if options.trim == "right" else made.all,
        one=made.one,
        pack=None if is_right else made.pack,
        pack_one=made.pack_one,
        initial=bytes([page.blank]) * size,
    )


class _Text:
    def __init__(self, size: int, page: CodePage, options: CobolOptions, *, is_right: bool) -> None:
        self.size = size
        self.page = page
        self.low = bytes(size)
        self.strip = stripper(options.trim)
        self.is_right = is_right
        self.trims_left = is_right and options.trim != "none"

    def all(self, raws: Sequence[bytes]) -> list[Any]:
        text, size, strip = self._joined(raws), self.size, self.strip
        return [strip(text[at : at + size]) for at in range(0, len(text), size)]

    def all_right(self, raws: Sequence[bytes]) -> list[Any]:
        """Do the same where blanks at the end are taken away, without a call for each."""
        text, size = self._joined(raws), self.size
        return [text[at : at + size].rstrip(" \0") for at in range(0, len(text), size)]

    def _joined(self, raws: Sequence[bytes]) -> str:
        if self.low in raws:
            raise ValueError
        return b"".join(raws).decode(self.page.name)

    def one(self, raw: bytes) -> Value:
        if raw == self.low:
            return None
        text = self.page.decode(raw)
        return self.strip(text.lstrip(" ") if self.trims_left else text)

    def pack(self, values: list[Any]) -> bytes:
        size = self.size
        return "".join([value.ljust(size) for value in values]).encode(self.page.name)

    def pack_one(self, value: Value) -> bytes:
        if value is None:
            return self.low
        text = _as_text(value)
        raw = self.page.encode(text.rjust(self.size) if self.is_right else text.ljust(self.size))
        if len(raw) != self.size:
            raise FieldFault("too_long", f"The text has {len(text)} characters, the field {self.size}.")
        return raw


def _as_text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise FieldFault("not_text", "A text was expected.")


def national_column(length: int, options: CobolOptions, *, is_right: bool) -> Column:
    """Compile PIC N: UTF-16, two bytes a character."""
    strip = stripper(options.trim)
    size = length * 2

    def one(raw: bytes) -> Value:
        if raw == bytes(size):
            return None
        try:
            return strip(raw.decode("utf-16-be"))
        except UnicodeDecodeError:
            raise FieldFault("encoding", "The national field is not text in UTF-16.") from None

    def pack_one(value: Value) -> bytes:
        if value is None:
            return bytes(size)
        if not isinstance(value, str):
            raise FieldFault("not_text", "A text was expected.")
        try:
            raw = value.encode("utf-16-be")
        except UnicodeEncodeError:
            raise FieldFault("encoding", "The text holds half a character.") from None
        if len(raw) > size:
            raise FieldFault(
                "too_long", f"The text needs {len(raw) // 2} characters, the field has {length}."
            )
        rest = "\0 ".encode("ascii") * ((size - len(raw)) // 2)
        return rest + raw if is_right else raw + rest

    return column(size, one=one, pack_one=pack_one, initial=b"\0 " * length)


def digits_column(picture: Picture, item: Item, page: CodePage) -> Column:
    """Compile PIC 9 in DISPLAY: the sign is in the zone of the last or first digit, or a character."""
    if item.is_separate:
        return _separate_column(picture, item, page)
    made = _Zoned(picture, page, 0 if item.sign == "leading" else picture.digits - 1)
    blank = bytes([page.blank]) * picture.digits
    return column(
        picture.digits,
        fast=made.all,
        one=made.one,
        pack=made.pack,
        pack_one=made.pack_one,
        initial=blank if item.blank_zero else made.pack_one(0),
    )


class _Zoned:
    """Digits of which one carries the sign. at: which one."""

    def __init__(self, picture: Picture, page: CodePage, at: int) -> None:
        self.size = picture.digits
        self.scale = picture.scale
        self.is_signed = picture.is_signed
        self.page = page
        self.at = at

    def all(self, raws: Sequence[bytes]) -> list[Any]:
        blob, page = b"".join(raws), self.page
        tails = blob[self.at :: self.size]
        text = blob.translate(page.zoned)
        if not text.isdigit() or self._signs_in(blob) != self._signs_in(tails):
            raise ValueError
        numbers = self._numbers(text.decode("ascii"))
        signs = tails.translate(page.signs)
        if b"-" not in signs:
            return numbers
        if not self.is_signed:
            raise ValueError
        return [-n if sign == _MINUS_SIGN and n else n for n, sign in zip(numbers, signs, strict=True)]

    def _signs_in(self, blob: bytes) -> int:
        return len(blob) - len(blob.translate(None, self.page.signed))

    def _numbers(self, digits: str) -> list[Any]:
        size, scale = self.size, self.scale
        starts = range(0, len(digits), size)
        if scale > 0:
            end = f"E-{scale}"
            return [Decimal(digits[at : at + size] + end) for at in starts]
        factor = 10**-scale
        return [int(digits[at : at + size]) * factor for at in starts]

    def one(self, raw: bytes) -> Value:
        page, at = self.page, self.at
        if not raw.strip(bytes([page.blank, 0])):
            return None
        is_minus = page.signs[raw[at]] == _MINUS_SIGN
        mark = raw[at : at + 1].translate(page.zoned)
        text = (raw[:at].translate(page.plain) + mark + raw[at + 1 :].translate(page.plain)).decode("ascii")
        if not text.isdigit():
            return _written_number(page.decode(raw), self.scale, signed=self.is_signed)
        if is_minus and not self.is_signed and int(text):
            raise FieldFault("negative", "The number is negative, and its PICTURE has no sign.")
        return to_number(-int(text) if is_minus else int(text), self.scale)

    def _zone(self, digits: bytes, units: list[int]) -> bytes:
        page, at, size = self.page, self.at, self.size
        made = bytearray(digits.translate(page.ascii_digits))
        if self.is_signed:
            marks = zip(digits[at::size], units, strict=True)
            made[at::size] = bytes([(page.minus if n < 0 else page.plus)[mark - 0x30] for mark, n in marks])
        return bytes(made)

    def pack(self, values: list[Any]) -> bytes:
        units, size = all_units(values, self.scale), self.size
        digits = "".join([f"{abs(n):0{size}}" for n in units]).encode("ascii")
        if len(digits) != size * len(units) or (not self.is_signed and min(units) < 0):
            raise ValueError
        return self._zone(digits, units)

    def pack_one(self, value: Value) -> bytes:
        if value is None:
            return bytes([self.page.blank]) * self.size
        units = checked(to_units(value, self.scale), self.size, signed=self.is_signed)
        return self._zone(f"{abs(units):0{self.size}}".encode("ascii"), [units])


def _written_number(text: str, scale: int, *, signed: bool) -> Value:
    """Read digits that a program put there as text: blanks before them, a sign in front or behind."""
    bare = text.strip(" \0")
    minus = bare.startswith("-") or bare.endswith("-")
    digits = bare.strip("+-").strip(" ") if signed else bare
    if not (digits.isascii() and digits.isdigit()):
        raise FieldFault("not_number", f"A number was expected, the form found is [{shape(text)}].")
    return to_number(-int(digits) if minus else int(digits), scale)


def _separate_column(picture: Picture, item: Item, page: CodePage) -> Column:
    size, scale, digits = picture.digits + 1, picture.scale, picture.digits
    is_leading = item.sign == "leading"

    def one(raw: bytes) -> Value:
        if not raw.strip(bytes([page.blank, 0])):
            return None
        text = page.decode(raw)
        sign, number = (text[0], text[1:]) if is_leading else (text[-1], text[:-1])
        if sign not in "+- " or not (number.isascii() and number.isdigit()):
            return _written_number(text, scale, signed=True)
        return to_number(-int(number) if sign == "-" else int(number), scale)

    def pack_one(value: Value) -> bytes:
        if value is None:
            return bytes([page.blank]) * size
        units = checked(to_units(value, scale), digits, signed=True)
        sign, number = "-" if units < 0 else "+", f"{abs(units):0{digits}}"
        return page.encode(sign + number if is_leading else number + sign)

    return column(size, one=one, pack_one=pack_one, initial=pack_one(0))


def edited_column(picture: Picture, page: CodePage, point: str) -> Column:
    """Compile an edited number (``ZZ9.99-``).

    With an S (``S9(3).99``, which some compilers take) the sign is in the zone of the last digit.
    """
    if point == ",":
        picture = parse_picture(picture.symbols.translate(COMMA_FOR_POINT), 0)
    swap: dict[int, int] = COMMA_FOR_POINT if point == "," else {}
    is_zoned = picture.symbols.startswith("S")
    blanks = bytes([page.blank, 0])

    def one(raw: bytes) -> Value:
        if not raw.strip(blanks):
            return None
        if not is_zoned:
            return unedit(page.decode(raw).translate(swap), picture)
        minus = "-" if page.signs[raw[-1]] == _MINUS_SIGN else ""
        return unedit(page.decode(raw[:-1]).translate(swap) + chr(page.zoned[raw[-1]]) + minus, picture)

    def pack_one(value: Value) -> bytes:
        if value is None:
            return bytes([page.blank]) * picture.length
        units = checked(to_units(value, picture.scale), picture.digits, signed=picture.is_signed)
        text = edit(units, picture).translate(swap)
        if is_zoned:
            mark = (page.minus if units < 0 else page.plus)[abs(units) % 10]
            return page.encode(text[:-1]) + bytes([mark])
        return page.encode(text)

    return column(picture.length, one=one, pack_one=pack_one, initial=pack_one(0))
