"""Operations on the letters of a text: which there are, and how many fit."""

import unicodedata
from collections.abc import Callable
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.ops.text import MAX_WIDTH, TEXT
from integrations.mapping.values import Kind, Value

LETTERS: Final = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "\u0131": "i"}
    | {"\u2018": "'", "\u2019": "'", "“": '"', "”": '"', "\u2013": "-", "—": "-", "€": "EUR"}
)
KEPT: Final[dict[str, Callable[[str], bool]]] = {
    "digits": lambda letter: "0" <= letter <= "9",
    "letters": str.isalpha,
    "letters_digits": str.isalnum,
    "printable": str.isprintable,
}


def _translate(text: str, find: str, put: str) -> str:
    return text.translate({ord(one): put[n] if n < len(put) else None for n, one in enumerate(find)})


def _truncate(text: str, size: int, unit: str) -> str:
    if size < 0:
        raise MappingError("mapping.argument", "The size to cut a text to must not be negative.")
    if unit == "characters":
        return text[:size]
    return text.encode(errors="replace")[:size].decode(errors="ignore")


def _ascii(text: str, other: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(LETTERS))
    kept = (letter for letter in plain if not unicodedata.combining(letter))
    return "".join(letter if letter.isascii() else other for letter in kept)


def _keep(text: str, kind: str, more: str) -> str:
    is_kept = KEPT[kind]
    return "".join(letter for letter in text if is_kept(letter) or letter in more)


def _wrap(text: str, width: int) -> list[Value]:
    """Break a text into lines of whole words; words wider than a line are cut."""
    if not 1 <= width <= MAX_WIDTH:
        raise MappingError("mapping.argument", f"The width of a line must be from 1 to {MAX_WIDTH:,}.")
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) <= width:
            line = f"{line} {word}"
            continue
        if line:
            lines.append(line)
        whole = len(word) - (len(word) % width or width) if word else 0
        lines += [word[start : start + width] for start in range(0, whole, width)]
        line = word[whole:]
    return [*lines, line] if line else [*lines]


def _capitalize(text: str) -> str:
    return " ".join(word[:1].upper() + word[1:].lower() for word in text.split(" "))


OPS: Final = (
    Op(
        key="translate",
        title="Replace characters",
        help="The text with each character of one text replaced by the one at the same place of another; "
        "left out where there is none.",
        args=(TEXT, Arg("find", Kind.TEXT), Arg("put", Kind.TEXT)),
        result=Kind.TEXT,
        run=_translate,
        examples=(Example(["translate", "1.234,50", ",.", "."], "1234.50"),),
    ),
    Op(
        key="truncate",
        title="Cut to size",
        help="The beginning of the text, at most so many characters, or bytes in UTF-8 without cutting a "
        "character.",
        args=(
            TEXT,
            Arg("size", Kind.INTEGER),
            Arg("unit", Kind.TEXT, default="characters", fixed=True, choices=("characters", "bytes")),
        ),
        result=Kind.TEXT,
        run=_truncate,
        examples=(
            Example(["truncate", "Leather bag", 7], "Leather"),
            Example(["truncate", "ราคา", 8, "bytes"], "รา"),
            Example(["truncate", "a", -1], error="mapping.argument"),
        ),
    ),
    Op(
        key="capitalize",
        title="Capitalize",
        help="The text with a capital at the beginning of each word and small letters after it.",
        args=(TEXT,),
        result=Kind.TEXT,
        run=_capitalize,
        is_fast=False,
        examples=(Example(["capitalize", "ANA  sri"], "Ana  Sri"),),
    ),
    Op(
        key="to_ascii",
        title="Plain letters",
        help="The text in plain ASCII: letters without their marks, ß as ss, € as EUR; anything else as "
        "another text.",
        args=(TEXT, Arg("other", Kind.TEXT, default="?", fixed=True)),
        result=Kind.TEXT,
        run=_ascii,
        is_fast=False,
        examples=(
            Example(["to_ascii", "Café Weiß, 5 €"], "Cafe Weiss, 5 EUR"),
            Example(["to_ascii", "ราคา 5", ""], " 5"),
        ),
    ),
    Op(
        key="keep",
        title="Keep characters",
        help="Only the digits, letters, letters and digits, or printable characters of the text, and those "
        "listed.",
        args=(
            TEXT,
            Arg("kind", Kind.TEXT, fixed=True, choices=tuple(KEPT)),
            Arg("more", Kind.TEXT, default="", fixed=True),
        ),
        result=Kind.TEXT,
        run=_keep,
        examples=(
            Example(["keep", "+66 2 123-4567", "digits", "+"], "+6621234567"),
            Example(["keep", "AB 1\t", "printable"], "AB 1"),
        ),
    ),
    Op(
        key="wrap",
        title="Lines of a width",
        help="The words of a text in lines that are not wider than so many characters, as a list; longer "
        "words are cut.",
        args=(TEXT, Arg("width", Kind.INTEGER)),
        result=Kind.LIST,
        run=_wrap,
        is_fast=False,
        examples=(
            Example(["wrap", "12 Rama IV Road Bangkok", 12], ["12 Rama IV", "Road Bangkok"]),
            Example(["wrap", "abcdefgh ij", 3], ["abc", "def", "gh", "ij"]),
            Example(["wrap", " ", 3], []),
            Example(["wrap", "a", 0], error="mapping.argument"),
        ),
    ),
)
