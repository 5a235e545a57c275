"""How wide a text will be. The server draws, so it has to guess what the browser measures."""

from typing import Final

# Hundredths of the font size, of Inter at weight 600, each rounded to the next five.
_WIDTHS: Final = {
    25: " ijl",
    30: "!,.:I",
    35: "\"'();[]`t|",
    40: "1/\\fr",
    45: "-_{}·",
    50: "^",
    55: "*?Laksxz",
    60: "257EFJbcdehnopquvy",
    70: "DKXY",
    75: "ACGHNOQUV",
    85: "w",
    90: "Mm",
    100: "%@W…",
}
_WIDTH_OF: Final = {char: width for width, chars in _WIDTHS.items() for char in chars}
_OTHER: Final = 65
_WIDE: Final = 100
_FIRST_WIDE: Final = 0x2E80
"""From here on East Asian signs, as wide as they are high."""


def text_width(text: str, size: float) -> float:
    """Give about how wide a text is in the pages' font, in pixels."""
    hundredths = sum(_WIDTH_OF.get(char, _WIDE if ord(char) >= _FIRST_WIDE else _OTHER) for char in text)
    return round(hundredths * size / 100, 1)


def cut(text: str, width: float, size: float = 13) -> str:
    """Cut a text, with an ellipsis, to what fits in `width` pixels."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"
