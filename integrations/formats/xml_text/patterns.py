"""The patterns of XSD, written for RE2, which is linear in the text whatever the pattern."""

import re
from functools import lru_cache
from typing import Any

import re2

_MAX_LENGTH = 4_096
_SPACE = " \\t\\n\\r"
_NAME_START = (
    r":A-Z_a-z\x{c0}-\x{d6}\x{d8}-\x{f6}\x{f8}-\x{2ff}\x{370}-\x{37d}\x{37f}-\x{1fff}\x{200c}\x{200d}"
)
_NAME = _NAME_START + r"\-.0-9\x{b7}\x{300}-\x{36f}\x{203f}-\x{2040}"
# What an escape means: inside a class, and as a class of its own.
_CLASSES = {
    "d": (r"\p{Nd}", r"\p{Nd}"),
    "D": (r"\P{Nd}", r"\P{Nd}"),
    "s": (_SPACE, f"[{_SPACE}]"),
    "S": (None, f"[^{_SPACE}]"),
    "w": (None, r"[^\p{P}\p{Z}\p{C}]"),
    "W": (r"\p{P}\p{Z}\p{C}", r"[\p{P}\p{Z}\p{C}]"),
    "i": (_NAME_START, f"[{_NAME_START}]"),
    "I": (None, f"[^{_NAME_START}]"),
    "c": (_NAME, f"[{_NAME}]"),
    "C": (None, f"[^{_NAME}]"),
}
_BLOCKS = {
    "BasicLatin": r"\x{0}-\x{7f}",
    "Latin-1Supplement": r"\x{80}-\x{ff}",
    "LatinExtended-A": r"\x{100}-\x{17f}",
    "LatinExtended-B": r"\x{180}-\x{24f}",
}
_BLOCK = re.compile(r"\\(p|P)\{Is([A-Za-z0-9-]+)\}")
_PROPERTY = re.compile(r"\\[pP]\{[A-Z][a-z]?\}")


# Classes and letters with counts: where but one count varies, Python's own engine cannot go back far either,
# and answers five times sooner.
_PLAIN = re.compile(
    r"(?:(?:\[[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\]|[A-Za-z0-9])(?:\{[0-9]{1,3}(?:,[0-9]{1,3})?\})?){1,40}"
)
_COUNT = re.compile(r"\{([0-9]+),([0-9]+)\}")


class _UnknownError(Exception):
    """A piece of a pattern that RE2 has no word for."""


@lru_cache(maxsize=2_000)
def compiled(pattern: str) -> Any:  # noqa: ANN401  a pattern of RE2 has no types
    """Compile a pattern for ``fullmatch``; None where RE2 cannot say it (class subtraction, a huge count)."""
    if len(pattern) > _MAX_LENGTH:
        return None
    if _PLAIN.fullmatch(pattern) and sum(low != high for low, high in _COUNT.findall(pattern)) <= 1:
        try:
            return re.compile(pattern)
        except re.error:
            return None
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 4 << 20
    try:
        return re2.compile(f"(?:{_translated(pattern)})", options)
    except (_UnknownError, re2.error):
        return None


def _translated(pattern: str) -> str:
    out: list[str] = []
    at, in_class, class_start = 0, False, 0
    while at < len(pattern):
        mark = pattern[at]
        if mark == "\\":
            piece, at = _escape(pattern, at, in_class=in_class)
            out.append(piece)
            continue
        at += 1
        if in_class:
            if mark == "[":
                raise _UnknownError
            if mark == "]" and at - 1 > class_start:
                in_class = False
            out.append(mark)
        elif mark == "[":
            in_class = True
            negated = pattern[at : at + 1] == "^"
            out.append("[^" if negated else "[")
            at += negated
            class_start = at
        else:
            out.append({".": r"[^\n\r]", "^": r"\^", "$": r"\$"}.get(mark, mark))
    return "".join(out)


def _escape(pattern: str, at: int, *, in_class: bool) -> tuple[str, int]:
    block = _BLOCK.match(pattern, at)
    if block:
        ranges = _BLOCKS.get(block[2])
        if ranges is None or (in_class and block[1] == "P"):
            raise _UnknownError
        return ranges if in_class else f"[{'^' if block[1] == 'P' else ''}{ranges}]", block.end()
    kind = _PROPERTY.match(pattern, at)
    if kind:
        return kind[0], kind.end()
    letter = pattern[at + 1 : at + 2]
    if letter in _CLASSES:
        piece = _CLASSES[letter][0 if in_class else 1]
        if piece is None:
            raise _UnknownError
        return piece, at + 2
    if not letter or (letter.isalnum() and letter not in "nrt"):
        raise _UnknownError
    return "\\" + letter, at + 2
