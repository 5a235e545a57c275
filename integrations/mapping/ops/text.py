"""Operations on text. Positions count characters from 0; patterns are re2, so they run in linear time."""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Final

import re2

from integrations.errors import MappingError
from integrations.mapping.allowance import BIG
from integrations.mapping.ops.compare import equal
from integrations.mapping.ops.convert import to_text
from integrations.mapping.ops.signature import Arg, Example, Op, Operand
from integrations.mapping.values import MISSING, Kind, Missing, Result, Value

MAX_TEXT: Final = 4 << 20
MAX_WIDTH: Final = 10_000
MAX_PATTERN: Final = 2_000
TEXT: Final = Arg("text", Kind.TEXT)
NAMES: Final[dict[str, Value]] = {"first": "Ana", "last": "Sri", "none": None}


def _text_size() -> MappingError:
    return MappingError("mapping.text_size", f"The text would be longer than {MAX_TEXT:,} characters.")


def _concat(*parts: Result) -> Result:
    texts = [to_text(part) for part in parts if part is not MISSING and part is not None]
    if not texts and MISSING in parts:
        return MISSING
    if sum(map(len, texts)) > MAX_TEXT:
        raise _text_size()
    return "".join(texts)


def _concat_inline(operands: Sequence[Operand], slow: str) -> str:
    unknown = [operand.text for operand in operands if not isinstance(operand.value, str)]
    if not all(operand.kind & Kind.TEXT for operand in operands):
        return slow
    texts = " and ".join(f"type({text}) is str and len({text}) < BIG" for text in unknown) or "True"
    return f"({' + '.join(operand.text for operand in operands)} if {texts} else {slow})"


def _join(parts: list[Value], separator: str) -> str:
    for part in parts:
        if isinstance(part, list | dict):
            raise MappingError(
                "mapping.type",
                "join needs a list of texts or numbers.",
                hint="Use map to pick a field of each item.",
            )
    texts = [to_text(part) for part in parts if part is not None]
    if sum(map(len, texts)) + len(separator) * len(texts) > MAX_TEXT:
        raise _text_size()
    return separator.join(texts)


def _split(text: str, separator: str) -> list[Value]:
    if not separator:
        raise MappingError("mapping.argument", "split needs a separator that is not empty.")
    return list(text.split(separator))


def _replace(text: str, find: str, put: str) -> str:
    if not find:
        return text
    if len(text) + text.count(find) * (len(put) - len(find)) > MAX_TEXT:
        raise _text_size()
    return text.replace(find, put)


def _replace_inline(operands: Sequence[Operand], slow: str) -> str:
    """Inline the replacement of a text of the plan by one that is not longer: the result is short as well."""
    text, find, put = operands
    is_short = isinstance(find.value, str) and isinstance(put.value, str) and len(find.value) > 0
    if not is_short or not len(str(put.value)) <= len(str(find.value)) < BIG:
        return slow
    guard = f"type({text.text}) is str and len({text.text}) < BIG"
    return f"({text.text}.replace({find.text}, {put.text}) if {guard} else {slow})"


def _pad(text: str, width: int, fill: str, side: str) -> str:
    if not 0 <= width <= MAX_WIDTH:
        raise MappingError("mapping.argument", f"The width of pad must be from 0 to {MAX_WIDTH:,}.")
    if len(fill) != 1:
        raise MappingError("mapping.argument", "The fill of pad must be one character.")
    return text.ljust(width, fill) if side == "right" else text.rjust(width, fill)


def compile_pattern(pattern: str) -> Callable[[str], Any]:
    """Compile an re2 pattern to its search. Raises MappingError ``mapping.regex``."""
    search: Callable[[str], Any] = compiled(pattern).search
    return search


def compiled(pattern: str) -> Any:  # noqa: ANN401  re2 has no types
    """Compile an re2 pattern. Raises MappingError ``mapping.regex``."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        if len(pattern) > MAX_PATTERN:
            raise re2.error("too long")
        return re2.compile(pattern, options)
    except (re2.error, UnicodeError) as error:
        raise MappingError(
            "mapping.regex",
            "The pattern is not a regular expression that 7M can run.",
            hint="Look-ahead, look-behind and back-references are not available; check the brackets.",
        ) from error


def _regex_extract(text: str, search: Callable[[str], Any], group: int) -> str | Missing:
    try:
        found = search(text)
    except UnicodeError as error:
        raise unwritable() from error
    if found is None:
        return MISSING
    if group > found.re.groups:
        raise MappingError("mapping.argument", f"The pattern has no group {group}.")
    chosen = min(1, found.re.groups) if group < 0 else group
    part: str | None = found.group(chosen)
    return MISSING if part is None else part


def _contains(allowance: Any, within: str | list[Value], part: Value) -> bool:  # noqa: ANN401  an Allowance
    if isinstance(within, list):
        return any(equal(allowance, member, part) for member in within)
    if not isinstance(part, str):
        raise MappingError(
            "mapping.type", "contains needs text to find in a text.", hint="Convert it first with to_string."
        )
    return part in within


def _length(text: str) -> int:
    return len(text)


def _matches(text: str, search: Callable[[str], Any]) -> bool:
    try:
        return search(text) is not None
    except UnicodeError as error:
        raise unwritable() from error


def unwritable() -> MappingError:
    """Give the error for half characters, which no encoding has."""
    return MappingError("mapping.text", "The text holds characters that cannot be written.")


def _regex_replace(text: str, pattern: Any, put: str) -> str:  # noqa: ANN401  a compiled pattern
    parts: list[str] = []
    end = size = 0
    try:
        for found in pattern.finditer(text):
            parts += text[end : found.start()], put
            size += len(put)
            end = found.end()
            if size > MAX_TEXT:
                raise _text_size()
    except UnicodeError as error:
        raise unwritable() from error
    return "".join([*parts, text[end:]])


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


def _around(text: str, separator: str, which: str) -> str | Missing:
    """Give what stands before or after the first or last occurrence of a separator."""
    if not separator:
        raise MappingError("mapping.argument", "The text to look for must not be empty.")
    side, _, end = which.partition("_")
    found = text.rfind(separator) if end == "last" else text.find(separator)
    if found < 0:
        return MISSING
    return text[:found] if side == "before" else text[found + len(separator) :]


def _find_text(text: str, part: str) -> int | Missing:
    found = text.find(part)
    return MISSING if found < 0 else found


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

OPS: Final = (
    Op(
        key="upper",
        title="Upper case",
        help="The text in upper case.",
        args=(TEXT,),
        result=Kind.TEXT,
        run=str.upper,
        inline="{0}.upper()",
        examples=(
            Example(["upper", "straße"], "STRASSE"),
            Example(["upper", ["get", "none"]], None, NAMES),
            Example(["upper", ["get", "middle"]], MISSING, NAMES),
            Example(["upper", ["get", "n"]], source={"n": 5}, error="mapping.type"),
        ),
    ),
    Op(
        key="lower",
        title="Lower case",
        help="The text in lower case.",
        args=(TEXT,),
        result=Kind.TEXT,
        run=str.lower,
        inline="{0}.lower()",
        examples=(Example(["lower", "ANA@Example.com"], "ana@example.com"),),
    ),
    Op(
        key="trim",
        title="Trim",
        help="The text without white space at both ends.",
        args=(TEXT,),
        result=Kind.TEXT,
        run=str.strip,
        inline="{0}.strip()",
        examples=(Example(["trim", "  A 1\t\n"], "A 1"), Example(["trim", "  "], "")),
    ),
    Op(
        key="concat",
        title="Put together",
        help="The parts as one text; numbers and dates are written as by to_string. Missing and null parts "
        "are left out; missing when there is no part at all.",
        rest=Arg("part", Kind.SCALAR),
        rest_min=1,
        result=Kind.TEXT,
        run=_concat,
        inline=_concat_inline,
        takes_missing=True,
        examples=(
            Example(["concat", ["get", "first"], " ", ["get", "last"]], "Ana Sri", NAMES),
            Example(["concat", "N-", 7, ["get", "none"], ["get", "middle"]], "N-7", NAMES),
            Example(["concat", ["get", "middle"]], MISSING, NAMES),
        ),
    ),
    Op(
        key="join",
        title="Join",
        help="The texts and numbers of a list as one text with a separator between them. Nulls are left out.",
        args=(Arg("list", Kind.LIST), Arg("separator", Kind.TEXT, default="")),
        result=Kind.TEXT,
        run=_join,
        is_fast=False,
        examples=(
            Example(["join", ["lit", ["a", None, 2]], ", "], "a, 2"),
            Example(["join", ["lit", []], ", "], ""),
            Example(["join", ["lit", [{}]]], error="mapping.type"),
        ),
    ),
    Op(
        key="split",
        title="Split",
        help="The parts of a text between a separator, as a list.",
        args=(TEXT, Arg("separator", Kind.TEXT)),
        result=Kind.LIST,
        run=_split,
        is_fast=False,
        examples=(
            Example(["split", "red,green,", ","], ["red", "green", ""]),
            Example(["split", "red", ""], error="mapping.argument"),
        ),
    ),
    Op(
        key="slice",
        title="Part of text",
        help="The characters from start (from 0) up to end, which is not included. Negative positions "
        "count from the end.",
        args=(
            TEXT,
            Arg("start", Kind.INTEGER),
            Arg("end", Kind.INTEGER, default=MAX_TEXT),
        ),
        result=Kind.TEXT,
        run=lambda text, start, end: text[start:end],
        inline="{0}[{1}:{2}]",
        examples=(
            Example(["slice", "TH-10110", 3], "10110"),
            Example(["slice", "TH-10110", 0, 2], "TH"),
            Example(["slice", "TH-10110", -3], "110"),
            Example(["slice", "TH", 5, 9], ""),
        ),
    ),
    Op(
        key="replace",
        title="Replace",
        help="The text with every occurrence of one text replaced by another. No pattern: the text as it "
        "stands.",
        args=(TEXT, Arg("find", Kind.TEXT), Arg("put", Kind.TEXT)),
        result=Kind.TEXT,
        run=_replace,
        inline=_replace_inline,
        is_fast=False,
        examples=(
            Example(["replace", "1 234 567", " ", ""], "1234567"),
            Example(["replace", "a.b", ".", "$0"], "a$0b"),
            Example(["replace", "a", "", "x"], "a"),
        ),
    ),
    Op(
        key="pad",
        title="Pad",
        help="The text made at least as wide as given, filled on the left or the right side. It is never "
        "cut.",
        args=(
            TEXT,
            Arg("width", Kind.INTEGER),
            Arg("fill", Kind.TEXT, default=" "),
            Arg("side", Kind.TEXT, default="left", fixed=True, choices=("left", "right")),
        ),
        result=Kind.TEXT,
        run=_pad,
        is_fast=False,
        examples=(
            Example(["pad", "42", 6, "0"], "000042"),
            Example(["pad", "A1", 4, " ", "right"], "A1  "),
            Example(["pad", "A1", 2_000_000_000], error="mapping.argument"),
        ),
    ),
    Op(
        key="regex_extract",
        title="Extract by pattern",
        help="The first part of the text that fits an re2 pattern: its first group if it has one, else the "
        "whole match. Missing when nothing fits.",
        args=(
            TEXT,
            Arg("pattern", Kind.TEXT, fixed=True, prepare=compile_pattern),
            Arg("group", Kind.INTEGER, default=-1, fixed=True),
        ),
        result=Kind.TEXT,
        run=_regex_extract,
        examples=(
            Example(["regex_extract", "Order #1042 of Ana", "#([0-9]+)"], "1042"),
            Example(["regex_extract", "Order #1042", "[0-9]+"], "1042"),
            Example(["regex_extract", "Order #1042", "(#)([0-9]+)", 2], "1042"),
            Example(["regex_extract", "no number", "#([0-9]+)"], MISSING),
        ),
    ),
    Op(
        key="contains",
        title="Contains",
        help="Whether a text contains another, or a list contains a value.",
        args=(Arg("within", Kind.TEXT | Kind.LIST), Arg("part")),
        result=Kind.BOOLEAN,
        run=_contains,
        needs_allowance=True,
        examples=(
            Example(["contains", "gift,express", "express"], gives=True),
            Example(["contains", ["lit", [1, 2]], 3], gives=False),
            Example(["contains", "42", 4], error="mapping.type"),
        ),
    ),
    Op(
        key="starts_with",
        title="Starts with",
        help="Whether the text starts with another.",
        args=(TEXT, Arg("start", Kind.TEXT)),
        result=Kind.BOOLEAN,
        run=str.startswith,
        inline="{0}.startswith({1})",
        examples=(Example(["starts_with", "TH-1", "TH"], gives=True),),
    ),
    Op(
        key="ends_with",
        title="Ends with",
        help="Whether the text ends with another.",
        args=(TEXT, Arg("end", Kind.TEXT)),
        result=Kind.BOOLEAN,
        run=str.endswith,
        inline="{0}.endswith({1})",
        examples=(Example(["ends_with", "label.pdf", ".pdf"], gives=True),),
    ),
    Op(
        key="length",
        title="Length",
        help="The number of characters of a text.",
        args=(TEXT,),
        result=Kind.INTEGER,
        run=_length,
        inline="len({0})",
        is_flat=True,
        examples=(Example(["length", "ราคา"], 4), Example(["length", ""], 0)),
    ),
    Op(
        key="matches",
        title="Fits pattern",
        help="Whether any part of the text fits an re2 pattern; use ^ and $ for the whole text.",
        args=(TEXT, Arg("pattern", Kind.TEXT, fixed=True, prepare=compile_pattern)),
        result=Kind.BOOLEAN,
        run=_matches,
        examples=(
            Example(["matches", "AB-12", "^[A-Z]+-[0-9]+$"], gives=True),
            Example(["matches", "AB-12", "^[0-9]"], gives=False),
        ),
    ),
    Op(
        key="regex_replace",
        title="Replace by pattern",
        help="The text with every part that fits an re2 pattern replaced by another text, as it stands.",
        args=(TEXT, Arg("pattern", Kind.TEXT, fixed=True, prepare=compiled), Arg("put", Kind.TEXT)),
        result=Kind.TEXT,
        run=_regex_replace,
        is_fast=False,
        examples=(
            Example(["regex_replace", "+66 (0)2 123", "[^0-9]", ""], "6602123"),
            Example(["regex_replace", "a  b   c", " +", " "], "a b c"),
        ),
    ),
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
    Op(
        key="text_part",
        title="Before or after",
        help="What stands before or after a text inside of another: its first occurrence (before, after) or "
        "its last (before_last, after_last). Missing when it does not occur.",
        args=(
            TEXT,
            Arg("separator", Kind.TEXT),
            Arg("part", Kind.TEXT, fixed=True, choices=("before", "after", "before_last", "after_last")),
        ),
        result=Kind.TEXT,
        run=_around,
        examples=(
            Example(["text_part", "a/b/c", "/", "before"], "a"),
            Example(["text_part", "a/b/c", "/", "after_last"], "c"),
            Example(["text_part", "a", "/", "after"], MISSING),
        ),
    ),
    Op(
        key="find_text",
        title="Position of text",
        help="Where a text begins inside of another, from 0. Missing when it does not occur.",
        args=(TEXT, Arg("part", Kind.TEXT)),
        result=Kind.INTEGER,
        run=_find_text,
        examples=(
            Example(["find_text", "TH-10110", "-"], 2),
            Example(["find_text", "TH", "-"], MISSING),
        ),
    ),
)
