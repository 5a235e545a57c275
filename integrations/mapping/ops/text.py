"""Operations on text. Positions count characters from 0."""

from collections.abc import Sequence
from typing import Any, Final

from integrations.errors import MappingError
from integrations.mapping.allowance import BIG
from integrations.mapping.ops.compare import equal
from integrations.mapping.ops.convert import to_text
from integrations.mapping.ops.signature import Arg, Example, Op, Operand
from integrations.mapping.values import MISSING, Kind, Missing, Result, Value

MAX_TEXT: Final = 4 << 20
MAX_WIDTH: Final = 10_000
TEXT: Final = Arg("text", Kind.TEXT)
NAMES: Final[dict[str, Value]] = {"first": "Ana", "last": "Sri", "none": None}


def text_size() -> MappingError:
    """Give the error for a text beyond what a mapping makes."""
    return MappingError("mapping.text_size", f"The text would be longer than {MAX_TEXT:,} characters.")


def _concat(*parts: Result) -> Result:
    texts = [to_text(part) for part in parts if part is not MISSING and part is not None]
    if not texts and MISSING in parts:
        return MISSING
    if sum(map(len, texts)) > MAX_TEXT:
        raise text_size()
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
        raise text_size()
    return separator.join(texts)


def _split(text: str, separator: str) -> list[Value]:
    if not separator:
        raise MappingError("mapping.argument", "split needs a separator that is not empty.")
    return list(text.split(separator))


def _replace(text: str, find: str, put: str) -> str:
    if not find:
        return text
    if len(text) + text.count(find) * (len(put) - len(find)) > MAX_TEXT:
        raise text_size()
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
