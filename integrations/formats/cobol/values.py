"""The stored forms of values, a column at a time: bytes → values and back.

A column is the same field of many records. Doing a column at once is what makes reading and writing fast
(one decode, one check, one loop in C); only a column with something odd in it is done value by value.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, Literal

from integrations.formats.codec import Value

EXACT = Context(prec=1_100, Emax=999_999, Emin=-999_999)
_PLUS, _MINUS = frozenset("cfae"), frozenset("db")
_STRICT = Context(prec=400, traps=[Inexact, InvalidOperation])
_ODD = (
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    struct.error,
    InvalidOperation,
    Inexact,
    KeyError,
)

MISSING: Any = object()
"""Stands in a column for a key that a record does not have; written as the field's initial value."""


class FieldFault(Exception):  # noqa: N818  never leaves this package: the codec adds the place
    """What is wrong with one field, without its value. path: keys, the outermost last."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.path: list[str] = []

    @property
    def where(self) -> str:
        """The field as a part of a place: ``, field LINES[2].PRICE``."""
        path = ".".join(reversed(self.path)).replace(".[", "[")
        return f", field {path}" if path else ""


@dataclass(frozen=True, slots=True)
class Column:
    """One field, compiled.

    size: bytes. code: how ``struct`` cuts it out of a record, big-endian. read: a column of what ``struct``
    gave to values. write: a column of values to its bytes, one after the other. initial: what stands in it
    before a program puts something there.
    """

    size: int
    code: str
    read: Callable[[Sequence[Any]], list[Value]]
    write: Callable[[list[Value]], bytes]
    initial: bytes


def column(
    size: int,
    *,
    code: str = "",
    fast: Callable[[Sequence[Any]], list[Any]] | None = None,
    one: Callable[[Any], Value],
    pack: Callable[[list[Any]], bytes] | None = None,
    pack_one: Callable[[Value], bytes],
    initial: bytes,
) -> Column:
    """Join the quick way for a whole column with the careful one for each value.

    fast and pack raise any of the usual errors where something is odd; one and pack_one raise FieldFault.
    """

    def read(raws: Sequence[Any]) -> list[Value]:
        if fast is not None:
            try:
                return fast(raws)
            except _ODD:
                pass
        return [one(raw) for raw in raws]

    def write(values: list[Value]) -> bytes:
        if pack is not None:
            try:
                packed = pack(values)
            except (FieldFault, *_ODD):
                pass
            else:
                if len(packed) == size * len(values):
                    return packed
        return b"".join([initial if value is MISSING else pack_one(value) for value in values])

    return Column(size, code or f"{size}s", read, write, initial)


def to_number(units: int, scale: int) -> Value:
    """Give the number of so many smallest units: an int without decimals, else a Decimal with all of them."""
    if scale <= 0:
        return int(units * 10**-scale)
    return Decimal(units).scaleb(-scale, EXACT)


def to_numbers(units: list[int], scale: int) -> list[Any]:
    """Do the same for a column."""
    if scale == 0:
        return units
    if scale < 0:
        factor = 10**-scale
        return [value * factor for value in units]
    return [Decimal(value).scaleb(-scale, EXACT) for value in units]


def to_units(value: Value, scale: int) -> int:
    """Give a number in its smallest units. Raises FieldFault: no number, too precise or too long."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise FieldFault("not_number", "A number was expected.")
    number = Decimal(value)
    if not number.is_finite() or number.adjusted() > 200:
        raise FieldFault("too_long", "The number does not fit into the field.")
    scaled = number.scaleb(scale, EXACT)
    units = int(scaled)
    if units != scaled:
        raise FieldFault("too_precise", f"The number has more than {max(scale, 0)} digits after the point.")
    return units


def all_units(values: list[Any], scale: int) -> list[int]:
    """Do the same for a column of one type. Raises any error where a value is odd."""
    types = set(map(type, values))
    if scale == 0 and types == {int}:
        return values
    if scale > 0 and types == {Decimal}:
        last = Decimal(1).scaleb(-scale)
        return [int(value.quantize(last, context=_STRICT).scaleb(scale)) for value in values]
    return [to_units(value, scale) for value in values]


def binary(size: int, *, signed: bool, scale: int, order: Literal["big", "little"]) -> Column:
    """Compile COMP, COMP-4, COMP-5: two's complement. All that the bytes can hold is taken."""
    code = {1: "b", 2: "h", 4: "i", 8: "q"}.get(size, "") if order == "big" else ""
    code = code if signed else code.upper()

    def from_bytes(raw: bytes) -> int:
        return int.from_bytes(raw, order, signed=signed)

    def pack_one(value: Value) -> bytes:
        units = to_units(value, scale)
        try:
            return units.to_bytes(size, order, signed=signed)
        except OverflowError:
            if units < 0 and not signed:
                raise FieldFault("negative", "The field has no sign.") from None
            raise FieldFault("too_long", f"The number does not fit into {size} bytes.") from None

    def pack(values: list[Any]) -> bytes:
        return struct.pack(f">{len(values)}{code}", *all_units(values, scale))

    if code:
        return column(
            size,
            code=code,
            fast=lambda raws: to_numbers(list(raws), scale),
            one=lambda units: to_number(units, scale),
            pack=pack,
            pack_one=pack_one,
            initial=bytes(size),
        )
    return column(
        size,
        fast=lambda raws: to_numbers([from_bytes(raw) for raw in raws], scale),
        one=lambda raw: to_number(from_bytes(raw), scale),
        pack_one=pack_one,
        initial=bytes(size),
    )


def packed(digits: int, *, signed: bool, scale: int, blank: int) -> Column:
    """Compile COMP-3: two digits a byte, the sign in the last half. Low values or blanks only are null."""
    made = _Packed(digits, signed=signed, scale=scale, blank=blank)
    return column(
        made.size,
        fast=made.all,
        one=made.one,
        pack=made.pack,
        pack_one=made.pack_one,
        initial=made.pack_one(0),
    )


class _Packed:
    def __init__(self, digits: int, *, signed: bool, scale: int, blank: int) -> None:
        self.digits = digits
        self.is_signed = signed
        self.scale = scale
        self.blank = blank
        self.size = digits // 2 + 1
        self.plus = "c" if signed else "f"

    def all(self, raws: Sequence[bytes]) -> list[Any]:
        step = self.size * 2
        text = b"".join(raws).hex()
        signs = set(text[step - 1 :: step])
        starts = range(0, len(text), step)
        if signs <= _PLUS:
            return to_numbers([int(text[at : at + step - 1]) for at in starts], self.scale)
        if not self.is_signed or not signs <= _PLUS | _MINUS:
            raise ValueError
        units = [
            -int(text[at : at + step - 1]) if text[at + step - 1] in _MINUS else int(text[at : at + step - 1])
            for at in starts
        ]
        return to_numbers(units, self.scale)

    def one(self, raw: bytes) -> Value:
        if raw == bytes(self.size) or raw.count(self.blank) == self.size:
            return None
        text, sign = raw.hex()[:-1], raw.hex()[-1]
        if not text.isdigit() or sign not in _PLUS | _MINUS:
            raise FieldFault("not_packed", "The bytes are no packed decimal number.")
        if sign in _MINUS and not self.is_signed and int(text):
            raise FieldFault("negative", "The number is negative, and its PICTURE has no sign.")
        return to_number(-int(text) if sign in _MINUS else int(text), self.scale)

    def pack(self, values: list[Any]) -> bytes:
        width, plus = self.size * 2 - 1, self.plus
        units = all_units(values, self.scale)
        if max(map(abs, units)) >= 10**self.digits or (not self.is_signed and min(units) < 0):
            raise ValueError
        return bytes.fromhex("".join([f"{-n:0{width}}d" if n < 0 else f"{n:0{width}}{plus}" for n in units]))

    def pack_one(self, value: Value) -> bytes:
        if value is None:
            return bytes(self.size)
        units = checked(to_units(value, self.scale), self.digits, signed=self.is_signed)
        return bytes.fromhex(f"{abs(units):0{self.size * 2 - 1}}{'d' if units < 0 else self.plus}")


def unsigned_packed(digits: int, *, scale: int) -> Column:
    """Compile COMP-6: two digits a byte and no sign."""
    size = (digits + 1) // 2

    def one(raw: bytes) -> Value:
        text = raw.hex()
        if not text.isdigit():
            raise FieldFault("not_packed", "The bytes are no packed decimal number.")
        return to_number(int(text), scale)

    def pack_one(value: Value) -> bytes:
        units = checked(to_units(value, scale), digits, signed=False)
        return bytes.fromhex(f"{units:0{size * 2}}")

    return column(size, one=one, pack_one=pack_one, initial=bytes(size))


def checked(units: int, digits: int, *, signed: bool) -> int:
    """Give the units if they fit. Raises FieldFault ``too_long`` or ``negative``."""
    if units < 0 and not signed:
        raise FieldFault("negative", "The number is negative, and its PICTURE has no sign.")
    if abs(units) >= 10**digits:
        raise FieldFault("too_long", f"The number needs more than the {digits} digits of its PICTURE.")
    return units


def raw_bytes(size: int) -> Column:
    """Compile bytes that stay as they are: pointers, double-byte characters, FILLER."""

    def one(raw: bytes) -> Value:
        return raw

    def pack_one(value: Value) -> bytes:
        if not isinstance(value, bytes):
            raise FieldFault("not_bytes", "Bytes were expected.")
        if len(value) != size:
            raise FieldFault("too_long", f"{size} bytes were expected.")
        return value

    return column(size, one=one, pack_one=pack_one, initial=bytes(size))


def floating(size: Literal[4, 8], kind: Literal["ieee", "ibm"]) -> Column:
    """Compile COMP-1 or COMP-2: the exact decimal value of what is stored; written to the nearest."""
    if kind == "ibm":
        return column(
            size,
            one=lambda raw: _from_ibm(raw, size),
            pack_one=lambda value: _to_ibm(_decimal(value), size),
            initial=bytes(size),
        )
    code = "f" if size == 4 else "d"

    def one(raw: float) -> Value:
        number = Decimal(raw)
        if not number.is_finite():
            raise FieldFault("not_number", "The floating point field holds no number.")
        return number

    def pack_one(value: Value) -> bytes:
        try:
            return struct.pack(f">{code}", float(_decimal(value)))
        except OverflowError:
            raise FieldFault(
                "too_long", "The number is beyond what the floating point field holds."
            ) from None

    return column(size, code=code, one=one, pack_one=pack_one, initial=bytes(size))


def _decimal(value: Value) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        raise FieldFault("not_number", "A number was expected.")
    number = Decimal(value)
    if number and not -400 < number.adjusted() < 400:
        raise FieldFault("too_long", "The number is beyond what the floating point field holds.")
    return number


def _from_ibm(raw: bytes, size: int) -> Value:
    """Read hexadecimal floating point: sign, exponent of 16 with an excess of 64, fraction."""
    fraction = int.from_bytes(raw[1:], "big")
    power = 4 * ((raw[0] & 0x7F) - 64) - 8 * (size - 1)
    number = Decimal(fraction)
    number = EXACT.multiply(number, EXACT.power(2, power)) if power >= 0 else EXACT.divide(number, 2**-power)
    return -number if raw[0] & 0x80 else number


def _to_ibm(number: Decimal, size: int) -> bytes:
    bits = 8 * (size - 1)
    top, bottom = abs(number).as_integer_ratio()
    if not top:
        return bytes(size)
    exponent = (top.bit_length() - bottom.bit_length()) // 4 + 1
    fraction = _scaled(top, bottom, bits - 4 * exponent)
    while fraction >= 1 << bits:
        exponent += 1
        fraction = _scaled(top, bottom, bits - 4 * exponent)
    if not -64 <= exponent <= 63:
        raise FieldFault("too_long", "The number is beyond what the floating point field holds.")
    return bytes([exponent + 64 | (0x80 if number < 0 else 0)]) + fraction.to_bytes(size - 1, "big")


def _scaled(top: int, bottom: int, power: int) -> int:
    """Give top/bottom times two to the power, rounded to the nearest."""
    if power >= 0:
        top <<= power
    else:
        bottom <<= -power
    return (2 * top + bottom) // (2 * bottom)
