"""Operations by re2 patterns, which run in linear time."""

from collections.abc import Callable
from typing import Any, Final

import re2

from integrations.errors import MappingError
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.ops.text import MAX_TEXT, TEXT, text_size
from integrations.mapping.values import MISSING, Kind, Missing

MAX_PATTERN: Final = 2_000


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
                raise text_size()
    except UnicodeError as error:
        raise unwritable() from error
    return "".join([*parts, text[end:]])


OPS: Final = (
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
)
