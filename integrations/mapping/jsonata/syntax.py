"""Reading the part of JSONata that has the same meaning as operations of a plan.

Everything else is left to the engine: ``read`` gives None for it. Source: docs.jsonata.org, and the reference
implementation for how paths treat lists.
"""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

TOKEN: Final = re.compile(
    r"""(?P<space>\s+|/\*.*?\*/)
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<name>`[^`]*`|[A-Za-z_][A-Za-z0-9_]*)
    |(?P<function>\$[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>\.\.|:=|!=|<=|>=|~>|\*\*|\?\?|\?:|.)""",
    re.VERBOSE | re.DOTALL,
)
ESCAPE: Final = re.compile(r'\\(u[0-9a-fA-F]{4}|["\\/bfnrt\'])')
ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
OPENING: Final = {"(": ")", "[": "]", "{": "}"}
WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
RESERVED: Final = frozenset({"and", "or", "in", "function"})
BINDING: Final = {"=": 1, "&": 2, "+": 2, "-": 2, "*": 3, "/": 3, "%": 3}


@dataclass(frozen=True, slots=True)
class Token:
    """A token. kind: number, text, name, function, sign; start and end in the expression."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; a number by its digits."""

    value: str | bool | None
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class PathTo:
    """Names one after the other."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Infix:
    """Two parts with a sign between them."""

    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of one argument."""

    name: str
    arg: "Node"


@dataclass(frozen=True, slots=True)
class Choice:
    """One part or another by a condition."""

    condition: "Node"
    then: "Node"
    other: "Node"


@dataclass(frozen=True, slots=True)
class Object:
    """Keys and the parts behind them."""

    pairs: tuple[tuple[str, "Node"], ...]


Node: TypeAlias = Constant | PathTo | Infix | Function | Choice | Object


class OutsideError(Exception):
    """The expression uses something that only the engine knows."""


def tokens(text: str) -> list[Token]:
    """Cut an expression into tokens. Raises OutsideError for regular expressions and broken texts."""
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise OutsideError
        if match.lastgroup != "space":
            if match.group() in {'"', "'", "`"} or _begins_pattern(match.group(), found):
                raise OutsideError
            found.append(Token(match.lastgroup, match.group(), match.start(), match.end()))
        position = match.end()
    return found


def _begins_pattern(sign: str, before: list[Token]) -> bool:
    """Tell whether a slash begins a regular expression: it does where no operand stands before it."""
    return sign == "/" and (
        not before or (before[-1].kind == "sign" and before[-1].text not in {")", "]", "}"})
    )


def unquoted(text: str) -> str:
    """Give what a text literal or a quoted name stands for."""
    if text.startswith("`"):
        return text[1:-1]

    def replaced(found: re.Match[str]) -> str:
        mark = found[1]
        return chr(int(mark[1:], 16)) if mark[0] == "u" and len(mark) > 1 else ESCAPES.get(mark, mark)

    return ESCAPE.sub(replaced, text[1:-1])


def members(text: str) -> list[tuple[str, str]] | None:
    """Give keys and the expressions behind them of a whole object constructor, or None for anything else."""
    try:
        found = tokens(text)
    except OutsideError:
        return None
    if len(found) < 2 or found[0].text != "{" or _closing(found, 0) != len(found) - 1:
        return None
    pairs: list[tuple[str, str]] = []
    at = 1
    while at < len(found) - 1:
        end = _end_of_member(found, at)
        if end - at < 3 or found[at].kind != "text" or found[at + 1].text != ":":
            return None
        pairs.append((unquoted(found[at].text), text[found[at + 2].start : found[end - 1].end]))
        at = end + 1
    keys = [key for key, _ in pairs]
    return pairs if pairs and len(set(keys)) == len(keys) else None


def _closing(found: list[Token], start: int) -> int:
    """Give where the bracket that opens at ``start`` closes, -1 for nowhere."""
    waiting: list[str] = []
    for index in range(start, len(found)):
        text = found[index].text if found[index].kind == "sign" else ""
        if text in OPENING:
            waiting.append(OPENING[text])
        elif waiting and text == waiting[-1]:
            waiting.pop()
            if not waiting:
                return index
    return -1


def _end_of_member(found: list[Token], start: int) -> int:
    depth = 0
    for index in range(start, len(found) - 1):
        text = found[index].text if found[index].kind == "sign" else ""
        depth += (text in OPENING) - (text in OPENING.values())
        if text == "," and depth == 0:
            return index
    return len(found) - 1


def read(text: str) -> Node | None:
    """Read an expression that operations of a plan can express; None for any other."""
    try:
        reader = _Reader(tokens(text))
        node = reader.expression(0)
    except OutsideError:
        return None
    return node if reader.is_done else None


class _Reader:
    def __init__(self, found: list[Token]) -> None:
        self.found = found
        self.at = 0
        self.depth = 0

    @property
    def is_done(self) -> bool:
        return self.at == len(self.found)

    def peek(self) -> str:
        return "" if self.is_done else self.found[self.at].text

    def next(self) -> Token:
        if self.is_done:
            raise OutsideError
        self.at += 1
        return self.found[self.at - 1]

    def expect(self, sign: str) -> None:
        if self.next().text != sign:
            raise OutsideError

    def expression(self, binding: int) -> Node:
        self.depth += 1
        if self.depth > 20:
            raise OutsideError
        left = self.operand()
        while BINDING.get(self.peek(), 0) > binding:
            sign = self.next().text
            left = Infix(sign, left, self.expression(BINDING[sign]))
        if binding == 0 and self.peek() == "?":
            self.next()
            then = self.expression(0)
            self.expect(":")
            left = Choice(left, then, self.expression(0))
        self.depth -= 1
        return left

    def operand(self) -> Node:
        token = self.next()
        match token.kind:
            case "number":
                return Constant(token.text, is_number=True)
            case "text":
                return Constant(unquoted(token.text))
            case "name":
                return self.named(token)
            case "function":
                self.expect("(")
                arg = self.expression(0)
                self.expect(")")
                return Function(token.text, arg)
            case _:
                return self.bracketed(token)

    def bracketed(self, token: Token) -> Node:
        if token.text == "(":
            inner = self.expression(0)
            self.expect(")")
            return inner
        if token.text == "{":
            return self.object()
        if token.text == "-" and not self.is_done and self.found[self.at].kind == "number":
            return Constant("-" + self.next().text, is_number=True)
        raise OutsideError

    def named(self, token: Token) -> Node:
        if token.text in WORDS:
            return Constant(WORDS[token.text])
        if token.text in RESERVED:
            raise OutsideError
        keys = [unquoted(token.text) if token.text[0] == "`" else token.text]
        while self.peek() == ".":
            self.next()
            step = self.next()
            if step.kind != "name" or step.text in RESERVED:
                raise OutsideError
            keys.append(unquoted(step.text) if step.text[0] == "`" else step.text)
        return PathTo(tuple(keys))

    def object(self) -> Node:
        pairs: list[tuple[str, Node]] = []
        while self.peek() != "}":
            key = self.next()
            if key.kind != "text":
                raise OutsideError
            self.expect(":")
            pairs.append((unquoted(key.text), self.expression(0)))
            if self.peek() != "}":
                self.expect(",")
        self.next()
        if len({key for key, _ in pairs}) < len(pairs):
            raise OutsideError
        return Object(tuple(pairs))
