"""The slow, precise look at a JSON text: what is wrong with it first, and where.

Iterative, so that nesting costs no stack; one compiled pattern a token. It runs only on documents that are
refused, or that looked suspicious to a cheaper check.
"""

import re
from dataclasses import dataclass, field
from decimal import Clamped, Context, DecimalException, Inexact, Overflow, Rounded, Subnormal, Underflow

from integrations.errors import DecodeError, InputError, LimitError

MAX_DIGITS = 1_000
# This context refuses what the limits on numbers refuse, inside the C code that builds the Decimal: no
# extra pass.
NUMBERS = Context(
    prec=MAX_DIGITS,
    Emin=-399,
    Emax=399,
    traps=[Overflow, Underflow, Inexact, Rounded, Subnormal, Clamped],
)

_TOKEN = re.compile(
    rb"""[ \t\n\r]*+(?:
    (?P<mark>[\[\]{},:])
    |(?P<text>"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")
    |(?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)(?![0-9A-Za-z.+-])
    |(?P<word>true|false|null)(?![0-9A-Za-z])
    )""",
    re.VERBOSE,
)
_SPACE = re.compile(rb"[ \t\n\r]*+")
_STRING_START = re.compile(rb'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*+\\u0000")
_PAIRS = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_SURROGATE = re.compile(rb"(?<!\\)(?:\\\\)*+\\u[dD][89a-fA-F]")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
_DEEP_PATH = 8


@dataclass(slots=True)
class _Frame:
    """One open object or array, and how far it has been read."""

    is_object: bool
    index: int = 0
    key: str = ""
    seen: set[bytes] = field(default_factory=set)


@dataclass(slots=True)
class _Scan:
    data: bytes
    max_depth: int
    shift: int
    key: str
    at: int = 0
    frames: list[_Frame] = field(default_factory=list)

    def place(self, offset: int) -> str:
        path = "".join(
            f".{frame.key}" if frame.key else f"[{frame.index}]"
            for frame in self.frames[:_DEEP_PATH]
            if frame.key or not frame.is_object
        ).removeprefix(".")
        if len(self.frames) > _DEEP_PATH:
            path += "…"
        offset += self.shift
        return f"{path}, offset {offset}" if path else f"offset {offset}"

    def fault(self, code: str, message: str, offset: int, hint: str = "") -> InputError:
        return DecodeError(f"{self.key}.{code}", message, place=self.place(offset), hint=hint)


def find_fault(
    data: bytes, *, max_depth: int, shift: int = 0, max_tokens: int | None = None, key: str = "json"
) -> InputError | None:
    """Give the first fault of a JSON text, None where it is good or no fault is among the first max_tokens.

    shift: what to add to offsets, for a text that is part of a longer one. key: of the format, the first part
    of the error's code. The place is the JSON path and
    the offset: ``lines[2].sku, offset 217``. Keys that are not plain names are shown as ``*``: they may be
    somebody's data.
    """
    scan = _Scan(data, max_depth, shift, key)
    if not data.strip(b" \t\n\r"):
        return scan.fault("empty", "The document is empty.", 0)
    state = "value"
    tokens = 0
    while state != "end":
        tokens += 1
        if max_tokens is not None and tokens > max_tokens:
            return None
        result = _step(scan, state)
        if isinstance(result, InputError):
            return result
        state = result
    rest = _SPACE.match(data, scan.at)
    offset = rest.end() if rest else scan.at
    if offset < len(data):
        return scan.fault("trailing", "There is more text after the end of the document.", offset)
    return None


def _step(scan: _Scan, state: str) -> str | InputError:
    token = _TOKEN.match(scan.data, scan.at)
    if token is None or token.lastgroup is None:
        return _no_token(scan)
    kind, start, text = token.lastgroup, token.start(token.lastgroup), token[token.lastgroup]
    scan.at = token.end()
    if kind == "mark":
        return _mark(scan, state, text, start)
    if kind == "text" and state in {"key", "key or end"}:
        return _key(scan, text, start)
    if state not in {"value", "value or end"}:
        return _unexpected(scan, state, start)
    problem = None
    if kind == "text":
        problem = _check_text(scan, text, start)
    elif kind == "number":
        problem = _check_number(scan, text, start)
    return problem or _after_value(scan)


def _mark(scan: _Scan, state: str, mark: bytes, start: int) -> str | InputError:
    frame = scan.frames[-1] if scan.frames else None
    if mark in b"{[" and state in {"value", "value or end"}:
        if len(scan.frames) >= scan.max_depth:
            return LimitError(
                f"{scan.key}.too_deep",
                f"The document is nested deeper than {scan.max_depth}.",
                place=scan.place(start),
            )
        scan.frames.append(_Frame(is_object=mark == b"{"))
        return "key or end" if mark == b"{" else "value or end"
    if mark == b":" and state == "colon":
        return "value"
    if mark == b"," and state == "comma or end" and frame:
        frame.index += 1
        return "key" if frame.is_object else "value"
    if (
        frame
        and mark == (b"}" if frame.is_object else b"]")
        and state in {"comma or end", "key or end", "value or end"}
    ):
        scan.frames.pop()
        return _after_value(scan)
    return _unexpected(scan, state, start)


def _after_value(scan: _Scan) -> str:
    return "comma or end" if scan.frames else "end"


def _key(scan: _Scan, text: bytes, start: int) -> str | InputError:
    frame = scan.frames[-1]
    frame.key = ""
    problem = _check_text(scan, text, start)
    if problem:
        return problem
    name = _unescape(text)
    frame.key = name if _PLAIN_KEY.fullmatch(name) else "*"
    encoded = name.encode("utf-8", "surrogatepass")
    if encoded in frame.seen:
        return scan.fault(
            "duplicate_key",
            "A key stands twice in one object.",
            start,
            "Two readers could see two different documents: send each key once.",
        )
    frame.seen.add(encoded)
    return "colon"


_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
_ESCAPE = re.compile(r'\\(?:u([dD][89abAB]..)\\u([dD][c-fC-F]..)|u(....)|(["\\/bfnrt]))')


def _unescape(text: bytes) -> str:
    def replace(found: re.Match[str]) -> str:
        if found[1]:
            return chr(0x10000 + ((int(found[1], 16) & 0x3FF) << 10) + (int(found[2], 16) & 0x3FF))
        return chr(int(found[3], 16)) if found[3] else _ESCAPES[found[4]]

    return _ESCAPE.sub(replace, text[1:-1].decode())


def _check_text(scan: _Scan, text: bytes, start: int) -> InputError | None:
    try:
        text.decode()
    except UnicodeDecodeError as failure:
        return scan.fault("not_utf8", "The document is not UTF-8 text.", start + failure.start)
    if b"\\u" not in text:
        return None
    nul = _NUL.search(text)
    if nul:
        return scan.fault(
            "nul", "A text holds the character NUL, which no database can store.", start + nul.end() - 6
        )
    lone = _SURROGATE.search(_PAIRS.sub(lambda pair: b"_" * len(pair[0]), text))
    if lone:
        return scan.fault("surrogate", "A text holds half of a surrogate pair.", start + lone.end() - 4)
    return None


def _check_number(scan: _Scan, text: bytes, start: int) -> InputError | None:
    if text.lstrip(b"-").isdigit():
        fits = len(text.lstrip(b"-")) <= MAX_DIGITS
    else:
        try:
            NUMBERS.create_decimal(text.decode())
        except DecimalException:
            fits = False
        else:
            fits = True
    if fits:
        return None
    return scan.fault(
        "number_range", f"A number has more than {MAX_DIGITS:,} digits, or lies beyond 1e±400.", start
    )


def _unexpected(scan: _Scan, state: str, start: int) -> InputError:
    wanted = {
        "value": "a value",
        "value or end": "a value or the end of the list",
        "key": "a key in double quotes",
        "key or end": "a key in double quotes or the end of the object",
        "colon": "a colon after the key",
        "comma or end": "a comma or the closing bracket",
    }[state]
    return scan.fault("malformed", f"The document is not valid JSON: {wanted} was expected here.", start)


def _no_token(scan: _Scan) -> InputError:
    space = _SPACE.match(scan.data, scan.at)
    offset = space.end() if space else scan.at
    rest = scan.data[offset : offset + 9]
    if not rest:
        return scan.fault("truncated", "The document ends too early: it may have been cut.", offset)
    if rest.startswith(b'"'):
        return _broken_text(scan, offset)
    if rest[0] >= 0x80:
        return scan.fault("malformed", "A character stands here that JSON allows only in quotes.", offset)
    if re.match(rb"-?(?:NaN|Infinity)", rest):
        return scan.fault("number_range", "NaN and Infinity are not JSON numbers.", offset)
    if b"tru fals nul".find(rest.rstrip(b"e")) >= 0 or any(
        word.startswith(rest) for word in (b"true", b"false", b"null", b"-")
    ):
        return scan.fault("truncated", "The document ends too early: it may have been cut.", offset)
    return scan.fault("malformed", "The document is not valid JSON: a value was expected here.", offset)


def _broken_text(scan: _Scan, start: int) -> InputError:
    good = _STRING_START.match(scan.data, start)
    offset = good.end() if good else start
    rest = scan.data[offset : offset + 6]
    if not rest or (rest.startswith(b"\\") and offset + len(rest) == len(scan.data) and len(rest) < 6):
        return scan.fault("truncated", "The document ends inside a text: it may have been cut.", offset)
    if rest[0] < 0x20:
        return scan.fault("malformed", "A text holds a control character that must be escaped.", offset)
    return scan.fault("malformed", "A text holds a backslash that starts no known escape.", offset)
