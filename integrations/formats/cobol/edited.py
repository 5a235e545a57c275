"""Edited numbers (``ZZ,ZZ9.99-``): read from their characters, and written as the picture says."""

from integrations.formats.cobol.picture import Picture
from integrations.formats.cobol.values import FieldFault, to_number
from integrations.formats.codec import Value, shape

_NOISE = str.maketrans("", "", " *$+-/,")


def unedit(text: str, picture: Picture) -> Value:
    """Read the number; all that is not a digit, a sign or the point is decoration. Raises FieldFault."""
    bare = text.strip(" \0").upper()
    is_minus = "-" in bare or bare.endswith(("CR", "DB"))
    if bare.endswith(("CR", "DB")):
        bare = bare[:-2]
    digits = bare.translate(_NOISE)
    if "." not in picture.symbols:
        whole, fraction = digits, ""
    else:
        whole, _, fraction = digits.partition(".")
        fraction = (
            fraction.ljust(picture.scale, "0")[: picture.scale] if len(fraction) <= picture.scale else "x"
        )
    if not (whole + fraction).isascii() or not (whole + fraction or "0").isdigit():
        raise FieldFault("not_number", f"An edited number was expected, the form found is [{shape(text)}].")
    units = int(whole + fraction or "0")
    return to_number(-units if is_minus else units, picture.scale)


def edit(units: int, picture: Picture) -> str:
    """Write a number of smallest units into its picture.

    Z and * blank leading zeros, a repeated sign or $ floats before the first digit, CR and DB are a minus.
    """
    symbols = picture.symbols.removeprefix("S")
    walk = _Walk(f"{abs(units):0{picture.digits}}", is_minus=units < 0, floating=_floating(symbols))
    if symbols.endswith(("CR", "DB")):
        tail = symbols[-2:] if units < 0 else "  "
        return "".join(walk.over(symbols[:-2])) + tail
    return "".join(walk.over(symbols))


def _floating(symbols: str) -> str:
    return next((mark for mark in "+-$" if symbols.count(mark) > 1), "")


class _Walk:
    """Goes over the symbols of a picture and the digits of a number at once."""

    def __init__(self, digits: str, *, is_minus: bool, floating: str) -> None:
        self.digits = iter(digits)
        self.signs = {"+": "-" if is_minus else "+", "-": "-" if is_minus else " ", "$": "$"}
        self.floating = floating
        self.float_at: int | None = None
        self.is_open = True
        self.fill = " "
        self.made: list[str] = []

    def over(self, symbols: str) -> list[str]:
        for symbol in symbols:
            if symbol in "VP":
                continue
            if symbol == self.floating:
                self._float()
            elif symbol in "Z*9":
                self._digit(symbol)
            elif symbol in self.signs:
                self.made.append(self.signs[symbol])
            elif symbol == ".":
                self._show()
                self.made.append(symbol)
            else:
                self.made.append(self._insertion(symbol))
        self._show()
        return self.made

    def _insertion(self, symbol: str) -> str:
        if self.is_open and symbol == "," and any(mark in {" ", "*"} for mark in self.made[-1:]):
            return self.fill
        return " " if symbol == "B" else symbol

    def _float(self) -> None:
        if self.float_at is None:
            self.float_at = len(self.made)
            self.made.append(" ")
            return
        digit = next(self.digits)
        if self.is_open and digit == "0":
            self.float_at = len(self.made)
            self.made.append(" ")
            return
        self._show()
        self.made.append(digit)

    def _digit(self, symbol: str) -> None:
        digit = next(self.digits)
        if symbol != "9" and self.is_open and digit == "0":
            self.fill = "*" if symbol == "*" else " "
            self.made.append(self.fill)
            return
        self._show()
        self.made.append(digit)

    def _show(self) -> None:
        """End the blanking of zeros: what floats comes to stand where it is now."""
        if self.is_open and self.float_at is not None:
            self.made[self.float_at] = self.signs[self.floating]
        self.is_open = False
