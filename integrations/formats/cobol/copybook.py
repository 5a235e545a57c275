"""Read a copybook: lines → words → a tree of data items, as they are declared.

Source: ISO/IEC 1989, data division; reference format: columns 1-6 sequence number, 7 indicator, 73-80
identification.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from integrations.errors import ConfigError
from integrations.formats.cobol.picture import Picture, parse_picture

MAX_ITEMS = 20_000
MAX_COPYBOOK = 2 << 20

Source = Literal["auto", "fixed", "free"]
Usage = Literal[
    "display", "national", "dbcs", "packed", "unsigned packed", "binary", "native", "little", "hex", "float",
    "double", "pointer",
]  # fmt: skip

_USAGES: dict[str, Usage] = {
    "DISPLAY": "display", "DISPLAY-1": "dbcs", "NATIONAL": "national", "PACKED-DECIMAL": "packed",
    "BINARY": "binary", "INDEX": "pointer", "POINTER": "pointer", "FUNCTION-POINTER": "pointer",
    "PROCEDURE-POINTER": "pointer", "COMP": "binary", "COMP-0": "binary", "COMP-1": "float",
    "COMP-2": "double", "COMP-3": "packed", "COMP-4": "binary", "COMP-5": "native",
    "COMP-6": "unsigned packed", "COMP-9": "little",
    "COMP-X": "hex", "FLOAT-SHORT": "float", "FLOAT-LONG": "double",
}  # fmt: skip
_USAGES |= {
    name.replace("COMP", "COMPUTATIONAL"): usage for name, usage in _USAGES.items() if name[:4] == "COMP"
}
_BINARIES = {"BINARY-CHAR": 2, "BINARY-SHORT": 4, "BINARY-LONG": 9, "BINARY-DOUBLE": 18}
# Words that stand in a copybook and tell nothing of the layout: they end with the statement's period.
_OTHER_STATEMENTS = frozenset({
    "COPY", "EXEC", "FD", "SD", "EJECT", "SKIP1", "SKIP2", "SKIP3", "WORKING-STORAGE", "LINKAGE", "FILE",
    "DATA", "LOCAL-STORAGE", "REPLACE", "TITLE", "CBL", "PROCESS", "IDENTIFICATION", "PROGRAM-ID",
    "ENVIRONMENT",
})  # fmt: skip
_ALONE = frozenset({"EJECT", "SKIP1", "SKIP2", "SKIP3"})
_WORDS = re.compile(
    r"""(?P<text>[NXGZnxgz]?(?:"(?:[^"]|"")*"|'(?:[^']|'')*'))|(?P<comment>\*>.*)|(?P<end>\.(?=\s|$))"""
    r"""|(?P<word>[^\s"';]+?(?=[.,;]?(?:\s|$)|["';]))|(?P<skip>[\s,;]+)|(?P<odd>.)"""
)
_FREE = re.compile(r"\s{0,5}\d{1,2}\s+[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Item:
    """One data item as declared. name: in capitals; FILLER where it has none."""

    level: int
    name: str
    line: int
    picture: Picture | None = None
    usage: Usage | None = None
    sign: Literal["", "leading", "trailing"] = ""
    is_separate: bool = False
    min_items: int = 1
    max_items: int | None = None
    depending: str = ""
    redefines: str = ""
    is_aligned: bool = False
    is_right: bool = False
    blank_zero: bool = False
    value: str | None = None
    conditions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    children: tuple["Item", ...] = ()

    @property
    def is_filler(self) -> bool:
        """Whether it has no name of its own."""
        return self.name == "FILLER"


def parse_copybook(text: str, source: Source = "auto") -> tuple[Item, ...]:
    """Give the items of the lowest level (01 or whatever the copybook begins with).

    Raises ConfigError ``cobol.copybook`` or ``cobol.picture`` with the line of the copybook.
    """
    if len(text) > MAX_COPYBOOK:
        raise _wrong(1, f"The copybook is longer than the {MAX_COPYBOOK:,} characters allowed.")
    lines = source_lines(text, source)
    items: list[Item] = []
    for number, words in _statements(lines):
        item = _Clauses(number, words).item()
        if item.level == 88 and items:
            names = (*items[-1].conditions, (item.name, tuple(item.value.split("\n") if item.value else ())))
            items[-1] = replace(items[-1], conditions=names)
        elif item.level not in {66, 78, 88}:
            items.append(item)
        if len(items) > MAX_ITEMS:
            raise _wrong(number, f"The copybook has more than {MAX_ITEMS:,} items.")
    if not items:
        raise _wrong(
            1, "The copybook declares no data item.", "A line of it looks like: 05 AMOUNT PIC 9(5)V99."
        )
    return _tree(items)


def source_lines(text: str, source: Source) -> list[tuple[int, str]]:
    """Give (number from 1, code) of each line: sequence numbers, comments and columns 73-80 taken away.

    A literal that is continued (``-`` in column 7) is joined to the line before it.
    """
    raw = [line.expandtabs(8).rstrip() for line in text.replace("\x1a", "").splitlines()]
    is_free = source == "free" or (source == "auto" and any(_FREE.match(line) for line in raw))
    if is_free:
        return [(n, line) for n, line in enumerate(raw, 1) if not line.lstrip().startswith(("*", "/"))]
    kept: list[tuple[int, str]] = []
    for number, line in enumerate(raw, 1):
        mark = line[6:7]
        # A level number in column 7 is against the rules, and stands there in files that compile elsewhere.
        code = line[6:72] if mark.isdigit() else line[7:72]
        if mark in {"*", "/", "$"} or not code.strip():
            continue
        if mark == "-" and kept:
            before, begun = kept[-1]
            kept[-1] = (before, _continued(begun, code.strip()))
        else:
            kept.append((number, code))
    return kept


def _continued(begun: str, more: str) -> str:
    is_open = begun.count("'") % 2 == 1 or begun.count('"') % 2 == 1
    return begun.ljust(65) + more[1:] if is_open and more[:1] in {"'", '"'} else begun + more


def _statements(lines: list[tuple[int, str]]) -> list[tuple[int, list[str]]]:
    """Cut into statements at their periods; those that declare nothing are left out."""
    found: list[tuple[int, list[str]]] = []
    words: list[str] = []
    first = 1
    for number, code in lines:
        for token in _WORDS.finditer(code):
            kind = token.lastgroup
            if kind in {"skip", "comment"}:
                continue
            if not words:
                first = number
            if kind == "end":
                if words:
                    found.append((first, words))
                words = []
                continue
            words.append(token[0] if kind == "text" else token[0].upper())
            if len(words) == 1 and words[0] in _ALONE:
                words = []
    if words:
        found.append((first, words))
    return [
        (number, statement)
        for number, statement in found
        if statement[0] not in _OTHER_STATEMENTS and "SECTION" not in statement[:2]
    ]


def _tree(items: list[Item]) -> tuple[Item, ...]:
    """Nest by level numbers: an item belongs to the last one before it of a lower level."""
    roots: list[Item] = []
    stack: list[tuple[Item, list[Item]]] = []

    def close() -> None:
        item, children = stack.pop()
        if children and item.picture is not None:
            raise _wrong(children[0].line, f"{item.name} has a PICTURE, so no item can belong to it.")
        done = replace(item, children=tuple(children)) if children else item
        (stack[-1][1] if stack else roots).append(done)

    for item in items:
        while stack and (stack[-1][0].level >= item.level or item.level == 77):
            close()
        stack.append((item, []))
    while stack:
        close()
    return tuple(roots)


@dataclass
class _Clauses:
    """Walks over the words of one statement."""

    line: int
    words: list[str]
    at: int = 0
    made: dict[str, Any] = field(default_factory=dict)

    def item(self) -> Item:
        level = self._take()
        if not (level.isdigit() and 1 <= int(level) <= 88):
            raise _wrong(
                self.line,
                "A line does not begin with a level number.",
                "Check that the statement before it ends with a period, and where the lines begin.",
            )
        name = "FILLER"
        if self._peek() and (self._peek() not in _CLAUSES or int(level) in {66, 78, 88}):
            name = self._take()
        if int(level) in {66, 78}:
            return Item(int(level), name, self.line)
        while self._peek():
            self._clause(self._take())
        return replace(Item(int(level), name, self.line), **self.made)

    def _peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def _take(self) -> str:
        word = self._peek()
        self.at += 1
        return word

    def _skip(self, *words: str) -> None:
        while self._peek() in words:
            self.at += 1

    def _clause(self, word: str) -> None:
        if word in _USAGES or word in _BINARIES:
            self._usage(word)
        elif word in _CLAUSES:
            _CLAUSES[word](self)
        else:
            raise _wrong(self.line, f"The word {word[:30]} is not known in a copybook.")

    def _usage(self, word: str) -> None:
        if word in _BINARIES:
            digits = _BINARIES[word]
            signed = self._peek() != "UNSIGNED"
            self._skip("SIGNED", "UNSIGNED")
            self.made["picture"] = Picture("number", "S" * signed + "9" * digits, digits, digits, 0, signed)
            self.made["usage"] = "native"
            return
        if word not in _USAGES:
            raise _wrong(self.line, f"The usage {word[:30]} is not known.")
        self.made["usage"] = _USAGES[word]

    def usage(self) -> None:
        self._skip("IS")
        self._usage(self._take())

    def picture(self) -> None:
        self._skip("IS")
        self.made["picture"] = parse_picture(self._take(), self.line)

    def redefines(self) -> None:
        self.made["redefines"] = self._take()

    def occurs(self) -> None:
        low = self._count()
        high: int | None = low
        if self._peek() == "TO":
            self._take()
            high = self._count()
            self.made["min_items"] = low
        else:
            self.made["min_items"] = low
        self.made["max_items"] = high
        self._skip("TIMES")
        while self._peek() in {"DEPENDING", "ASCENDING", "DESCENDING", "INDEXED"}:
            word = self._take()
            self._skip("ON", "KEY", "IS", "BY")
            name = self._take()
            if word == "DEPENDING":
                self.made["depending"] = name
                if self.made["min_items"] == high:
                    self.made["min_items"] = 0
                self._qualifiers()
                continue
            while self._peek() and self._peek() not in _CLAUSES and self._peek() not in _USAGES:
                self._take()

    def _qualifiers(self) -> None:
        while self._peek() in {"OF", "IN"}:
            self.at += 2

    def _count(self) -> int:
        word = self._take()
        if not word.isdigit() or len(word) > 7:
            raise _wrong(
                self.line,
                "OCCURS needs a number.",
                "A table without bound cannot be laid out: name its most.",
            )
        return int(word)

    def sign(self) -> None:
        self._skip("IS")
        word = self._take()
        if word == "SIGN":
            self._skip("IS")
            word = self._take()
        self.made["sign"] = "leading" if word == "LEADING" else "trailing"
        if self._peek() == "SEPARATE":
            self._take()
            self._skip("CHARACTER")
            self.made["is_separate"] = True

    def leading(self) -> None:
        self.at -= 1
        self.sign()

    def value(self) -> None:
        self._skip("IS", "ARE")
        kept: list[str] = []
        while self._peek() and ((self._peek() not in _CLAUSES and self._peek() not in _USAGES) or not kept):
            kept.append(self._take())
        self.made["value"] = "\n".join(_literal(word) for word in kept)

    def sync(self) -> None:
        self._skip("LEFT", "RIGHT")
        self.made["is_aligned"] = True

    def right(self) -> None:
        self._skip("RIGHT")
        self.made["is_right"] = True

    def blank(self) -> None:
        self._skip("WHEN", "ZERO", "ZEROS", "ZEROES")
        self.made["blank_zero"] = True

    def ignore(self) -> None:
        """Take a word that changes nothing in the data."""


_CLAUSES = {
    "PIC": _Clauses.picture, "PICTURE": _Clauses.picture, "USAGE": _Clauses.usage,
    "REDEFINES": _Clauses.redefines, "OCCURS": _Clauses.occurs,
    "SIGN": _Clauses.sign, "LEADING": _Clauses.leading,
    "TRAILING": _Clauses.leading, "VALUE": _Clauses.value, "VALUES": _Clauses.value,
    "SYNC": _Clauses.sync, "SYNCHRONIZED": _Clauses.sync,
    "JUST": _Clauses.right, "JUSTIFIED": _Clauses.right, "BLANK": _Clauses.blank, "EXTERNAL": _Clauses.ignore,
    "GLOBAL": _Clauses.ignore, "IS": _Clauses.ignore, "VOLATILE": _Clauses.ignore,
}  # fmt: skip
_CLAUSES |= dict.fromkeys(_USAGES, _Clauses.ignore) | dict.fromkeys(_BINARIES, _Clauses.ignore)


def _literal(word: str) -> str:
    """Take the quotes off a literal; figurative constants and numbers stay as they are."""
    if len(word) >= 2 and word[-1] in "'\"":
        mark = word[-1]
        return word[word.index(mark) + 1 : -1].replace(mark * 2, mark)
    return word


def _wrong(line: int, message: str, hint: str = "") -> ConfigError:
    return ConfigError("cobol.copybook", message, place=f"copybook line {line}", hint=hint)
