r"""Escape sequences: ``\F\ \S\ \T\ \R\ \E\ \.br\ \X0D\``, and those that stay because they are no characters.

Two laws hold (and are tested): what is written reads back as the same text, and a text whose escapes are
well formed is written back with the same bytes. To keep both, a text is unescaped only if it would be written
the same way again; one that spells a character in an unusual way (``\X41\``) stays as it was written.
Source: HL7 v2.8.2, chapter 2, section 2.7.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NoReturn

from integrations.formats.hl7.separators import Separators
from integrations.formats.segments.assemble import Fault

_FORMATTING = r"H|N|\.(?!br)[a-z]{2}[+-]?[0-9]{0,4}|[CM][0-9A-F]{4,6}|Z[0-9A-Za-z]{1,32}"


@lru_cache(maxsize=32)
def unescaper(separators: Separators, charset: str = "utf-8") -> Callable[[str], str]:
    """Compile the function that gives the text of a field as it was written."""
    if not separators.escape:
        return lambda written: written
    plain, escape = _plain(separators, charset), escaper(separators, charset)

    def unescape(written: str) -> str:
        text = plain(written)
        return text if escape(text) == written or not _is_well_formed(written, separators) else written

    return unescape


@lru_cache(maxsize=32)
def escaper(separators: Separators, charset: str = "utf-8") -> Callable[[str], str]:
    """Compile the function that writes a text into a field."""
    mark = separators.escape
    special = _special(separators)
    any_special = re.compile(f"[{special}]").search
    if not mark:
        marks = re.compile(f"[\r\n{''.join(map(re.escape, _names(separators)))}]").search
        return lambda text: _unescaped(text) if marks(text) else text
    q = re.escape(mark)
    plain, usual = _plain(separators, charset), _usual(separators)
    others = re.compile(f"[{special.removesuffix(q)}]").search

    def escape(text: str) -> str:
        if text == '""':
            return f"{mark}X22{mark}" * 2
        if not any_special(text):
            return text
        if (
            mark in text
            and not others(text)
            and _is_well_formed(text, separators)
            and usual(plain(text)) != text
        ):
            return text
        return usual(text)

    return escape


def special_of(separators: Separators) -> Callable[[str], object]:
    """Give the search that finds nothing in a text that is written as it is."""
    return re.compile(f'[{_special(separators)}"]').search


@lru_cache(maxsize=32)
def _usual(separators: Separators) -> Callable[[str], str]:
    """Give the function that writes every special character in the one usual way."""
    mark, names = separators.escape, _names(separators)
    q = re.escape(mark)
    sequences = re.compile(rf"{q}(?:{_FORMATTING}){q}|\r\n|[{_special(separators)}]")

    def character(found: re.Match[str]) -> str:
        text = found[0]
        if text in names:
            return f"{mark}{names[text]}{mark}"
        if text == "\r\n":
            return f"{mark}X0D{mark}{mark}X0A{mark}"
        if text == "\n":
            return f"{mark}.br{mark}"
        return text if len(text) > 1 else f"{mark}X{ord(text):02X}{mark}"

    return lambda text: sequences.sub(character, text)


def _unescaped(_: str) -> NoReturn:
    raise Fault(
        "no_escape",
        "A text holds a separator, and the message names no escape character.",
        hint="Let MSH-2 be ^~\\&.",
    )


def _names(separators: Separators) -> dict[str, str]:
    marks = {
        separators.field: "F",
        separators.component: "S",
        separators.sub: "T",
        separators.repetition: "R",
        separators.escape: "E",
    }
    marks.pop("", None)
    return marks


def _special(separators: Separators) -> str:
    return r"\x00-\x1f\x7f" + "".join(re.escape(mark) for mark in _names(separators))


@lru_cache(maxsize=32)
def _well_formed(mark: str) -> re.Pattern[str]:
    q = re.escape(mark)
    return re.compile(rf"(?:[^{q}]++|{q}(?:[FSTRE]|\.br|X(?:[0-9A-F]{{2}})+|{_FORMATTING}){q})*+")


def _is_well_formed(text: str, separators: Separators) -> bool:
    return _well_formed(separators.escape).fullmatch(text) is not None


@lru_cache(maxsize=32)
def _plain(separators: Separators, charset: str) -> Callable[[str], str]:
    """Give the function that replaces every sequence that stands for characters, whatever comes of it."""
    q = re.escape(separators.escape)
    names = {name: mark for mark, name in _names(separators).items()}
    sequence = re.compile(rf"{q}(?:([FSTRE])|(\.br)|X((?:[0-9A-F]{{2}})+)|{_FORMATTING}){q}")

    def character(found: re.Match[str]) -> str:
        name, line, digits = found.groups()
        if name:
            return names.get(name, found[0])
        if line:
            return "\n"
        if digits:
            try:
                return bytes.fromhex(digits).decode(charset)
            except UnicodeDecodeError:
                return found[0]
        return found[0]

    return lambda written: sequence.sub(character, written)
