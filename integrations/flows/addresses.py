"""Addresses, header values and words with places to fill: ``https://example.com/{order.body.id}?lang={lang}``.

A name in braces is one of the step's fields, or else a path of keys in the scope. Nothing is evaluated. In
an address each value is percent-encoded as one piece, so that it cannot leave its place: no slash, no
question mark, no dots that climb. Scheme and host are fixed text: data never chooses the destination.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final, TypeAlias
from urllib.parse import quote

from integrations.errors import MappingError, Problem
from integrations.flows.expressions import Evaluate, Facts, Op, Scope, compile_op
from integrations.formats.codec import Value

PLACE: Final = re.compile(r"\{([^{}]*)\}")
NAME: Final = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*", re.ASCII)
HOST: Final = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(?=[/?]|$)")
HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
HEADER_TEXT: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
RESERVED_HEADERS: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect"}
)
CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
CONTROL_OR_BREAK: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
VALUE_MAX: Final = 2000
"""Characters of one filled value."""

Fill: TypeAlias = Callable[[Scope, Facts], str]


def check_url(url: str, fields: Mapping[str, Op]) -> list[Problem]:
    """Find a wrong scheme or host, a place to fill in the host, and places that mean nothing."""
    if not HOST.match(url):
        return [
            Problem(
                "http.url",
                "The address starts with http:// or https:// and a fixed host name.",
                "url",
                "Example: https://api.example.com/orders/{order.body.id}",
            )
        ]
    if re.search(r"[\x00-\x20\x7f]", url) or "#" in url:
        return [Problem("http.url", "The address holds a space, a control character or a #.", "url")]
    return check_places(url, fields, "url")


def check_places(text: str, fields: Mapping[str, Op], place: str) -> list[Problem]:
    """Find braces that hold neither a field nor a path."""
    problems = [
        Problem("http.place", f"“{{{name}}}” is neither a field nor a path such as {{order.body.id}}.", place)
        for name in PLACE.findall(text)
        if name not in fields and not NAME.fullmatch(name)
    ]
    if "{" in (rest := PLACE.sub("", text)) or "}" in rest:
        problems.append(Problem("http.place", "A brace is open without its pair.", place))
    return problems


def compile_url(url: str, fields: Mapping[str, Op]) -> Fill:
    """Compile an address that `check_url` accepts. Raises MappingError at place ``config.url``."""
    return _compile(url, fields, "config.url", _escaped)


def compile_header(text: str, fields: Mapping[str, Op], place: str) -> Fill:
    """Compile a header's value; control characters and letters outside Latin-1 are refused."""
    return _compile(text, fields, place, _header_text)


def compile_text(text: str, fields: Mapping[str, Op], place: str) -> Fill:
    """Compile words for people, of any length and letters. Control characters become spaces."""
    return _compile(text, fields, place, lambda filled, _place: CONTROLS.sub(" ", filled))


def compile_line(text: str, fields: Mapping[str, Op], place: str) -> Fill:
    """Compile one line of words; a value with a line break or another control character is refused."""
    return _compile(text, fields, place, _line)


def check_header(name: str, place: str) -> list[Problem]:
    """Find names that are none and those that the client itself must set."""
    if not HEADER_NAME.fullmatch(name):
        return [Problem("http.header", "This cannot be the name of a header.", place)]
    if name.lower() in RESERVED_HEADERS:
        return [Problem("http.header", f"The header {name} is set by 7M itself.", place)]
    return []


def _compile(text: str, fields: Mapping[str, Op], place: str, write: Callable[[str, str], str]) -> Fill:
    pieces = PLACE.split(text)
    literals, names = pieces[::2], pieces[1::2]
    if not names:
        return lambda _scope, _facts: text
    parts = tuple(
        (_value(name, fields, place), name, literal)
        for name, literal in zip(names, literals[1:], strict=True)
    )
    first = literals[0]

    def fill(scope: Scope, facts: Facts) -> str:
        filled = first
        for value, name, literal in parts:
            filled += write(_text(value(scope, facts), name, place), place) + literal
        return filled

    return fill


def _value(name: str, fields: Mapping[str, Op], place: str) -> Evaluate:
    if name in fields:
        return compile_op(fields[name], f"config.fields.{name}")
    first, *rest = name.split(".")

    def walk(scope: Scope, _facts: Facts) -> Value:
        value: Value = scope.get(first)
        for key in rest:
            if not isinstance(value, dict):
                raise _missing(name, place)
            value = value.get(key)
        return value

    return walk


def _text(value: Value, name: str, place: str) -> str:
    match value:
        case str():
            text = value
        case bool():
            text = "true" if value else "false"
        case int():
            text = str(value)
        case Decimal():
            text = format(value, "f")
        case datetime() | date():
            text = value.isoformat()
        case _:
            raise _missing(name, place)
    if not text or len(text) > VALUE_MAX:
        raise _missing(name, place)
    return text


def _missing(name: str, place: str) -> MappingError:
    return MappingError(
        "http.no_value",
        f"There is no text or number for {{{name}}}.",
        place=place,
        hint="Check the path, or give the field a default.",
    )


def _escaped(text: str, place: str) -> str:
    if text in {".", ".."}:
        raise MappingError("http.climbing", "A value of dots would change the path.", place=place)
    return quote(text, safe="")


def _line(text: str, place: str) -> str:
    if CONTROL_OR_BREAK.search(text):
        raise MappingError(
            "text.line_break",
            "A value with a line break or control character cannot stand here.",
            place=place,
        )
    return text


def _header_text(text: str, place: str) -> str:
    if not HEADER_TEXT.fullmatch(text):
        raise MappingError(
            "http.header_value", "A header cannot hold a line break or this letter.", place=place
        )
    return text
