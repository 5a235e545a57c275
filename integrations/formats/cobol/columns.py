"""Which stored form an item has, by its usage and picture."""

from dataclasses import replace

from integrations.errors import ConfigError
from integrations.formats.cobol.copybook import Item, Usage
from integrations.formats.cobol.options import CobolOptions
from integrations.formats.cobol.picture import Picture
from integrations.formats.cobol.texts import (
    CodePage,
    digits_column,
    edited_column,
    national_column,
    text_column,
)
from integrations.formats.cobol.values import (
    MISSING,
    Column,
    FieldFault,
    binary,
    floating,
    packed,
    raw_bytes,
    unsigned_packed,
)
from integrations.formats.codec import Value

_FIGURATIVE = {"SPACE", "ZERO", "LOW-VALUE", "HIGH-VALUE", "QUOTE"}


def column_of_item(item: Item, usage: Usage, page: CodePage, options: CobolOptions) -> Column:
    """Compile an elementary item; its VALUE is what stands in it at first. Raises ConfigError."""
    if item.is_filler and options.fillers == "keep":
        size = _column(item, usage, page, options).size
        return replace(raw_bytes(size), initial=bytes([page.blank]) * size)
    return _with_value(_column(item, usage, page, options), item)


def _column(item: Item, usage: Usage, page: CodePage, options: CobolOptions) -> Column:
    picture = item.picture
    if usage == "pointer":
        return raw_bytes(4)
    if usage in {"float", "double"}:
        return floating(4 if usage == "float" else 8, options.floats)
    if picture is None:
        raise ConfigError(
            "cobol.copybook",
            f"{item.name} has neither a PICTURE nor items of its own.",
            place=f"copybook line {item.line}",
        )
    if picture.kind == "edited":
        return edited_column(picture, page, options.decimal_point)
    if picture.kind != "number":
        return _text(item, picture, usage, (page, options))
    if usage == "display":
        return digits_column(picture, item, page)
    return _number(picture, usage, page, options)


def _text(item: Item, picture: Picture, usage: Usage, by: tuple[CodePage, CobolOptions]) -> Column:
    page, options = by
    if picture.kind == "national":
        return national_column(picture.length, options, is_right=item.is_right)
    if picture.kind == "dbcs":
        return raw_bytes(picture.length * 2)
    if usage == "hex":
        return binary(picture.length, signed=False, scale=0, order="big")
    if usage != "display":
        return raw_bytes(picture.length)
    return text_column(picture.length, page, options, is_right=item.is_right)


def _number(picture: Picture, usage: Usage, page: CodePage, options: CobolOptions) -> Column:
    digits, scale, signed = picture.digits, picture.scale, picture.is_signed
    if usage == "packed":
        return packed(digits, signed=signed, scale=scale, blank=page.blank)
    if usage == "unsigned packed":
        return unsigned_packed(digits, scale=scale)
    if usage in {"national", "dbcs"}:
        return national_column(digits, options, is_right=True)
    is_little = usage == "little" or (usage == "native" and options.native_order == "little")
    size = binary_size(digits, "1--8" if usage == "hex" else options.binary_sizes, signed=signed)
    return binary(size, signed=signed, scale=scale, order="little" if is_little else "big")


def effective_usage(item: Item, inherited: Usage | None) -> Usage:
    """Give the usage of an item: its own, its group's, or what its picture implies."""
    if item.usage is not None:
        return item.usage
    if item.picture is not None and item.picture.kind in {"national", "dbcs"}:
        return "national" if item.picture.kind == "national" else "dbcs"
    return inherited or "display"


def binary_size(digits: int, sizes: str, *, signed: bool) -> int:
    """Give the bytes of a binary number of so many digits."""
    if digits > 18 or sizes == "1--8":
        # Beyond 18 digits no two compilers agree; those that take them leave room for a sign in any case.
        return _needed_bytes(digits, signed=signed or digits > 18)
    steps = (2, 4, 8) if sizes == "2-4-8" else (1, 2, 4, 8)
    limits = {1: 2, 2: 4, 4: 9, 8: 18}
    return next(step for step in steps if digits <= limits[step])


def _needed_bytes(digits: int, *, signed: bool) -> int:
    return (int("9" * digits).bit_length() + (1 if signed else 0) + 7) // 8


def alignment(item: Item, inherited: Usage | None) -> int:
    """Give the boundary of an item with SYNC. Source: IBM Enterprise COBOL, slack bytes."""
    if item.children:
        # What is first in a group is aligned with the whole group: the slack stands before it.
        return alignment(item.children[0], item.usage or inherited)
    if not item.is_aligned:
        return 1
    usage = effective_usage(item, inherited)
    if usage == "double":
        return 8
    if usage in {"float", "pointer"}:
        return 4
    if usage in {"binary", "native"} and item.picture is not None:
        return 2 if item.picture.digits <= 4 else 4
    return 1


def _with_value(column: Column, item: Item) -> Column:
    """Let the VALUE of an item be what stands in it at first, where it is a literal that fits."""
    literal = _literal(item)
    if literal is None:
        return column
    try:
        initial = column.write([literal])
    except FieldFault:
        return column

    def write(values: list[Value]) -> bytes:
        return column.write([literal if value is MISSING else value for value in values])

    return replace(column, initial=initial, write=write)


def _literal(item: Item) -> str | int | None:
    if item.value is None or item.picture is None:
        return None
    if item.picture.kind == "text":
        return None if item.value.upper().rstrip("SE") in _FIGURATIVE else item.value
    is_number = item.picture.kind == "number" and item.value.lstrip("+-").isdecimal()
    return int(item.value) if is_number else None
