"""Reading the JSON or YAML text of a schema file to plain values: exact numbers, and limits on everything."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, TypeAlias

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from integrations.errors import ConfigError

Json: TypeAlias = Any
"""A part of somebody's schema file: anything may stand there until it was looked at."""

MAX_BYTES: Final = 10 << 20
MAX_YAML_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 200

_Adder: TypeAlias = Callable[[Json], None]
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT: Final = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_exact = msgspec.json.Decoder(float_hook=Decimal)


def text_of(data: str | bytes, *, max_bytes: int = MAX_BYTES) -> str:
    """Give a file as text; a byte order mark is dropped.

    Raises ConfigError ``schema.too_large`` or ``schema.encoding`` (place: the offset of the bad byte).
    """
    if len(data) > max_bytes:
        raise ConfigError("schema.too_large", f"A schema file has at most {max_bytes:,} bytes.")
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            "schema.encoding",
            "The schema file is not UTF-8 text.",
            place=f"offset {error.start}",
            hint="Save it as UTF-8.",
        ) from None


def load(data: str | bytes) -> Json:
    """Give the value of a JSON or YAML text; what begins like JSON is read as JSON.

    Raises ConfigError ``schema.syntax`` with the offset or line, ``schema.too_large``, ``schema.too_deep``.
    """
    text = text_of(data)
    if text.lstrip()[:1] not in {"{", "[", '"'}:
        return _yaml(text)
    try:
        return _exact.decode(text)
    except msgspec.DecodeError as error:
        found = re.search(r"\(byte ([0-9]+)\)", str(error))
        place = f"offset {found[1]}" if found else ""
        raise ConfigError("schema.syntax", "The schema file is not JSON.", place=place) from None
    except RecursionError:
        raise _too_deep("") from None


def load_object(data: str | bytes, what: str) -> dict[str, Json]:
    """Give the object that a JSON or YAML text holds. Raises ConfigError ``schema.syntax`` too."""
    found = load(data)
    if not isinstance(found, dict):
        raise ConfigError("schema.syntax", f"This is not {what}: it must be an object.")
    return found


def _too_deep(place: str) -> ConfigError:
    return ConfigError("schema.too_deep", "The schema file is nested too deeply.", place=place)


def _yaml(text: str) -> Json:
    """Build the value from the events of one pass: deep nesting and aliases are met before they cost."""
    if len(text) > MAX_YAML_BYTES:
        raise ConfigError(
            "schema.too_large",
            f"A schema file in YAML has at most {MAX_YAML_BYTES:,} characters.",
            hint="Save it as JSON, which may be larger.",
        )
    try:
        return _built(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(str(error.problem or error.context or "syntax").split())
        place = f"line {mark.line + 1}" if mark is not None else ""
        raise ConfigError("schema.syntax", f"The schema file is not YAML: {what}.", place=place) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise ConfigError("schema.syntax", "The schema file is neither JSON nor YAML.") from error


def _built(text: str) -> Json:
    top: list[Any] = []
    # What is open: how to add to it, its anchor, its value. Only finished values can be referred to.
    opened: list[tuple[_Adder, str, Json]] = [(top.append, "", top)]
    anchors: dict[str, Json] = {}
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, CollectionEndEvent):
            _, anchor, value = opened.pop()
            anchors[anchor] = value
        elif isinstance(event, AliasEvent):
            if event.anchor not in anchors:
                raise YAMLError(event.anchor)
            opened[-1][0](anchors[event.anchor])
        elif isinstance(event, ScalarEvent):
            value = _scalar(event)
            anchors[event.anchor or ""] = value
            opened[-1][0](value)
        elif isinstance(event, SequenceStartEvent | MappingStartEvent):
            value = [] if isinstance(event, SequenceStartEvent) else {}
            opened[-1][0](value)
            adder = value.append if isinstance(value, list) else _Pairs(value).add
            opened.append((adder, event.anchor or "", value))
            if len(opened) > MAX_DEPTH:
                raise _too_deep(f"line {event.start_mark.line + 1}")
    return top[0] if top else None


class _Pairs:
    """Puts keys and values, which come in turn, into an object. Keys are taken as text; ``<<`` merges."""

    def __init__(self, into: dict[str, Json]) -> None:
        self.into = into
        self.key: str | None = None

    def add(self, value: Json) -> None:
        if self.key is None:
            self.key = value if isinstance(value, str) else _key(value)
            return
        if self.key == "<<" and isinstance(value, dict):
            self.into.update({key: member for key, member in value.items() if key not in self.into})
        else:
            self.into[self.key] = value
        self.key = None


def _key(value: Json) -> str:
    words: dict[Any, str] = {True: "true", False: "false", None: "null"}
    return words[value] if isinstance(value, bool | None) else str(value)[:200]


def _scalar(event: ScalarEvent) -> Json:
    text = str(event.value)
    if event.style is not None and event.style not in {"", ":"}:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if _FLOAT.fullmatch(text) else text
